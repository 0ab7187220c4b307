/* page.c - the report's page: one HTML file with everything in it, no network, no scripts. */
#include "config.h"
#include "analysis/report/report.h"
#include "sim/base/publish.h"
#include "sim/result/rows.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

typedef struct {
    const LadResult *const *results;
    const char *const *names;
    guint n;
    const char *directory;
    GString *html;
} Page;

static void
append_escaped(GString *html, const char *text)
{
    g_autofree char *escaped = g_markup_escape_text(text, -1);
    g_string_append(html, escaped);
}

static void
append_element(GString *html, const char *open, const char *text, const char *close)
{
    g_string_append(html, open);
    append_escaped(html, text);
    g_string_append(html, close);
}

/* ---- Tables -----------------------------------------------------------------------------------
 */

static void
append_head_row(Page *page, const char *first)
{
    append_element(page->html, "<thead><tr><th scope=\"col\">", first, "</th>");
    for (guint i = 0; i < page->n; i++)
        append_element(page->html, "<th scope=\"col\">", page->names[i], "</th>");
    g_string_append(page->html, "</tr></thead>\n");
}

static void
append_row(Page *page, GArray *const *rows, const LadRow *row)
{
    g_autofree char *label =
        *row->field ? g_strdup_printf("%s, %s", row->item, row->field) : g_strdup(row->item);
    append_element(page->html, "<tr><th scope=\"row\">", label, "</th>");
    for (guint i = 0; i < page->n; i++) {
        const LadRow *same = lad_rows_find(rows[i], row->section, row->item, row->field);
        g_autofree char *cell = same ? lad_row_text(same) : g_strdup("-");
        append_element(page->html, "<td>", cell, "</td>");
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
                append_element(page->html, "<tr><th scope=\"row\">", name, "</th>");
                for (guint j = 0; j < page->n; j++)
                    append_element(page->html, "<td>", values[j], "</td>");
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

/* The picture without its XML prologue, with a title for those who cannot see it. Identifiers get
 * the stem as a prefix: several pictures live in one page. */
static void
append_picture(GString *html, const char *svg, const char *stem, const char *title)
{
    const char *begin = strstr(svg, "<svg");
    g_autoptr(GString) text = g_string_new(begin ? begin : svg);
    g_autofree char *prefix = g_strdup_printf("id=\"%s-", stem);
    g_autofree char *reference = g_strdup_printf("href='#%s-", stem);
    g_autofree char *quoted = g_strdup_printf("id='%s-", stem);
    g_autofree char *url = g_strdup_printf("url(#%s-", stem);
    g_autofree char *escaped = g_markup_escape_text(title, -1);
    g_autofree char *named = g_strdup_printf("<title>%s</title>", escaped);
    g_string_replace(text, "id=\"", prefix, 0);
    g_string_replace(text, "id='", quoted, 0);
    g_string_replace(text, "href='#", reference, 0);
    g_string_replace(text, "url(#", url, 0);
    g_string_replace(text, "<title>Gnuplot</title>", named, 1);
    g_string_replace(text, "<svg", "<svg role=\"img\"", 1);
    g_string_append(html, text->str);
}

static gboolean
append_figure(Page *page, const LadFigure *figure, const char *stem, const char *whose,
              const char *table, double max, GError **error)
{
    g_string_append_printf(page->html, "<figure id=\"figure-%s\">\n", stem);
    g_autofree char *title =
        *whose ? g_strdup_printf("%s: %s", figure->heading, whose) : g_strdup(figure->heading);
    if (table != NULL) {
        g_autofree char *svg = lad_figure_draw(figure, page->directory, stem, table, max, error);
        if (svg == NULL)
            return FALSE;
        append_picture(page->html, svg, stem, title);
    }
    g_string_append(page->html, "<figcaption>");
    if (*whose)
        append_element(page->html, "<b>", whose, ".</b> ");
    append_escaped(page->html, table ? figure->caption : figure->nothing);
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
        append_element(page->html, "<h2>", figure->heading, "</h2>\n<div class=\"figures\">\n");
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
            append_element(page->html, "<p class=\"note\"><b>", page->names[i], ":</b> ");
            append_element(page->html, "", *note, "</p>\n");
        }
}

static void
append_origins(Page *page)
{
    g_string_append(page->html, "<h2>Where this comes from</h2>\n");
    for (guint i = 0; i < page->n; i++) {
        const LadProvenance *from = &page->results[i]->provenance;
        append_element(page->html, "<details><summary>", page->names[i],
                       ": effective configuration and provenance</summary>\n<pre>");
        g_autofree char *text = g_strdup_printf(
            "memladder %s (%s)\ncommand line: %s\ntrace identity: %s\nseed: %" G_GUINT64_FORMAT
            "\nreferences: %" G_GUINT64_FORMAT "\nended by: %s\n\n",
            from->version, from->revision, from->command_line, from->trace_identity, from->seed,
            from->references, from->end_reason);
        append_escaped(page->html, text);
        append_escaped(page->html, page->results[i]->config);
        g_string_append(page->html, "</pre></details>\n");
    }
    g_string_append(page->html,
                    "<footer>Every figure's table (.tsv) and script (.gp) lie beside this page: "
                    "<code>gnuplot -c traffic.gp traffic-1.tsv out.svg</code> draws one again. "
                    "What each metric means: memladder-result(5).</footer>\n");
}

static gboolean
build(Page *page, GError **error)
{
    g_string_append(page->html,
                    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<title>memladder report</title>\n<style>\n");
    g_string_append(page->html, lad_report_resource("report/page.css"));
    g_string_append(page->html, "</style>\n</head>\n<body>\n<h1>memladder report</h1>\n<p "
                                "class=\"lead\">");
    for (guint i = 0; i < page->n; i++) {
        g_string_append(page->html, i > 0 ? ", " : "");
        append_escaped(page->html, page->names[i]);
    }
    g_string_append(page->html, "</p>\n");
    append_notes(page);
    append_inputs(page);
    if (!append_figures(page, error))
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
    g_string_append(page->html, "</body>\n</html>\n");
    return TRUE;
}

gboolean
lad_report_write(const LadResult *const *results, const char *const *names, guint n,
                 const char *directory, GError **error)
{
    if (g_mkdir_with_parents(directory, 0777) != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "cannot make the directory %s: %s", directory,
                    g_strerror(errno));
        return FALSE;
    }
    Page page = {results, names, n, directory, g_string_new(NULL)};
    gboolean ok = build(&page, error);
    g_autofree char *path = g_build_filename(directory, "index.html", NULL);
    ok = ok && lad_publish(path, NULL, page.html->str, (gssize)page.html->len, 0, error);
    g_string_free(page.html, TRUE);
    return ok;
}
