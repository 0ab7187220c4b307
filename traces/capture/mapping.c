/* mapping.c - system calls that change mappings, as map and unmap records.
 *
 * What is kept of a process is its program break, and which files lie where, so that a mapping that
 * mremap moves keeps its identity. Not recorded: changes of protection, System V shared memory.
 */
#include "config.h"
#include "traces/capture/mapping.h"
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { CALL_MMAP = 9, CALL_MUNMAP = 11, CALL_BRK = 12, CALL_MREMAP = 25 };
#define CALL_WORDS 8
#define PAGE_BYTES 4096u

typedef struct {
    guint32 process;
    guint64 brk;
    GArray *files; /* LadRecord of file mappings; text owned by `texts` */
} Process;

struct LadMappings {
    GHashTable *processes; /* process id -> Process */
    GStringChunk *texts;
};

static void
process_free(gpointer data)
{
    Process *process = data;

    g_array_unref(process->files);
    g_free(process);
}

LadMappings *
lad_mappings_new(void)
{
    LadMappings *mappings = g_new(LadMappings, 1);

    mappings->processes = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, process_free);
    mappings->texts = g_string_chunk_new(4096);
    return mappings;
}

void
lad_mappings_free(LadMappings *mappings)
{
    g_hash_table_unref(mappings->processes);
    g_string_chunk_free(mappings->texts);
    g_free(mappings);
}

static Process *
process_of(LadMappings *mappings, guint32 id)
{
    Process *process = g_hash_table_lookup(mappings->processes, GUINT_TO_POINTER(id));

    if (process == NULL) {
        process = g_new0(Process, 1);
        process->process = id;
        process->files = g_array_new(FALSE, FALSE, sizeof(LadRecord));
        g_hash_table_insert(mappings->processes, GUINT_TO_POINTER(id), process);
    }
    return process;
}

void
lad_mappings_fork(LadMappings *mappings, guint32 parent, guint32 child)
{
    const Process *from = process_of(mappings, parent);
    Process *to = process_of(mappings, child);

    /* The child's ring may have been read first; what it says of itself is newer. */
    if (to->brk == 0)
        to->brk = from->brk;
    g_array_prepend_vals(to->files, from->files->data, from->files->len);
}

static guint64
round_to_page(guint64 bytes)
{
    return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

static void
remember_file(Process *process, const LadRecord *record)
{
    for (guint i = process->files->len; i-- > 0;) {
        const LadRecord *old = &g_array_index(process->files, LadRecord, i);
        if (old->address >= record->address &&
            old->address + old->size <= record->address + record->size)
            g_array_remove_index(process->files, i);
    }
    if (record->kind == LAD_RECORD_MAP && record->text[0] != 0)
        g_array_append_val(process->files, *record);
}

static gboolean
write_map(LadMappings *mappings, LadTraceWriter *writer, guint stream, Process *process,
          LadRecord *record, GError **error)
{
    g_autofree char *valid = g_utf8_make_valid(record->text, -1);

    record->text = g_string_chunk_insert_const(mappings->texts, valid);
    if (record->size == 0)
        return TRUE;
    remember_file(process, record);
    return lad_trace_writer_record(writer, stream, record, error);
}

static gboolean
write_unmap(LadMappings *mappings, LadTraceWriter *writer, guint stream, Process *process,
            guint64 address, guint64 size, GError **error)
{
    LadRecord record = {
        .kind = LAD_RECORD_UNMAP, .address = address, .size = round_to_page(size), .text = ""};

    return write_map(mappings, writer, stream, process, &record, error);
}

gboolean
lad_mappings_line(LadMappings *mappings, LadTraceWriter *writer, guint stream, guint32 process,
                  const guint64 *words, guint n_words, GError **error)
{
    g_autofree char *line = g_strndup((const char *)words, (gsize)n_words * 8);
    guint64 begin = 0, end = 0, offset = 0;
    char rights[8] = "";
    int path = 0;
    LadRecord record = {.kind = LAD_RECORD_MAP};

    if (sscanf(line, "%lx-%lx %7s %lx %*s %*s %n", &begin, &end, rights, &offset, &path) < 4 ||
        path == 0)
        return TRUE;
    record.address = begin;
    record.size = end - begin;
    record.value = offset;
    record.text = line[path] == '/' ? line + path : "";
    record.flags =
        (rights[0] == 'r' ? LAD_MAP_READ : 0u) | (rights[1] == 'w' ? LAD_MAP_WRITE : 0u) |
        (rights[2] == 'x' ? LAD_MAP_EXEC : 0u) | (rights[3] == 's' ? LAD_MAP_SHARED : 0u) |
        (record.text[0] == 0 ? LAD_MAP_ANONYMOUS : 0u);
    return write_map(mappings, writer, stream, process_of(mappings, process), &record, error);
}

static guint32
flags_of_mmap(guint64 protection, guint64 flags)
{
    return ((protection & PROT_READ) != 0 ? LAD_MAP_READ : 0u) |
           ((protection & PROT_WRITE) != 0 ? LAD_MAP_WRITE : 0u) |
           ((protection & PROT_EXEC) != 0 ? LAD_MAP_EXEC : 0u) |
           ((flags & MAP_TYPE) != MAP_PRIVATE ? LAD_MAP_SHARED : 0u) |
           ((flags & MAP_ANONYMOUS) != 0 ? LAD_MAP_ANONYMOUS : 0u) |
           ((flags & MAP_HUGETLB) != 0 ? LAD_MAP_HUGE : 0u);
}

/* The break's first call only asks where it is. */
static gboolean
write_brk(LadMappings *mappings, LadTraceWriter *writer, guint stream, Process *process,
          guint64 result, GError **error)
{
    guint64 old = round_to_page(process->brk), now = round_to_page(result);
    gboolean known = process->brk != 0;
    LadRecord record = {.kind = LAD_RECORD_MAP,
                        .address = old,
                        .size = now - old,
                        .flags = LAD_MAP_READ | LAD_MAP_WRITE | LAD_MAP_ANONYMOUS,
                        .text = ""};

    process->brk = result;
    if (!known || now == old)
        return TRUE;
    if (now < old)
        return write_unmap(mappings, writer, stream, process, now, old - now, error);
    return write_map(mappings, writer, stream, process, &record, error);
}

static gboolean
write_mremap(LadMappings *mappings, LadTraceWriter *writer, guint stream, Process *process,
             guint64 result, const guint64 *argument, GError **error)
{
    LadRecord record = {.kind = LAD_RECORD_MAP,
                        .flags = LAD_MAP_READ | LAD_MAP_WRITE | LAD_MAP_ANONYMOUS,
                        .text = ""};

    for (guint i = 0; i < process->files->len; i++) {
        const LadRecord *old = &g_array_index(process->files, LadRecord, i);
        if (argument[0] >= old->address && argument[0] < old->address + old->size) {
            record = *old;
            record.value += argument[0] - old->address;
        }
    }
    record.address = result;
    record.size = round_to_page(argument[2]);
    if (argument[1] != 0 &&
        !write_unmap(mappings, writer, stream, process, argument[0], argument[1], error))
        return FALSE;
    return write_map(mappings, writer, stream, process, &record, error);
}

gboolean
lad_mappings_syscall(LadMappings *mappings, LadTraceWriter *writer, guint stream, guint32 id,
                     const guint64 *words, guint n_words, GError **error)
{
    Process *process = process_of(mappings, id);
    const guint64 *argument = words + 2;

    if (n_words < CALL_WORDS)
        return TRUE;
    switch (words[0]) {
    case CALL_MMAP: {
        g_autofree char *path =
            g_strndup((const char *)(words + CALL_WORDS), ((gsize)n_words - CALL_WORDS) * 8);
        LadRecord record = {.kind = LAD_RECORD_MAP,
                            .address = words[1],
                            .size = round_to_page(argument[1]),
                            .flags = flags_of_mmap(argument[2], argument[3]),
                            .value = (argument[3] & MAP_ANONYMOUS) != 0 ? 0 : argument[5],
                            .text = path};
        return write_map(mappings, writer, stream, process, &record, error);
    }
    case CALL_MUNMAP:
        return write_unmap(mappings, writer, stream, process, argument[0], argument[1], error);
    case CALL_BRK:
        return write_brk(mappings, writer, stream, process, words[1], error);
    case CALL_MREMAP:
        return write_mremap(mappings, writer, stream, process, words[1], argument, error);
    default:
        return TRUE;
    }
}
