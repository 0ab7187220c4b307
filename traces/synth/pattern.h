/* pattern.h - access patterns: which bytes of a stretch of memory follow one another.
 *
 * A pattern is one file with one class table. It works on *units* of its stretch (lines, pages,
 * ...) and is asked for many accesses at a time. What an access is, a load or a store and of which
 * chain, has been decided before and is told as an *op*, since at level instruction it is part of
 * the code.
 */
#ifndef LAD_SYNTH_PATTERN_H
#define LAD_SYNTH_PATTERN_H

#include <memladder/random.h>
#include <memladder/synth.h>

/* An op: a chain number, and whether it is a store. Chains matter to pointer chases alone. */
#define LAD_OP_STORE   128
#define LAD_OP_CHAIN   127
#define LAD_MAX_CHAINS 8

/* What the patterns of all kinds have in common: options of [pattern.NAME]. */
typedef struct {
    char *pattern;
    char *region; /* "": one of its own */
    LadBytes size;
    LadBytes offset, length;
    double writes;
    guint64 access_bytes;
    double memory;
} LadPatternCommon;

extern const LadOption lad_pattern_common_options[];

typedef struct {
    LadRandom random;
    guint64 base;    /* address of unit 0 */
    guint64 unit;    /* bytes */
    guint64 n_units; /* at least 1 */
    guint64 access_bytes;
    guint32 writes;        /* share of stores, of 2^16 */
    double memory;         /* share of accesses that come from memory; 1: all that there are */
    gboolean sampled;      /* an access here and there is asked for, not each */
    guint n_chains, chain; /* at level page: whose turn it is */
} LadPatternState;

typedef struct {
    LadSynthPattern pattern;
    gsize state_size; /* of the whole state, whose first member is a LadPatternState */
    /* Required. Bytes of a unit. */
    LadBytes (*unit)(const void *params, const LadPatternCommon *common);
    /* What is wrong with the parameters on a stretch of this many bytes, or NULL; static text. */
    const char *(*problem)(const void *params, const LadPatternCommon *common, LadBytes bytes);
    /* Required. Called once per thread, the common part filled; all zero else. */
    void (*init)(LadPatternState *state, const void *params);
    void (*clear)(LadPatternState *state);
    /* Required. The addresses of the next `n` accesses. */
    void (*fill)(LadPatternState *state, const guint8 *ops, guint n, guint64 *to);
    /* How many chains of dependent loads it has; NULL: none. */
    guint (*chains)(const void *params);
} LadPatternClass;

extern const LadPatternClass lad_pattern_sequential;
extern const LadPatternClass lad_pattern_strided;
extern const LadPatternClass lad_pattern_loop;
extern const LadPatternClass lad_pattern_uniform;
extern const LadPatternClass lad_pattern_zipf;
extern const LadPatternClass lad_pattern_hotset;
extern const LadPatternClass lad_pattern_chase;

/* A line of a unit at random, as an offset; 0 if the unit is no larger than a line. */
static inline guint64
lad_pattern_line(const LadPatternState *state, guint64 draw)
{
    guint64 n_lines = state->unit / 64;
    return n_lines > 1 ? (((draw & G_MAXUINT32) * n_lines) >> 32) * 64 : 0;
}

/* A one-to-one map of [0, n) onto itself without a table: invertible steps on the next power of
 * two, repeated where they lead out of [0, n). */
typedef struct {
    guint64 n, mask, add, first, second;
    guint shift;
} LadScatter;

void lad_scatter_init(LadScatter *scatter, guint64 n, LadRandom *random);

/* One application on [0, mask]. */
static inline guint64
lad_scatter_step(const LadScatter *scatter, guint64 x)
{
    x = (x + scatter->add) & scatter->mask;
    x ^= x >> scatter->shift;
    x = (x * scatter->first) & scatter->mask;
    x ^= x >> scatter->shift;
    x = (x * scatter->second) & scatter->mask;
    return x ^ (x >> scatter->shift);
}

static inline guint64
lad_scatter(const LadScatter *scatter, guint64 x)
{
    do
        x = lad_scatter_step(scatter, x);
    while (x >= scatter->n);
    return x;
}

#endif
