/* stack.h - reuse distances: how many other things were accessed since the last access to this one.
 *
 * The things are numbers (lines or pages) below 2^63. An access's distance is its depth in the
 * stack of all things by their last access, the LRU stack of Mattson and others (IBM Systems
 * Journal 9(2), 1970). A fully associative LRU cache of n things hits exactly where the distance is
 * below n.
 *
 * The top of the stack is a short list that is searched. Of the rest each thing has the time of its
 * last access as a bit in a row of bits, whose sums are kept in a tree (Bennett and Kruskal, IBM J.
 * Res. Dev. 19(4), 1975, with Fenwick's tree), so that a distance is a sum over later times. When
 * the times run out they are given anew in the same order.
 */
#ifndef LAD_PROFILE_STACK_H
#define LAD_PROFILE_STACK_H

#include <glib.h>

G_BEGIN_DECLS

#define LAD_REUSE_FIRST G_MAXUINT32 /* no distance: the first access */

typedef struct LadReuseStack LadReuseStack;

LadReuseStack *lad_reuse_stack_new(void);
void lad_reuse_stack_free(LadReuseStack *stack);
/* The distances of `n` accesses in order: `keys` below 2^63. Something that was not accessed
 * before has LAD_REUSE_FIRST. At most 2^31 things. */
void lad_reuse_stack_access(LadReuseStack *stack, const guint64 *keys, guint n, guint32 *distances);
/* Things accessed so far. */
guint64 lad_reuse_stack_n(const LadReuseStack *stack);
/* Calls `each` for all of them, in no order that means anything. */
void lad_reuse_stack_foreach(const LadReuseStack *stack, void (*each)(guint64 key, gpointer data),
                             gpointer data);

G_END_DECLS
#endif
