/* skeleton.c - copy this file to begin a link model, rename `skeleton`, and say here in 5 to 15
 * lines: the idea, its source, what is modelled and what is left out, units. Then add one line to
 * models/registry.c (and the file to models/local.mk).
 *
 * This one takes the same time for every transfer. memladder/link.h has the contract.
 */
#include "config.h"
#include <memladder/link.h>

/* Parameters, as the options fill them. */
typedef struct {
    LadTime latency;
} Params;

static const LadOption options[] = {
    LAD_OPT(Params, latency, "latency", TIME, "10 ns", "0 ps", "1 s", "of any transfer, one way"),
    LAD_OPTIONS_END,
};

/* Required. Called once per link, when the parameters are filled. */
static gboolean
init(LadLink *link, GError **error)
{
    (void)link;
    (void)error;
    return TRUE;
}

/* Optional. Called once per link, at the end: free what the state points to. */
static void
clear(LadLink *link)
{
    (void)link;
}

/* Required. Called once or twice per transfer of a tier behind it: request or data down, data up.
 * `bytes` is 0 for a request without data. LAD_TIME_MAX if the backlog is more than the model can
 * hold. */
static LadTime
carry(LadLink *link, LadTime now, LadBytes bytes, LadLinkDirection direction)
{
    const Params *params = link->params;
    (void)bytes;
    (void)direction;
    return now + params->latency;
}

/* Required. Called once per transfer, for the counter of time spent waiting; changes nothing. */
static LadTime
idle(const LadLink *link, LadBytes bytes, LadLinkDirection direction)
{
    const Params *params = link->params;
    (void)bytes;
    (void)direction;
    return params->latency;
}

/* Optional, for traces of level page. Called several times per thousand lines: so many bytes, by
 * direction, are under way on average. Returns what a line takes in `direction`. */
static LadTime
loaded(LadLink *link, LadLinkDirection direction, const double under_way[2])
{
    (void)under_way;
    return idle(link, 64, direction);
}

const LadLinkClass lad_link_skeleton = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_LINK, LadLinkClass, "skeleton",
                            "where a new link model begins"),
             .models = "What is modelled, in sentences.",
             .leaves_out = "What is left out, in sentences.",
             .source = "Where the rules and numbers come from, and what it was checked against.",
             .options = options, .params_size = sizeof(Params)},
    .init = init,
    .clear = clear,
    .carry = carry,
    .idle = idle,
    .loaded = loaded,
};
