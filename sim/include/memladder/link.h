/* link.h - the contract of link models: carry bytes between a host and a tier (later: swap devices,
 * other hosts). A link has a latency, a bandwidth and a queue, half or full duplex; several tiers
 * may share one. lad_tier_access crosses the tier's link on the way: a read sends its request down
 * and its data up, a write its data down.
 */
#ifndef MEMLADDER_LINK_H
#define MEMLADDER_LINK_H

#include <memladder/host.h>

G_BEGIN_DECLS

typedef enum {
    LAD_LINK_DOWN, /* away from the cores: requests and written data */
    LAD_LINK_UP,   /* towards them: data read */
} LadLinkDirection;

/* Counters that every link has, kept by lad_link_carry. */
typedef enum {
    LAD_LINK_DOWN_BYTES,
    LAD_LINK_UP_BYTES,
    LAD_LINK_QUEUE_PS, /* sum over transfers of the time above the idle one */
    LAD_LINK_N_COUNTERS
} LadLinkCounter;

typedef struct LadLinkClass LadLinkClass;

/* One link of one host. */
struct LadLink {
    const LadLinkClass *class;
    LadHost *host;
    guint index;
    char *name;        /* "cxl0" of [link.cxl0] */
    void *params;      /* as class->base.options fill it */
    void *state;       /* class->base.host_size bytes, zeroed */
    guint64 *counters; /* the class's own table */
    guint64 common[LAD_LINK_N_COUNTERS];
};

struct LadLinkClass {
    LadModel base;
    /* Required. Once per link, after the parameters are filled. */
    gboolean (*init)(LadLink *link, GError **error);
    /* Optional. Frees what `state` points to. */
    void (*clear)(LadLink *link);
    /* Required. Per transfer: `bytes` (0: a request, which takes time but no room) start at `now`;
     * returns when the last one arrives (>= now), LAD_TIME_MAX if the backlog exceeds what the
     * model can hold. `now` may be earlier than in the last call. */
    LadTime (*carry)(LadLink *link, LadTime now, LadBytes bytes, LadLinkDirection direction);
    /* Required. The same with nothing else under way; changes nothing. */
    LadTime (*idle)(const LadLink *link, LadBytes bytes, LadLinkDirection direction);
    /* Optional, as LadTierClass.loaded: so many bytes, by direction, are under way on average;
     * returns what 64 bytes take in `direction`. NULL: as long as with nothing else. */
    LadTime (*loaded)(LadLink *link, LadLinkDirection direction, const double under_way[2]);
};

/* Carry bytes and count them; as class->carry. */
LadTime lad_link_carry(LadLink *link, LadTime now, LadBytes bytes, LadLinkDirection direction);

G_END_DECLS
#endif
