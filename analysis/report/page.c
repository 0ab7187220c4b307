/* page.c - the report's page: one HTML file with everything in it, no network, no scripts. */
#include "config.h"
#include "analysis/report/report.h"
#include "analysis/report/draw.h"
#include "analysis/report/html.h"
#include "sim/result/rows.h"
#include <string.h>

typedef struct {
    const LadResult *const *results;
    const char *const *names;
    guint n;
    const char *directory;
    gboolean compare;
    GString *html;
} Page;

/* ---- Tables -----------------------------------------------------------------------------------
 */

static void
append_head_row(Page *page, const char *first)
{
    lad_html_element(page->html, "<thead><tr><th scope=\"col\">", first, "</th>");
    for (guint i = 0; i < page->n; i++)
        lad_html_element(page->html, "<th scope=\"col\">", page->names[i], "</th>");
    g_string_append(page->html, "</tr></thead>\n");
}

static void
append_row(Page *page, GArray *const *rows, const LadRow *row)
{
    g_autofree char *label =
        *row->field ? g_strdup_printf("%s, %s", row->item, row->field) : g_strdup(row->item);
    lad_html_element(page->html, "<tr><th scope=\"row\">", label, "</th>");
    for (guint i = 0; i < page->n; i++) {
        const LadRow *same = lad_rows_find(rows[i], row->section, row->item, row->field);
        g_autofree char *cell = same ? lad_row_text(same) : g_strdup("-");
        lad_html_element(page->html, "<td>", cell, "</td>");
    }
    g_string_append(page->html, "</tr>\n");
}

/* Every row that any result has, once, by sections in the order of the summary. */
static void
append_summary(Page *page, LadPhase phase)
{
    GArray **rows = g_new0(GArray *, page->n);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) sections = g_ptr_array_new();
    for (guint i = 0; i < page->n; i++) {
        rows[i] = lad_rows_new(page->results[i], phase);
        for (guint j = 0; j < rows[i]->len; j++) {
            const char *section = g_array_index(rows[i], LadRow, j).section;
            if (!g_ptr_array_find_with_equal_func(sections, section, g_str_equal, NULL))
                g_ptr_array_add(sections, (char *)section);
        }
    }
    g_string_append(page->html, "<div class=\"table\"><table>\n");
    append_head_row(page, "");
    g_string_append(page->html, "<tbody>\n");
    for (guint s = 0; s < sections->len; s++) {
        g_string_append_printf(page->html,
                               "<tr class=\"section\"><th colspan=\"%u\">%s</th></tr>\n",
                               page->n + 1, (char *)sections->pdata[s]);
        for (guint i = 0; i < page->n; i++)
            for (guint j = 0; j < rows[i]->len; j++) {
                const LadRow *row = &g_array_index(rows[i], LadRow, j);
                g_autofree char *key =
                    g_strdup_printf("%s|%s|%s", row->section, row->item, row->field);
                if (g_str_equal(row->section, sections->pdata[s]) &&
                    g_hash_table_add(seen, g_strdup(key)))
                    append_row(page, rows, row);
            }
    }
    g_string_append(page->html, "</tbody></table></div>\n");
    for (guint i = 0; i < page->n; i++)
        g_array_unref(rows[i]);
    g_free(rows);
}

/* The settings that differ; nothing for one result. */
static void
append_inputs(Page *page)
{
    if (page->n < 2)
        return;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint differing = 0;
    g_string_append(page->html, "<h2>Inputs that differ</h2>\n");
    gsize begin = page->html->len;
    g_string_append(page->html, "<div class=\"table\"><table>\n");
    append_head_row(page, "setting");
    g_string_append(page->html, "<tbody>\n");
    for (guint i = 0; i < page->n; i++) {
        g_auto(GStrv) groups = g_key_file_get_groups(page->results[i]->settings, NULL);
        for (guint g = 0; groups[g] != NULL; g++) {
            g_auto(GStrv) keys =
                g_key_file_get_keys(page->results[i]->settings, groups[g], NULL, NULL);
            for (guint k = 0; keys[k] != NULL; k++) {
                g_autofree char *name = g_strdup_printf("%s.%s", groups[g], keys[k]);
                if (!g_hash_table_add(seen, g_strdup(name)))
                    continue;
                g_auto(GStrv) values = g_new0(char *, page->n + 1);
                gboolean differ = FALSE;
                for (guint j = 0; j < page->n; j++) {
                    char *value = lad_result_setting(page->results[j], groups[g], keys[k]);
                    values[j] = value ? value : g_strdup("-");
                    differ = differ || !g_str_equal(values[j], values[0]);
                }
                if (!differ)
                    continue;
                differing++;
                lad_html_element(page->html, "<tr><th scope=\"row\">", name, "</th>");
                for (guint j = 0; j < page->n; j++)
                    lad_html_element(page->html, "<td>", values[j], "</td>");
                g_string_append(page->html, "</tr>\n");
            }
        }
    }
    g_string_append(page->html, "</tbody></table></div>\n");
    if (differing == 0) {
        g_string_truncate(page->html, begin);
        g_string_append(page->html, "<p>None: the effective configurations are equal.</p>\n");
    }
}

/* ---- Figures ----------------------------------------------------------------------------------
 */

static gboolean
append_figure(Page *page, const LadFigure *figure, const char *stem, const char *whose,
              const char *table, double max, GError **error)
{
    g_string_append_printf(page->html, "<figure id=\"figure-%s\">\n", stem);
    g_autofree char *title =
        *whose ? g_strdup_printf("%s: %s", figure->heading, whose) : g_strdup(figure->heading);
    if (table != NULL) {
        LadDrawing drawing = {figure->name, stem, table, max, NULL};
        g_autofree char *svg = lad_draw(&drawing, page->directory, error);
        if (svg == NULL)
            return FALSE;
        lad_html_picture(page->html, svg, stem, title);
    }
    g_string_append(page->html, "<figcaption>");
    if (*whose)
        lad_html_element(page->html, "<b>", whose, ".</b> ");
    lad_html_text(page->html, table ? figure->caption : figure->nothing);
    g_string_append(page->html, "</figcaption>\n</figure>\n");
    return TRUE;
}

static gboolean
append_figures_each(Page *page, const LadFigure *figure, GError **error)
{
    g_auto(GStrv) tables = g_new0(char *, page->n + 1);
    double max = 0;
    gboolean ok = TRUE;
    for (guint i = 0; i < page->n; i++)
        tables[i] = figure->table(page->results + i, page->names + i, 1, &max);
    for (guint i = 0; ok && i < page->n; i++) {
        g_autofree char *stem = g_strdup_printf("%s-%u", figure->name, i + 1);
        ok = append_figure(page, figure, stem, page->names[i], tables[i], max, error);
    }
    /* The vector ends at its first NULL: free those behind one too. */
    for (guint i = 0; i < page->n; i++)
        if (tables[i] == NULL)
            tables[i] = g_strdup("");
    return ok;
}

static gboolean
append_figures(Page *page, GError **error)
{
    for (const LadFigure *figure = lad_figures; figure->name; figure++) {
        lad_html_element(page->html, "<h2>", figure->heading, "</h2>\n<div class=\"figures\">\n");
        gboolean ok;
        if (figure->shared) {
            double max = 0;
            g_autofree char *table = figure->table(page->results, page->names, page->n, &max);
            ok = append_figure(page, figure, figure->name, "", table, 0, error);
        } else {
            ok = append_figures_each(page, figure, error);
        }
        if (!ok)
            return FALSE;
        g_string_append(page->html, "</div>\n");
    }
    return TRUE;
}

/* ---- The page ---------------------------------------------------------------------------------
 */

static void
append_notes(Page *page)
{
    for (guint i = 0; i < page->n; i++)
        for (char **note = page->results[i]->provenance.notes; *note != NULL; note++) {
            lad_html_element(page->html, "<p class=\"note\"><b>", page->names[i], ":</b> ");
            lad_html_element(page->html, "", *note, "</p>\n");
        }
}

static void
append_origins(Page *page)
{
    g_string_append(page->html, "<h2>Where this comes from</h2>\n");
    for (guint i = 0; i < page->n; i++) {
        const LadProvenance *from = &page->results[i]->provenance;
        lad_html_element(page->html, "<details><summary>", page->names[i],
                         ": effective configuration and provenance</summary>\n<pre>");
        g_autofree char *text = g_strdup_printf(
            "memladder %s (%s)\ncommand line: %s\ntrace identity: %s\nseed: %" G_GUINT64_FORMAT
            "\nreferences: %" G_GUINT64_FORMAT "\nended by: %s\n\n",
            from->version, from->revision, from->command_line, from->trace_identity, from->seed,
            from->references, from->end_reason);
        lad_html_text(page->html, text);
        lad_html_text(page->html, page->results[i]->config);
        g_string_append(page->html, "</pre></details>\n");
    }
    g_string_append(page->html,
                    "<footer>Every figure's table (.tsv) and script (.gp) lie beside this page, "
                    "with the picture as SVG, PNG and PDF: "
                    "<code>gnuplot -c traffic.gp traffic-1.tsv out.svg</code> draws one again. "
                    "What each metric means: memladder-result(5).</footer>\n");
}

static gboolean
build(Page *page, GError **error)
{
    lad_html_begin(page->html, "memladder report");
    g_string_append(page->html, "<p class=\"lead\">");
    for (guint i = 0; i < page->n; i++) {
        g_string_append(page->html, i > 0 ? ", " : "");
        lad_html_text(page->html, page->names[i]);
    }
    g_string_append(page->html, "</p>\n");
    append_notes(page);
    append_inputs(page);
    if (page->compare && !lad_report_compare(page->html, page->results, page->names, page->n,
                                             page->directory, error))
        return FALSE;
    if (!append_figures(page, error) || !lad_report_offload(page->html, page->results, page->names,
                                                            page->n, page->directory, error))
        return FALSE;
    g_string_append(page->html, "<h2>Summary, measured phase</h2>\n");
    append_summary(page, LAD_PHASE_MEASURED);
    gboolean warm = FALSE;
    for (guint i = 0; i < page->n; i++)
        warm = warm || lad_result_has_warmup(page->results[i]);
    if (warm) {
        g_string_append(page->html, "<h2>Summary, warm-up</h2>\n<details><summary>Figures of the "
                                    "warm-up phase</summary>\n");
        append_summary(page, LAD_PHASE_WARMUP);
        g_string_append(page->html, "</details>\n");
    }
    append_origins(page);
    return TRUE;
}

gboolean
lad_report_write(const LadResult *const *results, const char *const *names, guint n,
                 gboolean compare, const char *directory, GError **error)
{
    if (!lad_html_directory(directory, error))
        return FALSE;
    Page page = {results, names, n, directory, compare, g_string_new(NULL)};
    gboolean ok = build(&page, error);
    ok = ok && lad_html_write(page.html, directory, error);
    g_string_free(page.html, TRUE);
    return ok;
}
