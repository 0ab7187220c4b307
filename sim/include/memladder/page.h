/* page.h - the hot state of a page: one 8-byte word in a dense array, indexed by logical page.
 *
 * The hierarchy reads the tier and sets ACCESSED at TLB fill and DIRTY at the first store; the kernel
 * and, through it, policies do the rest. Links of the LRU lists, cold fields and policies' bytes lie
 * apart (sim/kernel/frames.h).
 */
#ifndef MEMLADDER_PAGE_H
#define MEMLADDER_PAGE_H

#include <memladder/types.h>

G_BEGIN_DECLS

typedef guint64 LadPageWord;

#define LAD_PAGE_TIER_MASK  ((LadPageWord)0xff) /* index of the tier that holds it */
#define LAD_PAGE_PRESENT    ((LadPageWord)1 << 8)
#define LAD_PAGE_ACCESSED   ((LadPageWord)1 << 9)  /* the PTE's accessed bit */
#define LAD_PAGE_DIRTY      ((LadPageWord)1 << 10) /* the PTE's dirty bit */
#define LAD_PAGE_HINT       ((LadPageWord)1 << 11) /* PROT_NONE: the next touch is a hint fault */
#define LAD_PAGE_READONLY   ((LadPageWord)1 << 12) /* a store faults (copy on write, clean tracking) */
#define LAD_PAGE_REFERENCED ((LadPageWord)1 << 13) /* PG_referenced */
#define LAD_PAGE_ACTIVE     ((LadPageWord)1 << 14) /* on an active list */
#define LAD_PAGE_LRU        ((LadPageWord)1 << 15) /* on some list */
#define LAD_PAGE_FILE       ((LadPageWord)1 << 16) /* file page, else anonymous */
#define LAD_PAGE_DEMOTED    ((LadPageWord)1 << 17) /* PG_demoted of TPP */
#define LAD_PAGE_HUGE       ((LadPageWord)1 << 18) /* part of a 2 MiB page; lists hold its first */
#define LAD_PAGE_TABLE      ((LadPageWord)1 << 19) /* holds page tables: unmovable */
#define LAD_PAGE_SHARED     ((LadPageWord)1 << 20) /* of a shared mapping */
#define LAD_PAGE_ISOLATED   ((LadPageWord)1 << 21) /* off the lists while it is moved */
/* Bits 32 to 63: time of the last hint mark in milliseconds of kernel time, or a policy's own. */
#define LAD_PAGE_STAMP_SHIFT 32

static inline guint
lad_page_tier(LadPageWord word)
{
    return (guint)(word & LAD_PAGE_TIER_MASK);
}

G_END_DECLS
#endif
