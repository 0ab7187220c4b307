/* pagesample.h - which pages are replayed where run.capacity-scale shrinks the footprint.
 *
 * A page is replayed if a hash of its number lies below a limit: all touches of it or none, so how
 * often pages are touched, and at what distance again, stays as it is relative to a memory shrunk
 * by the same factor (spatial sampling: SHARDS, Waldspurger et al., FAST'15). The hash is of the
 * address in the trace, keyed by the run's seed: a few very hot pages are in or out by chance, so
 * other seeds tell how sure a result is. Where 2 MiB pages are made, their 512 pages go together.
 * Page tables do not shrink quite as much, since what is left lies as far apart as before.
 */
#ifndef LAD_PAGESAMPLE_H
#define LAD_PAGESAMPLE_H

#include <memladder/random.h>
#include <memladder/types.h>

typedef struct {
    gboolean all;
    guint shift;
    guint64 key, limit;
} LadPageSample;

static inline void
lad_page_sample_init(LadPageSample *sample, guint64 seed, double scale, gboolean huge)
{
    LadRandom random;
    lad_random_init(&random, seed, "run.capacity-scale");
    sample->all = scale >= 1;
    sample->shift = LAD_PAGE_SHIFT + (huge ? 9 : 0);
    sample->key = lad_random_next(&random);
    sample->limit = sample->all ? G_MAXUINT64 : (guint64)(scale * 0x1p64);
}

/* The finaliser of splitmix64 over the page's number. */
static inline gboolean
lad_page_sample_has(const LadPageSample *sample, guint64 address)
{
    guint64 x = (address >> sample->shift) ^ sample->key;
    x = (x ^ x >> 30) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return sample->all || (x ^ x >> 31) < sample->limit;
}

#endif
