/* accessgen.c - the sequence of accessgen.h, one access or many at a time. */
#include "config.h"
#include "traces/synth/accessgen.h"
#include "traces/synth/powers.h"

#define MIX  lad_accessgen_mix
#define G    LAD_ACCESSGEN_G
#define HOT  G_GUINT64_CONSTANT(3865470566) /* 0.9 * 2^32 */
#define SALT G_GUINT64_CONSTANT(0xA0761D6478BD642F)

#define GUIDE_BITS 16
#define EXPONENT   0.99

const char *const lad_accessgen_pattern_names[] = {"uniform", "zipf", "hotset", "loop", NULL};

static void
shuffle(LadAccessgen *accessgen)
{
    guint64 salt = MIX(accessgen->seed ^ SALT);
    guint32 *permutation = accessgen->permutation;
    for (guint32 i = 0; i < accessgen->n_pages; i++)
        permutation[i] = i;
    for (guint32 i = accessgen->n_pages - 1; i >= 1; i--) {
        guint32 j = (guint32)(MIX(salt + i * G) % ((guint64)i + 1));
        guint32 page = permutation[i];
        permutation[i] = permutation[j];
        permutation[j] = page;
    }
}

static void
fill_thresholds(LadAccessgen *accessgen)
{
    guint32 n = accessgen->n_pages;
    double *sums = g_new(double, n);
    double sum = 0.0;
    for (guint32 i = 0; i < n; i++) {
        sum = sum + lad_synth_exp(-EXPONENT * lad_synth_log((double)i + 1.0));
        sums[i] = sum;
    }
    accessgen->thresholds = g_new(guint32, n);
    for (guint32 i = 0; i < n; i++) {
        double threshold = sums[i] / sum * 4294967296.0;
        accessgen->thresholds[i] = threshold >= 4294967295.0 ? G_MAXUINT32 : (guint32)threshold;
    }
    g_free(sums);
}

static void
fill_guide(LadAccessgen *accessgen)
{
    accessgen->guide = g_new(guint32, 1u << GUIDE_BITS);
    guint32 rank = 0, last = accessgen->n_pages - 1;
    for (guint32 i = 0; i < 1u << GUIDE_BITS; i++) {
        while (rank < last && i << (32 - GUIDE_BITS) >= accessgen->thresholds[rank])
            rank++;
        accessgen->guide[i] = rank;
    }
}

LadAccessgen *
lad_accessgen_new(LadAccessgenPattern pattern, guint32 n_pages, guint64 seed, guint64 total)
{
    g_assert(n_pages >= 1 && n_pages <= LAD_ACCESSGEN_MAX_PAGES);
    LadAccessgen *accessgen = g_new0(LadAccessgen, 1);
    accessgen->pattern = pattern;
    accessgen->n_pages = n_pages;
    accessgen->n_hot = n_pages / 5;
    accessgen->seed = seed;
    accessgen->total = total;
    accessgen->permutation = g_new(guint32, n_pages);
    shuffle(accessgen);
    if (pattern == LAD_ACCESSGEN_ZIPF) {
        fill_thresholds(accessgen);
        fill_guide(accessgen);
    }
    return accessgen;
}

void
lad_accessgen_free(LadAccessgen *accessgen)
{
    if (accessgen == NULL)
        return;
    g_free(accessgen->permutation);
    g_free(accessgen->thresholds);
    g_free(accessgen->guide);
    g_free(accessgen);
}

static inline guint32
zipf_page(const LadAccessgen *accessgen, guint32 u)
{
    guint32 rank = accessgen->guide[u >> (32 - GUIDE_BITS)], last = accessgen->n_pages - 1;
    while (rank < last && u >= accessgen->thresholds[rank])
        rank++;
    return accessgen->permutation[rank];
}

static inline guint32
hotset_page(const LadAccessgen *accessgen, guint64 i, guint64 r)
{
    guint64 v = MIX(r ^ G_GUINT64_CONSTANT(0xD1B54A32D192ED03)) >> 32;
    guint32 n_hot = accessgen->n_hot, n_cold = accessgen->n_pages - n_hot;
    guint32 base = i >= accessgen->total / 2 ? n_hot : 0;
    guint32 hot = base + (guint32)((v * n_hot) >> 32), cold = (guint32)((v * n_cold) >> 32);
    cold = cold < base ? cold : cold + n_hot;
    return accessgen->permutation[(r >> 32) < HOT ? hot : cold];
}

/* Page of access `i`; `pattern` is known where this is called, so each has a loop of its own. */
static inline guint32
page_at(const LadAccessgen *accessgen, LadAccessgenPattern pattern, guint64 i, guint64 r)
{
    switch (pattern) {
    case LAD_ACCESSGEN_UNIFORM:
        return (guint32)(((r >> 32) * accessgen->n_pages) >> 32);
    case LAD_ACCESSGEN_ZIPF:
        return zipf_page(accessgen, (guint32)(r >> 32));
    case LAD_ACCESSGEN_HOTSET:
        return hotset_page(accessgen, i, r);
    case LAD_ACCESSGEN_LOOP:
        break;
    }
    return (guint32)(i % accessgen->n_pages);
}

static inline guint8
is_write(guint64 r)
{
    return ((r >> 6) & 255) < 64;
}

LadAccessgenAccess
lad_accessgen_at(const LadAccessgen *accessgen, guint64 i)
{
    guint64 r = MIX(accessgen->seed + (i + 1) * G);
    return (LadAccessgenAccess){.page = page_at(accessgen, accessgen->pattern, i, r),
                                .line = (guint8)(r & 63),
                                .write = is_write(r)};
}

static inline void
fill(const LadAccessgen *accessgen, LadAccessgenPattern pattern, guint64 first, guint n,
     guint64 *to)
{
    for (guint k = 0; k < n; k++) {
        guint64 i = first + k, r = MIX(accessgen->seed + (i + 1) * G);
        guint64 page = page_at(accessgen, pattern, i, r);
        to[k] = LAD_ACCESSGEN_BASE + page * LAD_ACCESSGEN_PAGE_BYTES +
                (r & 63) * LAD_ACCESSGEN_LINE_BYTES + is_write(r);
    }
}

void
lad_accessgen_addresses(const LadAccessgen *accessgen, guint64 first, guint n, guint64 *to)
{
    switch (accessgen->pattern) {
    case LAD_ACCESSGEN_UNIFORM:
        fill(accessgen, LAD_ACCESSGEN_UNIFORM, first, n, to);
        break;
    case LAD_ACCESSGEN_ZIPF:
        fill(accessgen, LAD_ACCESSGEN_ZIPF, first, n, to);
        break;
    case LAD_ACCESSGEN_HOTSET:
        fill(accessgen, LAD_ACCESSGEN_HOTSET, first, n, to);
        break;
    case LAD_ACCESSGEN_LOOP:
        fill(accessgen, LAD_ACCESSGEN_LOOP, first, n, to);
        break;
    }
}
