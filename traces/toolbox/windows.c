/* windows.c - the walk over all streams, window by window. */
#include "config.h"
#include <string.h>
#include "traces/toolbox/windows.h"

#define FRACTION_BITS     40
#define MAX_TOUCHED_BYTES ((guint64)1 << 46) /* by one record: more is damage, not memory */

/* A page of an address space, with its touches in window number `stamp` - 1. */
typedef struct {
    guint64 page; /* G_MAXUINT64: free */
    guint32 space;
    gboolean data; /* touched by data accesses ever */
    guint64 stamp, code_stamp;
    guint64 touches;
} Page;

typedef struct {
    LadStreamReader *cursor; /* NULL: at the end, or left out */
    const LadBatch *batch;
    guint32 token, block;
    const guint64 *address;
    guint32 space;
    guint64 position; /* in the unit of the windows */
} Stream;

typedef struct {
    LadTraceReader *reader;
    const LadCode *code;
    LadWindowing windowing;
    guint page_shift;
    const LadToolboxProgress *progress;
    Stream *streams;
    guint n_streams;
    guint64 origin; /* of time */
    Page *pages;    /* open addressing */
    guint page_bits;
    guint64 n_pages;
    GArray *touched; /* gsize: places of the window's data pages */
    guint64 stamp;
    LadTraceWindow window;
    guint64 n_touches;
} Walk;

/* ---- Entropy ----------------------------------------------------------------------------------
 */

double
lad_window_log2(guint64 n)
{
    guint whole = 63 - (guint)__builtin_clzll(n);
    guint64 mantissa = n << (63 - whole), fraction = 0; /* in [1, 2), 63 bits behind the point */
    for (guint i = 0; i < FRACTION_BITS; i++) {
        unsigned __int128 square = (unsigned __int128)mantissa * mantissa;
        gboolean two = (square >> 127) != 0;
        mantissa = (guint64)(square >> (two ? 64 : 63));
        fraction = fraction << 1 | (two ? 1 : 0);
    }
    return (double)whole + (double)fraction / (double)((guint64)1 << FRACTION_BITS);
}

static double
entropy(const Walk *walk)
{
    double sum = 0, n = (double)walk->n_touches;
    if (walk->n_touches == 0)
        return 0;
    for (guint i = 0; i < walk->touched->len; i++) {
        guint64 touches = walk->pages[g_array_index(walk->touched, gsize, i)].touches;
        sum += (double)touches * lad_window_log2(touches);
    }
    double bits = lad_window_log2(walk->n_touches) - sum / n;
    return bits > 0 ? bits : 0;
}

/* ---- Pages ------------------------------------------------------------------------------------
 */

static Page *
new_pages(guint bits)
{
    Page *pages = g_new0(Page, (gsize)1 << bits);
    for (gsize i = 0; i < (gsize)1 << bits; i++)
        pages[i].page = G_MAXUINT64;
    return pages;
}

static gsize
find_page(const Page *pages, guint bits, guint32 space, guint64 page)
{
    gsize mask = ((gsize)1 << bits) - 1;
    gsize at =
        ((page ^ (guint64)space << 40) * G_GUINT64_CONSTANT(0x9E3779B97F4A7C15)) >> (64 - bits);
    while (pages[at].page != G_MAXUINT64 && (pages[at].page != page || pages[at].space != space))
        at = (at + 1) & mask;
    return at;
}

static void
grow_pages(Walk *walk)
{
    guint bits = walk->page_bits + 1;
    Page *pages = new_pages(bits);
    g_array_set_size(walk->touched, 0);
    for (gsize i = 0; i < (gsize)1 << walk->page_bits; i++) {
        const Page *from = &walk->pages[i];
        if (from->page == G_MAXUINT64)
            continue;
        gsize at = find_page(pages, bits, from->space, from->page);
        pages[at] = *from;
        if (from->data && from->stamp == walk->stamp)
            g_array_append_val(walk->touched, at);
    }
    g_free(walk->pages);
    walk->pages = pages;
    walk->page_bits = bits;
}

static inline gsize
place_of(Walk *walk, guint32 space, guint64 page)
{
    gsize at = find_page(walk->pages, walk->page_bits, space, page);
    if (G_LIKELY(walk->pages[at].page != G_MAXUINT64))
        return at;
    if (walk->n_pages >= (guint64)1 << (walk->page_bits - 1)) {
        grow_pages(walk);
        at = find_page(walk->pages, walk->page_bits, space, page);
    }
    walk->pages[at].page = page;
    walk->pages[at].space = space;
    walk->n_pages++;
    return at;
}

static inline void
touch(Walk *walk, guint32 space, guint64 number, guint64 touches)
{
    gsize at = place_of(walk, space, number);
    Page *page = &walk->pages[at];
    if (page->stamp != walk->stamp) {
        page->stamp = walk->stamp;
        page->touches = 0;
        walk->window.data_pages++;
        walk->window.new_pages += !page->data;
        page->data = TRUE;
        g_array_append_val(walk->touched, at);
    }
    page->touches += touches;
    walk->n_touches += touches;
}

static void
fetch(Walk *walk, guint32 space, guint64 pc, guint64 length)
{
    guint64 last = (pc + MAX(length, 1) - 1) >> walk->page_shift;
    for (guint64 number = pc >> walk->page_shift; number <= last; number++) {
        Page *page = &walk->pages[place_of(walk, space, number)];
        walk->window.code_pages += page->code_stamp != walk->stamp;
        page->code_stamp = walk->stamp;
    }
}

/* ---- Records ----------------------------------------------------------------------------------
 */

static inline void
access_data(Walk *walk, guint32 space, guint kind, guint64 address, guint64 size)
{
    guint64 first = address >> walk->page_shift;
    guint64 last = (address + MAX(size, 1) - 1) >> walk->page_shift;
    walk->window.n_accesses++;
    walk->window.n_reads += kind != LAD_OPERAND_STORE;
    walk->window.n_writes += kind != LAD_OPERAND_LOAD;
    touch(walk, space, first, 1);
    if (G_UNLIKELY(last > first))
        for (guint64 page = first + 1; page <= last; page++)
            touch(walk, space, page, 1);
}

/* A touch of pages; without touches it says that nothing was. Returns how many references it is. */
static guint64
touch_pages(Walk *walk, guint32 space, const LadRecord *record)
{
    guint64 size = record->kind == LAD_RECORD_RANGE_TOUCH ? MAX(record->size, 1) : 1;
    guint64 first = record->address >> walk->page_shift;
    guint64 last = (record->address + size - 1) >> walk->page_shift;
    if (record->weight == 0)
        return 0;
    for (guint64 page = first; page <= last; page++)
        touch(walk, space, page, record->weight);
    guint64 n = (last - first + 1) * record->weight;
    guint64 n_writes = (last - first + 1) * MIN(record->value, record->weight);
    walk->window.n_accesses += n;
    walk->window.n_writes += n_writes;
    walk->window.n_reads += n - n_writes;
    return n;
}

static gboolean
take_record(Walk *walk, Stream *stream, const LadRecord *record, guint64 *references,
            GError **error)
{
    guint64 size = record->size;
    gboolean touches =
        record->kind == LAD_RECORD_PAGE_TOUCH || record->kind == LAD_RECORD_RANGE_TOUCH;
    gboolean access = record->kind >= LAD_RECORD_LOAD && record->kind <= LAD_RECORD_ATOMIC;
    *references = 0;
    if ((touches || access || record->kind == LAD_RECORD_FETCH) &&
        (size > MAX_TOUCHED_BYTES || record->address + size < record->address)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                    "at offset %" G_GUINT64_FORMAT ": a %s of %" G_GUINT64_FORMAT
                    " bytes; expected at most 64 TiB below the end of the address space",
                    stream->batch->file_offset, lad_record_kind_name(record->kind), size);
        return FALSE;
    }
    if (touches) {
        *references = touch_pages(walk, stream->space, record);
    } else if (access) {
        access_data(walk, stream->space, record->kind - LAD_RECORD_LOAD, record->address, size);
        *references = 1;
    } else if (record->kind == LAD_RECORD_FETCH) {
        walk->window.n_insns++;
        fetch(walk, stream->space, record->address, size);
        *references = 1;
    } else {
        /* Instructions that are only counted; they are executed, though no pages are known. */
        *references = lad_record_n_insns(record);
        walk->window.n_insns += *references;
    }
    return TRUE;
}

static void
take_block(Walk *walk, Stream *stream, const LadBlock *block)
{
    guint64 length = 0;
    for (guint i = 0; i < block->n_insns; i++)
        length += block->insns[i].length;
    if (block->n_insns > 0)
        fetch(walk, stream->space, block->pc, length);
    walk->window.n_insns += block->n_insns;
    for (guint i = 0; i < block->n_operands; i++)
        access_data(walk, stream->space, block->operands[i].kind, stream->address[i],
                    block->operands[i].size);
    stream->address += block->n_operands;
}

/* ---- Streams ----------------------------------------------------------------------------------
 */

static gboolean
next_batch(Walk *walk, Stream *stream, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (stream->batch != NULL &&
        !lad_toolbox_step(walk->progress, stream->batch->n_insns + stream->batch->n_data, error))
        return FALSE;
    stream->batch = lad_stream_reader_next(stream->cursor, &failure);
    stream->token = stream->block = 0;
    if (failure != NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    if (stream->batch == NULL)
        g_clear_pointer(&stream->cursor, lad_stream_reader_free);
    else
        stream->address = stream->batch->addresses;
    return TRUE;
}

/* Takes what of a stream begins before position `end`. */
static gboolean
advance(Walk *walk, Stream *stream, guint64 end, GError **error)
{
    gboolean by_time = walk->windowing.by_time;
    while (stream->cursor != NULL && stream->position < end) {
        if (stream->token == stream->batch->n_tokens) {
            if (!next_batch(walk, stream, error))
                return FALSE;
            continue;
        }
        guint32 token = stream->batch->tokens[stream->token];
        guint64 references;
        if (token & LAD_TOKEN_RECORD) {
            const LadRecord *record = &stream->batch->records[token & ~LAD_TOKEN_RECORD];
            if (!take_record(walk, stream, record, &references, error))
                return FALSE;
            stream->token++;
            if (by_time && record->kind == LAD_RECORD_TIME)
                stream->position =
                    MAX(stream->position, record->value - MIN(record->value, walk->origin));
        } else {
            const LadEntry *entry = lad_code_entry(walk->code, token);
            const LadBlock *block = entry->blocks[stream->block];
            take_block(walk, stream, block);
            references = (guint64)block->n_insns + block->n_operands;
            if (++stream->block == entry->n_blocks) {
                stream->block = 0;
                stream->token++;
            }
        }
        if (!by_time)
            stream->position += references;
    }
    return TRUE;
}

/* The first time stamp of a stream's first batch, or G_MAXUINT64. */
static guint64
first_time(const Stream *stream)
{
    for (guint32 i = 0; stream->batch != NULL && i < stream->batch->n_records; i++)
        if (stream->batch->records[i].kind == LAD_RECORD_TIME)
            return stream->batch->records[i].value;
    return G_MAXUINT64;
}

static guint32
space_of(const Walk *walk, guint number)
{
    const LadStreamInfo *own = lad_trace_reader_stream_info(walk->reader, number);
    for (guint i = 0; i < number; i++) {
        const LadStreamInfo *other = lad_trace_reader_stream_info(walk->reader, i);
        if (other->host == own->host && other->process == own->process)
            return walk->streams[i].space;
    }
    return number;
}

static gboolean
open_streams(Walk *walk, const gboolean *streams, GError **error)
{
    walk->origin = G_MAXUINT64;
    for (guint i = 0; i < walk->n_streams; i++) {
        Stream *stream = &walk->streams[i];
        stream->space = space_of(walk, i);
        if (!streams[i])
            continue;
        stream->cursor = lad_stream_reader_new(walk->reader, i, error);
        if (stream->cursor == NULL || !next_batch(walk, stream, error))
            return FALSE;
        walk->origin = MIN(walk->origin, first_time(stream));
    }
    if (walk->origin == G_MAXUINT64)
        walk->origin = 0;
    return TRUE;
}

/* ---- Windows ----------------------------------------------------------------------------------
 */

/* The earliest position of a stream that goes on; FALSE if none does. */
static gboolean
earliest(const Walk *walk, guint64 *position)
{
    gboolean any = FALSE;
    *position = G_MAXUINT64;
    for (guint i = 0; i < walk->n_streams; i++)
        if (walk->streams[i].cursor != NULL) {
            *position = MIN(*position, walk->streams[i].position);
            any = TRUE;
        }
    return any;
}

static gboolean
one_window(Walk *walk, guint64 number, LadWindowDone done, gpointer data, GError **error)
{
    guint64 length = walk->windowing.length;
    guint64 start = length > 0 ? number * length : 0;
    guint64 end = length > 0 && start <= G_MAXUINT64 - length ? start + length : G_MAXUINT64;
    walk->window = (LadTraceWindow){.number = number,
                                    .start = start + (walk->windowing.by_time ? walk->origin : 0)};
    walk->stamp++;
    walk->n_touches = 0;
    g_array_set_size(walk->touched, 0);
    for (guint i = 0; i < walk->n_streams; i++)
        if (!advance(walk, &walk->streams[i], end, error))
            return FALSE;
    if (walk->window.n_insns + walk->window.n_accesses == 0)
        return TRUE;
    walk->window.entropy_bits = entropy(walk);
    return done(data, &walk->window, error);
}

gboolean
lad_trace_windows(LadTraceReader *reader, const gboolean *streams, const LadWindowing *windowing,
                  LadWindowDone done, gpointer data, const LadToolboxProgress *progress,
                  GError **error)
{
    if (windowing->by_time && lad_trace_reader_header(reader)->tick_ps == 0) {
        g_set_error(
            error, LAD_ERROR, LAD_ERROR_USAGE,
            "windows of time: the trace has no time stamps; expected windows of references");
        return FALSE;
    }
    Walk walk = {.reader = reader,
                 .code = lad_trace_reader_code(reader),
                 .windowing = *windowing,
                 .page_shift = (guint)__builtin_ctzll(windowing->page_bytes),
                 .progress = progress,
                 .n_streams = lad_trace_reader_n_streams(reader),
                 .page_bits = 12};
    walk.streams = g_new0(Stream, walk.n_streams + 1);
    walk.pages = new_pages(walk.page_bits);
    walk.touched = g_array_new(FALSE, FALSE, sizeof(gsize));
    gboolean ok = open_streams(&walk, streams, error);
    guint64 position;
    while (ok && earliest(&walk, &position))
        ok = one_window(&walk, windowing->length > 0 ? position / windowing->length : 0, done, data,
                        error);
    for (guint i = 0; i < walk.n_streams; i++)
        lad_stream_reader_free(walk.streams[i].cursor);
    g_free(walk.streams);
    g_free(walk.pages);
    g_array_unref(walk.touched);
    return ok;
}
