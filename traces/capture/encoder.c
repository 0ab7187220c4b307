/* encoder.c - turns the words of the rings into the trace's blocks, addresses and records.
 *
 * One reader per ring; the rings of threads become streams, those of processes hold the code. A
 * block is described in its process's code ring before any thread can execute it, so an id that is
 * not known yet is found by reading the code rings. Everything per execution is a comparison with
 * the block's latest shape and a copy of addresses.
 */
#include "config.h"
#include "traces/capture/encoder.h"
#include "traces/capture/mapping.h"
#include "traces/capture/shape.h"
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_STREAMS 65536 /* of a trace */

typedef struct {
    guint32 serial; /* of the claim that is being read; 0: none */
    guint stream;
    guint32 offset;    /* words of the segment in hand that have been read */
    gboolean skipping; /* nothing written yet, and something was skipped */
    gboolean lost;     /* one thread too many for a trace: its words are passed over */
    gboolean dead;     /* its process is gone: whatever is there is all */
    guint32 process;
    guint64 last_time;
} RingReader;

/* What an execution of a block nearly always comes to, so that it costs one line of cache. */
typedef struct {
    guint64 kept; /* bit i: word i is an address */
    guint32 part; /* the trace's block */
    guint16 n_words;
    guint16 n_addresses;
    guint16 n_insns;
    guint8 usable; /* the block is regular, and this is its latest shape */
    guint8 plain;  /* every word is an address */
    guint32 reserved;
    LadGuestBlock *block; /* NULL: not described yet */
} BlockEntry;

struct LadEncoder {
    LadCaptureArea *area;
    LadTraceWriter *writer;
    LadShaper shaper;
    RingReader *readers;  /* LAD_RINGS */
    GArray *blocks;       /* BlockEntry by id */
    gboolean careful;     /* match every word, for the comparison with the inline counters */
    GHashTable *contents; /* GBytes -> LadGuestBlock, owner of both */
    LadMappings *mappings;
    guint64 scratch[LAD_RING_SEGMENT_WORDS]; /* addresses of an execution */
    guint64 skip_left, max_insns;
    gboolean done;
    char *name;
    GString *notes;
    LadCaptureCounts counts;
};

LadEncoder *
lad_encoder_new(LadCaptureArea *area, LadTraceWriter *writer, const LadEncoderOptions *options,
                GError **error)
{
    LadDescriber *describer = lad_describer_new(error);
    LadEncoder *encoder;

    if (describer == NULL)
        return NULL;
    encoder = g_new0(LadEncoder, 1);
    encoder->area = area;
    encoder->writer = encoder->shaper.writer = writer;
    encoder->shaper.describer = describer;
    encoder->shaper.silent = g_new0(guint8, G_MAXUINT16 + 1);
    encoder->readers = g_new0(RingReader, LAD_RINGS);
    encoder->blocks = g_array_new(FALSE, TRUE, sizeof(BlockEntry));
    encoder->careful = area->count != 0;
    encoder->contents =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref,
                              (GDestroyNotify)lad_guest_block_free);
    encoder->mappings = lad_mappings_new();
    encoder->skip_left = options->skip_insns;
    encoder->max_insns = options->max_insns;
    encoder->name = g_strdup(options->name);
    encoder->notes = g_string_new(NULL);
    return encoder;
}

void
lad_encoder_free(LadEncoder *encoder)
{
    lad_mappings_free(encoder->mappings);
    g_hash_table_unref(encoder->contents);
    g_array_unref(encoder->blocks);
    lad_describer_free(encoder->shaper.describer);
    g_free(encoder->shaper.silent);
    g_free(encoder->readers);
    g_free(encoder->name);
    g_string_free(encoder->notes, TRUE);
    g_free(encoder);
}

static gboolean
make_no_sense(const char *what, GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                "capture: %s in the memory shared with the recorded program; it may have written "
                "there itself",
                what);
    return FALSE;
}

/* ---- Code -------------------------------------------------------------------------------------
 */

/* A LAD_CONTROL_CODE record without its control word. */
static gboolean
describe_block(LadEncoder *encoder, const guint64 *words, guint n_words, GError **error)
{
    guint64 id = words[0], pc = words[1], n = words[2];
    const guint8 *lengths = (const guint8 *)(words + 3), *code;
    guint bytes = 0;

    if (n_words < 3 || n == 0 || n > LAD_WORD_INSN_MASK + 1 || id >= G_MAXINT32 ||
        3 + (n + 7) / 8 > n_words)
        return make_no_sense("a damaged description of code", error);
    code = lengths + (n + 7) / 8 * 8;
    for (guint i = 0; i < n; i++)
        bytes += lengths[i];
    if (3 + (n + 7) / 8 + (bytes + 7) / 8 > n_words)
        return make_no_sense("a damaged description of code", error);
    GBytes *key = g_bytes_new(words + 1, ((gsize)n_words - 1) * 8);
    LadGuestBlock *block = g_hash_table_lookup(encoder->contents, key);
    if (block == NULL) {
        block = lad_guest_block_new(&encoder->shaper, pc, (guint)n, lengths, code);
        g_hash_table_insert(encoder->contents, key, block);
    } else {
        g_bytes_unref(key);
    }
    if (id >= encoder->blocks->len)
        g_array_set_size(encoder->blocks, (guint)id + 1);
    g_array_index(encoder->blocks, BlockEntry, id).block = block;
    encoder->counts.n_translated++;
    return TRUE;
}

static gboolean
read_code_words(LadEncoder *encoder, const guint64 *words, guint n, GError **error)
{
    for (guint i = 0; i < n;) {
        guint64 size = LAD_WORD_PAYLOAD(words[i]);
        if (LAD_WORD_KIND(words[i]) != LAD_CONTROL_CODE || size >= n - i)
            return make_no_sense("damaged code", error);
        if (!describe_block(encoder, words + i + 1, (guint)size, error))
            return FALSE;
        i += 1 + (guint)size;
    }
    return TRUE;
}

static const guint64 *
segment_of(const LadEncoder *encoder, guint ring, guint32 n)
{
    return (const guint64 *)((const char *)encoder->area + lad_ring_segment_offset(ring, n));
}

static void
release_segment(LadRing *ring)
{
    guint32 drained = atomic_load_explicit(&ring->drained, memory_order_relaxed) + 1;
    guint32 backlog;

    atomic_store(&ring->drained, drained);
    backlog = atomic_load(&ring->filled) - drained;
    /* Wake a waiting guest when it has room for a while, not at every segment. */
    if (backlog <= LAD_RING_SEGMENTS / 2 && atomic_load(&ring->guest_waits) != 0) {
        atomic_store(&ring->guest_waits, 0);
        syscall(SYS_futex, &ring->drained, FUTEX_WAKE, 1, NULL, NULL, 0);
    }
}

/* Words in the segment that its writer has not handed over; 0 if it is doing so right now. */
static guint32
unfinished_words(const LadEncoder *encoder, guint index)
{
    LadRing *ring = &encoder->area->rings[index];
    guint32 filled = atomic_load(&ring->filled);
    guint64 next = (guint64)(guintptr)atomic_load(&ring->next);
    guint64 begin = encoder->area->base + lad_ring_segment_offset(index, filled);

    if (atomic_load(&ring->filled) != filled || next < begin ||
        next - begin > LAD_CAPTURE_SEGMENT_BYTES)
        return 0;
    return (guint32)((next - begin) / 8);
}

static gboolean
drain_code_ring(LadEncoder *encoder, guint index, GError **error)
{
    LadRing *ring = &encoder->area->rings[index];
    RingReader *reader = &encoder->readers[index];
    guint32 drained = atomic_load(&ring->drained);

    for (; drained != atomic_load(&ring->filled); drained++) {
        guint32 length = ring->length[drained % LAD_RING_SEGMENTS];
        if (length < reader->offset || length > LAD_RING_SEGMENT_WORDS)
            return make_no_sense("a damaged segment", error);
        if (!read_code_words(encoder, segment_of(encoder, index, drained) + reader->offset,
                             length - reader->offset, error))
            return FALSE;
        reader->offset = 0;
        release_segment(ring);
    }
    guint32 length = unfinished_words(encoder, index);
    if (length > reader->offset && drained == atomic_load(&ring->filled)) {
        if (!read_code_words(encoder, segment_of(encoder, index, drained) + reader->offset,
                             length - reader->offset, error))
            return FALSE;
        reader->offset = length;
    }
    return TRUE;
}

static void
begin_reading(LadEncoder *encoder, guint index)
{
    const LadRing *ring = &encoder->area->rings[index];
    RingReader *reader = &encoder->readers[index];

    *reader = (RingReader){.serial = ring->serial, .process = ring->process};
}

static gboolean
drain_code(LadEncoder *encoder, GError **error)
{
    guint bound = atomic_load(&encoder->area->ring_bound);

    for (guint i = 0; i < bound; i++) {
        LadRing *ring = &encoder->area->rings[i];
        guint32 state = atomic_load(&ring->state);
        if (state < LAD_RING_LIVE || !ring->is_code)
            continue;
        if (encoder->readers[i].serial != ring->serial)
            begin_reading(encoder, i);
        if (!drain_code_ring(encoder, i, error))
            return FALSE;
    }
    return TRUE;
}

static BlockEntry *
known_block(const LadEncoder *encoder, guint64 id)
{
    BlockEntry *entry =
        id < encoder->blocks->len ? &g_array_index(encoder->blocks, BlockEntry, id) : NULL;

    return entry != NULL && entry->block != NULL ? entry : NULL;
}

static BlockEntry *
find_block(LadEncoder *encoder, guint64 id, GError **error)
{
    if (known_block(encoder, id) == NULL && !drain_code(encoder, error))
        return NULL;
    if (known_block(encoder, id) == NULL)
        make_no_sense("a block that was never described", error);
    return known_block(encoder, id);
}

/* ---- Execution --------------------------------------------------------------------------------
 */

/* Where the thread went on, looking no further than this segment; 0 if it does not tell. */
static guint64
next_pc(LadEncoder *encoder, const guint64 *words, const guint64 *end)
{
    while (words < end) {
        LadControl kind = LAD_WORD_KIND(*words);
        if (kind == LAD_CONTROL_BLOCK) {
            const BlockEntry *next = find_block(encoder, LAD_WORD_PAYLOAD(*words), NULL);
            return next != NULL ? next->block->pc : 0;
        }
        words +=
            kind == LAD_CONTROL_SYSCALL || kind == LAD_CONTROL_MAPPED || kind == LAD_CONTROL_EXEC
                ? 1 + LAD_WORD_PAYLOAD(*words)
                : 1;
    }
    return 0;
}

static const LadShape *
find_shape(LadEncoder *encoder, LadGuestBlock *block, const guint64 *words, const guint64 *end)
{
    guint n = 0;

    while (words + n < end && (words[n] & LAD_WORD_CONTROL) == 0)
        n++;
    return lad_guest_block_shape(block, &encoder->shaper, words, n,
                                 next_pc(encoder, words + n, end));
}

static gboolean
write_burst(LadEncoder *encoder, RingReader *reader, GError **error)
{
    const LadRecord burst = {.kind = LAD_RECORD_BURST, .text = ""};

    reader->skipping = FALSE;
    return lad_trace_writer_record(encoder->writer, reader->stream, &burst, error);
}

/* Whether an execution of `n` instructions is to be written; else it was skipped or is too many. */
static gboolean
is_wanted(LadEncoder *encoder, RingReader *reader, guint n, gboolean *ok, GError **error)
{
    *ok = TRUE;
    if (encoder->skip_left > 0) {
        encoder->skip_left -= MIN(encoder->skip_left, n);
        return FALSE;
    }
    if (reader->skipping && !(*ok = write_burst(encoder, reader, error)))
        return FALSE;
    if (n > encoder->max_insns - encoder->counts.n_written_insns) {
        encoder->done = TRUE;
        return FALSE;
    }
    return TRUE;
}

static gboolean
write_shape(LadEncoder *encoder, RingReader *reader, const LadShape *shape, const guint64 *words,
            GError **error)
{
    const guint64 *addresses = encoder->scratch;
    gboolean ok;

    if (!is_wanted(encoder, reader, shape->n_insns, &ok, error))
        return ok;
    lad_shape_addresses(shape, words, encoder->scratch);
    for (guint i = 0; i < shape->n_parts; i++) {
        if (!lad_trace_writer_execute(encoder->writer, reader->stream, shape->parts[i].id,
                                      addresses, error))
            return FALSE;
        addresses += shape->parts[i].n_operands;
    }
    encoder->counts.n_written_insns += shape->n_insns;
    encoder->counts.n_written_data += shape->n_addresses;
    return TRUE;
}

static void
prepare_entry(const LadEncoder *encoder, BlockEntry *entry, const LadShape *shape)
{
    entry->usable = FALSE;
    if (encoder->careful || !lad_shape_is_regular(shape, entry->block) || shape->n_parts != 1 ||
        shape->n_words > 64 || shape->cut_words > 0)
        return;
    entry->usable = TRUE;
    entry->plain = shape->plain;
    entry->part = shape->parts[0].id;
    entry->n_words = (guint16)shape->n_words;
    entry->n_addresses = (guint16)shape->n_addresses;
    entry->n_insns = (guint16)shape->n_insns;
    entry->kept = 0;
    for (guint i = 0; i < shape->n_words; i++)
        if (shape->joined[i] < 0)
            entry->kept |= (guint64)1 << i;
}

/* The block `id`, whose words come next, by all that is known of it; returns the words behind it.
 */
static const guint64 *
execute_slowly(LadEncoder *encoder, RingReader *reader, guint64 id, const guint64 *words,
               const guint64 *end, GError **error)
{
    BlockEntry *entry = find_block(encoder, id, error);
    const LadShape *shape = NULL;

    if (entry == NULL)
        return NULL;
    if (entry->block->shapes->len > 0)
        shape = entry->block->shapes->pdata[0];
    if (shape == NULL || shape->cut || !lad_shape_matches(shape, words))
        shape = find_shape(encoder, entry->block, words, end);
    /* Looking for where the thread went on may have moved the table. */
    prepare_entry(encoder, known_block(encoder, id), shape);
    encoder->counts.n_blocks++;
    encoder->counts.n_insns += shape->n_insns;
    encoder->counts.n_data += shape->n_addresses;
    encoder->counts.n_words += shape->n_words;
    encoder->counts.n_cuts += shape->cut;
    encoder->counts.n_cut_words += shape->cut_words;
    return write_shape(encoder, reader, shape, words, error) ? words + shape->n_words : NULL;
}

/* Copy the addresses of an execution that has the entry's shape; FALSE if it has another. */
static inline gboolean
copy_addresses(const BlockEntry *entry, const guint64 *restrict words, guint64 *restrict addresses)
{
    guint n = entry->n_words;
    guint64 all = ~words[n]; /* a control word has to follow, and none may come before */

    if (G_LIKELY(entry->plain)) {
        for (guint i = 0; i < n; i++) {
            all |= words[i];
            addresses[i] = words[i] & LAD_WORD_ADDRESS_MASK;
        }
    } else {
        guint64 kept = entry->kept;
        for (guint i = 0; i < n; i++, kept >>= 1) {
            all |= words[i];
            *addresses = words[i] & LAD_WORD_ADDRESS_MASK;
            addresses += kept & 1;
        }
    }
    return (all & LAD_WORD_CONTROL) == 0;
}

/* The block whose control word is `words[-1]`; returns the words behind it. */
static inline const guint64 *
execute_block(LadEncoder *encoder, RingReader *reader, guint64 id, const guint64 *words,
              const guint64 *end, GError **error)
{
    const BlockEntry *entry = &((const BlockEntry *)(void *)encoder->blocks->data)[id];
    LadCaptureCounts *counts = &encoder->counts;
    gboolean ok;

    if (G_UNLIKELY(id >= encoder->blocks->len || !entry->usable ||
                   !copy_addresses(entry, words, encoder->scratch)))
        return execute_slowly(encoder, reader, id, words, end, error);
    counts->n_blocks++;
    counts->n_insns += entry->n_insns;
    counts->n_data += entry->n_addresses;
    counts->n_words += entry->n_words;
    words += entry->n_words;
    __builtin_prefetch((const BlockEntry *)(void *)encoder->blocks->data +
                       (LAD_WORD_PAYLOAD(*words) & G_MAXUINT32));
    if (G_UNLIKELY(encoder->skip_left > 0 || reader->skipping ||
                   entry->n_insns > encoder->max_insns - counts->n_written_insns) &&
        !is_wanted(encoder, reader, entry->n_insns, &ok, error))
        return ok ? words : NULL;
    counts->n_written_insns += entry->n_insns;
    counts->n_written_data += entry->n_addresses;
    return lad_trace_writer_execute(encoder->writer, reader->stream, entry->part, encoder->scratch,
                                    error)
               ? words
               : NULL;
}

static void
note_exec(LadEncoder *encoder, const RingReader *reader, const guint64 *words, guint n)
{
    g_autofree char *path = g_strndup((const char *)words, (gsize)n * 8);
    g_autofree char *valid = g_utf8_make_valid(path, -1);

    encoder->counts.n_execs++;
    g_string_append_printf(encoder->notes,
                           "process %u went on as %s by execve: natively, not recorded\n",
                           reader->process, valid);
}

static void
forget_exec(LadEncoder *encoder)
{
    char *last;

    encoder->counts.n_execs--;
    g_string_truncate(encoder->notes, encoder->notes->len - 1);
    last = strrchr(encoder->notes->str, '\n');
    g_string_truncate(encoder->notes, last != NULL ? (gsize)(last + 1 - encoder->notes->str) : 0);
}

static gboolean
write_time(LadEncoder *encoder, RingReader *reader, guint64 ticks, GError **error)
{
    LadRecord record = {.kind = LAD_RECORD_TIME, .value = ticks, .text = ""};

    if (ticks < reader->last_time)
        return TRUE;
    reader->last_time = ticks;
    return lad_trace_writer_record(encoder->writer, reader->stream, &record, error);
}

static gboolean
write_fork(LadEncoder *encoder, RingReader *reader, guint64 child, GError **error)
{
    const LadRecord record = {.kind = LAD_RECORD_FORK, .value = child, .text = ""};

    lad_mappings_fork(encoder->mappings, reader->process, (guint32)child);
    return lad_trace_writer_record(encoder->writer, reader->stream, &record, error);
}

/* Any control word but a block's, at `words[0]`; returns the words behind it. */
static const guint64 *
read_control(LadEncoder *encoder, RingReader *reader, const guint64 *words, const guint64 *end,
             GError **error)
{
    LadControl kind = LAD_WORD_KIND(*words);
    guint64 payload = LAD_WORD_PAYLOAD(*words);
    gboolean sized =
        kind == LAD_CONTROL_SYSCALL || kind == LAD_CONTROL_MAPPED || kind == LAD_CONTROL_EXEC;
    gboolean ok = TRUE;

    if (sized && payload >= (guint64)(end - words)) {
        make_no_sense("a record past its segment", error);
        return NULL;
    }
    switch (kind) {
    case LAD_CONTROL_TIME:
        ok = write_time(encoder, reader, payload, error);
        break;
    case LAD_CONTROL_FORK:
        ok = write_fork(encoder, reader, payload, error);
        break;
    case LAD_CONTROL_SYSCALL:
        ok = lad_mappings_syscall(encoder->mappings, encoder->writer, reader->stream,
                                  reader->process, words + 1, (guint)payload, error);
        break;
    case LAD_CONTROL_MAPPED:
        ok = lad_mappings_line(encoder->mappings, encoder->writer, reader->stream, reader->process,
                               words + 1, (guint)payload, error);
        break;
    case LAD_CONTROL_EXEC:
        note_exec(encoder, reader, words + 1, (guint)payload);
        break;
    case LAD_CONTROL_NO_EXEC:
        forget_exec(encoder);
        break;
    default:
        ok = make_no_sense("an unknown word", error);
    }
    return ok ? words + 1 + (sized ? payload : 0) : NULL;
}

/* `words` is followed by a LAD_CONTROL_END. */
static gboolean
read_words(LadEncoder *encoder, RingReader *reader, const guint64 *words, guint n, GError **error)
{
    const guint64 *end = words + n;

    while (words < end && !encoder->done) {
        if (G_LIKELY(*words >> 56 == (LAD_WORD_CONTROL >> 56 | LAD_CONTROL_BLOCK)))
            words = execute_block(encoder, reader, LAD_WORD_PAYLOAD(*words), words + 1, end, error);
        else
            words = read_control(encoder, reader, words, end, error);
        if (words == NULL)
            return FALSE;
    }
    return TRUE;
}

/* ---- Rings ------------------------------------------------------------------------------------
 */

static void
begin_stream(LadEncoder *encoder, guint index)
{
    LadRing *ring = &encoder->area->rings[index];
    RingReader *reader = &encoder->readers[index];
    const LadStreamInfo info = {
        .process = ring->process, .thread = ring->thread, .cgroup = "", .name = encoder->name};

    begin_reading(encoder, index);
    if (ring->is_code)
        return;
    reader->skipping = encoder->skip_left > 0;
    reader->lost = encoder->counts.n_streams == MAX_STREAMS;
    if (reader->lost) {
        encoder->counts.n_lost_streams++;
        return;
    }
    reader->stream = lad_trace_writer_add_stream(encoder->writer, &info);
    encoder->counts.n_streams++;
}

static gboolean
read_segment(LadEncoder *encoder, guint index, guint32 number, guint32 length, GError **error)
{
    guint64 *words = (guint64 *)((char *)encoder->area + lad_ring_segment_offset(index, number));

    if (length >= LAD_RING_SEGMENT_WORDS)
        return make_no_sense("a damaged segment", error);
    words[length] = LAD_WORD_MAKE(LAD_CONTROL_END, 0);
    if (encoder->readers[index].lost)
        return TRUE;
    return read_words(encoder, &encoder->readers[index], words, length, error);
}

static gboolean
drain_thread_ring(LadEncoder *encoder, guint index, gboolean dead, gboolean *busy, GError **error)
{
    LadRing *ring = &encoder->area->rings[index];
    guint32 drained = atomic_load(&ring->drained);

    /* A bounded number, so that every ring has its turn. */
    for (guint i = 0; i < LAD_RING_SEGMENTS && drained != atomic_load(&ring->filled);
         i++, drained++) {
        if (!read_segment(encoder, index, drained, ring->length[drained % LAD_RING_SEGMENTS],
                          error))
            return FALSE;
        release_segment(ring);
        *busy = TRUE;
    }
    if (!dead || drained != atomic_load(&ring->filled))
        return TRUE;
    guint32 length = unfinished_words(encoder, index);
    atomic_store(&ring->next, (uint64_t *)(guintptr)(encoder->area->base +
                                                     lad_ring_segment_offset(index, drained)));
    return read_segment(encoder, index, drained, length, error);
}

static gboolean
drain_ring(LadEncoder *encoder, guint index, gboolean final, gboolean *busy, GError **error)
{
    LadRing *ring = &encoder->area->rings[index];
    RingReader *reader = &encoder->readers[index];
    guint32 state = atomic_load(&ring->state);
    gboolean dead;

    if (state < LAD_RING_LIVE)
        return TRUE;
    if (reader->serial != ring->serial)
        begin_stream(encoder, index);
    dead = final || state == LAD_RING_CLOSED || reader->dead;
    if (ring->is_code ? !drain_code_ring(encoder, index, error)
                      : !drain_thread_ring(encoder, index, dead, busy, error))
        return FALSE;
    if (dead && atomic_load(&ring->drained) == atomic_load(&ring->filled)) {
        encoder->counts.n_overruns += ring->overruns;
        reader->serial = 0;
        atomic_store(&ring->state, LAD_RING_FREE);
    }
    return TRUE;
}

/* Streams are numbered in the order in which their threads began. */
static gint
compare_serials(gconstpointer a, gconstpointer b, gpointer data)
{
    const LadCaptureArea *area = data;
    guint32 left = area->rings[*(const guint *)a].serial;
    guint32 right = area->rings[*(const guint *)b].serial;

    return (left > right) - (left < right);
}

static void
begin_new_streams(LadEncoder *encoder, guint bound)
{
    g_autoptr(GArray) fresh = g_array_new(FALSE, FALSE, sizeof(guint));

    for (guint i = 0; i < bound; i++) {
        LadRing *ring = &encoder->area->rings[i];
        if (atomic_load(&ring->state) >= LAD_RING_LIVE &&
            encoder->readers[i].serial != ring->serial)
            g_array_append_val(fresh, i);
    }
    g_array_sort_with_data(fresh, compare_serials, encoder->area);
    for (guint i = 0; i < fresh->len; i++)
        begin_stream(encoder, g_array_index(fresh, guint, i));
}

gboolean
lad_encoder_drain(LadEncoder *encoder, gboolean final, gboolean *busy, GError **error)
{
    guint bound = atomic_load(&encoder->area->ring_bound);
    gboolean unused = FALSE;

    begin_new_streams(encoder, bound);
    if (!drain_code(encoder, error))
        return FALSE;
    for (guint i = 0; i < bound && !encoder->done; i++)
        if (!drain_ring(encoder, i, final, busy != NULL ? busy : &unused, error))
            return FALSE;
    return TRUE;
}

guint
lad_encoder_reap(LadEncoder *encoder, gboolean (*is_recorded)(guint32 process, gpointer data),
                 gpointer data)
{
    guint bound = atomic_load(&encoder->area->ring_bound), alive = 0;

    for (guint i = 0; i < bound; i++) {
        LadRing *ring = &encoder->area->rings[i];
        RingReader *reader = &encoder->readers[i];
        if (atomic_load(&ring->state) < LAD_RING_LIVE)
            continue;
        if (!is_recorded(ring->process, data))
            reader->dead = TRUE;
        else
            alive++;
    }
    return alive;
}

void
lad_encoder_discard(LadEncoder *encoder)
{
    guint bound = atomic_load(&encoder->area->ring_bound);

    for (guint i = 0; i < bound; i++) {
        LadRing *ring = &encoder->area->rings[i];
        atomic_store(&ring->drained, atomic_load(&ring->filled));
        syscall(SYS_futex, &ring->drained, FUTEX_WAKE, 1, NULL, NULL, 0);
    }
}

gboolean
lad_encoder_is_done(const LadEncoder *encoder)
{
    return encoder->done;
}

const LadCaptureCounts *
lad_encoder_counts(LadEncoder *encoder)
{
    encoder->counts.n_code_blocks = g_hash_table_size(encoder->contents);
    encoder->counts.n_shapes = encoder->shaper.n_shapes;
    encoder->counts.n_unmatched = encoder->shaper.n_unmatched;
    encoder->counts.n_silent = encoder->shaper.n_silent;
    return &encoder->counts;
}

const char *
lad_encoder_notes(const LadEncoder *encoder)
{
    return encoder->notes->str;
}
