/* compare.c - what differs between results, drawn. */
#include "config.h"
#include "analysis/report/draw.h"
#include "analysis/report/html.h"
#include "analysis/report/report.h"
#include "sim/result/differences.h"
#include "sim/result/quantity.h"
#include <math.h>
#include <string.h>

/* Bars in the figure and rows in the table at most. */
#define MAX_BARS 16
#define MAX_ROWS 200

/* Figures that people ask for first, whatever else changes more. */
static gboolean
is_of_run(const LadMetricDifference *metric)
{
    return g_str_has_prefix(metric->name, "run.") && !isnan(metric->change);
}

static void
add_bar(GString *table, const LadMetricDifference *metric)
{
    char change[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_printf(table, "%s\t%s\tNaN\n", metric->name,
                           g_ascii_formatd(change, sizeof change, "%.5g", 100 * metric->change));
}

/* The run's own metrics, the largest change first; NULL if none differs. */
static char *
bars(const LadDifferences *differences)
{
    GString *table = g_string_new("metric\tchange (%)\t+-\n");
    guint n = 0;
    for (guint i = 0; i < differences->metrics->len && n < MAX_BARS; i++) {
        const LadMetricDifference *metric = differences->metrics->pdata[i];
        if (is_of_run(metric)) {
            add_bar(table, metric);
            n++;
        }
    }
    return g_string_free(table, n == 0);
}

static gboolean
append_figure(GString *html, const LadDifferences *differences, const char *const *names,
              const char *directory, GError **error)
{
    g_autofree char *table = bars(differences);
    if (table == NULL)
        return TRUE;
    LadDrawing drawing = {"difference", "compare", table, 0, NULL};
    g_autofree char *svg = lad_draw(&drawing, directory, error);
    if (svg == NULL)
        return FALSE;
    g_string_append(html, "<figure id=\"figure-compare\">\n");
    lad_html_picture(html, svg, "compare", "Metrics of the run that differ");
    g_autofree char *caption = g_strdup_printf(
        "Metrics of the whole run in %s against %s (the baseline), the largest changes of at most "
        "%d.",
        names[1], names[0], MAX_BARS);
    lad_html_element(html, "<figcaption>", caption, "</figcaption>\n</figure>\n");
    return TRUE;
}

static void
append_row(GString *html, const LadMetricDifference *metric, guint n)
{
    lad_html_element(html, "<tr><th scope=\"row\">", metric->name, "</th>");
    for (guint i = 0; i < n; i++) {
        g_autofree char *value = lad_quantity(metric->values[i], metric->unit);
        lad_html_element(html, "<td>", value, "</td>");
    }
    g_autofree char *change =
        isnan(metric->change) ? g_strdup("") : g_strdup_printf("%+.3g %%", 100 * metric->change);
    lad_html_element(html, "<td>", change, "</td></tr>\n");
}

static void
append_table(GString *html, const LadDifferences *differences, const char *const *names)
{
    g_string_append(html, "<div class=\"table\"><table><thead><tr><th scope=\"col\">metric</th>");
    for (guint i = 0; i < differences->n_results; i++)
        lad_html_element(html, "<th scope=\"col\">", names[i], "</th>");
    g_string_append(html, "<th scope=\"col\">change, second to first</th></tr></thead>\n<tbody>\n");
    for (guint i = 0; i < differences->metrics->len && i < MAX_ROWS; i++)
        append_row(html, differences->metrics->pdata[i], differences->n_results);
    g_string_append(html, "</tbody></table></div>\n");
}

gboolean
lad_report_compare(GString *html, const LadResult *const *results, const char *const *names,
                   guint n, const char *directory, GError **error)
{
    g_autoptr(LadDifferences) differences = lad_differences_new(results, n);
    g_autofree char *warning = lad_differences_warning(differences);
    guint n_differ = differences->metrics->len;
    g_autofree char *counted =
        g_strdup_printf("%u of %u metrics differ.", n_differ, n_differ + differences->n_equal);
    g_string_append(html, "<h2>Metrics that differ</h2>\n");
    if (warning != NULL)
        lad_html_element(html, "<p class=\"partial banner\">", warning, ".</p>\n");
    lad_html_element(html, "<p>", counted, "</p>\n");
    if (!append_figure(html, differences, names, directory, error))
        return FALSE;
    if (n_differ > 0)
        append_table(html, differences, names);
    return TRUE;
}
