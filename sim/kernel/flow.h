/* flow.h - streams of lines that cores without caches (level page) send to a tier.
 *
 * Such a core knows how many lines it asked for in a slice of time, and not when: they were spread
 * over all of it. So it is a flow, described by what it has under way on average: bytes per second
 * times how long each waited (Little's law). A tier's load is the sum over the cores' latest flows
 * and the kernel's copies, and depends neither on the order in which slices end nor on where they
 * are cut. In a closed loop it is stable: a core whose lines wait longer has no more of them under
 * way than it can have at once.
 */
#ifndef LAD_FLOW_H
#define LAD_FLOW_H

#include <memladder/tier.h>

/* What one core has under way at one tier, in 2^-16 bytes: read, written. Zeroed at first. */
typedef struct {
    guint64 under_way[2];
    gboolean known;
} LadFlow;

/* Lines that a core asked for between `from` and `to`. */
typedef struct {
    LadTime from, to;
    guint64 reads, writes;
    LadTime waited; /* each of them */
    double weight;  /* 0 to 1: what this slice counts against the flow known before */
} LadFlowSlice;

/* Count a slice's lines; returns what a line read waits from now on. Tiers whose models do not know
 * flows (LadTierClass.loaded) are asked for some of the lines instead. */
LadTime lad_flow_slice(LadTier *tier, LadFlow *flow, const LadFlowSlice *slice);

/* The core stops or goes on sending what it last did. */
void lad_flow_stop(LadTier *tier, const LadFlow *flow);
void lad_flow_go_on(LadTier *tier, const LadFlow *flow);

/* The kernel asks for a copy of so many bytes, at `now`. */
void lad_flow_copy(LadTier *tier, LadTransferKind kind, guint64 bytes, LadTime now);

void lad_flows_init(LadTier *tier);
void lad_flows_clear(LadTier *tier);

#endif
