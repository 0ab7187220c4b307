/* swapmove.h - the inside of back-end chains, shared by swapchain.c and swapmove.c. */
#ifndef LAD_KERNEL_SWAPMOVE_H
#define LAD_KERNEL_SWAPMOVE_H

#include "sim/kernel/swapchain.h"

#define LAD_CHAIN_NO_SLOT G_MAXUINT32

/* What a move does to the page. */
typedef enum {
    LAD_MOVE_AT_REST,
    LAD_MOVE_BEING_READ, /* from a block device, to be moved on */
    LAD_MOVE_WRITTEN_ON, /* the write to its new holder, a block device, is under way */
} LadMoveState;

typedef struct {
    LadTime stored;
    guint32 prev, next; /* in the holder's list; LAD_CHAIN_NO_SLOT: end */
    guint32 group;
    guint8 holder; /* index of the tier + 1; 0: none */
    guint8 state;  /* LadMoveState */
} LadChainRecord;

typedef struct {
    LadChainRecord *records;
    guint64 n_slots;
    LadBytes bytes; /* of their reservation */
} LadChainArea;

/* What the chain keeps of a faulting tier. */
typedef struct {
    LadKernel *kernel;
    LadTier *tier;
    guint area;
    guint32 oldest, newest;
    guint64 n_pages, max_pages;
    LadEvent work; /* of the worker that makes room, 0: asleep */
    LadEvent ager;
} LadChainHolder;

struct LadSwapChain {
    LadChainHolder holders[LAD_MAX_TIERS];
    LadChainArea areas[LAD_MAX_TIERS];
    guint n_areas;
    guint first;
    LadTime slept; /* in block layers, by the latest lad_chain_store */
    void *owner;
    LadChainEnded ended;
};

/* ---- Records and holders (swapchain.c) --------------------------------------------------------
 */

LadChainRecord *lad_chain_record(const LadKernel *kernel, guint64 slot);
/* Take a record off its holder's list. */
void lad_chain_unlist(LadSwapChain *chain, LadChainHolder *holder, LadChainRecord *record);
/* The holder, if there is one, forgets the page. */
void lad_chain_drop_copy(LadKernel *kernel, LadChainRecord *record, LadPage page, guint64 slot);
/* The holder has it from `now` on, as its newest. */
void lad_chain_hold(LadKernel *kernel, LadChainHolder *holder, LadChainRecord *record, LadTime now);
/* Give the page to one tier. `page` LAD_PAGE_NONE: a move of the chain's own. */
LadChainResult lad_chain_give(LadChainHolder *holder, LadPage page, guint64 slot, guint32 group,
                              gboolean kswapd, LadTime *now);

/* ---- Moving on (swapmove.c) -------------------------------------------------------------------
 */

/* A block queue's `ended`. */
void lad_chain_write_ended(void *owner, LadPage page, guint64 slot, LadTime time);
/* A pool has refused a page as full: see to room in it. */
void lad_chain_wake_worker(LadChainHolder *holder, LadTime now);
/* The holder has a page: see that it is moved on when it is old, if the tier asks for that. */
void lad_chain_start_ager(LadChainHolder *holder, LadTime now);

#endif
