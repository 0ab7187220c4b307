/* encode_control.c - all words but those of executions: time, windows, intervals, system calls,
 * files.
 */
#include "config.h"
#include "traces/capture/encoding.h"
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NS_PER_SECOND 1000000000u

static void
note_exec(LadEncoder *encoder, const LadRingReader *reader, const guint64 *words, guint n)
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

/* ---- Time and windows -------------------------------------------------------------------------
 */

/* The trace's ticks are nanoseconds. */
static guint64
ticks_of(const LadEncoder *encoder, guint64 clock)
{
    guint64 rate = encoder->clock_rate;

    return clock / rate * NS_PER_SECOND + clock % rate * NS_PER_SECOND / rate;
}

static gboolean
write_time(LadEncoder *encoder, LadRingReader *reader, guint64 clock, GError **error)
{
    LadRecord record = {.kind = LAD_RECORD_TIME, .value = ticks_of(encoder, clock), .text = ""};

    if (record.value < reader->last_time)
        return TRUE;
    reader->last_time = record.value;
    return lad_trace_writer_record(encoder->writer, reader->stream, &record, error);
}

gboolean
lad_encoder_write_burst(LadEncoder *encoder, LadRingReader *reader, guint64 missing, GError **error)
{
    const LadRecord burst = {.kind = LAD_RECORD_BURST, .value = missing, .text = ""};

    reader->skipping = FALSE;
    encoder->counts.n_bursts++;
    return lad_trace_writer_record(encoder->writer, reader->stream, &burst, error);
}

static gboolean
write_fork(LadEncoder *encoder, LadRingReader *reader, guint64 child, GError **error)
{
    const LadRecord record = {.kind = LAD_RECORD_FORK, .value = child, .text = ""};

    lad_mappings_fork(encoder->mappings, reader->process, (guint32)child);
    return lad_trace_writer_record(encoder->writer, reader->stream, &record, error);
}

/* ---- Level page -------------------------------------------------------------------------------
 */

static gboolean
write_pages(LadEncoder *encoder, LadRingReader *reader, guint64 begin, guint64 end, GError **error)
{
    guint64 n = 0;
    gboolean ok =
        lad_tally_write(reader->tally, encoder->writer, reader->stream, begin, end, &n, error);

    encoder->counts.n_page_touches += n;
    return ok;
}

gboolean
lad_encoder_write_touches(LadEncoder *encoder, LadRingReader *reader, GError **error)
{
    return write_pages(encoder, reader, 0, G_MAXUINT64, error);
}

static gboolean
begin_interval(LadEncoder *encoder, LadRingReader *reader, guint64 clock, GError **error)
{
    encoder->counts.n_intervals++;
    return lad_encoder_write_touches(encoder, reader, error) &&
           write_time(encoder, reader, clock, error);
}

static void
add_page(LadEncoder *encoder, LadRingReader *reader, guint64 page, guint64 touches, guint64 writes)
{
    lad_tally_add(reader->tally, page, touches, writes);
    encoder->counts.n_touches += touches;
    if (reader->accessed != NULL)
        lad_page_set_add(reader->accessed, page);
}

void
lad_encoder_add_table(LadEncoder *encoder, guint ring)
{
    const LadPageCounter *table =
        (const LadPageCounter *)(const void *)((const char *)encoder->area +
                                               lad_ring_table_offset(ring));

    for (guint i = 0; i < LAD_PAGE_COUNTERS; i++)
        if (table[i].touches > 0)
            add_page(encoder, &encoder->readers[ring], table[i].page, table[i].touches,
                     table[i].writes);
}

/* ---- System calls and contents ----------------------------------------------------------------
 */

static gboolean
read_syscall(LadEncoder *encoder, LadRingReader *reader, const guint64 *words, guint n,
             GError **error)
{
    guint64 begin, end;

    /* What was touched where nothing will be was touched before. */
    if (reader->tally != NULL &&
        lad_mappings_unmaps(encoder->mappings, reader->process, words, n, &begin, &end) &&
        !write_pages(encoder, reader, begin >> LAD_PAGE_SHIFT, end >> LAD_PAGE_SHIFT, error))
        return FALSE;
    return lad_mappings_syscall(encoder->mappings, encoder->writer, reader->stream, reader->process,
                                words, n, error);
}

/* The thread waits for the answer, whatever becomes of it. */
static gboolean
look_at_content(LadEncoder *encoder, LadRingReader *reader, guint64 number, GError **error)
{
    LadRing *ring = &encoder->area->rings[reader - encoder->readers];
    gboolean ok = lad_content_sample(encoder->content, reader->process, encoder->writer,
                                     reader->stream, &encoder->counts.n_contents, error);

    atomic_store(&ring->served, (guint32)number);
    syscall(SYS_futex, &ring->served, FUTEX_WAKE, 1, NULL, NULL, 0);
    return ok;
}

/* ---- Words ------------------------------------------------------------------------------------
 */

guint64
lad_encoder_control_words(guint64 word)
{
    switch (LAD_WORD_KIND(word)) {
    case LAD_CONTROL_SYSCALL:
    case LAD_CONTROL_MAPPED:
    case LAD_CONTROL_EXEC:
        return 1 + LAD_WORD_PAYLOAD(word);
    case LAD_CONTROL_PAGE:
        return 2;
    default:
        return 1;
    }
}

/* Whether a word of this kind may come in a recording of this level. */
static gboolean
is_expected(const LadEncoder *encoder, const LadRingReader *reader, LadControl kind)
{
    if (kind == LAD_CONTROL_PAGE || kind == LAD_CONTROL_INTERVAL)
        return reader->tally != NULL;
    return kind != LAD_CONTROL_CONTENT || encoder->content != NULL;
}

static gboolean
read_control_words(LadEncoder *encoder, LadRingReader *reader, const guint64 *words, GError **error)
{
    LadControl kind = LAD_WORD_KIND(*words);
    guint64 payload = LAD_WORD_PAYLOAD(*words);

    switch (is_expected(encoder, reader, kind) ? kind : LAD_CONTROL_END) {
    case LAD_CONTROL_TIME:
        /* Level `page` knows intervals only. */
        return reader->tally != NULL || write_time(encoder, reader, payload, error);
    case LAD_CONTROL_FORK:
        return write_fork(encoder, reader, payload, error);
    case LAD_CONTROL_SYSCALL:
        return read_syscall(encoder, reader, words + 1, (guint)payload, error);
    case LAD_CONTROL_MAPPED:
        return lad_mappings_line(encoder->mappings, encoder->writer, reader->stream,
                                 reader->process, words + 1, (guint)payload, error);
    case LAD_CONTROL_EXEC:
        note_exec(encoder, reader, words + 1, (guint)payload);
        return TRUE;
    case LAD_CONTROL_NO_EXEC:
        forget_exec(encoder);
        return TRUE;
    case LAD_CONTROL_BURST:
        return lad_encoder_write_burst(encoder, reader, payload, error);
    case LAD_CONTROL_INTERVAL:
        return begin_interval(encoder, reader, payload, error);
    case LAD_CONTROL_PAGE:
        add_page(encoder, reader, payload, words[1] & G_MAXUINT32, words[1] >> 32);
        return TRUE;
    case LAD_CONTROL_CONTENT:
        return look_at_content(encoder, reader, payload, error);
    default:
        return lad_encoder_makes_no_sense("an unknown word", error);
    }
}

const guint64 *
lad_encoder_read_control(LadEncoder *encoder, LadRingReader *reader, const guint64 *words,
                         const guint64 *end, GError **error)
{
    guint64 n = lad_encoder_control_words(*words);

    if (n > (guint64)(end - words)) {
        lad_encoder_makes_no_sense("a record past its segment", error);
        return NULL;
    }
    return read_control_words(encoder, reader, words, error) ? words + n : NULL;
}
