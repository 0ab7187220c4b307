/* accessgen.h - a sequence of page accesses that is a pure function of its parameters.
 *
 * The same sequence was run on a real Linux kernel, whose counters are the outside truth for
 * tiering and reclaim, so every bit of it is fixed: 64-bit unsigned arithmetic, IEEE doubles
 * without contraction or libm. With G = 0x9E3779B97F4A7C15 and mix the finaliser of splitmix64:
 *
 *   R(i)  = mix(seed + (i + 1) G)       u = R >> 32   v = mix(R ^ 0xD1B54A32D192ED03) >> 32
 *   line  = R & 63                      write iff ((R >> 6) & 255) < 64, a quarter
 *   perm  = Fisher-Yates over the n pages, i from n - 1 down to 1, j = mix(p + i G) % (i + 1),
 *           p = mix(seed ^ 0xA0761D6478BD642F)
 *   uniform  page = (u n) >> 32
 *   loop     page = i % n
 *   zipf     exponent 0.99: rank k = the first with u < thr[k], n - 1 if none; page = perm[k]
 *   hotset   H = n / 5, base = 0 before access total / 2 and H from there; if u < 0.9 * 2^32, cut
 *            off: k = base + (v H >> 32); else c = (v (n - H)) >> 32, k = c if c < base, else
 *            c + H; page = perm[k]
 *
 * Before access 0 all pages are touched once in ascending order, which is not part of what is here.
 */
#ifndef LAD_SYNTH_ACCESSGEN_H
#define LAD_SYNTH_ACCESSGEN_H

#include "traces/synth/ranks.h"

#define LAD_ACCESSGEN_BASE       ((guint64)1 << 32) /* address of page 0 in traces */
#define LAD_ACCESSGEN_PAGE_BYTES 4096
#define LAD_ACCESSGEN_LINE_BYTES 64
#define LAD_ACCESSGEN_MAX_PAGES  ((guint64)1 << 30)

typedef enum {
    LAD_ACCESSGEN_UNIFORM,
    LAD_ACCESSGEN_ZIPF,
    LAD_ACCESSGEN_HOTSET,
    LAD_ACCESSGEN_LOOP,
} LadAccessgenPattern;

/* "uniform", "zipf", "hotset", "loop", NULL. */
extern const char *const lad_accessgen_pattern_names[];

/* All of it may be read; nothing changes after lad_accessgen_new. */
typedef struct {
    LadAccessgenPattern pattern;
    guint32 n_pages;
    guint32 n_hot; /* hotset */
    guint64 seed;
    guint64 total;        /* accesses of the run; the hot set moves in the middle */
    guint32 *permutation; /* n_pages */
    LadRanks ranks;       /* zipf: of which the thresholds are thr */
} LadAccessgen;

typedef struct {
    guint32 page;
    guint8 line;  /* of 64 bytes, in the page */
    guint8 write; /* 1: the value loaded is stored back */
} LadAccessgenAccess;

/* `n_pages` from 1 to LAD_ACCESSGEN_MAX_PAGES. */
LadAccessgen *lad_accessgen_new(LadAccessgenPattern pattern, guint32 n_pages, guint64 seed,
                                guint64 total);
void lad_accessgen_free(LadAccessgen *accessgen);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadAccessgen, lad_accessgen_free)

/* Access number `i`, from 0. */
LadAccessgenAccess lad_accessgen_at(const LadAccessgen *accessgen, guint64 i);
/* Accesses `first` to `first` + `n` - 1 as addresses of a trace (LAD_ACCESSGEN_BASE + page and
 * line); bit 0 of each is set if it is a write. Faster than one at a time. */
void lad_accessgen_addresses(const LadAccessgen *accessgen, guint64 first, guint n, guint64 *to);

/* The finaliser of splitmix64. */
static inline guint64
lad_accessgen_mix(guint64 z)
{
    z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT(0x94D049BB133111EB);
    return z ^ (z >> 31);
}
#define LAD_ACCESSGEN_G G_GUINT64_CONSTANT(0x9E3779B97F4A7C15)

#endif
