/* model.h - what every model has in common.
 *
 * A model is one file with one `const` class table, the file's only public symbol, e.g.
 * `const LadPlacementClass lad_placement_tpp`. Its first member is this header. One line in
 * models/registry.c makes it known.
 */
#ifndef MEMLADDER_MODEL_H
#define MEMLADDER_MODEL_H

#include <memladder/counter.h>
#include <memladder/option.h>
#include <memladder/types.h>

G_BEGIN_DECLS

/* Raised whenever any contract header changes incompatibly; a registry of another ABI is refused.
 */
#define LAD_ABI 3

typedef enum {
    LAD_KIND_CORE,
    LAD_KIND_CACHE,
    LAD_KIND_TLB,
    LAD_KIND_REPLACEMENT,
    LAD_KIND_PREFETCHER,
    LAD_KIND_TIER,
    LAD_KIND_LINK,
    LAD_KIND_SPACE,
    LAD_KIND_PLACEMENT,
    LAD_KIND_RECLAIM,
    LAD_KIND_OFFLOAD,
    LAD_KIND_PRESSURE,
    LAD_N_KINDS
} LadKind;

typedef struct {
    guint32 abi;         /* LAD_ABI */
    guint32 struct_size; /* sizeof the whole class table, e.g. sizeof(LadTierClass) */
    LadKind kind;
    const char *name;       /* as written in a config: "tpp", "two-list" */
    const char *summary;    /* one line */
    const char *models;     /* what is modelled; sentences */
    const char *leaves_out; /* what is left out; sentences */
    const char *source;     /* where the rules and numbers come from, what it was checked against */
    const LadOption *options;   /* ends with LAD_OPTIONS_END; NULL: none */
    size_t params_size;         /* of the parameter struct the options fill */
    const LadCounter *counters; /* ends with LAD_COUNTERS_END; NULL: none */
    size_t run_size;            /* of its state, one per run; zeroed by the engine; 0: none */
    size_t host_size;           /* one per host (per instance for tiers, links, cores, caches) */
    size_t process_size;        /* one per address space */
    size_t page_size;           /* bytes per page; 0 to 8 */
} LadModel;

/* The first members of a class table. */
#define LAD_MODEL_HEAD(kind_, type_, name_, summary_) LAD_ABI, sizeof(type_), kind_, name_, summary_

/* The name of a kind as in folders and configs ("tier"). */
const char *lad_kind_name(LadKind kind);

/* A registry is a NULL-terminated array of models. The library's own is lad_models_builtin; a run
 * takes a list of such arrays so that others' can be loaded. */
typedef const LadModel *const LadRegistry[];
extern const LadModel *const lad_models_builtin[];

/* An ordered set of registries that has been checked. */
typedef struct LadModels LadModels;

/* A set that holds the built-in registry and then `extra`, a NULL-terminated list of further
 * registries (NULL: none), borrowed for the set's lifetime. Fails with LAD_ERROR_CONFIG and a
 * sentence for a duplicate or empty name, a wrong ABI or struct size, or a missing required hook.
 */
LadModels *lad_models_new(const LadModel *const *const *extra, GError **error);
void lad_models_free(LadModels *models);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadModels, lad_models_free)

/* The model of this kind and name, or NULL with LAD_ERROR_CONFIG naming the nearest one. */
const LadModel *lad_models_find(const LadModels *models, LadKind kind, const char *name,
                                GError **error);
/* All models, in order of kind and then registration. The array ends with NULL and is owned by
 * `models`. */
const LadModel *const *lad_models_list(const LadModels *models);

G_END_DECLS
#endif
