/* recency.h - who was touched when among the ways of one set, as inline functions for hot loops.
 *
 * Two forms. An *order* lists the ways, most recent first: up to 16 ways in one word of 4-bit
 * numbers, up to 64 ways in 8 words of bytes. A *tree* (tree-PLRU) is one word with a bit per inner
 * node of a binary tree over the ways, root at bit 1, children of node n at 2n and 2n + 1; a set
 * bit sends the search for a victim to the right. LRU and FIFO use orders: LRU moves a way to the
 * front when it is touched or filled, FIFO only when it is filled.
 */
#ifndef MEMLADDER_RECENCY_H
#define MEMLADDER_RECENCY_H

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

#define LAD_ORDER_WORD_WAYS 16
/* Way 0 is the most recent, way 15 the least. */
#define LAD_ORDER_WORD_INITIAL G_GUINT64_CONSTANT(0xfedcba9876543210)

/* The order with `way` moved to the front; `way` in [0, 16). */
static inline guint64
lad_order_word_to_front(guint64 order, guint way)
{
    const guint64 ones = G_GUINT64_CONSTANT(0x1111111111111111);
    guint64 differs = order ^ (ones * way);
    /* The lowest nibble that is zero is the only one: numbers do not repeat. */
    guint64 zero = (differs - ones) & ~differs & (ones << 3);
    guint shift = (guint)__builtin_ctzll(zero) & ~3u;
    guint64 below = ((guint64)1 << shift) - 1;
    guint64 place = (guint64)15 << shift;
    return (order & ~(below | place)) | (order & below) << 4 | way;
}

/* The least recent of n_ways (1 to 16) ways. */
static inline guint
lad_order_word_last(guint64 order, guint n_ways)
{
    return (guint)(order >> (4 * (n_ways - 1))) & 15;
}

/* 64-bit words that the order of n_ways takes. */
static inline guint
lad_order_words(guint n_ways)
{
    return n_ways <= LAD_ORDER_WORD_WAYS ? 1 : 8;
}

static inline void
lad_order_init(guint64 *state, guint n_ways)
{
    if (n_ways <= LAD_ORDER_WORD_WAYS) {
        *state = LAD_ORDER_WORD_INITIAL;
        return;
    }
    guint8 *ways = (guint8 *)state;
    for (guint i = 0; i < 64; i++)
        ways[i] = (guint8)i;
}

static inline void
lad_order_to_front(guint64 *state, guint n_ways, guint way)
{
    if (n_ways <= LAD_ORDER_WORD_WAYS) {
        *state = lad_order_word_to_front(*state, way);
        return;
    }
    guint8 *ways = (guint8 *)state;
    guint position = 0;
    while (ways[position] != way)
        position++;
    memmove(ways + 1, ways, position);
    ways[0] = (guint8)way;
}

/* The least recent way whose bit is set in `allowed`; at least one of n_ways must be. */
static inline guint
lad_order_last(const guint64 *state, guint n_ways, guint64 allowed)
{
    for (guint position = n_ways; position-- > 0;) {
        guint way = n_ways <= LAD_ORDER_WORD_WAYS ? (guint)(*state >> (4 * position)) & 15
                                                  : ((const guint8 *)state)[position];
        if ((allowed >> way & 1) != 0)
            return way;
    }
    g_assert_not_reached();
}

/* Levels of the tree over n_ways (1 to 64): the ways are rounded up to a power of two. */
static inline guint
lad_tree_depth(guint n_ways)
{
    return n_ways <= 1 ? 0 : 32 - (guint)__builtin_clz(n_ways - 1);
}

/* The tree after `way` was touched: every node on its way points to the other side. */
static inline guint64
lad_tree_touch(guint64 tree, guint depth, guint way)
{
    guint node = way + (1u << depth);
    for (guint level = 0; level < depth; level++) {
        guint64 bit = (guint64)1 << (node >> 1);
        tree = (node & 1) != 0 ? tree & ~bit : tree | bit;
        node >>= 1;
    }
    return tree;
}

/* The way that the tree points at. Where a side holds no way of `allowed` (or none at all, if
 * n_ways is no power of two) the search takes the other side. At least one way must be allowed. */
static inline guint
lad_tree_victim(guint64 tree, guint depth, guint64 allowed)
{
    guint node = 1;
    for (guint level = depth; level-- > 0;) {
        guint right = (guint)(tree >> node & 1);
        guint first = ((2 * node + right) << level) - (1u << depth); /* first way of that side */
        guint64 side = (((guint64)1 << (1u << level)) - 1) << first;
        if ((allowed & side) == 0)
            right ^= 1;
        node = 2 * node + right;
    }
    return node - (1u << depth);
}

G_END_DECLS
#endif
