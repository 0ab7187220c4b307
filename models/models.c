/* models.c - an ordered, checked set of registries. */
#include "config.h"
#include "models/models.h"
#include "sim/base/nearest.h"
#include <string.h>

struct LadModels {
    GPtrArray
        *list; /* of const LadModel *, by kind, then in order of registration; NULL at the end */
};

static const char *const kind_names[LAD_N_KINDS] = {
    [LAD_KIND_CORE] = "core",
    [LAD_KIND_CACHE] = "cache",
    [LAD_KIND_TLB] = "tlb",
    [LAD_KIND_REPLACEMENT] = "replacement",
    [LAD_KIND_PREFETCHER] = "prefetcher",
    [LAD_KIND_TIER] = "tier",
    [LAD_KIND_LINK] = "link",
    [LAD_KIND_SPACE] = "space",
    [LAD_KIND_PLACEMENT] = "placement",
    [LAD_KIND_RECLAIM] = "reclaim",
    [LAD_KIND_OFFLOAD] = "offload",
    [LAD_KIND_PRESSURE] = "pressure",
};

const char *
lad_kind_name(LadKind kind)
{
    g_assert(kind < LAD_N_KINDS);
    return kind_names[kind];
}

static const LadModel *
find(const LadModels *models, LadKind kind, const char *name)
{
    for (guint i = 0; i < models->list->len; i++) {
        const LadModel *model = models->list->pdata[i];
        if (model != NULL && model->kind == kind && strcmp(model->name, name) == 0)
            return model;
    }
    return NULL;
}

static gboolean
add_registry(LadModels *models, const LadModel *const *registry, GError **error)
{
    for (guint i = 0; registry[i] != NULL; i++) {
        const LadModel *model = registry[i];
        if (!lad_model_check(model, error))
            return FALSE;
        if (find(models, model->kind, model->name) != NULL) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "there are two %s models called `%s`",
                        lad_kind_name(model->kind), model->name);
            return FALSE;
        }
        g_ptr_array_add(models->list, (gpointer)model);
    }
    return TRUE;
}

/* Stable, so that models of a kind stay in order of registration. */
static void
sort_by_kind(GPtrArray *list)
{
    g_autofree gconstpointer *sorted = g_new(gconstpointer, list->len + 1);
    guint n = 0;
    for (guint kind = 0; kind < LAD_N_KINDS; kind++)
        for (guint i = 0; i < list->len; i++)
            if (((const LadModel *)list->pdata[i])->kind == kind)
                sorted[n++] = list->pdata[i];
    g_assert(n == list->len);
    if (n > 0)
        memcpy(list->pdata, sorted, n * sizeof *sorted);
}

LadModels *
lad_models_new(const LadModel *const *const *extra, GError **error)
{
    g_autoptr(LadModels) models = g_new0(LadModels, 1);
    models->list = g_ptr_array_new();
    if (!add_registry(models, lad_models_builtin, error))
        return NULL;
    for (guint i = 0; extra != NULL && extra[i] != NULL; i++)
        if (!add_registry(models, extra[i], error))
            return NULL;
    sort_by_kind(models->list);
    g_ptr_array_add(models->list, NULL);
    return g_steal_pointer(&models);
}

void
lad_models_free(LadModels *models)
{
    if (models == NULL)
        return;
    g_ptr_array_unref(models->list);
    g_free(models);
}

const LadModel *
lad_models_find(const LadModels *models, LadKind kind, const char *name, GError **error)
{
    const LadModel *model = find(models, kind, name);
    if (model != NULL)
        return model;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; models->list->pdata[i] != NULL; i++) {
        const LadModel *other = models->list->pdata[i];
        if (other->kind == kind)
            g_ptr_array_add(names, (gpointer)other->name);
    }
    g_ptr_array_add(names, NULL);
    const char *nearest = lad_nearest(name, (const char *const *)names->pdata);
    g_autofree char *known = g_strjoinv(", ", (char **)names->pdata);
    if (nearest != NULL)
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "there is no %s model `%s`; did you mean `%s`? (there are: %s)",
                    lad_kind_name(kind), name, nearest, known);
    else
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "there is no %s model `%s`; there are: %s",
                    lad_kind_name(kind), name, known[0] != '\0' ? known : "none");
    return NULL;
}

const LadModel *const *
lad_models_list(const LadModels *models)
{
    return (const LadModel *const *)models->list->pdata;
}
