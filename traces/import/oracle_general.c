/* oracle_general.c - libCacheSim's oracleGeneral: packed little-endian structs of 24 bytes,
 *
 *     u32 time in seconds · u64 object · u32 its bytes · i64 number of its next request, from 1;
 *     -1: never
 *
 * Source: libCacheSim's oracleGeneral reader and its documentation of the format. Objects are not
 * addresses: each is given successive pages of its own when it first appears (numbering
 * first-seen), anew if it grows; or, with numbering = object, object n begins at page n. A request
 * touches all pages of the object: one access if that is one page, else a touch of the range. Times
 * are kept; whoever wants a clairvoyant policy computes the next request anew, so it is not. */
#include "config.h"
#include <string.h>
#include "traces/import/formats.h"
#include "traces/import/numbering.h"
#include "traces/import/touches.h"

#define RECORD_BYTES 24
#define VIEW_BYTES   ((gsize)64 << 10)
#define TICK_PS      G_GUINT64_CONSTANT(1000000000000) /* a second */
#define MAX_JUDGED   1000
#define NEVER        (-1)

typedef enum { NUMBERS_FIRST_SEEN, NUMBERS_OF_OBJECTS } Numbers;

static const char *const numberings[] = {"first-seen", "object", NULL};
static const char *const kinds[] = {"load", "store", "modify", NULL};

typedef struct {
    guint numbering, kind;
    guint64 page_bytes;
} Settings;

typedef struct {
    guint32 time;
    guint64 object;
    guint32 bytes;
    gint64 next;
} Request;

typedef struct {
    const Settings *settings;
    guint n_streams;

    /* Of the member being read. */
    LadImportInput *input;
    LadTouchStream touches;
    LadNumbering numbering;
    gsize behind; /* bytes of the view before the request at hand */
    guint64 time; /* G_MAXUINT64 before the first */
} Reading;

/* Where errors are: at the request at hand. */
static LadImportInput *
place(Reading *reading)
{
    lad_import_consume(reading->input, reading->behind);
    reading->behind = 0;
    return reading->input;
}

static Request
unpack(const guint8 *at)
{
    Request request;
    memcpy(&request.time, at, 4);
    memcpy(&request.object, at + 4, 8);
    memcpy(&request.bytes, at + 12, 4);
    memcpy(&request.next, at + 16, 8);
    request.time = GUINT32_FROM_LE(request.time);
    request.object = GUINT64_FROM_LE(request.object);
    request.bytes = GUINT32_FROM_LE(request.bytes);
    request.next = GINT64_FROM_LE(request.next);
    return request;
}

static gboolean
take_time(Reading *reading, guint64 time, GError **error)
{
    LadRecord record = {.kind = LAD_RECORD_TIME, .value = time};
    if (reading->time != G_MAXUINT64 && time < reading->time)
        return lad_import_bad(place(reading), error,
                              "the time goes back from %" G_GUINT64_FORMAT
                              " s to %" G_GUINT64_FORMAT " s; expected times in order",
                              reading->time, time);
    if (reading->time == time)
        return TRUE;
    reading->time = time;
    return lad_trace_writer_record(reading->touches.writer, reading->touches.stream, &record,
                                   error);
}

static gboolean
take_request(Reading *reading, const Request *request, GError **error)
{
    guint64 page_bytes = reading->settings->page_bytes;
    guint64 n_pages = MAX((request->bytes + page_bytes - 1) / page_bytes, 1), page;
    if (request->next < NEVER)
        return lad_import_bad(place(reading), error,
                              "the next request is number %" G_GINT64_FORMAT
                              "; expected a number from 1, or -1",
                              request->next);
    if (reading->settings->numbering == NUMBERS_FIRST_SEEN)
        page = lad_numbering_extent(&reading->numbering, request->object, n_pages);
    else if (request->object > G_MAXUINT64 / page_bytes - n_pages)
        return lad_import_bad(place(reading), error,
                              "object %" G_GUINT64_FORMAT " times a page of %" G_GUINT64_FORMAT
                              " bytes is beyond an address of 64 bits; --option "
                              "numbering=first-seen numbers objects as they appear",
                              request->object, page_bytes);
    else
        page = request->object;
    if (!take_time(reading, request->time, error))
        return FALSE;
    if (n_pages == 1)
        return lad_touch(&reading->touches, page * page_bytes, error);
    gboolean writes = reading->settings->kind != LAD_OPERAND_LOAD;
    LadRecord range = {.kind = LAD_RECORD_RANGE_TOUCH,
                       .address = page * page_bytes,
                       .size = n_pages * page_bytes,
                       .weight = 1,
                       .value = writes ? 1 : 0};
    return lad_trace_writer_record(reading->touches.writer, reading->touches.stream, &range, error);
}

static gboolean
read_requests(Reading *reading, GError **error)
{
    gsize available;
    for (;;) {
        const guint8 *view = lad_import_view(reading->input, VIEW_BYTES, &available, error);
        if (view == NULL)
            return FALSE;
        if (available == 0)
            return TRUE;
        if (available < RECORD_BYTES)
            return lad_import_bad(place(reading), error,
                                  "the input ends within a request: %" G_GSIZE_FORMAT
                                  " bytes are left; expected a multiple of %d",
                                  available, RECORD_BYTES);
        gsize n = available / RECORD_BYTES;
        for (gsize i = 0; i < n; i++) {
            Request request = unpack(view + i * RECORD_BYTES);
            reading->behind = i * RECORD_BYTES;
            if (!take_request(reading, &request, error))
                return FALSE;
        }
        reading->behind = 0;
        lad_import_consume(reading->input, n * RECORD_BYTES);
    }
}

static gboolean
read_member(LadImport *import, LadImportInput *input, gpointer data, GError **error)
{
    Reading *reading = data;
    gsize available;
    if (lad_import_view(input, 1, &available, error) == NULL)
        return FALSE;
    if (available == 0)
        return TRUE;
    reading->input = input;
    reading->time = G_MAXUINT64;
    if (!lad_touch_stream_begin(&reading->touches, import, input, reading->n_streams++,
                                (LadOperandKind)reading->settings->kind, error))
        return FALSE;
    lad_numbering_init(&reading->numbering);
    gboolean ok = read_requests(reading, error);
    lad_numbering_clear(&reading->numbering);
    return ok;
}

static gboolean
convert(LadImport *import, gconstpointer options, GError **error)
{
    Reading reading = {.settings = options};
    guint64 page_bytes = reading.settings->page_bytes;
    if ((page_bytes & (page_bytes - 1)) != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--option page=%" G_GUINT64_FORMAT " B: expected a power of two", page_bytes);
        return FALSE;
    }
    lad_touch_header(import, page_bytes);
    lad_import_header(import)->tick_ps = TICK_PS;
    return lad_import_members(import, read_member, &reading, error);
}

/* Where the next request of an object lies within the sample, it must be of the same object: few
 * other files have even one such place. */
static guint
recognise(const LadImportSample *sample)
{
    gsize n = MIN(sample->n / RECORD_BYTES, MAX_JUDGED), n_proven = 0;
    guint32 time = 0;
    if (n == 0 || (sample->whole && sample->n % RECORD_BYTES != 0))
        return LAD_LOOKS_IMPOSSIBLE;
    for (gsize i = 0; i < n; i++) {
        Request request = unpack(sample->bytes + i * RECORD_BYTES);
        if (request.time < time || request.next < NEVER)
            return LAD_LOOKS_IMPOSSIBLE;
        time = request.time;
        if (request.next < 1 || (guint64)request.next > n)
            continue;
        Request next = unpack(sample->bytes + (gsize)(request.next - 1) * RECORD_BYTES);
        if ((guint64)request.next <= i + 1 || next.object != request.object)
            return LAD_LOOKS_IMPOSSIBLE;
        n_proven++;
    }
    return n_proven > 0 ? 90 : LAD_LOOKS_POSSIBLE + 5;
}

static const LadOption options[] = {
    LAD_OPT_ENUM(Settings, numbering, "numbering", "first-seen", numberings,
                 "objects get pages as they appear, or object n begins at page n"),
    LAD_OPT(Settings, page_bytes, "page", BYTES, "4 KiB", "4 KiB", "1 GiB", "bytes of a page"),
    LAD_OPT_ENUM(Settings, kind, "kind", "load", kinds, "taken to be the kind of every access"),
    LAD_OPTIONS_END,
};

const LadImportFormat lad_import_oracle_general = {
    .name = "oracle-general",
    .summary = "libCacheSim's oracleGeneral, 24 bytes per request",
    .level = "page",
    .kept = "Every request in exact order with its time in seconds; all pages of its object are "
            "touched.",
    .lost = "Numbers of objects become pages, sizes are rounded up to whole pages.\n"
            "Kinds of requests are not recorded; all accesses are of one kind.\n"
            "The number of an object's next request is not kept.",
    .evidence = "libCacheSim's cloudPhysicsIO.oracleGeneral.bin (113,872 requests)",
    .options = options,
    .options_size = sizeof(Settings),
    .recognise = recognise,
    .convert = convert,
};
