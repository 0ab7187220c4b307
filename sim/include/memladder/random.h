/* random.h - random streams, one per user, reproducible everywhere.
 *
 * Each user of randomness has a stream named after it ("replacement.llc", "placement"), seeded from
 * the run's seed and the name, so that adding a user changes no other's draws. xoshiro256**
 * (Blackman and Vigna), seeded by splitmix64 over an FNV-1a hash of the name.
 */
#ifndef MEMLADDER_RANDOM_H
#define MEMLADDER_RANDOM_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    guint64 state[4];
} LadRandom;

/* The stream of the user `name` in a run of this seed, at its beginning. */
void lad_random_init(LadRandom *random, guint64 seed, const char *name);
/* Uniform in [0, 2^64). */
guint64 lad_random_next(LadRandom *random);
/* Uniform in [0, n), n > 0, by multiply-high (bias below n / 2^64). */
guint64 lad_random_below(LadRandom *random, guint64 n);

G_END_DECLS
#endif
