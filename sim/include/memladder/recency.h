/* recency.h - who was touched when among the ways of one set, as inline functions for hot loops.
 *
 * Two forms. An *order* lists the ways, most recent first: up to 16 ways in one word of 4-bit
 * numbers, up to 64 ways in 8 words of bytes. A *tree* (tree-PLRU) is one word with a bit per inner
 * node of a binary tree over the ways, root at bit 1, children of node n at 2n and 2n + 1; a set
 * bit sends the search for a victim to the right. LRU and FIFO use orders: LRU moves a way to the
 * front when it is touched or filled, FIFO only when it is filled. *RRIP* keeps for each way a
 * re-reference prediction value of two bits, 0 (soon) to 3 (far), as two planes of a bit per way.
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

/* Way 0 is the most recent, the last way the least. In this and the next `state` has
 * lad_order_words(n_ways) words, and n_ways is 1 to 64. */
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

/* `way`, below n_ways, is now the most recent. */
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

/* ---- Re-reference interval prediction -----------------------------------------------------------
 */

#define LAD_RRIP_FAR  3
#define LAD_RRIP_LONG 2 /* of a new line under SRRIP */

/* 64-bit words that the values of n_ways (1 to 64) take. */
static inline guint
lad_rrip_words(guint n_ways)
{
    return n_ways <= 32 ? 1 : 2;
}

/* The two planes, a bit per way each. Below, `state` has lad_rrip_words(n_ways) words. */
static inline void
lad_rrip_load(const guint64 *state, guint n_ways, guint64 *low, guint64 *high)
{
    *low = n_ways <= 32 ? *state & G_MAXUINT32 : state[0];
    *high = n_ways <= 32 ? *state >> 32 : state[1];
}

static inline void
lad_rrip_store(guint64 *state, guint n_ways, guint64 low, guint64 high)
{
    if (n_ways <= 32) {
        *state = low | high << 32;
        return;
    }
    state[0] = low;
    state[1] = high;
}

/* All far. */
static inline void
lad_rrip_init(guint64 *state, guint n_ways)
{
    guint64 all = G_MAXUINT64 >> (64 - n_ways);
    lad_rrip_store(state, n_ways, all, all);
}

/* The value of a way, 0 to LAD_RRIP_FAR; and giving it one. */
static inline guint
lad_rrip_value(const guint64 *state, guint n_ways, guint way)
{
    guint64 low, high;
    lad_rrip_load(state, n_ways, &low, &high);
    return (guint)(low >> way & 1) | (guint)(high >> way & 1) << 1;
}

static inline void
lad_rrip_set(guint64 *state, guint n_ways, guint way, guint value)
{
    guint64 low, high, bit = (guint64)1 << way;
    lad_rrip_load(state, n_ways, &low, &high);
    low = value & 1 ? low | bit : low & ~bit;
    high = value & 2 ? high | bit : high & ~bit;
    lad_rrip_store(state, n_ways, low, high);
}

/* The lowest way of those of `allowed` (never 0) that are farthest. Changes nothing. */
static inline guint
lad_rrip_victim(const guint64 *state, guint n_ways, guint64 allowed)
{
    guint64 low, high;
    lad_rrip_load(state, n_ways, &low, &high);
    const guint64 by_value[] = {low & high, ~low & high, low & ~high, ~low & ~high};
    guint i = 0;
    while ((by_value[i] & allowed) == 0)
        i++;
    return (guint)__builtin_ctzll(by_value[i] & allowed);
}

/* All values of `allowed` grow until that of `way`, one of the farthest, is LAD_RRIP_FAR. */
static inline void
lad_rrip_age(guint64 *state, guint n_ways, guint64 allowed, guint way)
{
    guint64 low, high;
    lad_rrip_load(state, n_ways, &low, &high);
    for (guint value = lad_rrip_value(state, n_ways, way); value < LAD_RRIP_FAR; value++) {
        guint64 carry = low & allowed;
        low ^= allowed;
        high ^= carry;
    }
    lad_rrip_store(state, n_ways, low, high);
}

/* DRRIP's duel between SRRIP and BRRIP in one cache. */
typedef struct {
    guint32 selector; /* 10 bits; its half and above: BRRIP misses less */
    guint32 fills;    /* by BRRIP, modulo LAD_RRIP_RARE */
    guint32 period;   /* of each so many sets one leads for SRRIP and one for BRRIP */
} LadDuel;

#define LAD_RRIP_RARE    32 /* one in so many lines is LONG under BRRIP, the others FAR */
#define LAD_DUEL_HALF    512
#define LAD_DUEL_LEADERS 32

/* Neither ahead; n_sets is that of the cache. */
static inline void
lad_duel_init(LadDuel *duel, guint32 n_sets)
{
    duel->selector = LAD_DUEL_HALF - 1;
    duel->fills = 0;
    duel->period = MAX(2, n_sets / LAD_DUEL_LEADERS);
}

/* A line misses in `set` and is put in: with which value. */
static inline guint
lad_duel_insert(LadDuel *duel, guint32 set)
{
    guint32 place = set % duel->period;
    gboolean bimodal = duel->selector >= LAD_DUEL_HALF;
    if (place == 0) {
        duel->selector += duel->selector < 2 * LAD_DUEL_HALF - 1 ? 1 : 0;
        bimodal = FALSE;
    } else if (place == duel->period / 2) {
        duel->selector -= duel->selector > 0 ? 1 : 0;
        bimodal = TRUE;
    }
    if (!bimodal)
        return LAD_RRIP_LONG;
    duel->fills = (duel->fills + 1) % LAD_RRIP_RARE;
    return duel->fills == 0 ? LAD_RRIP_LONG : LAD_RRIP_FAR;
}

G_END_DECLS
#endif
