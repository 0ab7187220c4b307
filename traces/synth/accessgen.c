/* accessgen.c - the sequence of accessgen.h, one access or many at a time. */
#include "config.h"
#include "traces/synth/accessgen.h"

#define MIX  lad_accessgen_mix
#define G    LAD_ACCESSGEN_G
#define HOT  G_GUINT64_CONSTANT(3865470566) /* 0.9 * 2^32 */
#define SALT G_GUINT64_CONSTANT(0xA0761D6478BD642F)

#define EXPONENT 0.99

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
    if (pattern == LAD_ACCESSGEN_ZIPF)
        lad_ranks_init(&accessgen->ranks, n_pages, EXPONENT);
    return accessgen;
}

void
lad_accessgen_free(LadAccessgen *accessgen)
{
    if (accessgen == NULL)
        return;
    g_free(accessgen->permutation);
    lad_ranks_clear(&accessgen->ranks);
    g_free(accessgen);
}

/* The place of a page in the permutation. */
static inline guint32
hotset_place(const LadAccessgen *accessgen, guint64 i, guint64 r)
{
    guint64 v = MIX(r ^ G_GUINT64_CONSTANT(0xD1B54A32D192ED03)) >> 32;
    guint32 n_hot = accessgen->n_hot, n_cold = accessgen->n_pages - n_hot;
    guint32 base = i >= accessgen->total / 2 ? n_hot : 0;
    guint32 hot = base + (guint32)((v * n_hot) >> 32), cold = (guint32)((v * n_cold) >> 32);
    cold += cold < base ? 0 : n_hot;
    /* No branch: a tenth of them would be mispredicted. */
    guint32 is_hot = -(guint32)((r >> 32) < HOT);
    return (hot & is_hot) | (cold & ~is_hot);
}

static inline guint64
draw(const LadAccessgen *accessgen, guint64 i)
{
    return MIX(accessgen->seed + (i + 1) * G);
}

/* The pages of `n` accesses of which the draws are there, each pattern in a loop of its own. */
static void
find_pages(const LadAccessgen *accessgen, guint64 first, guint n, const guint64 *draws,
           guint32 *pages)
{
    switch (accessgen->pattern) {
    case LAD_ACCESSGEN_UNIFORM:
        for (guint k = 0; k < n; k++)
            pages[k] = (guint32)(((draws[k] >> 32) * accessgen->n_pages) >> 32);
        break;
    case LAD_ACCESSGEN_ZIPF:
        for (guint k = 0; k < n; k++)
            pages[k] = (guint32)(draws[k] >> 32);
        lad_ranks_look_up(&accessgen->ranks, accessgen->permutation, pages, n);
        break;
    case LAD_ACCESSGEN_HOTSET:
        for (guint k = 0; k < n; k++) {
            pages[k] = hotset_place(accessgen, first + k, draws[k]);
            __builtin_prefetch(accessgen->permutation + pages[k]);
        }
        for (guint k = 0; k < n; k++)
            pages[k] = accessgen->permutation[pages[k]];
        break;
    case LAD_ACCESSGEN_LOOP:
        for (guint32 k = 0, page = (guint32)(first % accessgen->n_pages); k < n; k++) {
            pages[k] = page++;
            page = page == accessgen->n_pages ? 0 : page;
        }
        break;
    }
}

static inline guint8
is_write(guint64 r)
{
    return ((r >> 6) & 255) < 64;
}

LadAccessgenAccess
lad_accessgen_at(const LadAccessgen *accessgen, guint64 i)
{
    guint64 r = draw(accessgen, i);
    LadAccessgenAccess access = {.line = (guint8)(r & 63), .write = is_write(r)};
    find_pages(accessgen, i, 1, &r, &access.page);
    return access;
}

#define AT_A_TIME 256

void
lad_accessgen_addresses(const LadAccessgen *accessgen, guint64 first, guint n, guint64 *to)
{
    guint64 draws[AT_A_TIME];
    guint32 pages[AT_A_TIME];
    for (guint done = 0; done < n; done += AT_A_TIME, first += AT_A_TIME, to += AT_A_TIME) {
        guint some = MIN(AT_A_TIME, n - done);
        for (guint k = 0; k < some; k++)
            draws[k] = draw(accessgen, first + k);
        find_pages(accessgen, first, some, draws, pages);
        for (guint k = 0; k < some; k++)
            to[k] = LAD_ACCESSGEN_BASE + (guint64)pages[k] * LAD_ACCESSGEN_PAGE_BYTES +
                    (draws[k] & 63) * LAD_ACCESSGEN_LINE_BYTES + is_write(draws[k]);
    }
}
