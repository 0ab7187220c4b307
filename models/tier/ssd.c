/* ssd.c - a flash device that pages are swapped to.
 *
 * A request (up to a merged 31 pages or more, by the block layer before it) first passes the
 * controller, which is busy with it for 1 / IOPS or its bytes / bandwidth, whichever is more, reads
 * and writes in one row; then it holds a channel for a latency drawn from a log-normal law with the
 * given median and 99th percentile, and crosses the interface at the rated bandwidth. IOPS or
 * bandwidth 0: no limit. Flash wears by the bytes written times write amplification; `endurance` is
 * what it is rated for, and the projected years are the rest of that at the rate of the run. Power:
 * of an idle device by power-per-gib, and of traffic by power-per-bandwidth. Units: ps, bytes,
 * requests per second.
 *
 * Left out: which die holds a page (with `striped` a channel by the slot's number), reads that wait
 * behind programming or erasing of their die except as the 99th percentile says, garbage collection
 * by fill level and age, caches inside the device, thermal throttling, trim, errors.
 */
#include "config.h"
#include "models/tier/backend.h"
#include <memladder/host.h>
#include <memladder/servers.h>
#include <memladder/spread.h>
#include <memladder/tier.h>

enum { ANY, STRIPED };
enum { FLASH_BYTES, BUSY_PS, CONTROLLER_PS, QUEUED_PS, N_COUNTERS };

typedef struct {
    guint64 channels;
    guint choice;
    LadTime read_p50, read_p99, write_p50, write_p99;
    guint64 read_iops, write_iops, read_bandwidth, write_bandwidth;
    double write_amplification;
    LadBytes endurance;
} Params;

typedef struct {
    LadServers channels, controller;
    LadSpread spread[2]; /* reads, writes */
    LadRandom random;
    double flash_rest; /* part of a byte not yet counted */
} State;

static const char *const choices[] = {"any", "striped", NULL};

static const LadOption options[] = {
    LAD_OPT(Params, channels, "channels", UINT, "64", "1", "4096",
            "requests that the flash serves at once (dies, planes)"),
    LAD_OPT_ENUM(Params, choice, "channel-choice", "any", choices,
                 "the channel that is free first, or the one that the slot's number says"),
    LAD_OPT(Params, read_p50, "read-latency", TIME, NULL, "1 ns", "10 s",
            "of a request, median with nothing else under way"),
    LAD_OPT(Params, read_p99, "read-latency-p99", TIME, "0 ns", NULL, "10 s",
            "of a request, 99th percentile with nothing else under way; 0: as the median"),
    LAD_OPT(Params, write_p50, "write-latency", TIME, NULL, "1 ns", "10 s", "the same of writes"),
    LAD_OPT(Params, write_p99, "write-latency-p99", TIME, "0 ns", NULL, "10 s",
            "the same of writes; 0: as the median"),
    LAD_OPT(Params, read_iops, "read-iops", UINT, "0", NULL, "1000000000",
            "requests per second that the controller can read; 0: no limit"),
    LAD_OPT(Params, write_iops, "write-iops", UINT, "0", NULL, "1000000000",
            "requests per second that it can write for long; 0: no limit"),
    LAD_OPT(Params, read_bandwidth, "read-bandwidth", BANDWIDTH, "0 B/s", NULL, "1000 GB/s",
            "of large reads; 0: no limit"),
    LAD_OPT(Params, write_bandwidth, "write-bandwidth", BANDWIDTH, "0 B/s", NULL, "1000 GB/s",
            "of large writes for long; 0: no limit"),
    LAD_OPT(Params, write_amplification, "write-amplification", DOUBLE, "1", "1", "100",
            "bytes written to flash per byte written by the host, beyond what the rating assumes"),
    LAD_OPT(Params, endurance, "endurance", BYTES, "0 B", NULL, NULL,
            "bytes that may be written in the device's life (TBW, or drive writes per day x size x "
            "days); 0: not known"),
    LAD_OPTIONS_END};

static const LadCounter counters[] = {
    [FLASH_BYTES] = {"flash_bytes", "byte", LAD_COUNT, LAD_SCOPE_TIER,
                     "a byte written to flash: of the host, times write-amplification"},
    [BUSY_PS] = {"channel_time", "ps", LAD_COUNT, LAD_SCOPE_TIER, "time that a channel was taken"},
    [CONTROLLER_PS] = {"controller_time", "ps", LAD_COUNT, LAD_SCOPE_TIER,
                       "time that the controller was busy"},
    [QUEUED_PS] = {"wait_time", "ps", LAD_COUNT, LAD_SCOPE_TIER,
                   "time that requests waited for the controller and a channel"},
    [N_COUNTERS] = LAD_COUNTERS_END};

static gboolean
init(LadTier *tier, GError **error)
{
    Params *params = tier->params;
    State *state = tier->state;
    if (!lad_backend_check_p99(tier, "read-latency", params->read_p50, &params->read_p99, error) ||
        !lad_backend_check_p99(tier, "write-latency", params->write_p50, &params->write_p99, error))
        return FALSE;
    lad_backend_random(tier, &state->random);
    lad_servers_init(&state->channels, (guint)params->channels);
    lad_servers_init(&state->controller, 1);
    lad_spread_init(&state->spread[FALSE], params->read_p50, params->read_p99);
    lad_spread_init(&state->spread[TRUE], params->write_p50, params->write_p99);
    return TRUE;
}

static gboolean
setup(LadTier *tier, GError **error G_GNUC_UNUSED)
{
    const Params *params = tier->params;
    tier->idle_read_ps =
        params->read_p50 + lad_backend_time_of_bytes(LAD_PAGE_BYTES, params->read_bandwidth);
    tier->idle_write_ps =
        params->write_p50 + lad_backend_time_of_bytes(LAD_PAGE_BYTES, params->write_bandwidth);
    return TRUE;
}

static void
clear(LadTier *tier)
{
    State *state = tier->state;
    lad_servers_clear(&state->channels);
    lad_servers_clear(&state->controller);
    lad_spread_clear(&state->spread[FALSE]);
    lad_spread_clear(&state->spread[TRUE]);
}

static LadTime
serve(LadTier *tier, LadTime now, const LadTransfer *transfer, gboolean write)
{
    const Params *params = tier->params;
    State *state = tier->state;
    guint64 iops = write ? params->write_iops : params->read_iops;
    LadTime bytes = lad_backend_time_of_bytes(transfer->bytes, write ? params->write_bandwidth
                                                                     : params->read_bandwidth);
    LadTime command = iops ? LAD_S / iops : 0, control = MAX(command, bytes);
    LadTime latency = lad_spread_draw(&state->spread[write], &state->random);
    LadTime begun = lad_servers_book(&state->controller, now, control);
    LadTime at = begun;
    if (params->choice == STRIPED)
        at = lad_servers_book_on(&state->channels, (guint)(transfer->slot % params->channels), at,
                                 latency);
    else
        at = lad_servers_book(&state->channels, at, latency);
    tier->counters[BUSY_PS] = state->channels.busy_ps;
    tier->counters[CONTROLLER_PS] = state->controller.busy_ps;
    tier->counters[QUEUED_PS] += at - now;
    return at + latency + bytes;
}

static LadTime
store(LadTier *tier, LadTime now, const LadTransfer *transfer)
{
    const Params *params = tier->params;
    State *state = tier->state;
    double flash = transfer->bytes * params->write_amplification + state->flash_rest;
    guint64 whole = (guint64)flash;
    tier->counters[FLASH_BYTES] += whole;
    state->flash_rest = flash - (double)whole;
    return serve(tier, now, transfer, TRUE);
}

static LadTime
load(LadTier *tier, LadTime now, const LadTransfer *transfer)
{
    return serve(tier, now, transfer, FALSE);
}

const LadTierClass lad_tier_ssd = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_TIER, LadTierClass, "ssd",
                            "a flash device that pages are swapped to"),
             .models =
                 "Channels; read and write latency by median and 99th percentile (log-normal); "
                 "limits of IOPS and bandwidth, shared by reads and writes; write amplification, "
                 "endurance and projected years; power. Before it the block layer: plug, merge, "
                 "order of dispatch, queue depth, writeback throttling.",
             .leaves_out =
                 "Which die holds a page, reads behind programming or erasing except as the 99th "
                 "percentile says, garbage collection by fill level, caches in the device, thermal "
                 "throttling, trim, errors; I/O schedulers, several hardware queues, a plug of "
                 "each task's own.",
             .source = "Closed forms: latency, IOPS and bandwidth at saturation. The queue before "
                       "it: Linux 6.1 (block/blk-mq.c, blk-wbt.c), checked against a kernel's "
                       "counters on a 100 us device.",
             .options = options, .params_size = sizeof(Params), .counters = counters,
             .host_size = sizeof(State)},
    .faulting = TRUE,
    .block_device = TRUE,
    .init = init,
    .setup = setup,
    .clear = clear,
    .store = store,
    .load = load,
};
