/* skeleton.c - copy this file to begin a tier model, rename `skeleton`, and say here in 5 to 15
 * lines: the idea, its source, what is modelled and what is left out, units. Then add one line to
 * models/registry.c (and the file to models/local.mk).
 *
 * This one takes the same time for every transfer. memladder/tier.h has the contract;
 * memladder/occupancy.h keeps track of a channel of limited bandwidth.
 */
#include "config.h"
#include <memladder/tier.h>

/* Parameters, as the options fill them; size, cost-per-gib and link are every tier's. */
typedef struct {
    LadTime latency;
} Params;

static const LadOption options[] = {
    LAD_OPT(Params, latency, "latency", TIME, "100 ns", "1 ps", "1 s", "of any transfer"),
    LAD_OPTIONS_END,
};

/* Required. Called once per tier, when the parameters are filled: check them, prepare the state. */
static gboolean
init(LadTier *tier, GError **error)
{
    (void)tier;
    (void)error;
    return TRUE;
}

/* Required. Called once per tier, when all parts exist: must set the idle latencies, those of the
 * tier alone (the link's are added). */
static gboolean
setup(LadTier *tier, GError **error)
{
    const Params *params = tier->params;
    (void)error;
    tier->idle_read_ps = tier->idle_write_ps = params->latency;
    return TRUE;
}

/* Optional. Called once per tier, at the end: free what the state points to. */
static void
clear(LadTier *tier)
{
    (void)tier;
}

/* Required unless the class is `faulting`. Called by lad_tier_access once per line that leaves or
 * enters the last cache, per page copied or zeroed: millions of times per second, so nothing is
 * allocated here. Times may go back by a little. A class with `may_pend` may answer LAD_PENDING and
 * later call transfer->done by an event. */
static LadTime
transfer_bytes(LadTier *tier, LadTime now, const LadTransfer *transfer)
{
    const Params *params = tier->params;
    (void)transfer;
    return now + params->latency;
}

/* Optional, for traces of level page. Called several times per thousand lines: so many bytes, read
 * and written, are under way on average. Returns the latency of a line read, here without a queue.
 */
static LadTime
loaded(LadTier *tier, const double under_way[2])
{
    const Params *params = tier->params;
    (void)under_way;
    return params->latency;
}

/* A `faulting` class has `store` and `load` instead (required, called once per page that comes or
 * goes) and may have `discard` (optional, called once per page that is no longer needed) and
 * `wants_room`. With `block_device` they are called once per request instead, of one or more pages
 * in consecutive slots from transfer->slot on, by the block layer before it; without, they are work
 * of the caller's CPU. */

const LadTierClass lad_tier_skeleton = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_TIER, LadTierClass, "skeleton",
                            "where a new tier model begins"),
             .models = "What is modelled, in sentences.",
             .leaves_out = "What is left out, in sentences.",
             .source = "Where the rules and numbers come from, and what it was checked against.",
             .options = options, .params_size = sizeof(Params)},
    .init = init,
    .setup = setup,
    .clear = clear,
    .access = transfer_bytes,
    .loaded = loaded,
};
