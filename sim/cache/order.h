/* order.h - replacement state of one set in the timed caches and TLBs, by kind.
 *
 * The rules are recency.h's. LRU and FIFO also move an emptied way to the end of the list, so that
 * empty ways go first without being looked for. Repeating a set's latest access changes nothing,
 * except under SRRIP and DRRIP the first time.
 */
#ifndef LAD_ORDER_H
#define LAD_ORDER_H

#include <memladder/cache.h>
#include <memladder/recency.h>

#define LAD_ORDER_BYTES 64

/* The state's place: the set's word, or `bytes` where there are more than 16 ways. */
static inline guint64 *
lad_order_state(guint64 *word, guint8 *bytes, guint ways)
{
    return G_LIKELY(ways <= LAD_ORDER_WORD_WAYS) ? word : (guint64 *)(void *)bytes;
}

static inline gboolean
lad_order_is_list(guint kind)
{
    return kind == LAD_REPLACE_LRU || kind == LAD_REPLACE_FIFO;
}

static inline void
lad_order_start(guint kind, guint64 *word, guint8 *bytes, guint ways)
{
    *word = 0;
    guint64 *state = lad_order_state(word, bytes, ways);
    if (kind >= LAD_REPLACE_SRRIP)
        lad_rrip_init(state, ways);
    if (!lad_order_is_list(kind))
        return;
    lad_order_init(state, ways);
    /* Way 0 last, so that it is filled first. */
    for (guint way = 0; way < ways; way++)
        lad_order_to_front(state, ways, way);
}

/* Move `way` to the front of a list of bytes; it is in the list. A word of eight at a time. */
static inline void
lad_order_bytes_to_front(guint8 *bytes, guint way)
{
    const guint64 ones = G_GUINT64_CONSTANT(0x0101010101010101);
    guint64 *word = (guint64 *)(void *)bytes, first = way;
    for (;; word++) {
        guint64 differs = *word ^ ones * way;
        guint64 zero = (differs - ones) & ~differs & ones << 7;
        if (zero) {
            guint shift = (guint)__builtin_ctzll(zero) & ~7u;
            guint64 below = ((guint64)1 << shift) - 1;
            guint64 place = (guint64)255 << shift;
            *word = (*word & ~(below | place)) | (*word & below) << 8 | first;
            return;
        }
        guint64 last = *word >> 56;
        *word = *word << 8 | first;
        first = last;
    }
}

static inline void
lad_order_list_to_front(guint64 *word, guint8 *bytes, guint ways, guint way)
{
    if (G_LIKELY(ways <= LAD_ORDER_WORD_WAYS))
        *word = lad_order_word_to_front(*word, way);
    else
        lad_order_bytes_to_front(bytes, way);
}

/* `way` was hit. */
static inline void
lad_order_touch(guint kind, guint64 *word, guint8 *bytes, guint ways, guint way)
{
    if (G_LIKELY(kind == LAD_REPLACE_LRU))
        lad_order_list_to_front(word, bytes, ways, way);
    else if (kind == LAD_REPLACE_TREE_PLRU)
        *word = lad_tree_touch(*word, lad_tree_depth(ways), way);
    else if (kind >= LAD_REPLACE_SRRIP)
        lad_rrip_set(lad_order_state(word, bytes, ways), ways, way, 0);
}

/* `way` was filled; under SRRIP and DRRIP the cache does it. */
static inline void
lad_order_fill(guint kind, guint64 *word, guint8 *bytes, guint ways, guint way)
{
    if (G_LIKELY(lad_order_is_list(kind)))
        lad_order_list_to_front(word, bytes, ways, way);
    else if (kind == LAD_REPLACE_TREE_PLRU)
        *word = lad_tree_touch(*word, lad_tree_depth(ways), way);
}

/* The way that goes next; for tree-PLRU in a full set, not for random. */
static inline guint
lad_order_next(guint kind, guint64 word, const guint8 *bytes, guint ways)
{
    if (G_UNLIKELY(kind == LAD_REPLACE_TREE_PLRU))
        return lad_tree_victim(word, lad_tree_depth(ways), G_MAXUINT64 >> (64 - ways));
    return G_LIKELY(ways <= LAD_ORDER_WORD_WAYS) ? lad_order_word_last(word, ways)
                                                 : bytes[ways - 1];
}

/* lad_order_next and lad_order_fill of it at once, where the order is a list. */
static inline guint
lad_order_recycle(guint64 *word, guint8 *bytes, guint ways)
{
    if (G_UNLIKELY(ways > LAD_ORDER_WORD_WAYS)) {
        guint way = bytes[ways - 1];
        lad_order_bytes_to_front(bytes, way);
        return way;
    }
    const guint64 order = *word, listed = G_MAXUINT64 >> (64 - 4 * ways);
    guint way = lad_order_word_last(order, ways);
    *word = (order & ~listed) | ((order << 4 | way) & listed);
    return way;
}

/* `way` was emptied: it goes next. */
static inline void
lad_order_drop(guint kind, guint64 *word, guint8 *bytes, guint ways, guint way)
{
    if (!lad_order_is_list(kind))
        return;
    if (ways > LAD_ORDER_WORD_WAYS) {
        guint8 *at = memchr(bytes, (int)way, ways);
        memmove(at, at + 1, (gsize)(bytes + ways - at - 1));
        bytes[ways - 1] = (guint8)way;
        return;
    }
    /* Nibble by nibble: rare. */
    guint64 list = 0;
    guint n = 0;
    for (guint i = 0; i < LAD_ORDER_WORD_WAYS; i++) {
        if (i == ways)
            list |= (guint64)way << (4 * n++);
        guint other = (guint)(*word >> (4 * i)) & 15;
        if (other != way)
            list |= (guint64)other << (4 * n++);
    }
    if (ways == LAD_ORDER_WORD_WAYS)
        list |= (guint64)way << (4 * n);
    *word = list;
}

#endif
