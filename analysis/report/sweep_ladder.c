/* sweep_ladder.c - the machine of a sweep as a ladder: caches, then tiers from near to far. */
#include "config.h"
#include "analysis/report/sweep_report.h"
#include "analysis/sweep/settings.h"
#include "analysis/sweep/values.h"
#include "sim/result/quantity.h"
#include <math.h>
#include <string.h>

/* Values of a setting over all cases: "16 MiB .. 256 MiB" by amount, "a, b" by name. */
static char *
setting_text(const LadSweepReport *report, const char *group, const char *key)
{
    const LadSweepTable *table = report->table;
    if (!lad_sweep_table_varies(table, group, key))
        return lad_sweep_table_setting(table, report->centre, group, key);
    g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < report->cases->len; i++) {
        g_autofree char *value =
            lad_sweep_table_setting(table, g_array_index(report->cases, guint, i), group, key);
        if (value == NULL || *value == '\0' || g_hash_table_contains(seen, value))
            continue;
        g_hash_table_add(seen, value);
        g_ptr_array_add(values, g_steal_pointer(&value));
    }
    if (values->len == 0)
        return NULL;
    guint least = 0, most = 0;
    for (guint i = 1; i < values->len; i++) {
        least = lad_sweep_compare(values->pdata[i], values->pdata[least]) < 0 ? i : least;
        most = lad_sweep_compare(values->pdata[i], values->pdata[most]) > 0 ? i : most;
    }
    double amount;
    if (values->len == 1)
        return g_strdup(values->pdata[0]);
    if (lad_sweep_amount(values->pdata[0], &amount))
        return g_strdup_printf("%s .. %s", (char *)values->pdata[least],
                               (char *)values->pdata[most]);
    g_ptr_array_add(values, NULL);
    return g_strjoinv(", ", (char **)values->pdata);
}

static double
amount_at(const LadSweepReport *report, guint point, const char *group, const char *key)
{
    double amount = NAN;
    g_autofree char *value = lad_sweep_table_setting(report->table, point, group, key);
    return value != NULL && lad_sweep_amount(value, &amount) ? amount : (double)NAN;
}

/* Groups [PREFIX.NAME] of any case, in order of the configuration. */
static char **
groups_of(const LadSweepReport *report, const char *prefix)
{
    g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GKeyFile) file = g_key_file_new();
    if (g_key_file_load_from_data(file, report->table->config, (gsize)-1, G_KEY_FILE_NONE, NULL)) {
        g_auto(GStrv) all = g_key_file_get_groups(file, NULL);
        for (guint i = 0; all[i] != NULL; i++)
            if (g_str_has_prefix(all[i], prefix))
                g_ptr_array_add(groups, g_strdup(all[i]));
    }
    for (guint i = 0; i < report->table->settings->len; i++) {
        const LadSweepSetting *setting = report->table->settings->pdata[i];
        const char *dot = strrchr(setting->name, '.');
        g_autofree char *group = g_strndup(setting->name, (gsize)(dot - setting->name));
        if (g_str_has_prefix(group, prefix) &&
            !g_ptr_array_find_with_equal_func(groups, group, g_str_equal, NULL))
            g_ptr_array_add(groups, g_steal_pointer(&group));
    }
    g_ptr_array_add(groups, NULL);
    return (char **)g_ptr_array_steal(groups, NULL);
}

/* "169 ns + 2 x 35 ns": the device, and both ways over its link. */
static char *
latency_text(const LadSweepReport *report, const char *group)
{
    g_autofree char *own = setting_text(report, group, "latency");
    g_autofree char *link = lad_sweep_table_setting(report->table, report->centre, group, "link");
    if (own == NULL) {
        g_autofree char *part = g_strdelimit(g_strdup(group), ".-", '_');
        g_autofree char *metric = g_strconcat(part, ".latency_mean", NULL);
        const char *unit = lad_sweep_metric_unit(report->table, metric, NULL);
        double mean = lad_sweep_mean(report, report->centre, metric);
        if (unit == NULL || isnan(mean))
            return NULL;
        /* Latencies are in ns, and an SSD's are long. */
        gboolean in_ns = strcmp(unit, "ns") == 0;
        g_autofree char *text = lad_quantity(in_ns ? mean / 1e9 : mean, in_ns ? "s" : unit);
        return g_strdup_printf("%s measured", text);
    }
    if (link == NULL || *link == '\0')
        return g_steal_pointer(&own);
    g_autofree char *link_group = g_strconcat("link.", link, NULL);
    g_autofree char *way = setting_text(report, link_group, "latency");
    return way != NULL ? g_strdup_printf("%s + 2 x %s", own, way) : g_steal_pointer(&own);
}

/* "16 GiB at 1 / GiB: 16" */
static char *
cost_text(const LadSweepReport *report, const char *group)
{
    double size = amount_at(report, report->centre, group, "size");
    double each = amount_at(report, report->centre, group, "cost-per-gib");
    if (isnan(size) || isnan(each))
        return NULL;
    g_autofree char *total = lad_quantity(size / (1024.0 * 1024 * 1024) * each, "1");
    g_autofree char *price = setting_text(report, group, "cost-per-gib");
    return g_strdup_printf("%s (%s a GiB)", total, price);
}

static void
add_rung(LadSweepPicture *picture, const char *name, double width, const char *const *cells)
{
    lad_sweep_cell_text(picture->table, name);
    lad_sweep_cell_number(picture->table, width);
    for (guint i = 0; i < 4; i++)
        lad_sweep_cell_text(picture->table, cells[i] != NULL ? cells[i] : "-");
    lad_sweep_end_row(picture->table);
}

static void
add_caches(const LadSweepReport *report, LadSweepPicture *picture, guint *rungs)
{
    g_auto(GStrv) groups = groups_of(report, "cache.");
    for (guint i = 0; groups[i] != NULL; i++) {
        g_autofree char *size = setting_text(report, groups[i], "size");
        g_autofree char *latency = setting_text(report, groups[i], "latency");
        const char *const cells[] = {size, latency, NULL, NULL};
        g_autofree char *name = g_ascii_strup(groups[i] + strlen("cache."), -1);
        if (size != NULL)
            add_rung(picture, name, ++*rungs, cells);
    }
}

/* From request to answer, over the link if there is one. */
static double
whole_latency(const LadSweepReport *report, const char *group)
{
    double own = amount_at(report, report->centre, group, "latency");
    g_autofree char *link = lad_sweep_table_setting(report->table, report->centre, group, "link");
    if (link == NULL || *link == '\0')
        return own;
    g_autofree char *link_group = g_strconcat("link.", link, NULL);
    double way = amount_at(report, report->centre, link_group, "latency");
    return isnan(way) ? own : own + 2 * way;
}

/* By latency as configured; those without one stay behind. */
static void
sort_tiers(const LadSweepReport *report, char **groups)
{
    for (guint i = 1; groups[0] != NULL && groups[i] != NULL; i++)
        for (guint j = i; j > 0; j--) {
            double a = whole_latency(report, groups[j - 1]);
            double b = whole_latency(report, groups[j]);
            if (isnan(a) || isnan(b) || a <= b)
                break;
            char *swap = groups[j];
            groups[j] = groups[j - 1];
            groups[j - 1] = swap;
        }
}

void
lad_sweep_add_ladder(const LadSweepReport *report, GPtrArray *pictures)
{
    g_auto(GStrv) groups = groups_of(report, "tier.");
    if (groups[0] == NULL)
        return;
    sort_tiers(report, groups);
    LadSweepPicture *picture =
        lad_sweep_picture_add(report, pictures, "ladder", "ladder", "The memory ladder");
    static const char *const heads[] = {"rung", "width", "size", "latency", "bandwidth", "cost"};
    for (guint i = 0; i < G_N_ELEMENTS(heads); i++)
        lad_sweep_cell_text(picture->table, heads[i]);
    lad_sweep_end_row(picture->table);
    guint rungs = 0;
    add_caches(report, picture, &rungs);
    for (guint i = 0; groups[i] != NULL; i++) {
        g_autofree char *size = setting_text(report, groups[i], "size");
        g_autofree char *latency = latency_text(report, groups[i]);
        g_autofree char *bandwidth = setting_text(report, groups[i], "bandwidth");
        g_autofree char *cost = cost_text(report, groups[i]);
        g_autofree char *model = setting_text(report, groups[i], "model");
        g_autofree char *name =
            g_strdup_printf("%s (%s)", groups[i] + strlen("tier."), model != NULL ? model : "-");
        const char *const cells[] = {size, latency, bandwidth, cost};
        add_rung(picture, name, ++rungs, cells);
    }
    g_string_append(picture->caption,
                    "Further down: larger and slower. Ranges are what the sweep varies; a latency "
                    "with a second part crosses a link both ways; cost is in GiB of DDR5, at the "
                    "size of the best point.");
}
