/* space.h - the contract of address spaces: map an address to an extent, say whether it is there,
 * and what an access or a fault costs. The page table of sim/kernel/ is the built-in one, reached
 * directly for speed; a model of this kind puts another in its place for a range of addresses
 * (memory behind a library that checks in software, objects in remote memory).
 */
#ifndef MEMLADDER_SPACE_H
#define MEMLADDER_SPACE_H

#include <memladder/host.h>

G_BEGIN_DECLS

typedef struct LadSpaceClass LadSpaceClass;

/* One range of one process's addresses. */
typedef struct {
    const LadSpaceClass *class;
    LadHost *host;
    LadProcess *process;
    guint64 start, end; /* bytes, [start, end) */
    void *params;       /* as class->base.options fill it */
    void *state;        /* class->base.process_size bytes, zeroed */
    guint64 *counters;  /* the class's own table */
} LadAddressRange;

/* What moves as one: a page, a 2 MiB page, an object. */
typedef struct {
    guint64 start; /* first byte */
    LadBytes size;
    LadPage page;      /* logical page of the first byte; LAD_PAGE_NONE: never touched */
    gboolean resident; /* can be accessed without a fault */
} LadExtent;

struct LadSpaceClass {
    LadModel base;
    /* Optional. Once per range, after the parameters are filled. */
    gboolean (*init)(LadAddressRange *range, GError **error);
    /* Optional. Frees what `state` points to. */
    void (*clear)(LadAddressRange *range);
    /* Required. Called on a TLB miss or a software check; changes nothing. */
    void (*find)(LadAddressRange *range, guint64 address, LadExtent *extent);
    /* Required. Called when an access finds its extent not resident: makes it so. Returns when it
     * can be accessed (>= now), or LAD_PENDING, and then the thread sleeps until it is woken. */
    LadTime (*fault)(LadAddressRange *range, LadThread *thread, guint64 address, LadAccess access,
                     LadTime now);
    /* Optional. CPU time that every access pays for finding its extent (a check in software); asked
     * once per range, at the start. */
    LadTime (*access_cost)(const LadAddressRange *range);
    /* Required. Called by reclaim: give up an extent. FALSE if it cannot go now (pinned). */
    gboolean (*evict)(LadAddressRange *range, const LadExtent *extent, LadTime now);
};

G_END_DECLS
#endif
