/* remote-swap.c - another machine's memory as a swap device, page by page over a network.
 *
 * A page read is a request, which takes the round trip (a log-normal law with the given median and
 * 99th percentile), and its bytes on the receiving wire; a page written is its bytes on the sending
 * wire and the round trip of the answer. A wire carries one page at a time at `bandwidth` (per
 * direction, or both on one wire with half duplex); the far side serves `remote-iops` requests per
 * second, one-sided reads and writes (RDMA) without its CPU: 0, no limit. Encryption and checksum
 * are CPU time of this host: of the writer before a page goes, of whoever waits for it when it has
 * come; 0 if the adapter does them. The queue before it is the block layer's (queue-depth is that
 * of the connection). Units: ps, bytes.
 *
 * Left out: loss, retries and congestion of the network, other hosts on it, registration of memory,
 * the far machine's own reclaim, failures and copies kept against them, polling by the waiting
 * core.
 */
#include "config.h"
#include "models/tier/backend.h"
#include <memladder/host.h>
#include <memladder/servers.h>
#include <memladder/spread.h>
#include <memladder/tier.h>

enum { WIRE_BYTES, WIRE_PS, QUEUED_PS, CRYPTO_PS, N_COUNTERS };

typedef struct {
    LadTime rtt, rtt_p99;
    guint64 bandwidth, remote_iops;
    gboolean duplex;
    LadBytes overhead;
    LadTime encryption, checksum;
} Params;

typedef struct {
    LadServers wire[2]; /* [TRUE]: sending; with half duplex only [FALSE] */
    LadServers remote;
    LadSpread rtt;
    LadRandom random;
} State;

static const LadOption options[] = {
    LAD_OPT(Params, rtt, "round-trip", TIME, NULL, "1 ns", "10 s",
            "of a request with nothing else under way, median, without the page's own bytes"),
    LAD_OPT(Params, rtt_p99, "round-trip-p99", TIME, "0 ns", NULL, "10 s",
            "its 99th percentile; 0: as the median"),
    LAD_OPT(Params, bandwidth, "bandwidth", BANDWIDTH, NULL, "1 MB/s", "10000 GB/s",
            "of the network, per direction with duplex"),
    LAD_OPT(Params, duplex, "duplex", BOOL, "true", NULL, NULL,
            "pages that come and go do not share the bandwidth"),
    LAD_OPT(Params, remote_iops, "remote-iops", UINT, "0", NULL, "1000000000",
            "requests per second that the far side serves; 0: no limit"),
    LAD_OPT(Params, overhead, "overhead", BYTES, "0 B", NULL, "4 KiB",
            "headers on the wire per page, either way"),
    LAD_OPT(Params, encryption, "encryption", TIME, "0 ns", NULL, "1 ms",
            "CPU time to encrypt or decrypt a page"),
    LAD_OPT(Params, checksum, "checksum", TIME, "0 ns", NULL, "1 ms",
            "CPU time to compute or check a page's checksum"),
    LAD_OPTIONS_END};

static const LadCounter counters[] = {
    [WIRE_BYTES] = {"wire_bytes", "byte", LAD_COUNT, LAD_SCOPE_TIER,
                    "a byte on the wire, headers included"},
    [WIRE_PS] = {"wire_time", "ps", LAD_COUNT, LAD_SCOPE_TIER, "time that a wire was busy"},
    [QUEUED_PS] = {"wait_time", "ps", LAD_COUNT, LAD_SCOPE_TIER,
                   "time that requests waited for the far side and a wire"},
    [CRYPTO_PS] = {"crypto_time", "ps", LAD_COUNT, LAD_SCOPE_TIER,
                   "CPU time of encryption and checksums"},
    [N_COUNTERS] = LAD_COUNTERS_END};

static gboolean
init(LadTier *tier, GError **error)
{
    Params *params = tier->params;
    State *state = tier->state;
    if (!lad_backend_check_p99(tier, "round-trip", params->rtt, &params->rtt_p99, error))
        return FALSE;
    lad_backend_random(tier, &state->random);
    lad_servers_init(&state->wire[FALSE], 1);
    lad_servers_init(&state->wire[TRUE], 1);
    lad_servers_init(&state->remote, 1);
    lad_spread_init(&state->rtt, params->rtt, params->rtt_p99);
    return TRUE;
}

static LadTime
time_on_wire(const Params *params, LadBytes bytes)
{
    guint64 pages = bytes >> LAD_PAGE_SHIFT;
    return lad_backend_time_of_bytes(bytes + pages * params->overhead, params->bandwidth);
}

static gboolean
setup(LadTier *tier, GError **error G_GNUC_UNUSED)
{
    const Params *params = tier->params;
    tier->page_store_cpu_ps = tier->page_load_cpu_ps = params->encryption + params->checksum;
    tier->idle_read_ps = tier->idle_write_ps =
        params->rtt + time_on_wire(params, LAD_PAGE_BYTES) + tier->page_load_cpu_ps;
    return TRUE;
}

static void
clear(LadTier *tier)
{
    State *state = tier->state;
    lad_servers_clear(&state->wire[FALSE]);
    lad_servers_clear(&state->wire[TRUE]);
    lad_servers_clear(&state->remote);
    lad_spread_clear(&state->rtt);
}

static LadTime
carry(LadTier *tier, LadTime now, const LadTransfer *transfer, gboolean send)
{
    const Params *params = tier->params;
    State *state = tier->state;
    guint64 pages = transfer->bytes >> LAD_PAGE_SHIFT;
    LadTime rtt = lad_spread_draw(&state->rtt, &state->random);
    LadTime bytes = time_on_wire(params, transfer->bytes);
    LadTime service = params->remote_iops ? LAD_S / params->remote_iops : 0;
    LadTime served = lad_servers_book(&state->remote, now, service);
    /* Bytes sent leave first; bytes fetched come after the round trip. */
    LadTime ready = send ? served : served + rtt;
    LadTime begun = lad_servers_book(&state->wire[send && params->duplex], ready, bytes);
    tier->counters[WIRE_BYTES] += transfer->bytes + pages * params->overhead;
    tier->counters[WIRE_PS] = state->wire[FALSE].busy_ps + state->wire[TRUE].busy_ps;
    tier->counters[QUEUED_PS] += (served - now) + (begun - ready);
    tier->counters[CRYPTO_PS] += pages * (params->encryption + params->checksum);
    return begun + bytes + (send ? rtt : 0);
}

static LadTime
store(LadTier *tier, LadTime now, const LadTransfer *transfer)
{
    return carry(tier, now, transfer, TRUE);
}

static LadTime
load(LadTier *tier, LadTime now, const LadTransfer *transfer)
{
    return carry(tier, now, transfer, FALSE);
}

const LadTierClass lad_tier_remote_swap = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_TIER, LadTierClass, "remote-swap",
                            "another machine's memory as a swap device"),
             .models =
                 "Round trip by median and 99th percentile (log-normal), bandwidth per direction "
                 "or shared, requests per second of the far side, headers, CPU time of encryption "
                 "and checksum per page; before it the block layer with its queue.",
             .leaves_out = "Loss, retries and congestion, other hosts on the network, registration "
                           "of memory, the far machine's own reclaim, failures and copies kept "
                           "against them, polling by the waiting core.",
             .source = "Closed forms: round trip plus bytes over bandwidth, throughput at "
                       "saturation. Ranges: Infiniswap (NSDI'17), Fastswap (EuroSys'20), AIFM "
                       "(OSDI'20) in the presets.",
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
