/* functional_parts.c - groups of a configuration as caches and TLBs for functional replay. */
#include "config.h"
#include "sim/cache/functional_parts.h"
#include "sim/cache/sharing.h"
#include <memladder/cache.h>
#include <memladder/configuration.h>
#include <memladder/tlb.h>
#include <string.h>

gboolean
lad_functional_refuse(GError **error, const char *group, const char *what)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "[%s] %s", group, what);
    return FALSE;
}

static const LadReplacementClass *
replacement_class(guint kind)
{
    static const LadReplacementClass *const classes[] = {
        [LAD_REPLACE_LRU] = &lad_replacement_lru,
        [LAD_REPLACE_TREE_PLRU] = &lad_replacement_tree_plru,
        [LAD_REPLACE_FIFO] = &lad_replacement_fifo,
        [LAD_REPLACE_RANDOM] = &lad_replacement_random,
        [LAD_REPLACE_SRRIP] = &lad_replacement_srrip,
        [LAD_REPLACE_DRRIP] = &lad_replacement_drrip,
    };
    g_assert(kind < G_N_ELEMENTS(classes));
    return classes[kind];
}

/* ---- Reading groups ----------------------------------------------------------------------------
 */

static gboolean
read_masks(const LadCacheParams *params, guint n_cores, LadFunctionalPart *part, GError **error)
{
    static const char *const keys[] = {"data-masks", "code-masks"};
    char *const *lists[] = {params->data_masks, params->code_masks};
    if (!(lists[0] && lists[0][0]) && !(lists[1] && lists[1][0]))
        return TRUE;
    g_autofree guint64 *masks = g_new(guint64, n_cores);
    part->masks = g_new(guint64, 2 * (gsize)n_cores);
    for (guint side = 0; side < 2; side++) {
        if (!lad_sharing_masks(part->group, keys[side], lists[side], part->geometry.n_ways, n_cores,
                               masks, error))
            return FALSE;
        for (guint i = 0; i < n_cores; i++)
            part->masks[2 * i + side] = masks[i];
    }
    return TRUE;
}

static gboolean
read_cache(LadConfig *config, guint n_cores, LadFunctionalPart *part, GError **error)
{
    LadCacheParams params = {0};
    LadOptionSet set = {lad_cache_set_associative.base.options, &params};
    if (!lad_config_fill(config, part->group, &set, 1, error))
        return FALSE;
    if (params.exclusive && params.inclusive)
        return lad_functional_refuse(
            error, part->group,
            "exclusive = true and inclusive = true; expected one of them at most");
    if (params.exclusive && params.level == 1)
        return lad_functional_refuse(error, part->group,
                                     "exclusive = true at level 1; expected level 2 or 3");
    if (params.write_policy != LAD_WRITE_BACK || !params.write_allocate)
        return lad_functional_refuse(
            error, part->group,
            "functional cores know write-back caches that allocate only; expected "
            "write-policy = write-back and write-allocate = true");
    if (params.cores != NULL && params.cores[0] != NULL)
        return lad_functional_refuse(
            error, part->group,
            "functional cores have no caches for listed cores; expected shared-by");
    part->level = (guint)params.level;
    part->side = params.side;
    part->replacement = params.replacement;
    part->shared_by = (guint)params.shared_by;
    part->inclusive = params.inclusive && params.level > 1;
    part->exclusive = params.exclusive;
    return lad_geometry_init_cache(&part->geometry, part->group, params.size, params.ways,
                                   params.line, error) &&
           read_masks(&params, n_cores, part, error);
}

static gboolean
read_tlb(LadConfig *config, LadFunctionalPart *part, GError **error)
{
    LadTlbParams params = {0};
    LadOptionSet set = {lad_tlb_set_associative.base.options, &params};
    if (!lad_config_fill(config, part->group, &set, 1, error))
        return FALSE;
    if (!lad_sharing_check_tlb(part->group, &params, error))
        return FALSE;
    part->level = (guint)params.level;
    part->side = params.side;
    part->replacement = params.replacement;
    part->shared_by = (guint)params.shared_by;
    part->spaces.n = (guint)params.asids;
    return lad_geometry_init_tlb(&part->geometry, part->group, params.entries, params.ways,
                                 LAD_PAGE_BYTES, error) &&
           (part->spaces.n <= 1 || lad_geometry_check_short(&part->geometry, part->group, error));
}

static void
part_free(gpointer data)
{
    LadFunctionalPart *part = data;
    g_free(part->group);
    g_free(part->masks);
    g_free(part);
}

static gint
by_level(gconstpointer a, gconstpointer b)
{
    const LadFunctionalPart *one = *(const LadFunctionalPart *const *)a,
                            *other = *(const LadFunctionalPart *const *)b;
    return one->level < other->level ? -1 : one->level > other->level;
}

/* The groups that start with `prefix`, by level. */
GPtrArray *
lad_functional_parts_read(const LadHost *host, const char *prefix, GError **error)
{
    LadConfig *config = host->config;
    gboolean caches = strcmp(prefix, "cache") == 0;
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(part_free);
    g_auto(GStrv) groups = lad_config_groups(config, prefix);
    for (char **group = groups; *group != NULL; group++) {
        LadFunctionalPart *part = g_new0(LadFunctionalPart, 1);
        part->group = g_strdup(*group);
        g_ptr_array_add(parts, part);
        const char *dot = strchr(part->group, '.');
        if (dot == NULL || dot[1] == '\0') {
            lad_functional_refuse(error, part->group, "has no name; expected a dot and a name");
            return NULL;
        }
        part->name = dot + 1;
        if (caches ? !read_cache(config, host->n_cores, part, error)
                   : !read_tlb(config, part, error))
            return NULL;
    }
    g_ptr_array_sort(parts, by_level);
    return g_steal_pointer(&parts);
}

LadFunctionalLevel
lad_functional_part_level(const LadFunctionalPart *part)
{
    return (LadFunctionalLevel){.name = part->name,
                                .geometry = part->geometry,
                                .replacement = replacement_class(part->replacement),
                                .shared_by = part->shared_by,
                                .side = part->side,
                                .spaces = part->spaces.n > 1 ? &part->spaces : NULL,
                                .inclusive = part->inclusive,
                                .exclusive = part->exclusive,
                                .masks = part->masks};
}

/* Where lines move between levels, they are of one size, sets are searched, and every one counts.
 */
gboolean
lad_functional_parts_check(const GPtrArray *parts, LadFunctionalCount count, GError **error)
{
    const LadFunctionalPart *moving = NULL;
    for (guint i = 0; i < parts->len; i++) {
        const LadFunctionalPart *part = parts->pdata[i];
        if (part->inclusive || part->exclusive)
            moving = part;
    }
    if (moving == NULL)
        return TRUE;
    const char *why = moving->inclusive ? "inclusive = true" : "exclusive = true";
    if (count != LAD_COUNT_LINE) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "[%s] %s: functional cores move lines between levels where they count lines; "
                    "expected [core] count = line",
                    moving->group, why);
        return FALSE;
    }
    for (guint i = 0; i < parts->len; i++) {
        const LadFunctionalPart *part = parts->pdata[i];
        if (part->geometry.line_shift != moving->geometry.line_shift) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "[%s] line = %u B, but [%s] has %s and line = %u B; expected the same line "
                        "size in all caches",
                        part->group, 1u << part->geometry.line_shift, moving->group, why,
                        1u << moving->geometry.line_shift);
            return FALSE;
        }
        if (lad_geometry_is_long(&part->geometry)) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "[%s] ways = %u, but [%s] has %s; expected at most %d", part->group,
                        part->geometry.n_ways, moving->group, why, LAD_GEOMETRY_MAX_WAYS);
            return FALSE;
        }
    }
    return TRUE;
}
