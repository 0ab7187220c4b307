/* channel.c - a link with one latency and one bandwidth, half or full duplex.
 *
 * A transfer takes `latency` one way, and room for its bytes on the direction's channel, or on the
 * one channel of a half-duplex link. Requests without data take the latency alone. Several tiers
 * may share a link. Units: ps, bytes per second.
 *
 * Left out: flits and their headers, credits, retries, priorities.
 */
#include "config.h"
#include <memladder/link.h>
#include <memladder/occupancy.h>

typedef struct {
    LadTime latency;
    guint64 bandwidth;
    guint duplex; /* 0 half, 1 full */
} Params;

typedef struct {
    LadOccupancy channel[2]; /* by direction; half duplex: only the first */
    LadTime queue[2];        /* what streams of lines let transfers wait there */
} State;

static const char *const duplex_choices[] = {"half", "full", NULL};

static const LadOption options[] = {
    LAD_OPT(Params, latency, "latency", TIME, NULL, "0 ps", "1 s", "one way, of the first byte"),
    LAD_OPT(Params, bandwidth, "bandwidth", BANDWIDTH, NULL, "1 MB/s", "100000 GB/s",
            "per direction if full duplex, else of both together"),
    LAD_OPT_ENUM(Params, duplex, "duplex", "full", duplex_choices,
                 "whether the two directions share the bandwidth"),
    LAD_OPTIONS_END};

static gboolean
init(LadLink *link, GError **error G_GNUC_UNUSED)
{
    const Params *params = link->params;
    State *state = link->state;
    lad_occupancy_init(&state->channel[0], params->bandwidth);
    lad_occupancy_init(&state->channel[1], params->bandwidth);
    return TRUE;
}

static void
clear(LadLink *link)
{
    State *state = link->state;
    lad_occupancy_clear(&state->channel[0]);
    lad_occupancy_clear(&state->channel[1]);
}

static LadTime
carry(LadLink *link, LadTime now, LadBytes bytes, LadLinkDirection direction)
{
    const Params *params = link->params;
    State *state = link->state;
    if (bytes == 0)
        return now + params->latency;
    guint channel = params->duplex ? (guint)direction : 0;
    LadTime done = lad_occupancy_book(&state->channel[channel], now, bytes);
    return done == LAD_TIME_MAX ? done : done + params->latency + state->queue[channel];
}

static LadTime
idle(const LadLink *link, LadBytes bytes, LadLinkDirection direction G_GNUC_UNUSED)
{
    const Params *params = link->params;
    const State *state = link->state;
    return params->latency + lad_occupancy_service(&state->channel[0], bytes);
}

static LadTime
loaded(LadLink *link, LadLinkDirection direction, const double under_way[2])
{
    const Params *params = link->params;
    State *state = link->state;
    guint channel = params->duplex ? (guint)direction : 0;
    double bytes = params->duplex ? under_way[direction] : under_way[0] + under_way[1];
    LadTime alone = idle(link, 64, direction);
    LadTime takes = lad_occupancy_service(&state->channel[channel], (guint64)bytes);
    state->queue[channel] = takes > alone ? takes - alone : 0;
    return alone + state->queue[channel];
}

const LadLinkClass lad_link_channel = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_LINK, LadLinkClass, "channel",
                            "one latency, one bandwidth, half or full duplex"),
             .models = "Latency one way, bandwidth per direction or shared, queueing.",
             .leaves_out = "Flits, headers, credits, retries, priorities.",
             .source = "Closed forms: idle latency, saturated bandwidth.", .options = options,
             .params_size = sizeof(Params), .host_size = sizeof(State)},
    .init = init,
    .clear = clear,
    .carry = carry,
    .idle = idle,
    .loaded = loaded,
};
