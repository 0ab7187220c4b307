/* random.c - xoshiro256** streams seeded by splitmix64, after Blackman and Vigna's description
 * ("Scrambled linear pseudorandom number generators", ACM TOMS 2021). */
#include "config.h"
#include <memladder/random.h>

static guint64
rotate_left(guint64 x, guint by)
{
    return (x << by) | (x >> (64 - by));
}

static guint64
splitmix64(guint64 *x)
{
    guint64 z = *x += G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static guint64
fnv1a(const char *name)
{
    guint64 hash = G_GUINT64_CONSTANT(0xcbf29ce484222325);
    for (; *name != '\0'; name++)
        hash = (hash ^ (guint8)*name) * G_GUINT64_CONSTANT(0x100000001b3);
    return hash;
}

void
lad_random_init(LadRandom *random, guint64 seed, const char *name)
{
    /* The seed is mixed before it meets the name, so that seed and name cannot cancel out. The
     * state is never all zero: splitmix64 visits each value once. */
    guint64 x = splitmix64(&seed) ^ fnv1a(name);
    for (guint i = 0; i < G_N_ELEMENTS(random->state); i++)
        random->state[i] = splitmix64(&x);
}

guint64
lad_random_next(LadRandom *random)
{
    guint64 *s = random->state;
    guint64 result = rotate_left(s[1] * 5, 7) * 9;
    guint64 t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

guint64
lad_random_below(LadRandom *random, guint64 n)
{
    g_assert(n > 0);
    return (guint64)(((unsigned __int128)lad_random_next(random) * n) >> 64);
}
