/* page.h - the hot state of a page: one 8-byte word in a dense array, indexed by logical page.
 *
 * The hierarchy reads the tier and sets ACCESSED at TLB fill and DIRTY at the first store; the
 * kernel and, through it, policies do the rest. Links of the LRU lists, cold fields and policies'
 * bytes lie apart (sim/kernel/state.h).
 *
 * Logical pages are numbered densely per colour: the low LAD_PAGE_COLOUR_BITS bits of the number
 * are those of the page number that indexes physically indexed caches (kernel.page-number), so that
 * a cache with at most 2^LAD_PAGE_COLOUR_BITS pages per way needs only the logical page. A huge
 * page is 512 consecutive logical pages, the first a multiple of 512; TIER, PRESENT, HINT, READONLY
 * and HUGE are the same in all of their words, ACCESSED and DIRTY are each part's own, the rest is
 * kept in the first's.
 */
#ifndef MEMLADDER_PAGE_H
#define MEMLADDER_PAGE_H

#include <memladder/types.h>

G_BEGIN_DECLS

typedef guint64 LadPageWord;

#define LAD_PAGE_TIER_MASK ((LadPageWord)0xff) /* index of the tier that holds it */
#define LAD_PAGE_PRESENT   ((LadPageWord)1 << 8)
#define LAD_PAGE_ACCESSED  ((LadPageWord)1 << 9)  /* the PTE's accessed bit */
#define LAD_PAGE_DIRTY     ((LadPageWord)1 << 10) /* the PTE's dirty bit */
#define LAD_PAGE_HINT      ((LadPageWord)1 << 11) /* PROT_NONE: the next touch is a hint fault */
#define LAD_PAGE_READONLY                                                                          \
    ((LadPageWord)1 << 12) /* a store faults (copy on write, clean tracking) */
#define LAD_PAGE_REFERENCED ((LadPageWord)1 << 13) /* PG_referenced */
#define LAD_PAGE_ACTIVE     ((LadPageWord)1 << 14) /* on an active list */
#define LAD_PAGE_LRU        ((LadPageWord)1 << 15) /* on some list */
#define LAD_PAGE_FILE       ((LadPageWord)1 << 16) /* file page, else anonymous */
#define LAD_PAGE_DEMOTED    ((LadPageWord)1 << 17) /* PG_demoted of TPP */
#define LAD_PAGE_HUGE       ((LadPageWord)1 << 18) /* part of a 2 MiB page; lists hold its first */
#define LAD_PAGE_UNMOVABLE  ((LadPageWord)1 << 19) /* of page tables or the kernel */
#define LAD_PAGE_SHARED     ((LadPageWord)1 << 20) /* of a shared mapping */
#define LAD_PAGE_ISOLATED   ((LadPageWord)1 << 21) /* off the lists while it is moved */
#define LAD_PAGE_PROMOTED   ((LadPageWord)1 << 23) /* moved up since it was last demoted */
#define LAD_PAGE_EXEC       ((LadPageWord)1 << 22) /* file page whose code was executed */
/* Bits 24 to 27: the list it is on, if LAD_PAGE_LRU. */
#define LAD_PAGE_LIST_SHIFT 24
#define LAD_PAGE_LIST_MASK  ((LadPageWord)0xf << LAD_PAGE_LIST_SHIFT)
/* Bits 28 to 31: the reclaim model's own. */
#define LAD_PAGE_RECLAIM_SHIFT 28
#define LAD_PAGE_RECLAIM_MASK  ((LadPageWord)0xf << LAD_PAGE_RECLAIM_SHIFT)
/* Bits 32 to 63: time of the last hint mark in milliseconds of kernel time, or a policy's own. */
#define LAD_PAGE_STAMP_SHIFT 32

#define LAD_PAGE_COLOUR_BITS 10
#define LAD_PAGE_COLOURS     (1u << LAD_PAGE_COLOUR_BITS)
#define LAD_HUGE_PAGES       512u /* 4 KiB pages in a 2 MiB page */

/* What a page has to do with swap and groups, in an array beside the words.
 *
 * A page in memory that is mapped has LAD_PAGE_PRESENT. Reclaim unmaps it: without PRESENT it is
 * still in memory, in the swap cache, until its write has ended and it is freed. With LAD_SWAP_OUT
 * it is not in memory: its copy is in its slot or, of file pages, in its file; its word then names
 * the tier that it was in last, and its links hold its shadow entry. A page in memory that has a
 * slot is in the swap cache. */
typedef struct {
    guint32 slot;  /* of the swap area, as sim/kernel/swap.c packs it; 0: none */
    guint16 group; /* that it is charged to */
    guint16 flags; /* LAD_SWAP_* */
} LadPageSwap;

#define LAD_SWAP_OUT        (1u << 0) /* not in memory */
#define LAD_SWAP_WRITEBACK  (1u << 1) /* its write is under way */
#define LAD_SWAP_RECLAIM    (1u << 2) /* PG_reclaim: to the inactive tail when that ends */
#define LAD_SWAP_WORKINGSET (1u << 3) /* PG_workingset: was active before it was given up */
#define LAD_SWAP_DIRTY      (1u << 4) /* PG_dirty: newer than its copy below */
#define LAD_SWAP_LOCKED     (1u << 5) /* being read in */
#define LAD_SWAP_READAHEAD  (1u << 6) /* PG_readahead: read ahead and not used yet */
#define LAD_SWAP_ROTATING   (1u << 7) /* waits in the batch of pages that go to the tail */

/* The page whose word holds the state of `page`: itself, or the first of its huge page. */
static inline LadPage
lad_page_head(LadPageWord word, LadPage page)
{
    return word & LAD_PAGE_HUGE ? page & ~(LadPage)(LAD_HUGE_PAGES - 1) : page;
}

/* Index in host->tiers of the tier that holds the page. */
static inline guint
lad_page_tier(LadPageWord word)
{
    return (guint)(word & LAD_PAGE_TIER_MASK);
}

G_END_DECLS
#endif
