/* sharing.c - which cores share one cache or TLB, as configurations say it. */
#include "config.h"
#include "sim/cache/sharing.h"
#include <memladder/configuration.h>
#include <memladder/core.h>

gboolean
lad_sharing_cluster(const char *group, guint64 shared_by, guint n_cores, guint *each,
                    GError **error)
{
    *each = shared_by ? (guint)MIN(shared_by, G_MAXUINT) : n_cores;
    if (shared_by <= n_cores && n_cores % *each == 0)
        return TRUE;
    g_set_error(
        error, LAD_ERROR, LAD_ERROR_CONFIG,
        "[%s] shared-by = %" G_GUINT64_FORMAT
        ": clusters of that size do not divide the %u cores; expected a divisor of %u, or 0 "
        "for all cores",
        group, shared_by, n_cores, n_cores);
    return FALSE;
}

gboolean
lad_sharing_threads(const char *group, guint64 shared_by, const LadHost *host, guint *each,
                    GError **error)
{
    guint threads = MAX(host->threads_per_core, 1);
    if (!lad_sharing_cluster(group, shared_by, host->n_cores / threads, each, error))
        return FALSE;
    *each *= threads;
    return TRUE;
}

gboolean
lad_sharing_check_tlb(const char *group, const LadTlbParams *params, GError **error)
{
    gboolean may_share = params->level == 2 && params->side == LAD_SIDE_INSTRUCTION;
    if (!may_share && (params->shared_by != 1 || params->asids != 1)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "[%s] %s = %" G_GUINT64_FORMAT
                    ": only a TLB of level 2 for instructions is shared by cores or address "
                    "spaces; expected 1, or level = 2 and side = instruction",
                    group, params->shared_by != 1 ? "shared-by" : "asids",
                    params->shared_by != 1 ? params->shared_by : params->asids);
        return FALSE;
    }
    if (params->asids > params->asid_tags) {
        g_set_error(
            error, LAD_ERROR, LAD_ERROR_CONFIG,
            "[%s] asids = %" G_GUINT64_FORMAT
            ": an entry cannot serve more address spaces than asid-tags = %" G_GUINT64_FORMAT
            " tells apart; expected at most %" G_GUINT64_FORMAT,
            group, params->asids, params->asid_tags, params->asid_tags);
        return FALSE;
    }
    return TRUE;
}

static guint64
peek(LadConfig *config, const char *group, const char *key, guint64 standard)
{
    const char *text = lad_config_peek(config, group, key);
    guint64 value;
    return text && g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &value, NULL) ? value
                                                                                      : standard;
}

/* A group whose instances serve several cores that are meant to run together: a TLB, a cluster's
 * cache, one of level 1 or 2 that names how many. NULL: there is none. */
static char *
shared_group(const LadHost *host)
{
    static const char *const kinds[] = {"cache", "tlb"};
    for (guint kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
        g_auto(GStrv) groups = lad_config_groups(host->config, kinds[kind]);
        for (guint i = 0; groups[i]; i++) {
            guint64 each = peek(host->config, groups[i], "shared-by", 1);
            guint64 level = peek(host->config, groups[i], "level", 1);
            if (kind == 1 ? each != 1 : each > 1 && (level <= 2 || each < host->n_cores))
                return g_strdup(groups[i]);
        }
    }
    return NULL;
}

gboolean
lad_sharing_check_streams(const LadHost *host, gboolean always, GError **error)
{
    guint n = host->threads->len;
    if (n >= host->n_cores)
        return TRUE;
    g_autofree char *group = shared_group(host);
    if (!always && !group)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "[core] cores = %u, but there %s only %u stream%s%s%s%s; expected at least %u, or "
                "[run] idle-cores = allow",
                host->n_cores, n == 1 ? "is" : "are", n, n == 1 ? "" : "s",
                group ? " to share [" : "", group ? group : "", group ? "]" : "", host->n_cores);
    return FALSE;
}

gboolean
lad_sharing_check_spaces(const LadHost *host, GError **error)
{
    g_auto(GStrv) groups = lad_config_groups(host->config, "tlb");
    guint n = host->processes->len;
    gboolean has_tlbs = host->hierarchy || !host->cores[0]->class->timed;
    for (guint i = 0; has_tlbs && groups[i]; i++) {
        guint64 tags = peek(host->config, groups[i], "asid-tags", LAD_TLB_MAX_ASIDS);
        if (n <= tags)
            continue;
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "[%s] asid-tags = %" G_GUINT64_FORMAT
                    ", but there are %u address spaces; expected at least %u",
                    groups[i], tags, n, n);
        return FALSE;
    }
    return TRUE;
}

gboolean
lad_sharing_masks(const char *group, const char *key, char *const *list, guint n_ways,
                  guint n_cores, guint64 *masks, GError **error)
{
    const guint64 all = G_MAXUINT64 >> (64 - n_ways);
    guint n = list ? g_strv_length((char **)list) : 0;
    if (n > 1 && n != n_cores) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "[%s] %s has %u masks for %u cores; expected one for all or %u", group, key, n,
                    n_cores, n_cores);
        return FALSE;
    }
    for (guint i = 0; i < n_cores; i++) {
        const char *text = n == 0 ? NULL : list[n == 1 ? 0 : i];
        char *end = NULL;
        masks[i] = text ? g_ascii_strtoull(text, &end, 0) : all;
        if (text && (end == text || *end || text[0] == '-')) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "[%s] %s: \"%s\" is no mask; expected a number like 0x%" G_GINT64_MODIFIER
                        "x",
                        group, key, text, all);
            return FALSE;
        }
        if (masks[i] == 0 || masks[i] & ~all) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "[%s] %s = %s: a mask of %u ways%s; expected 1 to %u of its %u ways, so "
                        "0x1 to 0x%" G_GINT64_MODIFIER "x",
                        group, key, text, (guint)__builtin_popcountll(masks[i]),
                        masks[i] ? ", some beyond the last" : "", n_ways, n_ways, all);
            return FALSE;
        }
    }
    return TRUE;
}
