/* skeleton.c - copy this file to begin a space model, rename `skeleton`, and say here in 5 to 15
 * lines: the idea, its source, what is modelled and what is left out, units. Then add one line to
 * models/registry.c (and the file to models/local.mk).
 *
 * This one is a range of one extent that comes in at the first fault. memladder/space.h has the
 * contract.
 */
#include "config.h"
#include <memladder/space.h>

/* Parameters, as the options fill them. */
typedef struct {
    LadTime check, fetch;
} Params;

/* One per range, zeroed at the start. */
typedef struct {
    gboolean resident;
} State;

static const LadOption options[] = {
    LAD_OPT(Params, check, "check", TIME, "1 ns", "0 ps", "1 us", "that each access pays"),
    LAD_OPT(Params, fetch, "fetch", TIME, "10 us", "0 ps", "1 s", "of bringing the extent in"),
    LAD_OPTIONS_END,
};

/* Optional. Called once per range, when the parameters are filled. */
static gboolean
init(LadAddressRange *range, GError **error)
{
    (void)range;
    (void)error;
    return TRUE;
}

/* Optional. Called once per range, at the end: free what the state points to. */
static void
clear(LadAddressRange *range)
{
    (void)range;
}

/* Required. Called on every TLB miss or software check in the range; changes nothing. */
static void
find(LadAddressRange *range, guint64 address, LadExtent *extent)
{
    const State *state = range->state;
    (void)address;
    *extent = (LadExtent){range->start, range->end - range->start, LAD_PAGE_NONE, state->resident};
}

/* Required. Called once per access that finds its extent not resident. */
static LadTime
fault(LadAddressRange *range, LadThread *thread, guint64 address, LadAccess access, LadTime now)
{
    const Params *params = range->params;
    State *state = range->state;
    (void)thread;
    (void)address;
    (void)access;
    state->resident = TRUE;
    return now + params->fetch;
}

/* Optional. Called once per range, at the start. */
static LadTime
access_cost(const LadAddressRange *range)
{
    const Params *params = range->params;
    return params->check;
}

/* Required. Called by reclaim once per extent that shall go. */
static gboolean
evict(LadAddressRange *range, const LadExtent *extent, LadTime now)
{
    State *state = range->state;
    (void)extent;
    (void)now;
    state->resident = FALSE;
    return TRUE;
}

const LadSpaceClass lad_space_skeleton = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_SPACE, LadSpaceClass, "skeleton",
                            "where a new space model begins"),
             .models = "What is modelled, in sentences.",
             .leaves_out = "What is left out, in sentences.",
             .source = "Where the rules and numbers come from, and what it was checked against.",
             .options = options, .params_size = sizeof(Params), .process_size = sizeof(State)},
    .init = init,
    .clear = clear,
    .find = find,
    .fault = fault,
    .access_cost = access_cost,
    .evict = evict,
};
