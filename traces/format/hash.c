/* hash.c - XXH64 over words and over bytes; see hash.h for the source. */
#include "config.h"
#include "traces/format/hash.h"

static guint64
merge_lane(guint64 hash, guint64 lane)
{
    return (hash ^ lad_xxh_round(0, lane)) * LAD_XXH_PRIME1 + LAD_XXH_PRIME4;
}

static guint64
merge_lanes(const guint64 lane[4])
{
    guint64 hash = lad_xxh_rotate(lane[0], 1) + lad_xxh_rotate(lane[1], 7) +
                   lad_xxh_rotate(lane[2], 12) + lad_xxh_rotate(lane[3], 18);
    for (int i = 0; i < 4; i++)
        hash = merge_lane(hash, lane[i]);
    return hash;
}

static guint64
add_tail_word(guint64 hash, guint64 word)
{
    hash ^= lad_xxh_round(0, word);
    return lad_xxh_rotate(hash, 27) * LAD_XXH_PRIME1 + LAD_XXH_PRIME4;
}

static guint64
avalanche(guint64 hash)
{
    hash = (hash ^ (hash >> 33)) * LAD_XXH_PRIME2;
    hash = (hash ^ (hash >> 29)) * LAD_XXH_PRIME3;
    return hash ^ (hash >> 32);
}

void
lad_word_hash_add_array(LadWordHash *hash, const guint64 *words, gsize n)
{
    gsize i = 0;
    while (i < n && (hash->n_words & 3) != 0)
        lad_word_hash_add(hash, words[i++]);
    guint64 a = hash->lane[0], b = hash->lane[1], c = hash->lane[2], d = hash->lane[3];
    gsize stripes = (n - i) / 4;
    for (gsize s = 0; s < stripes; s++, i += 4) {
        a = lad_xxh_round(a, words[i]);
        b = lad_xxh_round(b, words[i + 1]);
        c = lad_xxh_round(c, words[i + 2]);
        d = lad_xxh_round(d, words[i + 3]);
    }
    hash->lane[0] = a;
    hash->lane[1] = b;
    hash->lane[2] = c;
    hash->lane[3] = d;
    hash->n_words += stripes * 4;
    while (i < n)
        lad_word_hash_add(hash, words[i++]);
}

guint64
lad_word_hash_value(const LadWordHash *hash)
{
    guint64 value = hash->n_words >= 4 ? merge_lanes(hash->lane) : LAD_XXH_PRIME5;
    value += hash->n_words * 8;
    for (guint i = 0; i < (hash->n_words & 3); i++)
        value = add_tail_word(value, hash->pending[i]);
    return avalanche(value);
}

static guint64
word_at(const guint8 *at)
{
    guint64 word;
    memcpy(&word, at, sizeof word);
    return GUINT64_FROM_LE(word);
}

guint64
lad_hash_bytes(const void *bytes, gsize n)
{
    const guint8 *at = bytes;
    const guint8 *end = at + n;
    LadWordHash state;
    lad_word_hash_init(&state);
    guint64 hash = LAD_XXH_PRIME5;
    if (n >= 32) {
        for (; end - at >= 32; at += 32)
            for (int i = 0; i < 4; i++)
                state.lane[i] = lad_xxh_round(state.lane[i], word_at(at + 8 * i));
        hash = merge_lanes(state.lane);
    }
    hash += n;
    for (; end - at >= 8; at += 8)
        hash = add_tail_word(hash, word_at(at));
    if (end - at >= 4) {
        guint32 half;
        memcpy(&half, at, sizeof half);
        hash ^= (guint64)GUINT32_FROM_LE(half) * LAD_XXH_PRIME1;
        hash = lad_xxh_rotate(hash, 23) * LAD_XXH_PRIME2 + LAD_XXH_PRIME3;
        at += 4;
    }
    for (; at < end; at++) {
        hash ^= *at * LAD_XXH_PRIME5;
        hash = lad_xxh_rotate(hash, 11) * LAD_XXH_PRIME1;
    }
    return avalanche(hash);
}
