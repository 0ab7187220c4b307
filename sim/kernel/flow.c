/* flow.c - what is under way at a tier, from cores that send streams of lines.
 *
 * Of what is under way a tier's link has the share that it takes of the latency, in either
 * direction; each is asked for its latency under that load. So the sum is at least idle, and at
 * least what the slowest of them needs for all that is under way.
 */
#include "config.h"
#include "sim/kernel/flow.h"
#include "sim/kernel/tier.h"

/* How often one looks at the copies; an estimate counts half, those before it the rest. */
#define COPY_WINDOW (20 * LAD_US)

#define FRACTION 65536.0

struct LadFlows {
    guint64 lines[2];            /* under way, 2^-16 bytes: read, written */
    double copied[2];            /* byte x ps of copies since `window` */
    double copies[2];            /* under way, bytes */
    LadTime window;              /* when the current one began */
    LadTime tier, up, down;      /* that a line takes there */
    double up_bytes, down_bytes; /* of both, under way on the link */
};

/* The kernel's copies are as many lines, each under way for a line's time. */
static void
look_at_copies(LadFlows *flows, LadTime now)
{
    if (now < flows->window + COPY_WINDOW)
        return;
    double length = (double)(now - flows->window);
    for (guint i = 0; i < 2; i++) {
        flows->copies[i] = (flows->copies[i] + flows->copied[i] / length) / 2;
        flows->copied[i] = 0;
    }
    flows->window = now;
}

/* The link's load is that of all tiers behind it. */
static void
ask_link(LadTier *tier, const double under_way[2], LadTime whole)
{
    LadFlows *flows = tier->flows;
    const LadLinkClass *class = tier->link->class;
    double load[2] = {0, 0};
    flows->down_bytes = under_way[1] * (double)flows->down / (double)whole;
    flows->up_bytes = under_way[0] * (double)flows->up / (double)whole;
    for (guint i = 0; i < tier->host->n_tiers; i++) {
        const LadTier *other = tier->host->tiers[i];
        if (other->link != tier->link || !other->flows)
            continue;
        load[LAD_LINK_DOWN] += other->flows->down_bytes;
        load[LAD_LINK_UP] += other->flows->up_bytes;
    }
    if (!class->loaded)
        return;
    flows->down = class->loaded(tier->link, LAD_LINK_DOWN, load);
    flows->up = class->loaded(tier->link, LAD_LINK_UP, load);
}

static LadTime
latency(LadTier *tier)
{
    LadFlows *flows = tier->flows;
    LadTime request = tier->link ? tier->link->class->idle(tier->link, 0, LAD_LINK_DOWN) : 0;
    LadTime whole = MAX(request + flows->tier + flows->up, 1);
    double all[2], here[2];
    for (guint i = 0; i < 2; i++) {
        all[i] = (double)flows->lines[i] / FRACTION + flows->copies[i];
        here[i] = all[i] * (double)flows->tier / (double)whole;
    }
    flows->tier = tier->class->loaded(tier, here);
    if (tier->link)
        ask_link(tier, all, whole);
    return request + flows->tier + flows->up;
}

static void
count(LadTier *tier, const LadFlowSlice *slice)
{
    lad_tier_count_lines(tier, LAD_TRANSFER_READ, slice->reads, slice->waited);
    lad_tier_count_lines(tier, LAD_TRANSFER_WRITE, slice->writes, slice->waited);
    if (!tier->link)
        return;
    LadTime idle = tier->link->class->idle(tier->link, 64, LAD_LINK_UP);
    tier->link->common[LAD_LINK_UP_BYTES] += slice->reads * 64;
    tier->link->common[LAD_LINK_DOWN_BYTES] += slice->writes * 64;
    tier->link->common[LAD_LINK_QUEUE_PS] +=
        slice->reads * (tier->flows->up > idle ? tier->flows->up - idle : 0);
}

/* A model that does not know flows: some of the lines are asked for, evenly spread. */
static LadTime
ask_for_lines(LadTier *tier, const LadFlowSlice *slice)
{
    LadTime latency = slice->waited;
    if (slice->reads)
        latency = lad_tier_lines(tier, slice->from, slice->to, LAD_TRANSFER_READ, slice->reads);
    if (slice->writes)
        lad_tier_lines(tier, slice->from, slice->to, LAD_TRANSFER_WRITE, slice->writes);
    return latency;
}

LadTime
lad_flow_slice(LadTier *tier, LadFlow *flow, const LadFlowSlice *slice)
{
    LadFlows *flows = tier->flows;
    if (!flows)
        return ask_for_lines(tier, slice);
    count(tier, slice);
    const guint64 lines[2] = {slice->reads, slice->writes};
    double length = (double)(slice->to - slice->from), weight = flow->known ? slice->weight : 1;
    for (guint i = 0; length > 0 && i < 2; i++) {
        double before = (double)flow->under_way[i];
        double seen = (double)lines[i] * 64 * FRACTION * (double)slice->waited / length;
        flows->lines[i] -= flow->under_way[i];
        flow->under_way[i] = (guint64)(before + (seen - before) * weight);
        flows->lines[i] += flow->under_way[i];
        flow->known = TRUE;
    }
    look_at_copies(flows, slice->to);
    return latency(tier);
}

void
lad_flow_stop(LadTier *tier, const LadFlow *flow)
{
    for (guint i = 0; tier->flows && i < 2; i++)
        tier->flows->lines[i] -= flow->under_way[i];
}

void
lad_flow_go_on(LadTier *tier, const LadFlow *flow)
{
    for (guint i = 0; tier->flows && i < 2; i++)
        tier->flows->lines[i] += flow->under_way[i];
}

void
lad_flow_copy(LadTier *tier, LadTransferKind kind, guint64 bytes, LadTime now)
{
    LadFlows *flows = tier->flows;
    if (!flows)
        return;
    look_at_copies(flows, now);
    flows->copied[lad_transfer_is_write(kind)] += (double)bytes * (double)(flows->tier + flows->up);
}

void
lad_flows_init(LadTier *tier)
{
    if (tier->class->faulting || !tier->class->loaded)
        return;
    LadFlows *flows = g_new0(LadFlows, 1);
    flows->tier = tier->idle_read_ps;
    if (tier->link) {
        const LadLinkClass *link = tier->link->class;
        flows->up = link->idle(tier->link, 64, LAD_LINK_UP);
        flows->down = link->idle(tier->link, 64, LAD_LINK_DOWN);
        flows->tier -= MIN(flows->tier, flows->up + link->idle(tier->link, 0, LAD_LINK_DOWN));
    }
    tier->flows = flows;
}

void
lad_flows_clear(LadTier *tier)
{
    g_clear_pointer(&tier->flows, g_free);
}
