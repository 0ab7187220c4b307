/* sweep_page.c - the page of a sweep: question, machine, what was run, the answer, figures. */
#include "config.h"
#include "analysis/report/draw.h"
#include "analysis/report/html.h"
#include "analysis/report/sweep_report.h"
#include "sim/result/quantity.h"
#include <math.h>
#include <string.h>

/* Rows of the table of cases, failures and labels of one axis, at most. */
#define MAX_ROWS   100
#define MAX_LABELS 12

const LadSweepFigure lad_sweep_figures[] = {
    {"Which axis matters",
     "There is no figure: the grid has holes along every axis, or only one value per axis.",
     lad_sweep_add_sensitivity},
    {"Axis by axis", "There is no figure: no axis has more than one value.", lad_sweep_add_axes},
    {"Over two axes", "There is no figure: fewer than two axes have more than one value.",
     lad_sweep_add_map},
    {"Against the baseline",
     "There is no figure: the sweep names no baseline, or it is not done, or stands alone.",
     lad_sweep_add_differences},
    {"Pareto front",
     "There is no figure: of the objectives fewer than two differ between cases, or no case meets "
     "the constraints.",
     lad_sweep_add_pareto},
    {"CPI stacks", "There is no figure: the core model keeps no time.", lad_sweep_add_stacks},
    {"Traffic per tier", "There is no figure: there are no tiers, or no time was kept.",
     lad_sweep_add_traffic},
    {"Savings against pressure",
     "There is no figure: no group of processes is told apart ([cgroup.NAME]), or its pressure is "
     "not measured.",
     lad_sweep_add_savings},
    {"Warm-up over time",
     "There is no figure: no metric was kept over time ([sweep] series), or the runs are shorter "
     "than two epochs.",
     lad_sweep_add_history},
    {"Published and ours",
     "There is no figure: the sweep has no [published.NAME] rows to compare with.",
     lad_sweep_add_published},
    {NULL, NULL, NULL},
};

/* ---- Figures -----------------------------------------------------------------------------------
 */

static void
picture_free(gpointer data)
{
    LadSweepPicture *picture = data;
    g_free(picture->stem);
    g_free(picture->title);
    g_string_free(picture->caption, TRUE);
    g_string_free(picture->table, TRUE);
    g_free(picture);
}

static gboolean
append_picture(const LadSweepReport *report, GString *html, const LadSweepPicture *picture,
               const char *directory, GError **error)
{
    LadDrawing drawing = {picture->script, picture->stem, picture->table->str, picture->max,
                          report->mark};
    g_autofree char *svg = lad_draw(&drawing, directory, error);
    if (svg == NULL)
        return FALSE;
    g_string_append_printf(html, "<figure id=\"figure-%s\">\n", picture->stem);
    lad_html_picture(html, svg, picture->stem, picture->title);
    lad_html_element(html, "<figcaption><b>", picture->title, ".</b> ");
    lad_html_text(html, picture->caption->str);
    if (report->mark != NULL)
        lad_html_element(html, " <strong class=\"partial\">", report->mark, ".</strong>");
    g_string_append(html, "</figcaption>\n</figure>\n");
    return TRUE;
}

static gboolean
append_figure(const LadSweepReport *report, GString *html, const LadSweepFigure *figure,
              const char *directory, GError **error)
{
    g_autoptr(GPtrArray) pictures = g_ptr_array_new_with_free_func(picture_free);
    figure->add(report, pictures);
    lad_html_element(html, "<h2>", figure->heading, "</h2>\n");
    if (pictures->len == 0)
        lad_html_element(html, "<p>", figure->nothing, "</p>\n");
    g_string_append(html, "<div class=\"figures\">\n");
    for (guint i = 0; i < pictures->len; i++)
        if (!append_picture(report, html, pictures->pdata[i], directory, error))
            return FALSE;
    g_string_append(html, "</div>\n");
    return TRUE;
}

/* ---- The machine -------------------------------------------------------------------------------
 */

static const LadSweepFigure machine = {
    "The machine", "There is no ladder: the configuration has no tiers.", lad_sweep_add_ladder};

/* ---- What was run ------------------------------------------------------------------------------
 */

static void
append_row(GString *html, const char *name, const char *text)
{
    lad_html_element(html, "<tr><th scope=\"row\">", name, "</th>");
    lad_html_element(html, "<td class=\"text\">", text, "</td></tr>\n");
}

static void
append_axis(GString *html, const LadSweepAxis *axis)
{
    GString *text = g_string_new(axis->option);
    g_string_append(text, ": ");
    for (guint i = 0; i < axis->n_values; i++) {
        if (axis->n_values > MAX_LABELS && i == MAX_LABELS / 2) {
            g_string_append(text, ", ...");
            i = axis->n_values - MAX_LABELS / 2;
        }
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", axis->labels[i]);
    }
    g_autofree char *name = g_strdup_printf("axis %s", axis->name);
    append_row(html, name, text->str);
    g_string_free(text, TRUE);
}

static void
append_traces(GString *html, const LadSweepTable *table)
{
    for (char **line = table->traces; *line != NULL; line++) {
        g_auto(GStrv) cells = g_strsplit(*line, "\t", 2);
        g_autofree char *base = g_path_get_basename(cells[0]);
        g_autofree char *text = g_strdup_printf("%s (%.16s)", base, cells[1] ? cells[1] : "-");
        append_row(html, "trace", text);
    }
}

static void
append_failures(GString *html, const LadSweepTable *table)
{
    guint n = 0;
    for (guint i = 0; i < table->grid->n_points; i++) {
        if (table->done[i] != LAD_SWEEP_FAILED || n++ >= MAX_ROWS)
            continue;
        g_autofree char *where = lad_sweep_grid_describe(table->grid, i);
        lad_html_element(html, "<p class=\"note\"><b>Failed: ", where, ".</b> ");
        lad_html_element(html, "", table->messages[i], "</p>\n");
    }
    if (n > MAX_ROWS)
        g_string_append_printf(html, "<p class=\"note\">... and %u more.</p>\n", n - MAX_ROWS);
}

/* Points that say the same with other figures are told once. */
static void
append_notes(GString *html, char **notes)
{
    g_autoptr(GHashTable) like = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) firsts = g_ptr_array_new(), kinds = g_ptr_array_new();
    for (char **note = notes; *note != NULL; note++) {
        char *kind = g_strcanon(g_strdup(*note), G_CSET_a_2_z G_CSET_A_2_Z, ' ');
        guint n = GPOINTER_TO_UINT(g_hash_table_lookup(like, kind));
        if (n == 0) {
            g_ptr_array_add(firsts, *note);
            g_ptr_array_add(kinds, kind);
        }
        g_hash_table_insert(like, n == 0 ? kind : g_strdup(kind), GUINT_TO_POINTER(n + 1));
        if (n != 0)
            g_free(kind);
    }
    for (guint i = 0; i < firsts->len; i++) {
        guint n = GPOINTER_TO_UINT(g_hash_table_lookup(like, kinds->pdata[i]));
        lad_html_element(html, "<p class=\"note\">", firsts->pdata[i], "");
        if (n > 1)
            g_string_append_printf(html,
                                   " <i>(of one case; %u others say the same with other "
                                   "figures)</i>",
                                   n - 1);
        g_string_append(html, "</p>\n");
    }
}

static void
append_what(const LadSweepReport *report, GString *html)
{
    const LadSweepTable *table = report->table;
    GString *state = g_string_new(NULL);
    g_string_append_printf(state, "%u of %u points done", table->n_done, table->n_runs);
    if (table->n_failed + table->n_missing + table->n_skipped > 0)
        g_string_append_printf(state, ", %u failed, %u missing, %u left out by the sweep itself",
                               table->n_failed, table->n_missing, table->n_skipped);
    g_string_append(state, table->n_missing > 0  ? ": NOT complete"
                           : table->n_failed > 0 ? ": complete, with failures"
                                                 : ": complete");
    g_string_append(html, "<h2>What was run</h2>\n<div class=\"table\"><table><tbody>\n");
    append_row(html, "state", state->str);
    for (guint i = 0; i < table->grid->axes->len; i++)
        append_axis(html, table->grid->axes->pdata[i]);
    if (table->grid->baseline != LAD_SWEEP_NO_POINT) {
        g_autofree char *baseline = lad_sweep_case_name(table, table->grid->baseline);
        append_row(html, "baseline", baseline);
    }
    append_traces(html, table);
    append_row(html, "memladder", table->version);
    append_row(html, "plan", table->identity);
    g_string_append(html, "</tbody></table></div>\n");
    append_failures(html, table);
    append_notes(html, table->notes);
    g_string_free(state, TRUE);
}

/* ---- The answer --------------------------------------------------------------------------------
 */

/* Cases whose seeds are all done. */
static guint
n_complete(const LadSweepReport *report)
{
    guint n = 0;
    for (guint i = 0; i < report->cases->len; i++)
        n += (guint)!isnan(lad_sweep_mean(report, g_array_index(report->cases, guint, i),
                                          report->objective.metric));
    return n;
}

/* A metric that is not there meets no constraint: a tier that is never read has no latency. */
static void
say_lacking(const LadSweepReport *report, GString *text)
{
    for (guint i = 0; i < report->constraints->len; i++) {
        const char *metric = ((LadSweepConstraint *)report->constraints->pdata[i])->metric;
        guint n = 0;
        for (guint j = 0; j < report->cases->len; j++) {
            guint point = g_array_index(report->cases, guint, j);
            n += (guint)(!isnan(lad_sweep_mean(report, point, report->objective.metric)) &&
                         isnan(lad_sweep_mean(report, point, metric)));
        }
        if (n > 0)
            g_string_append_printf(text,
                                   "%u cases have no %s (nothing was counted there) and are left "
                                   "out by its constraint. ",
                                   n, metric);
    }
}

static void
say_best(const LadSweepReport *report, GString *text)
{
    const LadSweepTable *table = report->table;
    LadSweepEstimate estimate;
    g_autofree char *name = lad_sweep_case_name(table, report->best);
    lad_sweep_case_estimate(table, report->best, report->objective.metric, &estimate);
    g_autofree char *value = lad_sweep_estimate_text(&estimate, report->unit);
    g_string_append_printf(text, "Of %u cases%s, %s has the %s %s: %s", n_complete(report),
                           report->mark != NULL ? " that are done" : "", name,
                           report->objective.sign > 0 ? "highest" : "lowest",
                           report->objective.metric, value);
    for (guint i = 0; i < report->constraints->len; i++) {
        const LadSweepConstraint *constraint = report->constraints->pdata[i];
        g_autofree char *met =
            lad_quantity(lad_sweep_mean(report, report->best, constraint->metric),
                         lad_sweep_metric_unit(table, constraint->metric, NULL));
        g_string_append_printf(text, "%s%s (its %s is %s)", i == 0 ? " among those with " : " and ",
                               constraint->text, constraint->metric, met);
    }
    g_string_append(text, ". ");
}

static void
say_gain(const LadSweepReport *report, GString *text)
{
    const LadSweepTable *table = report->table;
    LadSweepEstimate difference, base;
    if (report->baseline == LAD_SWEEP_NO_POINT)
        return;
    g_autofree char *name = lad_sweep_case_name(table, report->baseline);
    if (report->baseline == report->best) {
        g_string_append(text, "That is the baseline itself. ");
        return;
    }
    if (!lad_sweep_case_difference(table, report->best, report->baseline, report->objective.metric,
                                   &difference) ||
        !lad_sweep_case_estimate(table, report->baseline, report->objective.metric, &base) ||
        base.mean == 0)
        return;
    g_autofree char *value = lad_quantity(base.mean, report->unit);
    g_string_append_printf(text, "That is %+.2f %%", 100 * difference.mean / fabs(base.mean));
    if (!isnan(difference.half))
        g_string_append_printf(text, " (± %.2f, 95 %%, over paired seeds)",
                               100 * difference.half / fabs(base.mean));
    g_string_append_printf(text, " against the baseline (%s: %s). ", name, value);
    if (!isnan(difference.half) && fabs(difference.mean) <= difference.half)
        g_string_append(text, "The interval holds zero: the seeds do not tell the two apart. ");
}

static void
say_axes(const LadSweepReport *report, GString *text)
{
    const LadSweepGrid *grid = report->table->grid;
    for (guint i = 0; i < report->sensitivities->len; i++) {
        const LadSweepSensitivity *one =
            &g_array_index(report->sensitivities, LadSweepSensitivity, i);
        g_autofree char *name = lad_sweep_dimension_title(grid, one->dimension);
        if (grid->sizes[one->dimension] < 2)
            continue;
        g_string_append_printf(
            text, i == 0 ? "What matters most is %s (%.2f %% of the mean" : "; %s makes %.2f %%",
            name, 100 * one->effect);
        g_string_append(text, i == 0 ? ")" : "");
    }
    if (report->sensitivities->len > 0)
        g_string_append(text, ". ");
    for (guint i = 0; i < report->sensitivities->len; i++) {
        guint dimension = g_array_index(report->sensitivities, LadSweepSensitivity, i).dimension;
        guint knee;
        if (!lad_sweep_knee(report->table, report->centre, dimension, report->objective.metric,
                            &knee))
            continue;
        g_autofree char *name = lad_sweep_dimension_title(grid, dimension);
        g_autofree char *at = lad_sweep_position_label(grid, dimension, knee);
        guint point = lad_sweep_grid_moved(grid, report->centre, dimension, knee);
        g_autofree char *value =
            lad_quantity(lad_sweep_mean(report, point, report->objective.metric), report->unit);
        g_string_append_printf(text, "Along %s the curve has its knee at %s (%s). ", name, at,
                               value);
    }
}

static void
append_answer(const LadSweepReport *report, GString *html)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (report->best != LAD_SWEEP_NO_POINT) {
        say_best(report, text);
        say_gain(report, text);
    } else {
        g_string_append_printf(text, "None of the %u cases that are done meets ",
                               n_complete(report));
        for (guint i = 0; i < report->constraints->len; i++)
            g_string_append_printf(
                text, "%s%s", i > 0 ? " and " : "",
                ((const LadSweepConstraint *)report->constraints->pdata[i])->text);
        g_string_append(text, ". ");
    }
    say_lacking(report, text);
    say_axes(report, text);
    if (report->mark != NULL)
        g_string_append_printf(text, "%s: this may change.", report->mark);
    g_string_append(html, "<h2>The answer</h2>\n");
    lad_html_element(html, "<p class=\"answer\">", text->str, "</p>\n");
}

/* ---- The table of all cases --------------------------------------------------------------------
 */

static GPtrArray *
shown_metrics(const LadSweepReport *report)
{
    GPtrArray *metrics = g_ptr_array_new();
    g_ptr_array_add(metrics, report->objective.metric);
    for (guint i = 0; i < report->pareto->len; i++) {
        char *metric = ((LadSweepObjective *)report->pareto->pdata[i])->metric;
        if (!g_ptr_array_find_with_equal_func(metrics, metric, g_str_equal, NULL))
            g_ptr_array_add(metrics, metric);
    }
    for (char **metric = report->table->grid->metrics; *metric != NULL; metric++)
        if (!g_ptr_array_find_with_equal_func(metrics, *metric, g_str_equal, NULL) &&
            lad_sweep_table_column(report->table, *metric) != NULL)
            g_ptr_array_add(metrics, *metric);
    return metrics;
}

static void
append_case(const LadSweepReport *report, GString *html, guint point, const GPtrArray *metrics)
{
    g_autofree char *name = lad_sweep_label(report->table, point);
    g_string_append(html, point == report->best ? "<tr class=\"best\">" : "<tr>");
    lad_html_element(html, "<th scope=\"row\">", name, "</th>");
    for (guint i = 0; i < metrics->len; i++) {
        LadSweepEstimate estimate;
        const char *metric = metrics->pdata[i];
        g_autofree char *text = NULL;
        if (lad_sweep_case_estimate(report->table, point, metric, &estimate)) {
            const char *unit = lad_sweep_metric_unit(report->table, metric, NULL);
            g_autofree char *mean = lad_quantity(estimate.mean, unit);
            g_autofree char *half = isnan(estimate.half) ? NULL : lad_quantity(estimate.half, unit);
            text = half != NULL ? g_strdup_printf("%s ± %s", mean, half) : g_steal_pointer(&mean);
        } else {
            text = g_strdup(report->table->done[point] == LAD_SWEEP_FAILED ? "failed" : "missing");
        }
        lad_html_element(html, "<td>", text, "</td>");
    }
    g_string_append(html, "</tr>\n");
}

static void
append_cases(const LadSweepReport *report, GString *html)
{
    g_autoptr(GPtrArray) metrics = shown_metrics(report);
    g_string_append(html, "<h2>All cases</h2>\n<div class=\"table\"><table><thead><tr>"
                          "<th scope=\"col\">case</th>");
    for (guint i = 0; i < metrics->len; i++)
        lad_html_element(html, "<th scope=\"col\">", metrics->pdata[i], "</th>");
    g_string_append(html, "</tr></thead>\n<tbody>\n");
    for (guint i = 0; i < report->cases->len && i < MAX_ROWS; i++)
        append_case(report, html, g_array_index(report->cases, guint, i), metrics);
    g_string_append(html, "</tbody></table></div>\n");
    if (report->cases->len > MAX_ROWS)
        g_string_append_printf(html, "<p>%u more cases are in the merged file.</p>\n",
                               report->cases->len - MAX_ROWS);
}

/* ---- The page ----------------------------------------------------------------------------------
 */

static void
append_origin(const LadSweepReport *report, GString *html)
{
    g_autofree char *name = lad_sweep_case_name(report->table, report->table->config_point);
    g_string_append(html, "<h2>Where this comes from</h2>\n");
    lad_html_element(html, "<details><summary>Effective configuration of ", name,
                     "</summary>\n<pre>");
    lad_html_element(html, "", report->table->config, "</pre></details>\n");
    lad_html_element(html, "<details><summary>The sweep</summary>\n<pre>",
                     report->table->grid->text, "</pre></details>\n");
    g_string_append(html,
                    "<footer>Every figure's table (.tsv) and script (.gp) lie beside this page, "
                    "with the picture as SVG, PNG and PDF: <code>gnuplot -c map.gp map.tsv "
                    "out.svg</code> draws one again. What each metric means: memladder-result(5); "
                    "what a sweep is: memladder-sweep(1).</footer>\n");
}

static gboolean
append_all(const LadSweepReport *report, GString *html, const char *directory, GError **error)
{
    const char *question = report->table->grid->question;
    lad_html_begin(html, *question != '\0' ? question : "A sweep of memladder");
    if (report->mark != NULL)
        lad_html_element(html, "<p class=\"partial banner\">", report->mark,
                         ". Nothing below is averaged over holes, but the missing points may "
                         "change it.</p>\n");
    append_answer(report, html);
    if (!append_figure(report, html, &machine, directory, error))
        return FALSE;
    append_what(report, html);
    for (const LadSweepFigure *figure = lad_sweep_figures; figure->heading != NULL; figure++)
        if (!append_figure(report, html, figure, directory, error))
            return FALSE;
    append_cases(report, html);
    append_origin(report, html);
    return TRUE;
}

gboolean
lad_sweep_report(const LadSweepTable *table, const LadSweepQuestion *question,
                 const char *directory, GError **error)
{
    LadSweepReport report;
    g_autoptr(GString) html = g_string_new(NULL);
    gboolean ok = lad_sweep_report_init(&report, table, question, error) &&
                  lad_html_directory(directory, error) &&
                  append_all(&report, html, directory, error) &&
                  lad_html_write(html, directory, error);
    lad_sweep_report_clear(&report);
    return ok;
}
