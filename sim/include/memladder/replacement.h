/* replacement.h - the contract of replacement models: pick a victim in a set.
 *
 * The cache owns tags and valid bits; a model owns `set_words` 64-bit words of state per set, and
 * state and random numbers per cache. Empty ways are filled first, lowest number first, without
 * asking. The engine knows the built-in models by their class tables and runs copies of them that
 * are specialised at build time (recency.h); any other model is called through its hooks.
 */
#ifndef MEMLADDER_REPLACEMENT_H
#define MEMLADDER_REPLACEMENT_H

#include <memladder/error.h>
#include <memladder/model.h>
#include <memladder/random.h>

G_BEGIN_DECLS

/* Why a line is looked up or brought in. */
typedef enum {
    LAD_FILL_FETCH,
    LAD_FILL_LOAD,
    LAD_FILL_STORE,
    LAD_FILL_WALK,      /* page-table entries */
    LAD_FILL_WRITEBACK, /* a dirty line from the level above */
    LAD_FILL_PREFETCH,
} LadFillCause;

typedef struct LadReplacementClass LadReplacementClass;

/* The replacement of one cache or TLB. */
typedef struct {
    const LadReplacementClass *class;
    guint32 n_sets;
    guint32 n_ways;   /* 1 to class->max_ways */
    void *params;     /* filled from the options; NULL if there are none */
    void *state;      /* class->base.host_size bytes, zeroed; NULL if that is 0 */
    LadRandom random; /* stream "replacement.NAME" of the cache's name */
} LadReplacement;

struct LadReplacementClass {
    LadModel base;
    guint max_ways; /* 1 to 64 */
    /* Whether touching the line touched last in its set again changes state. If FALSE the engine
     * filters such touches and `touch` is not called for them (LRU, tree-PLRU, FIFO, random). If
     * TRUE (SRRIP: the first repeat after a fill lowers the RRPV) every touch arrives. */
    gboolean repeat_changes_state;
    /* Required. Words of state per set. Called once per cache. */
    guint (*set_words)(guint n_ways);
    /* Optional. Once per cache, before the first set is initialised; `params` are there. */
    gboolean (*init)(LadReplacement *replacement, GError **error);
    /* Required. The state of an empty set. Called once per set. */
    void (*init_set)(const LadReplacement *replacement, guint32 set, guint64 *state);
    /* Required. The way to give up, one whose bit is set in `allowed` (never 0; ways in [0,
     * n_ways)). Called on a miss in a set whose allowed ways are all full; `fill` of that way
     * follows. */
    guint (*victim)(LadReplacement *replacement, guint32 set, guint64 *state, guint64 allowed);
    /* Optional. A look-up found the line in `way`. Called per hit that passes the filter. */
    void (*touch)(LadReplacement *replacement, guint32 set, guint64 *state, guint way,
                  LadFillCause cause);
    /* Required. A line was put in `way`. Called once per fill. */
    void (*fill)(LadReplacement *replacement, guint32 set, guint64 *state, guint way,
                 LadFillCause cause);
    /* Optional. The line in `way` was invalidated and the way is empty. */
    void (*invalidate)(LadReplacement *replacement, guint32 set, guint64 *state, guint way);
};

extern const LadReplacementClass lad_replacement_lru;
extern const LadReplacementClass lad_replacement_tree_plru;
extern const LadReplacementClass lad_replacement_fifo;
extern const LadReplacementClass lad_replacement_random;
extern const LadReplacementClass lad_replacement_srrip;
extern const LadReplacementClass lad_replacement_drrip;

G_END_DECLS
#endif
