/* hash.h - XXH64, the checksum and content hash of the trace container.
 *
 * Written from the published specification of xxHash (github.com/Cyan4973/xxHash,
 * doc/xxhash_spec.md, XXH64), so that any library that has it can check a trace.
 */
#ifndef LAD_TRACE_HASH_H
#define LAD_TRACE_HASH_H

#include <glib.h>
#include <string.h>

#define LAD_XXH_PRIME1 0x9E3779B185EBCA87u
#define LAD_XXH_PRIME2 0xC2B2AE3D27D4EB4Fu
#define LAD_XXH_PRIME3 0x165667B19E3779F9u
#define LAD_XXH_PRIME4 0x85EBCA77C2B2AE63u
#define LAD_XXH_PRIME5 0x27D4EB2F165667C5u

/* XXH64 with seed 0 over a sequence of 64-bit words, as if they were stored little-endian. */
typedef struct {
    guint64 lane[4];
    guint64 n_words;
    guint64 pending[4]; /* of the stripe in progress */
} LadWordHash;

static inline guint64
lad_xxh_rotate(guint64 x, int by)
{
    return (x << by) | (x >> (64 - by));
}

static inline guint64
lad_xxh_round(guint64 lane, guint64 word)
{
    return lad_xxh_rotate(lane + word * LAD_XXH_PRIME2, 31) * LAD_XXH_PRIME1;
}

static inline void
lad_word_hash_init(LadWordHash *hash)
{
    hash->lane[0] = LAD_XXH_PRIME1 + LAD_XXH_PRIME2;
    hash->lane[1] = LAD_XXH_PRIME2;
    hash->lane[2] = 0;
    hash->lane[3] = 0u - LAD_XXH_PRIME1;
    hash->n_words = 0;
}

static inline void
lad_word_hash_add(LadWordHash *hash, guint64 word)
{
    guint at = (guint)hash->n_words++ & 3;
    hash->pending[at] = word;
    if (at == 3)
        for (int i = 0; i < 4; i++)
            hash->lane[i] = lad_xxh_round(hash->lane[i], hash->pending[i]);
}

/* Adds `n` words. */
void lad_word_hash_add_array(LadWordHash *hash, const guint64 *words, gsize n);
/* The hash of all words so far; more may follow. */
guint64 lad_word_hash_value(const LadWordHash *hash);

/* XXH64 with seed 0 of `n` bytes. */
guint64 lad_hash_bytes(const void *bytes, gsize n);

#endif
