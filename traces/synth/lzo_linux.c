/* lzo_linux.c - how long a page comes out of the kernel's own LZO1X-1.
 *
 * The kernel's compressor parses as liblzo2's lzo1x_1 does, greedily, by one hash of the next four
 * bytes, but its dictionary has 2^13 entries where the library's has 2^14, so it misses some
 * matches; `lzo-rle` also writes runs of zeros as such. Only the length is computed here: what a
 * literal run, a match and a run of zeros take in the LZO1X format. With 14 bits it gives liblzo2's
 * lengths, byte for byte, which a test checks; with 13 the mean that a 6.1 guest showed.
 */
#include "config.h"
#include <string.h>
#include "traces/synth/contents.h"

#define END_MARK        3  /* bytes */
#define NO_MATCH_TAIL   20 /* no match begins in the last so many bytes */
#define SHORT_MATCH     8
#define SHORT_DISTANCE  2048
#define MIDDLE_MATCH    33
#define SHORTEST_ZEROS  4
#define LONGEST_ZEROS   (2047 + SHORTEST_ZEROS)
#define ZEROS_BYTES     4
#define MAX_HASH_BITS   14
#define HASH_MULTIPLIER 0x1824429du

static guint32
word_at(const guint8 *at)
{
    guint32 word;
    memcpy(&word, at, sizeof word);
    return GUINT32_FROM_LE(word);
}

/* Bytes that say how long something is, beyond what fits into its first byte. */
static guint
length_bytes(guint beyond)
{
    return 1 + (beyond - 1) / 255;
}

/* Literals after a match or a run; the first stretch of a page may be written shorter. */
static guint
literals_bytes(guint n)
{
    if (n <= 3)
        return n; /* the count goes into the instruction before */
    return n + 1 + (n <= 18 ? 0 : length_bytes(n - 18));
}

/* All of a page lies within the distance of the middle form. */
static guint
match_bytes(guint length, guint distance)
{
    if (length <= SHORT_MATCH && distance <= SHORT_DISTANCE)
        return 2;
    return 3 + (length <= MIDDLE_MATCH ? 0 : length_bytes(length - MIDDLE_MATCH));
}

/* Eight bytes are compared at a time, and the limit is looked at after each, so a match may end
 * past it. */
static const guint8 *
end_of_match(const guint8 *at, const guint8 *with, const guint8 *limit)
{
    guint n = 4;
    do {
        for (guint end = n + 8; n < end; n++)
            if (at[n] != with[n])
                return at + n;
    } while (at + n < limit);
    return at + n;
}

static const guint8 *
end_of_zeros(const guint8 *at, const guint8 *limit)
{
    const guint8 *end = MIN(limit, at + LONGEST_ZEROS);
    at += 4;
    while (at < end && *at == 0)
        at++;
    return at;
}

guint
lad_lzo_linux_size(const guint8 *page, guint hash_bits, gboolean rle)
{
    guint16 dictionary[1 << MAX_HASH_BITS] = {0};
    g_assert(hash_bits <= MAX_HASH_BITS);
    const guint8 *end = page + LAD_CONTENTS_PAGE_BYTES, *limit = end - NO_MATCH_TAIL;
    const guint8 *literals = page, *at = page + 4;
    guint bytes = rle ? 2 : 0; /* lzo-rle says so first */
    gboolean begun = FALSE;
    at += 1 + ((at - literals) >> 5);
    while (at < limit) {
        guint32 word = word_at(at);
        const guint8 *past;
        guint taken;
        if (word == 0 && rle) {
            past = end_of_zeros(at, limit);
            taken = ZEROS_BYTES;
        } else {
            guint32 hash = word * HASH_MULTIPLIER >> (32 - hash_bits);
            const guint8 *candidate = page + dictionary[hash];
            dictionary[hash] = (guint16)(at - page);
            if (word != word_at(candidate)) {
                at += 1 + ((at - literals) >> 5);
                continue;
            }
            past = end_of_match(at, candidate, limit);
            taken = match_bytes((guint)(past - at), (guint)(at - candidate));
        }
        bytes += literals_bytes((guint)(at - literals)) + taken;
        begun = TRUE;
        literals = at = past;
    }
    guint rest = (guint)(end - literals);
    return bytes + END_MARK + (begun || rest > 238 ? literals_bytes(rest) : rest + 1);
}
