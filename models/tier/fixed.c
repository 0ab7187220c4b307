/* fixed.c - a tier with one latency and one bandwidth.
 *
 * A line read takes `latency` when nothing else is under way; every byte also takes room on a
 * channel of `bandwidth`, so that beyond it requests queue. Reads and writes share the channel
 * (DDR), or each have their own (duplex). A page copy is one booking of the channel. Units: time in
 * ps, bandwidth in bytes per second.
 *
 * Left out: banks, row buffers, read-write turnaround, refresh; latency below saturation does not
 * grow with load except by the queue itself. `curve` has measured loaded latencies.
 */
#include "config.h"
#include <memladder/occupancy.h>
#include <memladder/tier.h>

typedef struct {
    LadTime latency, write_latency;
    guint64 bandwidth;
    gboolean duplex;
} Params;

typedef struct {
    LadOccupancy channel[2]; /* [1] is for writes if they have their own */
    LadTime fixed[2];        /* latency of a line without its transfer; reads, writes */
    LadTime queue[2];        /* what streams of lines let transfers wait, by channel */
} State;

static const LadOption options[] = {
    LAD_OPT(Params, latency, "latency", TIME, NULL, "1 ps", "1 ms",
            "of a line read with nothing else under way"),
    LAD_OPT(Params, write_latency, "write-latency", TIME, "0 ns", NULL, "1 ms",
            "until a written line is there; 0: as latency"),
    LAD_OPT(Params, bandwidth, "bandwidth", BANDWIDTH, NULL, "1 MB/s", "100000 GB/s",
            "of all transfers together, or per direction with duplex"),
    LAD_OPT(Params, duplex, "duplex", BOOL, "false", NULL, NULL,
            "reads and writes do not share the bandwidth"),
    LAD_OPTIONS_END};

static gboolean
init(LadTier *tier, GError **error G_GNUC_UNUSED)
{
    const Params *params = tier->params;
    State *state = tier->state;
    LadTime latency[2] = {params->latency,
                          params->write_latency ? params->write_latency : params->latency};
    for (guint i = 0; i < 2; i++) {
        lad_occupancy_init(&state->channel[i], params->bandwidth);
        LadTime line = lad_occupancy_service(&state->channel[i], 64);
        state->fixed[i] = latency[i] > line ? latency[i] - line : 0;
    }
    return TRUE;
}

static gboolean
setup(LadTier *tier, GError **error G_GNUC_UNUSED)
{
    const State *state = tier->state;
    LadTime line = lad_occupancy_service(&state->channel[0], 64);
    tier->idle_read_ps = state->fixed[0] + line;
    tier->idle_write_ps = state->fixed[1] + line;
    return TRUE;
}

static void
clear(LadTier *tier)
{
    State *state = tier->state;
    lad_occupancy_clear(&state->channel[0]);
    lad_occupancy_clear(&state->channel[1]);
}

static LadTime
transfer_bytes(LadTier *tier, LadTime now, const LadTransfer *transfer)
{
    const Params *params = tier->params;
    State *state = tier->state;
    guint write = lad_transfer_is_write(transfer->kind) ? 1 : 0;
    guint channel = write && params->duplex ? 1 : 0;
    LadTime done = lad_occupancy_book(&state->channel[channel], now, transfer->bytes);
    return done == LAD_TIME_MAX ? done : done + state->fixed[write] + state->queue[channel];
}

static LadTime
loaded(LadTier *tier, const double under_way[2])
{
    const Params *params = tier->params;
    State *state = tier->state;
    double bytes[2] = {under_way[0], under_way[1]};
    if (!params->duplex)
        bytes[0] += under_way[1];
    LadTime line = lad_occupancy_service(&state->channel[0], 64);
    for (guint i = 0; i < 2; i++) {
        LadTime idle = state->fixed[i] + line;
        LadTime takes = lad_occupancy_service(&state->channel[i], (guint64)bytes[i]);
        state->queue[i] = takes > idle ? takes - idle : 0;
    }
    return state->fixed[0] + line + state->queue[0];
}

const LadTierClass lad_tier_fixed = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_TIER, LadTierClass, "fixed",
                            "one latency, one bandwidth, a queue in between"),
             .models =
                 "Idle latency; bandwidth shared by reads and writes or per direction; queueing.",
             .leaves_out = "Banks, row buffers, turnaround, refresh; latency that grows before "
                           "saturation.",
             .source = "Closed forms: idle latency, saturated bandwidth, Little's law.",
             .options = options, .params_size = sizeof(Params), .host_size = sizeof(State)},
    .init = init,
    .setup = setup,
    .clear = clear,
    .access = transfer_bytes,
    .loaded = loaded,
};
