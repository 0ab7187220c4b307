/* mapping.c - system calls that change mappings, as map and unmap records.
 *
 * What is kept of a process is its program break, and what lies where, so that a mapping that
 * mremap moves or madvise changes keeps its identity. A growth or cut in place concerns the tail
 * only. Huge pages: those of MAP_HUGETLB, and what madvise asks for; whether a processor would have
 * got them is another matter. Not recorded: changes of protection.
 */
#define _GNU_SOURCE
#include "config.h"
#include "traces/capture/mapping.h"
#include "traces/capture/regions.h"
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum {
    CALL_MMAP = 9,
    CALL_MUNMAP = 11,
    CALL_BRK = 12,
    CALL_MREMAP = 25,
    CALL_MADVISE = 28,
    CALL_SHMAT = 30,
    CALL_SHMDT = 67,
};
#define CALL_WORDS      8
#define PAGE_BYTES      4096u
#define HUGE_PAGE_BYTES (2u << 20) /* where a call does not name another size */
#define HUGE_SIZE_SHIFT 26         /* of log2 of the size, in mmap's flags */
#define HUGE_SIZE_MASK  63
#define SHM_RDONLY_FLAG 010000

typedef struct {
    guint32 process;
    guint64 brk;
    LadRegions regions; /* text owned by `texts` */
} Process;

struct LadMappings {
    GHashTable *processes; /* process id -> Process */
    GStringChunk *texts;
};

/* Where records go. */
typedef struct {
    LadMappings *mappings;
    LadTraceWriter *writer;
    guint stream;
    Process *process;
} Target;

static void
process_free(gpointer data)
{
    Process *process = data;

    lad_regions_clear(&process->regions);
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
        lad_regions_init(&process->regions);
        g_hash_table_insert(mappings->processes, GUINT_TO_POINTER(id), process);
    }
    return process;
}

void
lad_mappings_fork(LadMappings *mappings, guint32 parent, guint32 child)
{
    const Process *from = process_of(mappings, parent);
    Process *to = process_of(mappings, child);
    LadRegions own;

    /* The child's ring may have been read first; what it says of itself is newer. */
    if (to->brk == 0)
        to->brk = from->brk;
    lad_regions_init(&own);
    lad_regions_copy(&own, &to->regions);
    lad_regions_copy(&to->regions, &from->regions);
    for (guint i = 0; i < own.records->len; i++)
        lad_regions_add(&to->regions, &g_array_index(own.records, LadRecord, i));
    lad_regions_clear(&own);
}

static guint64
round_up(guint64 bytes, guint64 unit)
{
    return (bytes + unit - 1) / unit * unit;
}

static guint64
round_to_page(guint64 bytes)
{
    return round_up(bytes, PAGE_BYTES);
}

static gboolean
write_map(const Target *target, LadRecord *record, GError **error)
{
    g_autofree char *valid = g_utf8_make_valid(record->text, -1);

    record->text = g_string_chunk_insert_const(target->mappings->texts, valid);
    if (record->size == 0)
        return TRUE;
    if (!lad_trace_writer_record(target->writer, target->stream, record, error))
        return FALSE;
    record->flags &= ~(guint32)LAD_MAP_CHANGE;
    lad_regions_add(&target->process->regions, record);
    return TRUE;
}

static gboolean
write_unmap(const Target *target, guint64 address, guint64 size, GError **error)
{
    const LadRecord record = {
        .kind = LAD_RECORD_UNMAP, .address = address, .size = round_to_page(size), .text = ""};

    if (record.size == 0)
        return TRUE;
    lad_regions_remove(&target->process->regions, address, address + record.size);
    return lad_trace_writer_record(target->writer, target->stream, &record, error);
}

gboolean
lad_mappings_line(LadMappings *mappings, LadTraceWriter *writer, guint stream, guint32 process,
                  const guint64 *words, guint n_words, GError **error)
{
    g_autofree char *line = g_strndup((const char *)words, (gsize)n_words * 8);
    guint64 begin = 0, end = 0, offset = 0;
    char rights[8] = "";
    int path = 0;
    const Target target = {mappings, writer, stream, process_of(mappings, process)};
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
    return write_map(&target, &record, error);
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

/* Huge pages are mapped whole. */
static gboolean
write_mmap(const Target *target, guint64 result, const guint64 *argument, const char *path,
           GError **error)
{
    guint64 log2_size = argument[3] >> HUGE_SIZE_SHIFT & HUGE_SIZE_MASK;
    guint64 unit = (argument[3] & MAP_HUGETLB) == 0 ? PAGE_BYTES
                   : log2_size == 0                 ? HUGE_PAGE_BYTES
                                                    : (guint64)1 << log2_size;
    gboolean anonymous = (argument[3] & MAP_ANONYMOUS) != 0;
    LadRecord record = {.kind = LAD_RECORD_MAP,
                        .address = result,
                        .size = round_up(argument[1], unit),
                        .flags = flags_of_mmap(argument[2], argument[3]),
                        .value = anonymous ? 0 : argument[5],
                        .text = anonymous ? "" : path};

    return write_map(target, &record, error);
}

/* The break's first call only asks where it is. */
static gboolean
write_brk(const Target *target, guint64 result, GError **error)
{
    guint64 old = round_to_page(target->process->brk), now = round_to_page(result);
    gboolean known = target->process->brk != 0;
    LadRecord record = {.kind = LAD_RECORD_MAP,
                        .address = old,
                        .size = now - old,
                        .flags = LAD_MAP_READ | LAD_MAP_WRITE | LAD_MAP_ANONYMOUS,
                        .text = ""};

    target->process->brk = result;
    if (!known || now == old)
        return TRUE;
    if (now < old)
        return write_unmap(target, now, old - now, error);
    return write_map(target, &record, error);
}

/* An old size of 0 maps the same once more. */
static gboolean
write_mremap(const Target *target, guint64 result, const guint64 *argument, GError **error)
{
    guint64 from = argument[0], old = round_to_page(argument[1]), now = round_to_page(argument[2]);
    gboolean stays = (argument[3] & MREMAP_DONTUNMAP) != 0;
    LadRecord record = {.kind = LAD_RECORD_MAP,
                        .address = from,
                        .flags = LAD_MAP_READ | LAD_MAP_WRITE | LAD_MAP_ANONYMOUS,
                        .text = ""};
    guint64 kept = result == from ? MIN(old, now) : 0; /* that stays where it is */

    lad_regions_find(&target->process->regions, from, from + PAGE_BYTES, &record);
    if ((record.flags & LAD_MAP_ANONYMOUS) == 0)
        record.value += kept;
    record.address = result + kept;
    record.size = now - kept;
    if (old > kept && !stays && !write_unmap(target, from + kept, old - kept, error))
        return FALSE;
    return write_map(target, &record, error);
}

/* Of all advice, that on huge pages. */
static gboolean
write_madvise(const Target *target, const guint64 *argument, GError **error)
{
    guint64 at = argument[0], end = at + round_to_page(argument[1]);
    guint32 huge = argument[2] == MADV_HUGEPAGE ? LAD_MAP_HUGE : 0;
    LadRecord part;

    if (argument[2] != MADV_HUGEPAGE && argument[2] != MADV_NOHUGEPAGE)
        return TRUE;
    while (at < end && lad_regions_find(&target->process->regions, at, end, &part)) {
        at = part.address + part.size;
        if ((part.flags & LAD_MAP_HUGE) == huge)
            continue;
        part.flags = (part.flags & ~(guint32)LAD_MAP_HUGE) | huge | LAD_MAP_CHANGE;
        if (!write_map(target, &part, error))
            return FALSE;
    }
    return TRUE;
}

/* The plugin tells the segment's size in place of the address that was asked for. */
static gboolean
write_shmat(const Target *target, guint64 result, const guint64 *argument, const char *name,
            GError **error)
{
    LadRecord record = {.kind = LAD_RECORD_MAP,
                        .address = result,
                        .size = round_to_page(argument[1]),
                        .flags = LAD_MAP_READ | LAD_MAP_SHARED |
                                 ((argument[2] & SHM_RDONLY_FLAG) == 0 ? LAD_MAP_WRITE : 0u),
                        .text = name};

    return name[0] == 0 || write_map(target, &record, error);
}

/* What is detached by shmdt: all that belongs to the segment there. */
static gboolean
find_segment(const Process *process, guint64 address, LadRecord *segment)
{
    return lad_regions_find(&process->regions, address, address + PAGE_BYTES, segment) &&
           lad_regions_find(&process->regions, address, G_MAXUINT64, segment) &&
           segment->address == address;
}

gboolean
lad_mappings_unmaps(LadMappings *mappings, guint32 id, const guint64 *words, guint n_words,
                    guint64 *begin, guint64 *end)
{
    const Process *process = process_of(mappings, id);
    LadRecord segment;

    if (n_words < CALL_WORDS)
        return FALSE;
    *begin = words[2];
    *end = words[2] + round_to_page(words[3]);
    switch (words[0]) {
    case CALL_MUNMAP:
    case CALL_MREMAP:
        return TRUE;
    case CALL_BRK:
        *begin = round_to_page(words[1]);
        *end = round_to_page(process->brk);
        return *begin < *end;
    case CALL_SHMDT:
        *end = *begin + (find_segment(process, *begin, &segment) ? segment.size : 0);
        return TRUE;
    default:
        return FALSE;
    }
}

gboolean
lad_mappings_syscall(LadMappings *mappings, LadTraceWriter *writer, guint stream, guint32 id,
                     const guint64 *words, guint n_words, GError **error)
{
    const Target target = {mappings, writer, stream, process_of(mappings, id)};
    const guint64 *argument = words + 2;
    g_autofree char *text = NULL;
    LadRecord segment;

    if (n_words < CALL_WORDS)
        return TRUE;
    text = g_strndup((const char *)(words + CALL_WORDS), ((gsize)n_words - CALL_WORDS) * 8);
    switch (words[0]) {
    case CALL_MMAP:
        return write_mmap(&target, words[1], argument, text, error);
    case CALL_MUNMAP:
        return write_unmap(&target, argument[0], argument[1], error);
    case CALL_BRK:
        return write_brk(&target, words[1], error);
    case CALL_MREMAP:
        return write_mremap(&target, words[1], argument, error);
    case CALL_MADVISE:
        return write_madvise(&target, argument, error);
    case CALL_SHMAT:
        return write_shmat(&target, words[1], argument, text, error);
    case CALL_SHMDT:
        return !find_segment(target.process, argument[0], &segment) ||
               write_unmap(&target, segment.address, segment.size, error);
    default:
        return TRUE;
    }
}
