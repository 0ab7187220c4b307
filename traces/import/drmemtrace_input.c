/* drmemtrace_input.c - the records of one input: threads, markers, chunk borders, and what is
 * handed on to the blocks.
 *
 * Some records only change state and are no records of their own: thread, process, header, footer,
 * encoding, bundle (of the instructions in it), the end of a flush, instructions of size 0, and the
 * markers of record ordinals and branch targets. All others are *visible*. At a chunk's start a
 * time stamp and a cpu number are stated again; these copies are not visible either. */
#include "config.h"
#include "traces/import/drmemtrace.h"

#define WANTED_BYTES ((gsize)32 << 10)
#define SLACK_BYTES  ((gsize)12 << 10) /* more than any block's records take */
#define MAX_VERSION  7

typedef struct {
    guint64 process;
    guint64 last_time;
    gboolean skip_time, skip_cpu; /* the next one is a copy */
} Thread;

struct LadDrInput {
    LadImportInput *from;
    char *name; /* of the program, from the file's name; "" */
    LadDrStart start;
    LadDrBlocks *blocks;
    LadDrOut *out;
    guint shard;
    GHashTable *threads; /* of Thread, by thread id */
    guint64 thread_id;
    Thread *thread;
    LadDrStream *stream; /* of the current thread; NULL: not looked up */
    gboolean chunked;    /* has a marker of instructions per chunk */
    gboolean flushing;
    LadRecord flush; /* without its end yet */
    guint last_type; /* of the record read last */
};

/* ---- Opening -----------------------------------------------------------------------------------
 */

static gboolean
bad(const LadDrInput *input, GError **error, const char *what)
{
    return lad_import_bad(input->from, error, "%s", what);
}

static gboolean
check_member(const LadDrInput *input, GError **error)
{
    const char *member = lad_import_member(input->from);
    const char *slash = strrchr(member, '/');
    const char *name = slash != NULL ? slash + 1 : member;
    if (*name == '\0' || g_str_has_prefix(name, "chunk."))
        return TRUE;
    return lad_import_bad(input->from, error,
                          "a member named `%s`; a drmemtrace archive has chunk.0000, "
                          "chunk.0001 ... only",
                          name);
}

static gboolean
check_version(const LadDrInput *input, GError **error)
{
    if (input->start.version >= 1 && input->start.version <= MAX_VERSION)
        return TRUE;
    return lad_import_bad(input->from, error,
                          "format version %" G_GUINT64_FORMAT "; expected 1 to %d",
                          input->start.version, MAX_VERSION);
}

static gboolean
check_file_type(const LadDrInput *input, GError **error)
{
    const guint64 known = LAD_DR_FILE_ALL;
    guint64 type = input->start.file_type;
    if ((type & (LAD_DR_FILE_ARM32 | LAD_DR_FILE_X86_32)) != 0)
        return lad_import_bad(input->from, error,
                              "file type 0x%" G_GINT64_MODIFIER "x: a 32-bit program; expected "
                              "x86-64 or AArch64",
                              type);
    if ((type & ~known) != 0)
        return lad_import_bad(input->from, error,
                              "file type 0x%" G_GINT64_MODIFIER
                              "x has unknown bits 0x%" G_GINT64_MODIFIER
                              "x; expected bits of 0x%" G_GINT64_MODIFIER "x only",
                              type, type & ~known, known);
    if ((type & LAD_DR_FILE_AARCH64) != 0 && (type & LAD_DR_FILE_X86_64) != 0)
        return bad(input, error, "file type of both x86-64 and AArch64; expected one of them");
    return TRUE;
}

/* One record before the first time stamp. FALSE: it is that, or the first access. */
static gboolean
look_at(LadDrStart *start, guint type, guint size, guint64 address, gboolean *in_thread)
{
    switch (type) {
    case LAD_DR_HEADER:
        if (start->version == 0)
            start->version = address;
        return TRUE;
    case LAD_DR_THREAD:
        if (!*in_thread)
            start->thread = address;
        *in_thread = TRUE;
        return TRUE;
    case LAD_DR_PROCESS:
        if (start->process == 0)
            start->process = address;
        return TRUE;
    case LAD_DR_MARKER:
        break;
    default:
        return TRUE;
    }
    if (size == LAD_DR_MARKER_VERSION)
        start->version = address;
    else if (size == LAD_DR_MARKER_FILE_TYPE)
        start->file_type = address;
    else if (size == LAD_DR_MARKER_PAGE_SIZE && start->page_bytes == 0)
        start->page_bytes = address;
    else if (size == LAD_DR_MARKER_TIME)
        start->first_time = address;
    return size != LAD_DR_MARKER_TIME;
}

static gboolean
read_start(LadDrInput *input, GError **error)
{
    gsize available;
    const guint8 *view = lad_import_view(input->from, (gsize)64 << 10, &available, error);
    if (view == NULL)
        return FALSE;
    if (available < LAD_DR_RECORD_BYTES || lad_dr_type(lad_dr_head(view)) != LAD_DR_HEADER ||
        lad_dr_size(lad_dr_head(view)) != 0)
        return bad(input, error,
                   "no drmemtrace recording; expected a header record (type 25, size 0)");
    gboolean in_thread = FALSE;
    for (; available >= LAD_DR_RECORD_BYTES; available -= LAD_DR_RECORD_BYTES) {
        guint32 head = lad_dr_head(view);
        if (!look_at(&input->start, lad_dr_type(head), lad_dr_size(head), lad_dr_address(view),
                     &in_thread))
            break;
        view += LAD_DR_RECORD_BYTES;
    }
    return check_version(input, error) && check_file_type(input, error);
}

/* "app" of drmemtrace.app.4711.0815.trace.zip. */
static char *
program_name(const char *path, gboolean sharded)
{
    g_autofree char *base = g_path_get_basename(path);
    g_auto(GStrv) parts = g_strsplit(base, ".", -1);
    gboolean usual = g_strv_length(parts) >= 5 && strcmp(parts[0], "drmemtrace") == 0 && !sharded;
    return g_strdup(usual ? parts[1] : "");
}

LadDrInput *
lad_dr_input_new(LadImport *import, guint number, GError **error)
{
    LadImportInput *from = lad_import_open(import, number, error);
    if (from == NULL)
        return NULL;
    LadDrInput *input = g_new0(LadDrInput, 1);
    input->from = from;
    input->threads = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    if (!check_member(input, error) || !read_start(input, error)) {
        lad_dr_input_free(input);
        return NULL;
    }
    input->name = program_name(lad_import_input_path(import, number),
                               (input->start.file_type & LAD_DR_FILE_SHARDED) != 0);
    return input;
}

void
lad_dr_input_free(LadDrInput *input)
{
    if (input == NULL)
        return;
    lad_dr_blocks_free(input->blocks);
    lad_import_input_free(input->from);
    g_hash_table_unref(input->threads);
    g_free(input->name);
    g_free(input);
}

const LadDrStart *
lad_dr_input_start(const LadDrInput *input)
{
    return &input->start;
}

gboolean
lad_dr_input_bad(const LadDrInput *input, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return bad(input, error, what);
}

static void
set_thread(LadDrInput *input, guint64 id)
{
    gpointer key = GSIZE_TO_POINTER((gsize)id);
    input->thread_id = id;
    input->thread = g_hash_table_lookup(input->threads, key);
    input->stream = NULL;
    if (input->thread != NULL)
        return;
    input->thread = g_new0(Thread, 1);
    g_hash_table_insert(input->threads, key, input->thread);
}

gboolean
lad_dr_input_begin(LadDrInput *input, LadDrInsns *insns, LadDrOut *out, guint shard, GError **error)
{
    input->out = out;
    input->shard = shard;
    input->blocks = lad_dr_blocks_new(insns, out);
    set_thread(input, input->start.thread);
    input->thread->process = input->start.process;
    input->stream = lad_dr_out_stream(out, input->start.process, input->start.thread, input->name);
    return input->stream != NULL || bad(input, error, "more than 65536 threads");
}

/* ---- Records -----------------------------------------------------------------------------------
 */

/* A visible record of the current thread comes. */
static gboolean
enter(LadDrInput *input, GError **error)
{
    if (G_UNLIKELY(input->stream == NULL)) {
        input->stream =
            lad_dr_out_stream(input->out, input->thread->process, input->thread_id, input->name);
        if (input->stream == NULL)
            return bad(input, error, "more than 65536 threads");
    }
    return lad_dr_out_enter(input->out, input->stream, input->shard, error);
}

static gboolean
end_block(LadDrInput *input, gboolean usual, GError **error)
{
    if (!lad_dr_blocks_in_progress(input->blocks))
        return TRUE;
    return lad_dr_blocks_end(input->blocks, usual, input->stream->number, error);
}

static gboolean
write_record(LadDrInput *input, const LadRecord *record, GError **error)
{
    return enter(input, error) && lad_dr_out_record(input->out, record, error);
}

static gboolean
time_stamp(LadDrInput *input, guint64 time, GError **error)
{
    Thread *thread = input->thread;
    if (time < thread->last_time)
        return lad_import_bad(input->from, error,
                              "the time of thread %" G_GUINT64_FORMAT
                              " goes back from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT " us",
                              input->thread_id, thread->last_time, time);
    thread->last_time = time;
    if (!enter(input, error))
        return FALSE;
    /* A thread whose records lie in several files may be late in one of them. */
    LadRecord record = {.kind = LAD_RECORD_TIME, .value = time};
    if (time < input->stream->last_time)
        record = (LadRecord){.kind = LAD_RECORD_MARKER, .flags = LAD_DR_MARKER_TIME, .value = time};
    else
        input->stream->last_time = time;
    return lad_dr_out_record(input->out, &record, error);
}

static gboolean
cpu_number(LadDrInput *input, guint64 cpu, GError **error)
{
    if (!enter(input, error))
        return FALSE;
    input->stream->cpu = cpu;
    LadRecord record = {.kind = LAD_RECORD_SWITCH,
                        .flags = LAD_SWITCH_CPU,
                        .address = cpu,
                        .size = input->shard,
                        .value = input->out->turn};
    return lad_dr_out_record(input->out, &record, error);
}

static gboolean
idle(LadDrInput *input, guint32 flags, GError **error)
{
    LadDrOut *out = input->out;
    if ((input->stream == NULL || out->current != input->stream || out->shard != input->shard) &&
        !enter(input, error))
        return FALSE;
    return lad_dr_out_idle(out, flags, error);
}

static gboolean
marker(LadDrInput *input, guint kind, guint64 value, GError **error)
{
    Thread *thread = input->thread;
    switch (kind) {
    case LAD_DR_MARKER_ORDINAL:
    case LAD_DR_MARKER_BRANCH_TARGET:
        return TRUE;
    case LAD_DR_MARKER_TIME:
        if (thread->skip_time) {
            thread->skip_time = FALSE;
            return TRUE;
        }
        return time_stamp(input, value, error);
    case LAD_DR_MARKER_CPU:
        if (thread->skip_cpu) {
            thread->skip_cpu = thread->skip_time = FALSE;
            return TRUE;
        }
        return cpu_number(input, value, error);
    case LAD_DR_MARKER_IDLE:
        return idle(input, 0, error);
    case LAD_DR_MARKER_WAIT:
        return idle(input, LAD_IDLE_WAIT, error);
    case LAD_DR_MARKER_CHUNK_INSNS:
        input->chunked = value != 0;
        break;
    case LAD_DR_MARKER_CHUNK_FOOTER:
        thread->skip_time = thread->skip_cpu = input->chunked;
        break;
    default:
        break;
    }
    LadRecord record = {.kind = LAD_RECORD_MARKER, .flags = kind, .value = value};
    return write_record(input, &record, error);
}

/* Purpose, level and whether it streams, of the types of prefetches. */
static guint32
prefetch_flags(guint type)
{
    static const guint8 first[] = {
        [2] = LAD_PREFETCH_ANY,
        [3] = LAD_PREFETCH_READ | 1 << LAD_PREFETCH_LEVEL_SHIFT,
        [4] = LAD_PREFETCH_READ | 2 << LAD_PREFETCH_LEVEL_SHIFT,
        [5] = LAD_PREFETCH_READ | 3 << LAD_PREFETCH_LEVEL_SHIFT,
        [6] = LAD_PREFETCH_READ | LAD_PREFETCH_STREAMING,
        [7] = LAD_PREFETCH_READ,
        [8] = LAD_PREFETCH_WRITE,
        [9] = LAD_PREFETCH_INSTRUCTION,
    };
    if (type <= LAD_DR_LAST_PREFETCH)
        return first[type];
    guint n = type - LAD_DR_FIRST_FURTHER_PREFETCH;
    if (n < 3)
        return LAD_PREFETCH_READ | LAD_PREFETCH_STREAMING | (n + 1) << LAD_PREFETCH_LEVEL_SHIFT;
    guint32 purpose = n < 9 ? LAD_PREFETCH_INSTRUCTION : LAD_PREFETCH_WRITE;
    n = (n - 3) % 6;
    return purpose | (n / 2 + 1) << LAD_PREFETCH_LEVEL_SHIFT |
           (n % 2 != 0 ? LAD_PREFETCH_STREAMING : 0);
}

static gboolean
flush(LadDrInput *input, gboolean insns, guint size, guint64 address, GError **error)
{
    LadRecord record = {.kind = LAD_RECORD_FLUSH,
                        .flags = insns ? LAD_FLUSH_INSTRUCTION : LAD_FLUSH_DATA,
                        .address = lad_dr_canonical(address),
                        .size = size};
    input->flushing = size == 0;
    if (!input->flushing)
        return write_record(input, &record, error);
    input->flush = record;
    return TRUE;
}

static gboolean
flush_end(LadDrInput *input, gboolean insns, guint64 address, GError **error)
{
    LadRecord *record = &input->flush;
    guint64 end = lad_dr_canonical(address);
    gboolean same = insns == (record->flags == LAD_FLUSH_INSTRUCTION);
    if (!input->flushing || !same || end < record->address)
        return bad(input, error, "the end of a cache flush without its beginning");
    input->flushing = FALSE;
    record->size = end - record->address;
    return write_record(input, record, error);
}

/* An instruction of size 0 is not executed: it states a program counter. */
static gboolean
instruction(LadDrInput *input, guint32 head, guint64 pc, GError **error)
{
    LadDrBlocks *blocks = input->blocks;
    guint type = lad_dr_type(head);
    if (lad_dr_size(head) == 0) {
        if (!end_block(input, FALSE, error))
            return FALSE;
        lad_dr_blocks_go_to(blocks, pc);
        return TRUE;
    }
    if (lad_dr_size(head) > LAD_DR_MAX_INSN_BYTES)
        return lad_import_bad(input->from, error, "an instruction of %u bytes; expected 1 to %d",
                              lad_dr_size(head), LAD_DR_MAX_INSN_BYTES);
    if (type == LAD_DR_MAYBE_NO_FETCH)
        head = (head & 0xffff0000) |
               (pc == lad_dr_blocks_last_pc(blocks) ? LAD_DR_NO_FETCH : LAD_DR_INSN);
    return enter(input, error) &&
           lad_dr_blocks_insn(blocks, head, pc, input->stream->number, error);
}

static gboolean
bundle(LadDrInput *input, guint n, const guint8 *lengths, GError **error)
{
    if (n > 8)
        return lad_import_bad(input->from, error, "a bundle of %u instructions; expected at most 8",
                              n);
    for (guint i = 0; i < n; i++)
        if (!instruction(input, LAD_DR_INSN | (guint32)lengths[i] << 16,
                         lad_dr_blocks_end_pc(input->blocks), error))
            return FALSE;
    return TRUE;
}

static gboolean
thread_exit(LadDrInput *input, guint64 id, GError **error)
{
    if (id != input->thread_id)
        set_thread(input, id);
    return enter(input, error) && lad_dr_out_exit(input->out, error);
}

/* What is neither instruction nor access nor encoding; no block is in progress. */
static gboolean
other_record(LadDrInput *input, guint32 head, guint64 address, GError **error)
{
    guint type = lad_dr_type(head), size = lad_dr_size(head);
    if ((type >= LAD_DR_FIRST_PREFETCH && type <= LAD_DR_LAST_PREFETCH) ||
        (type >= LAD_DR_FIRST_FURTHER_PREFETCH && type <= LAD_DR_LAST_FURTHER_PREFETCH)) {
        LadRecord record = {.kind = LAD_RECORD_PREFETCH,
                            .flags = prefetch_flags(type),
                            .address = lad_dr_canonical(address),
                            .size = size};
        return write_record(input, &record, error);
    }
    switch (type) {
    case LAD_DR_MARKER:
        return marker(input, size, address, error);
    case LAD_DR_THREAD:
        set_thread(input, address);
        return TRUE;
    case LAD_DR_PROCESS:
        input->stream = input->thread->process == address ? input->stream : NULL;
        input->thread->process = address;
        return TRUE;
    case LAD_DR_THREAD_EXIT:
        return thread_exit(input, address, error);
    case LAD_DR_HEADER:
    case LAD_DR_FOOTER:
        return TRUE;
    case LAD_DR_INSN_FLUSH:
    case LAD_DR_DATA_FLUSH:
        return flush(input, type == LAD_DR_INSN_FLUSH, size, address, error);
    case LAD_DR_INSN_FLUSH_END:
    case LAD_DR_DATA_FLUSH_END:
        return flush_end(input, type == LAD_DR_INSN_FLUSH_END, address, error);
    default:
        return lad_import_bad(input->from, error, "a record of unknown type %u", type);
    }
}

static gboolean
record(LadDrInput *input, const guint8 *at, GError **error)
{
    guint32 head = lad_dr_head(at);
    guint64 address = lad_dr_address(at);
    guint type = lad_dr_type(head);
    if (type <= LAD_DR_STORE)
        return enter(input, error) &&
               lad_dr_blocks_access(input->blocks, head, address, input->stream->number, error);
    if (lad_dr_is_insn(type) || type == LAD_DR_NO_FETCH || type == LAD_DR_MAYBE_NO_FETCH)
        return instruction(input, head, address, error);
    if (type == LAD_DR_BUNDLE)
        return bundle(input, lad_dr_size(head), at + 4, error);
    if (type == LAD_DR_ENCODING) {
        if (lad_dr_size(head) > 8)
            return bad(input, error, "an encoding of more than 8 bytes in one record");
        lad_dr_blocks_encoding(input->blocks, at + 4, lad_dr_size(head));
        return TRUE;
    }
    /* Behind these a block would end again; behind a marker hardly. */
    gboolean usual = type < LAD_DR_THREAD || type >= LAD_DR_FIRST_FURTHER_PREFETCH;
    return end_block(input, usual, error) && other_record(input, head, address, error);
}

/* ---- Reading on --------------------------------------------------------------------------------
 */

/* Where reading stands in a segment. */
typedef struct {
    gboolean alone;    /* it ends with the input */
    gboolean in_it;    /* its time stamp has been passed */
    gboolean over;     /* the next record begins another */
    guint64 next_time; /* of that */
} Segment;

/* Known blocks from `at` on; nothing if one is in progress. NULL on failure. */
static inline const guint8 *
run_blocks(LadDrInput *input, const guint8 *at, const guint8 *end, GError **error)
{
    const LadDrOut *out = input->out;
    if (lad_dr_blocks_in_progress(input->blocks) || input->stream == NULL ||
        out->current != input->stream || out->shard != input->shard || out->n_idle != 0)
        return at;
    return lad_dr_blocks_run(input->blocks, at, end, input->stream->number, error);
}

/* Whether the segment in progress ends before the record at `at`. */
static gboolean
ends_segment(const LadDrInput *input, const guint8 *at, Segment *segment)
{
    if (lad_dr_head(at) != (LAD_DR_MARKER | LAD_DR_MARKER_TIME << 16) || segment->alone ||
        input->thread->skip_time)
        return FALSE;
    segment->over = segment->in_it;
    segment->in_it = TRUE;
    segment->next_time = lad_dr_address(at);
    return segment->over;
}

/* Reads the records from `at` to `end`, which are in view, and consumes them. */
static gboolean
read_records(LadDrInput *input, const guint8 *at, const guint8 *end, Segment *segment,
             GError **error)
{
    const guint8 *consumed = at;
    while (end - at >= LAD_DR_RECORD_BYTES && !segment->over) {
        guint32 head = lad_dr_head(at);
        if (lad_dr_blocks_in_progress(input->blocks) && lad_dr_is_insn(lad_dr_type(head)) &&
            lad_dr_blocks_ends_before(input->blocks, head, lad_dr_address(at)) &&
            !end_block(input, TRUE, error))
            return FALSE;
        const guint8 *next = run_blocks(input, at, end, error);
        if (next == NULL)
            return FALSE;
        if (next != at) {
            at = next;
            input->last_type = LAD_DR_INSN;
            continue;
        }
        /* So that a message names the place. */
        lad_import_consume(input->from, (gsize)(at - consumed));
        consumed = at;
        if (ends_segment(input, at, segment))
            break;
        input->last_type = lad_dr_type(head);
        if (!record(input, at, error))
            return FALSE;
        at += LAD_DR_RECORD_BYTES;
    }
    lad_import_consume(input->from, (gsize)(at - consumed));
    return !segment->over || end_block(input, FALSE, error);
}

/* The input has no more records. */
static gboolean
at_end(LadDrInput *input, GError **error)
{
    if (!end_block(input, FALSE, error))
        return FALSE;
    if (input->flushing)
        return bad(input, error, "the input ends inside a cache flush");
    if (input->last_type != LAD_DR_FOOTER)
        return bad(input, error, "the input ends without a footer: it is cut off");
    return TRUE;
}

gboolean
lad_dr_input_segment(LadDrInput *input, gboolean alone, guint64 *time, gboolean *ended,
                     GError **error)
{
    Segment segment = {.alone = alone};
    *ended = FALSE;
    while (!segment.over) {
        gsize available;
        const guint8 *view = lad_import_view(input->from, WANTED_BYTES, &available, error);
        if (view == NULL)
            return FALSE;
        /* A block is compared as a whole; so the last ones of a view wait for the next. */
        gboolean last = available < WANTED_BYTES;
        if (last && available < LAD_DR_RECORD_BYTES) {
            if (available > 0)
                return bad(input, error, "the input ends inside a record of 12 bytes");
            GError *failure = NULL;
            if (lad_import_next_member(input->from, &failure)) {
                if (!check_member(input, error))
                    return FALSE;
                continue;
            }
            if (failure != NULL) {
                g_propagate_error(error, failure);
                return FALSE;
            }
            *ended = TRUE;
            return at_end(input, error);
        }
        const guint8 *end = view + (last ? available : available - SLACK_BYTES);
        if (!read_records(input, view, end, &segment, error))
            return FALSE;
    }
    *time = segment.next_time;
    return TRUE;
}

gboolean
lad_dr_input_abandon(LadDrInput *input, GError **error)
{
    return end_block(input, FALSE, error);
}
