/* sweep_cases.c - cases side by side: stacks, traffic, course over time, differences from the
 * baseline, and what others published. */
#include "config.h"
#include "analysis/report/sweep_report.h"
#include "analysis/sweep/published.h"
#include "sim/result/quantity.h"
#include <math.h>
#include <string.h>

/* A line over time has at most so many points. */
#define MAX_SPANS 96

static guint
chosen_at(const LadSweepReport *report, guint index)
{
    return g_array_index(report->chosen, guint, index);
}

/* Which cases are shown, where not all are. */
static void
say_cases(const LadSweepReport *report, GString *caption)
{
    if (report->chosen->len < report->cases->len)
        g_string_append_printf(caption,
                               " Shown are %u of %u cases: the baseline, the best, and the best "
                               "moved along the axes that matter most.",
                               report->chosen->len, report->cases->len);
}

static void
add_label_cell(const LadSweepReport *report, GString *table, guint point)
{
    g_autofree char *label = lad_sweep_label(report->table, point);
    gboolean best = point == report->best, baseline = point == report->baseline;
    g_autofree char *marked = g_strconcat(label,
                                          best && baseline ? " (baseline and best)"
                                          : best           ? " (best)"
                                          : baseline       ? " (baseline)"
                                                           : "",
                                          NULL);
    lad_sweep_cell_text(table, marked);
}

/* ---- CPI stacks --------------------------------------------------------------------------------
 */

static const char *const stack_rows[][2] = {
    {"base", "run.cpi_base"},
    {"front end, cache", "run.cpi_fetch_cache"},
    {"front end, TLB", "run.cpi_fetch_tlb"},
    {"memory latency", "run.cpi_memory_latency"},
    {"memory bandwidth", "run.cpi_memory_bandwidth"},
    {"TLB walks", "run.cpi_walk"},
    {"faults", "run.cpi_fault"},
    {"kernel work", "run.cpi_kernel"},
};

/* The row that changes most between best and baseline. */
static void
say_stack(const LadSweepReport *report, GString *caption)
{
    g_string_append(caption, "Cycles per instruction by what the cores waited for; lower is "
                             "better.");
    guint from = report->baseline, to = report->best;
    if (from == LAD_SWEEP_NO_POINT || to == LAD_SWEEP_NO_POINT || from == to)
        return;
    double most = 0;
    const char *row = NULL;
    for (guint i = 0; i < G_N_ELEMENTS(stack_rows); i++) {
        double change = lad_sweep_mean(report, to, stack_rows[i][1]) -
                        lad_sweep_mean(report, from, stack_rows[i][1]);
        if (!isnan(change) && fabs(change) > fabs(most)) {
            most = change;
            row = stack_rows[i][0];
        }
    }
    if (row != NULL)
        g_string_append_printf(caption, " From the baseline to the best, %s changes most: %+.3g.",
                               row, most);
}

void
lad_sweep_add_stacks(const LadSweepReport *report, GPtrArray *pictures)
{
    if (lad_sweep_table_column(report->table, stack_rows[0][1]) == NULL)
        return;
    LadSweepPicture *picture = lad_sweep_picture_add(report, pictures, "bars", "cpi-stack",
                                                     "Cycles per instruction, side by side");
    lad_sweep_cell_text(picture->table, "cycles per instruction");
    for (guint i = 0; i < G_N_ELEMENTS(stack_rows); i++)
        lad_sweep_cell_text(picture->table, stack_rows[i][0]);
    lad_sweep_end_row(picture->table);
    for (guint i = 0; i < report->chosen->len; i++) {
        add_label_cell(report, picture->table, chosen_at(report, i));
        for (guint j = 0; j < G_N_ELEMENTS(stack_rows); j++) {
            double value = lad_sweep_mean(report, chosen_at(report, i), stack_rows[j][1]);
            lad_sweep_cell_number(picture->table, isnan(value) ? 0 : value);
        }
        lad_sweep_end_row(picture->table);
    }
    say_stack(report, picture->caption);
    say_cases(report, picture->caption);
}

/* ---- Traffic per tier --------------------------------------------------------------------------
 */

#define READS  ".read_bandwidth"
#define WRITES ".write_bandwidth"

static double
traffic_of(const LadSweepReport *report, guint point, const char *tier)
{
    g_autofree char *reads = g_strconcat(tier, READS, NULL);
    g_autofree char *writes = g_strconcat(tier, WRITES, NULL);
    double read = lad_sweep_mean(report, point, reads);
    double written = lad_sweep_mean(report, point, writes);
    return (isnan(read) ? 0 : read) + (isnan(written) ? 0 : written);
}

/* Names of the tiers that have any traffic, "tier_near". */
static GPtrArray *
tiers(const LadSweepReport *report)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < report->table->columns->len; i++) {
        const LadSweepColumn *column = report->table->columns->pdata[i];
        if (strncmp(column->name, "tier_", 5) != 0 || !g_str_has_suffix(column->name, READS))
            continue;
        g_autofree char *name = g_strndup(column->name, strlen(column->name) - strlen(READS));
        gboolean any = FALSE;
        for (guint j = 0; !any && j < report->chosen->len; j++)
            any = traffic_of(report, chosen_at(report, j), name) > 0;
        if (any)
            g_ptr_array_add(names, g_steal_pointer(&name));
    }
    return names;
}

static double
total_traffic(const LadSweepReport *report, guint point, const GPtrArray *names)
{
    double total = 0;
    for (guint i = 0; i < names->len; i++)
        total += traffic_of(report, point, names->pdata[i]);
    return total;
}

void
lad_sweep_add_traffic(const LadSweepReport *report, GPtrArray *pictures)
{
    g_autoptr(GPtrArray) names = tiers(report);
    if (names->len == 0)
        return;
    double most = 0, divisor;
    for (guint i = 0; i < report->chosen->len; i++)
        most = MAX(most, total_traffic(report, chosen_at(report, i), names));
    const char *unit = lad_quantity_scale(most, "byte s-1", &divisor);
    LadSweepPicture *picture =
        lad_sweep_picture_add(report, pictures, "bars", "tier-traffic", "Traffic per tier");
    g_autofree char *head = g_strdup_printf("traffic (%s)", unit);
    lad_sweep_cell_text(picture->table, head);
    for (guint j = 0; j < names->len; j++)
        lad_sweep_cell_text(picture->table, names->pdata[j]);
    lad_sweep_end_row(picture->table);
    for (guint i = 0; i < report->chosen->len; i++) {
        guint point = chosen_at(report, i);
        add_label_cell(report, picture->table, point);
        for (guint j = 0; j < names->len; j++)
            lad_sweep_cell_number(picture->table,
                                  traffic_of(report, point, names->pdata[j]) / divisor);
        lad_sweep_end_row(picture->table);
    }
    double total = total_traffic(report, report->centre, names);
    double first = traffic_of(report, report->centre, names->pdata[0]);
    g_autofree char *label = lad_sweep_label(report->table, report->centre);
    g_string_append_printf(picture->caption,
                           "Bytes per second of simulated time, read and written, page copies "
                           "included. In %s, %s carries %.1f %% of it.",
                           label, (const char *)names->pdata[0],
                           total > 0 ? 100 * first / total : 0);
    say_cases(report, picture->caption);
}

/* ---- Over time ---------------------------------------------------------------------------------
 */

/* One block per case: growth of the metric per second. */
static void
add_course(const LadSweepReport *report, GString *table, const LadSweepHistory *history,
           guint point)
{
    const LadSweepTable *from = report->table;
    const guint64 *times = from->times + (gsize)point * from->n_samples;
    const double *values = history->values + (gsize)point * from->n_samples;
    guint n = 0;
    while (n < from->n_samples && times[n] != 0)
        n++;
    guint step = (n + MAX_SPANS - 1) / MAX_SPANS;
    double before = 0;
    for (guint i = 0; i < n; i += step) {
        double sum = 0;
        guint last = MIN(i + step, n) - 1;
        for (guint j = i; j <= last; j++)
            sum += values[j];
        double end = (double)times[last] / 1e9;
        if (end > before) {
            lad_sweep_cell_number(table, end);
            lad_sweep_cell_number(table, 1000 * sum / (end - before));
            lad_sweep_end_row(table);
        }
        before = end;
    }
}

static void
add_history(const LadSweepReport *report, GPtrArray *pictures, const LadSweepHistory *history)
{
    g_autofree char *stem = g_strdup_printf("time-%s", history->name);
    g_autofree char *title = g_strdup_printf("%s over time", history->name);
    LadSweepPicture *picture = lad_sweep_picture_add(report, pictures, "history", stem, title);
    for (guint i = 0; i < report->chosen->len; i++) {
        if (i > 0)
            g_string_append(picture->table, "\n\n");
        g_autofree char *head = g_strdup_printf("%s per s", history->name);
        lad_sweep_cell_text(picture->table, head);
        add_label_cell(report, picture->table, chosen_at(report, i));
        lad_sweep_end_row(picture->table);
        add_course(report, picture->table, history, chosen_at(report, i));
    }
    g_string_append_printf(picture->caption,
                           "%s per second of simulated time from the very start, warm-up included: "
                           "where the lines become flat the run has warmed up.",
                           history->name);
    say_cases(report, picture->caption);
}

void
lad_sweep_add_history(const LadSweepReport *report, GPtrArray *pictures)
{
    const LadSweepTable *table = report->table;
    for (guint i = 0; i < table->history->len; i++) {
        const LadSweepHistory *history = table->history->pdata[i];
        for (guint j = 0; j < report->chosen->len; j++) {
            gsize first = (gsize)chosen_at(report, j) * table->n_samples;
            /* One sample makes no line. */
            if (table->n_samples < 2 || table->times[first + 1] == 0 ||
                isnan(history->values[first]))
                continue;
            add_history(report, pictures, history);
            break;
        }
    }
}

/* ---- Against the baseline ----------------------------------------------------------------------
 */

void
lad_sweep_add_differences(const LadSweepReport *report, GPtrArray *pictures)
{
    double base = report->baseline != LAD_SWEEP_NO_POINT
                      ? lad_sweep_mean(report, report->baseline, report->objective.metric)
                      : (double)NAN;
    if (isnan(base) || base == 0 || report->cases->len < 2)
        return;
    g_autofree char *title = g_strdup_printf("%s against the baseline", report->objective.metric);
    LadSweepPicture *picture =
        lad_sweep_picture_add(report, pictures, "difference", "difference", title);
    lad_sweep_cell_text(picture->table, "case");
    lad_sweep_cell_text(picture->table, "difference (%)");
    lad_sweep_cell_text(picture->table, "+- (%)");
    lad_sweep_end_row(picture->table);
    gboolean intervals = FALSE;
    for (guint i = 0; i < report->chosen->len; i++) {
        LadSweepEstimate estimate;
        guint point = chosen_at(report, i);
        if (point == report->baseline ||
            !lad_sweep_case_difference(report->table, point, report->baseline,
                                       report->objective.metric, &estimate))
            continue;
        add_label_cell(report, picture->table, point);
        lad_sweep_cell_number(picture->table, 100 * estimate.mean / fabs(base));
        lad_sweep_cell_number(picture->table, 100 * estimate.half / fabs(base));
        lad_sweep_end_row(picture->table);
        intervals = intervals || !isnan(estimate.half);
    }
    g_autofree char *label = lad_sweep_label(report->table, report->baseline);
    g_autofree char *value = lad_quantity(base, report->unit);
    g_string_append_printf(picture->caption,
                           "Difference from the baseline, %s (%s), in %% of it; %s is better.%s",
                           label, value, report->objective.sign > 0 ? "more" : "less",
                           intervals ? " Differences are taken seed by seed; bars are their 95 % "
                                       "intervals: one that crosses zero proves nothing."
                                     : "");
    say_cases(report, picture->caption);
}

/* ---- Published ---------------------------------------------------------------------------------
 */

void
lad_sweep_add_published(const LadSweepReport *report, GPtrArray *pictures)
{
    const GPtrArray *all = report->table->grid->published;
    if (all->len == 0)
        return;
    LadSweepPicture *picture =
        lad_sweep_picture_add(report, pictures, "published", "published", "Published and ours");
    static const char *const heads[] = {"figure", "published", "ours"};
    for (guint i = 0; i < G_N_ELEMENTS(heads); i++)
        lad_sweep_cell_text(picture->table, heads[i]);
    lad_sweep_end_row(picture->table);
    g_string_append(picture->caption, "What others published beside what this sweep gives.");
    for (guint i = 0; i < all->len; i++) {
        const LadSweepPublished *row = all->pdata[i];
        double ours = lad_sweep_mean(report, row->point, row->metric);
        if (row->reference != LAD_SWEEP_NO_POINT)
            ours /= lad_sweep_mean(report, row->reference, row->metric);
        g_autofree char *label = lad_sweep_label(report->table, row->point);
        g_autofree char *figure = g_strdup_printf("%s: %s", row->name, label);
        lad_sweep_cell_text(picture->table, figure);
        lad_sweep_cell_number(picture->table, row->value);
        lad_sweep_cell_number(picture->table, ours);
        lad_sweep_end_row(picture->table);
        g_string_append_printf(picture->caption, " %s: %s of %s%s is published as %.4g (%s)",
                               row->name, row->metric, label,
                               row->reference != LAD_SWEEP_NO_POINT ? ", relative," : "",
                               row->value, row->source);
        if (isnan(ours))
            g_string_append(picture->caption, ", and has no result here.");
        else
            g_string_append_printf(picture->caption, ", ours is %.4g (%+.1f %%).", ours,
                                   row->value != 0 ? 100 * (ours / row->value - 1) : 0);
    }
}
