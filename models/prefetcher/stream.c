/* stream.c - runs of lines within pages, forwards or backwards.
 *
 * `streams` pages are followed, the least recently used giving way to a new one. Misses and first
 * uses in a page that move in one direction `train` times in a row make a stream: from then on each
 * one pushes its front on by up to `degree` lines, no further than `distance` lines ahead of the
 * access and not beyond the page (Intel 248966-046, "Streamer": one forward or backward stream per
 * 4 KiB page, 32 streams, up to 20 lines ahead). A change of direction starts again. Modelled:
 * that. Left out: the choice between L2 and LLC as the place to bring a line to, by load. Units:
 * lines.
 */
#include "config.h"
#include <memladder/prefetcher.h>
#include <string.h>

extern const LadPrefetcherClass lad_prefetcher_stream;

typedef struct {
    guint64 streams, train, degree, distance;
} Params;

typedef struct {
    guint64 page; /* virtual page + 1; 0: free */
    gint64 last;  /* line in the page */
    gint64 front; /* line named last */
    guint64 seen; /* moves in that direction in a row */
    gint direction;
    guint16 newer, older; /* by last event, in a ring */
    guint16 next;         /* of the pages of the same bucket; NONE: the last */
} Stream;

#define NONE    G_MAXUINT16
#define BUCKETS 64

typedef struct {
    Stream *streams;
    guint16 newest;
    guint16 buckets[BUCKETS]; /* the first stream of each */
} State;

static const LadOption options[] = {
    LAD_OPT(Params, streams, "streams", UINT, "32", "1", "1024",
            "pages that it follows (Intel 248966-046: 32)"),
    LAD_OPT(Params, train, "train", UINT, "2", "1", "16",
            "moves in one direction that make a stream (assumed)"),
    LAD_OPT(Params, degree, "degree", UINT, "2", "1", "16",
            "lines named each time at most (Intel 248966-046: two for every lookup)"),
    LAD_OPT(Params, distance, "distance", UINT, "20", "1", "64",
            "lines ahead of the access at most (Intel 248966-046: 20)"),
    LAD_OPTIONS_END,
};

static gboolean
init(LadPrefetcher *prefetcher, GError **error)
{
    (void)error;
    const Params *params = prefetcher->params;
    State *state = prefetcher->state;
    state->streams = g_new0(Stream, params->streams);
    for (guint64 i = 0; i < params->streams; i++) {
        state->streams[i].newer = (guint16)((i + 1) % params->streams);
        state->streams[i].older = (guint16)((i + params->streams - 1) % params->streams);
        state->streams[i].next = NONE;
    }
    state->newest = (guint16)(params->streams - 1);
    memset(state->buckets, 0xff, sizeof state->buckets);
    return TRUE;
}

static void
clear(LadPrefetcher *prefetcher)
{
    State *state = prefetcher->state;
    g_free(state->streams);
}

static guint16 *
bucket_of(State *state, guint64 page)
{
    return &state->buckets[page % BUCKETS];
}

static void
make_newest(State *state, guint index)
{
    Stream *streams = state->streams, *stream = &streams[index];
    Stream *newest = &streams[state->newest];
    if (stream == newest)
        return;
    streams[stream->older].newer = stream->newer;
    streams[stream->newer].older = stream->older;
    stream->older = state->newest;
    stream->newer = newest->newer;
    streams[newest->newer].older = (guint16)index;
    newest->newer = (guint16)index;
    state->newest = (guint16)index;
}

/* The least recently used stream becomes that of a page. */
static Stream *
replace_oldest(State *state, guint64 page, gint64 line)
{
    guint index = state->streams[state->newest].newer;
    Stream *stream = &state->streams[index];
    guint16 *link = bucket_of(state, stream->page - 1);
    if (stream->page != 0) {
        while (*link != index)
            link = &state->streams[*link].next;
        *link = stream->next;
    }
    stream->page = page + 1;
    stream->last = line;
    stream->front = 0;
    stream->seen = 0;
    stream->direction = 0;
    link = bucket_of(state, page);
    stream->next = *link;
    *link = (guint16)index;
    state->newest = (guint16)index;
    return stream;
}

/* The stream of a page; a new one in the place of the least recently used. */
static Stream *
stream_of(State *state, guint64 page, gint64 line)
{
    guint index = *bucket_of(state, page);
    while (index != NONE && state->streams[index].page != page + 1)
        index = state->streams[index].next;
    if (index == NONE)
        return replace_oldest(state, page, line);
    make_newest(state, index);
    return &state->streams[index];
}

static void
move(Stream *stream, gint64 line)
{
    gint direction = line > stream->last ? 1 : -1;
    if (direction != stream->direction) {
        stream->seen = 0;
        stream->front = line;
    }
    stream->direction = direction;
    stream->seen++;
    stream->last = line;
    /* The accesses have overtaken it. */
    if ((stream->front - line) * direction < 0)
        stream->front = line;
}

static void
observe(LadPrefetcher *prefetcher, const LadPrefetchEvent *event, LadPrefetchList *list)
{
    const Params *params = prefetcher->params;
    State *state = prefetcher->state;
    const gint64 lines = (gint64)(LAD_PAGE_BYTES / prefetcher->line_bytes);
    guint64 page = event->address >> LAD_PAGE_SHIFT, start = page << LAD_PAGE_SHIFT;
    gint64 line = (gint64)((event->address - start) / prefetcher->line_bytes);
    Stream *stream = stream_of(state, page, line);
    if (line == stream->last)
        return;
    move(stream, line);
    if (stream->seen < params->train)
        return;
    while (list->n < params->degree) {
        gint64 next = stream->front + stream->direction;
        if (next < 0 || next >= lines ||
            (next - line) * stream->direction > (gint64)params->distance)
            return;
        stream->front = next;
        list->addresses[list->n++] = start + (guint64)next * prefetcher->line_bytes;
    }
}

const LadPrefetcherClass lad_prefetcher_stream = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_PREFETCHER, LadPrefetcherClass, "stream",
                            "runs of lines within pages, forwards or backwards"),
             .models = "One stream per page, its direction, its front, a largest distance.",
             .leaves_out = "The choice of the level to bring a line to, by load.",
             .source = "Intel 248966-046, Streamer; runs in both directions by hand.",
             .options = options, .params_size = sizeof(Params), .host_size = sizeof(State)},
    .init = init,
    .clear = clear,
    .observe = observe,
};
