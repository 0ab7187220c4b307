/* rows.c - which figures a summary has, and a plain table to show them in. */
#include "config.h"
#include "sim/result/rows.h"
#include "sim/result/layout.h"
#include "sim/result/quantity.h"
#include <math.h>
#include <string.h>

typedef struct {
    const char *label;
    const char *derived;
    const char *unit;
} Line;

static void
clear_row(gpointer data)
{
    LadRow *row = data;
    g_free(row->item);
}

static void
add(GArray *rows, const char *section, const char *item, const char *field, const char *unit,
    double value)
{
    LadRow row = {section, g_strdup(item), field, unit, value};
    g_array_append_val(rows, row);
}

gboolean
lad_result_has_warmup(const LadResult *result)
{
    double value = 0;
    return result->phase_length[LAD_PHASE_WARMUP] > 0 ||
           lad_derived_value(result, NULL, "instructions", LAD_PHASE_WARMUP, &value);
}

static void
add_run(GArray *rows, const LadResult *result, LadPhase phase)
{
    static const Line lines[] = {
        {"simulated time", "simulated_time", "s"},
        {"instructions", "instructions", "count"},
        {"loads", "loads", "count"},
        {"stores", "stores", "count"},
        {"IPC", "ipc", "1"},
        {"throughput, instructions", "throughput", "s-1"},
        {"AMAT, no overlap", "amat", "ns"},
        {"memory latency, mean", "memory_latency", "ns"},
        {"memory bandwidth", "memory_bandwidth", "byte s-1"},
        {"kernel share of CPU time", "kernel_share", "share"},
        {"accesses of unknown dependence", "dependence_unknown_share", "share"},
        {"memory cost, GiB of DDR5", "cost", "1"},
        {"throughput per cost", "throughput_per_cost", "s-1"},
        {"memory power", "power", "W"},
        {"throughput per watt", "throughput_per_watt", "s-1 W-1"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        double value = 0;
        if (lad_derived_value(result, NULL, lines[i].derived, phase, &value))
            add(rows, "Run", lines[i].label, "", lines[i].unit, value);
    }
}

static void
add_stack(GArray *rows, const LadResult *result, LadPhase phase)
{
    static const Line lines[] = {
        {"base", "cpi_base", NULL},
        {"front end, cache", "cpi_fetch_cache", NULL},
        {"front end, TLB", "cpi_fetch_tlb", NULL},
        {"memory latency", "cpi_memory_latency", NULL},
        {"memory bandwidth", "cpi_memory_bandwidth", NULL},
        {"TLB walks", "cpi_walk", NULL},
        {"faults", "cpi_fault", NULL},
        {"kernel work", "cpi_kernel", NULL},
        {"total", "cpi", NULL},
    };
    double total = 0;
    if (!lad_derived_value(result, NULL, "cpi", phase, &total))
        return;
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        double value = 0;
        lad_derived_value(result, NULL, lines[i].derived, phase, &value);
        add(rows, "Cycles per instruction", lines[i].label, "cycles", "1", value);
        add(rows, "Cycles per instruction", lines[i].label, "share", "share", value / total);
    }
}

/* The same time from above: what would help. */
static void
add_topdown(GArray *rows, const LadResult *result, LadPhase phase)
{
    static const Line lines[] = {
        {"base", "topdown_base", NULL},
        {"front end", "topdown_front_end", NULL},
        {"bandwidth bound", "topdown_bandwidth_bound", NULL},
        {"latency bound", "topdown_latency_bound", NULL},
        {"TLB walks", "topdown_walk", NULL},
        {"faults and kernel", "topdown_fault", NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        double value = 0;
        if (lad_derived_value(result, NULL, lines[i].derived, phase, &value))
            add(rows, "Top-down", lines[i].label, "", "share", value);
    }
    static const char *const classes[] = {"bandwidth in use (neither bound nor sensitive)",
                                          "bandwidth in use (sensitive)",
                                          "bandwidth in use (bound)"};
    double used = 0, class = 0;
    if (lad_derived_value(result, NULL, "bandwidth_utilisation", phase, &used) &&
        lad_derived_value(result, NULL, "bandwidth_class", phase, &class))
        add(rows, "Top-down", classes[(guint) class], "", "share", used);
}

/* What became of the lines of a group of prefetchers, over all cores. */
static void
add_prefetchers(GArray *rows, const LadResult *result, LadPhase phase)
{
    static const char *const counters[] = {"issued", "useful", "late", "useless", "demands"};
    g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        char *group = part->scope == LAD_SCOPE_CACHE && lad_result_metric(part, "demands")
                          ? lad_part_group(result, part)
                          : NULL;
        if (!group || g_ptr_array_find_with_equal_func(seen, group, g_str_equal, NULL)) {
            g_free(group);
            continue;
        }
        g_ptr_array_add(seen, group);
        double sums[G_N_ELEMENTS(counters)] = {0};
        for (guint j = i; j < result->parts->len; j++) {
            const LadResultPart *other = result->parts->pdata[j];
            g_autofree char *of =
                other->scope == LAD_SCOPE_CACHE ? lad_part_group(result, other) : NULL;
            for (guint k = 0; g_strcmp0(of, group) == 0 && k < G_N_ELEMENTS(counters); k++) {
                const LadResultMetric *metric = lad_result_metric(other, counters[k]);
                sums[k] += metric ? (double)metric->values[phase] : 0;
            }
        }
        add(rows, "Prefetchers", group, "issued", "count", sums[0]);
        add(rows, "Prefetchers", group, "useful", "count", sums[1]);
        add(rows, "Prefetchers", group, "late", "count", sums[2]);
        add(rows, "Prefetchers", group, "useless", "count", sums[3]);
        add(rows, "Prefetchers", group, "accuracy", "share", sums[0] > 0 ? sums[1] / sums[0] : NAN);
        add(rows, "Prefetchers", group, "coverage", "share", sums[4] > 0 ? sums[1] / sums[4] : NAN);
    }
}

/* Look-ups and misses of a group of caches: all instances of one [cache.NAME] or [tlb.NAME]. */
static void
add_caches(GArray *rows, const LadResult *result, LadPhase phase)
{
    g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        if (part->scope != LAD_SCOPE_CACHE)
            continue;
        char *group = lad_part_group(result, part);
        if (group == NULL)
            group = g_strdup(part->name);
        if (g_ptr_array_find_with_equal_func(seen, group, g_str_equal, NULL)) {
            g_free(group);
            continue;
        }
        g_ptr_array_add(seen, group);
        double lookups = 0, misses = 0, mpki = 0;
        for (guint j = i; j < result->parts->len; j++) {
            const LadResultPart *other = result->parts->pdata[j];
            g_autofree char *of =
                other->scope == LAD_SCOPE_CACHE ? lad_part_group(result, other) : NULL;
            double value = 0, missed = 0;
            if (other != part && g_strcmp0(of, group) != 0)
                continue;
            /* A page walker looks up, but does not miss. */
            if (!lad_derived_value(result, other, "demand_misses", phase, &missed) ||
                !lad_derived_value(result, other, "demand_lookups", phase, &value))
                continue;
            misses += missed;
            lookups += value;
            if (lad_derived_value(result, other, "mpki", phase, &value))
                mpki += value;
        }
        if (!(lookups > 0))
            continue;
        add(rows, "Caches and TLBs", group, "look-ups", "count", lookups);
        add(rows, "Caches and TLBs", group, "misses", "count", misses);
        add(rows, "Caches and TLBs", group, "hit ratio", "share", 1 - misses / lookups);
        add(rows, "Caches and TLBs", group, "MPKI", "1", mpki);
    }
}

static void
add_tiers(GArray *rows, const LadResult *result, LadPhase phase)
{
    static const Line lines[] = {
        {"traffic", "traffic_share", "share"},    {"read", "read_bandwidth", "byte s-1"},
        {"write", "write_bandwidth", "byte s-1"}, {"in use", "utilisation", "share"},
        {"mean ns", "latency_mean", "1"},         {"p50 ns", "latency_p50", "1"},
        {"p90 ns", "latency_p90", "1"},           {"p99 ns", "latency_p99", "1"},
        {"peak use", "used_peak", "byte"},        {"full", "fullness", "share"},
        {"of pages", "residency_share", "share"}, {"years", "years", "1"},
    };
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        if (!lad_result_is_tier(part))
            continue;
        for (guint j = 0; j < G_N_ELEMENTS(lines); j++) {
            double value = NAN;
            lad_derived_value(result, part, lines[j].derived, phase, &value);
            add(rows, "Tiers", part->name, lines[j].label, lines[j].unit, value);
        }
    }
}

/* Groups, and the host where it swaps: what they hold, save and pay for it. */
static void
add_groups(GArray *rows, const LadResult *result, LadPhase phase)
{
    static const struct {
        const char *label, *first, *second; /* second: added, if it is there */
        const char *unit;
    } counters[] = {{"memory", "memory_current", NULL, "byte"},
                    {"compressed to", "zswap", NULL, "byte"},
                    {"faults", "pgmajfault", NULL, "count"},
                    {"refaults", "workingset_refault_anon", "workingset_refault_file", "count"},
                    {"restores", "workingset_restore_anon", "workingset_restore_file", "count"},
                    {"written", "pswpout", NULL, "count"}};
    static const Line lines[] = {{"offloaded", "offloaded", "byte"},
                                 {"saved", "saved", "byte"},
                                 {"saving", "saving", "share"},
                                 {"on average", "saving_mean", "share"}};
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        if (part->scope != LAD_SCOPE_CGROUP || lad_result_metric(part, "memory_current") == NULL)
            continue;
        for (guint j = 0; j < G_N_ELEMENTS(counters); j++) {
            const LadResultMetric *one = lad_result_metric(part, counters[j].first);
            const LadResultMetric *other =
                counters[j].second ? lad_result_metric(part, counters[j].second) : NULL;
            double value = (double)one->values[phase] + (other ? (double)other->values[phase] : 0);
            add(rows, "Groups", part->name, counters[j].label, counters[j].unit, value);
        }
        for (guint j = 0; j < G_N_ELEMENTS(lines); j++) {
            double value = NAN;
            lad_derived_value(result, part, lines[j].derived, phase, &value);
            add(rows, "Groups", part->name, lines[j].label, lines[j].unit, value);
        }
    }
}

/* What the kernel and the policies counted, where they counted anything. */
static void
add_kernel(GArray *rows, const LadResult *result, LadPhase phase)
{
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        if (part->scope != LAD_SCOPE_HOST)
            continue;
        for (guint j = 0; j < part->metrics->len; j++) {
            const LadResultMetric *metric = part->metrics->pdata[j];
            if (metric->type == LAD_HISTOGRAM || metric->values[phase] == 0)
                continue;
            g_autofree char *item = g_strdup_printf("%s.%s", part->name, metric->name);
            const char *unit = g_str_equal(metric->unit, "1") || g_str_equal(metric->unit, "page")
                                   ? "count"
                                   : metric->unit;
            add(rows, "Kernel and policies", item, "", unit, (double)metric->values[phase]);
        }
    }
}

GArray *
lad_rows_new(const LadResult *result, LadPhase phase)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(LadRow));
    g_array_set_clear_func(rows, clear_row);
    add_run(rows, result, phase);
    add_stack(rows, result, phase);
    add_topdown(rows, result, phase);
    add_caches(rows, result, phase);
    add_prefetchers(rows, result, phase);
    add_tiers(rows, result, phase);
    add_groups(rows, result, phase);
    add_kernel(rows, result, phase);
    return rows;
}

char *
lad_row_text(const LadRow *row)
{
    if (g_str_equal(row->unit, "share"))
        return lad_quantity_share(row->value);
    return lad_quantity(row->value, row->unit);
}

const LadRow *
lad_rows_find(const GArray *rows, const char *section, const char *item, const char *field)
{
    for (guint i = 0; i < rows->len; i++) {
        const LadRow *row = &g_array_index(rows, LadRow, i);
        if (g_str_equal(row->section, section) && g_str_equal(row->item, item) &&
            g_str_equal(row->field, field))
            return row;
    }
    return NULL;
}

/* ---- Tables of text ---------------------------------------------------------------------------
 */

LadTextTable *
lad_text_table_new(guint n_columns)
{
    LadTextTable *table = g_new0(LadTextTable, 1);
    table->n_columns = n_columns;
    table->cells = g_ptr_array_new_with_free_func(g_free);
    return table;
}

void
lad_text_table_add(LadTextTable *table, const char *cell)
{
    g_ptr_array_add(table->cells, g_strdup(cell));
}

static void
pad(GString *to, guint n)
{
    while (n-- > 0)
        g_string_append_c(to, ' ');
}

void
lad_text_table_finish(LadTextTable *table, GString *to)
{
    guint n = table->n_columns;
    g_autofree guint *widths = g_new0(guint, n);
    for (guint i = 0; i < table->cells->len; i++)
        widths[i % n] = MAX(widths[i % n], lad_quantity_width(table->cells->pdata[i]));
    for (guint i = 0; i < table->cells->len; i++) {
        const char *cell = table->cells->pdata[i];
        guint gap = widths[i % n] - lad_quantity_width(cell);
        if (i % n == 0) {
            g_string_append(to, "  ");
            g_string_append(to, cell);
            if (n > 1)
                pad(to, gap);
        } else {
            pad(to, gap + 2);
            g_string_append(to, cell);
        }
        if (i % n == n - 1)
            g_string_append_c(to, '\n');
    }
    g_ptr_array_unref(table->cells);
    g_free(table);
}
