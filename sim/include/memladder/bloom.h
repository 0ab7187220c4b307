/* bloom.h - a Bloom filter of two bits per key, as inline functions.
 *
 * A filter that was never reset lets every key pass. Source of the shape: Linux's mm_walk filters,
 * 2^15 bits (mm/vmscan.c).
 */
#ifndef MEMLADDER_BLOOM_H
#define MEMLADDER_BLOOM_H

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

#define LAD_BLOOM_BITS 15

/* All zero: never reset. */
typedef struct {
    gboolean made;
    guint64 words[(1u << LAD_BLOOM_BITS) / 64];
} LadBloom;

/* Forget all keys; from now on those that are added pass, and others by accident. */
static inline void
lad_bloom_reset(LadBloom *bloom)
{
    memset(bloom->words, 0, sizeof bloom->words);
    bloom->made = TRUE;
}

/* The key's two bits. */
static inline void
lad_bloom_bits(guint64 key, guint bits[2])
{
    guint64 hash = (key + 1) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    hash = (hash ^ hash >> 29) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    bits[0] = (guint)(hash >> 34) & ((1u << LAD_BLOOM_BITS) - 1);
    bits[1] = (guint)(hash >> (64 - LAD_BLOOM_BITS));
}

/* No effect on a filter that was never reset. */
static inline void
lad_bloom_add(LadBloom *bloom, guint64 key)
{
    guint bits[2];
    lad_bloom_bits(key, bits);
    for (guint i = 0; i < 2 && bloom->made; i++)
        bloom->words[bits[i] / 64] |= (guint64)1 << bits[i] % 64;
}

/* TRUE for every key that was added, and by accident for others. */
static inline gboolean
lad_bloom_may_have(const LadBloom *bloom, guint64 key)
{
    guint bits[2];
    lad_bloom_bits(key, bits);
    return !bloom->made || ((bloom->words[bits[0] / 64] >> bits[0] % 64 & 1) != 0 &&
                            (bloom->words[bits[1] / 64] >> bits[1] % 64 & 1) != 0);
}

G_END_DECLS
#endif
