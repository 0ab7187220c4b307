/* cases_show.c - the page of a study of cases: its rows, its curves. */
#include "config.h"
#include "analysis/report/draw.h"
#include "analysis/study/cases.h"
#include "sim/base/publish.h"
#include <math.h>
#include <string.h>

static const char *const heads[] = {"figure", "published", "ours",  "error",
                                    "kind",   "asked for", "source"};
#define N_COLUMNS G_N_ELEMENTS(heads)

static const char *const kind_names[] = {"ours", "calibrated", "predicted"};

/* The results of all cases. */
typedef struct {
    const LadCases *cases;
    const char **names, **missing;
    LadResult **results;
    LadCaseFound **found;
    LadFormulaRuns runs;
} Shown;

static char *
number(double value, const char *unit)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    if (isnan(value))
        return g_strdup("-");
    g_ascii_formatd(text, sizeof text, fabs(value) >= 1e5 ? "%.0f" : "%.4g", value);
    return unit[0] ? g_strdup_printf("%s %s", text, unit) : g_strdup(text);
}

static char *
not_run(const char *missing)
{
    return g_strdup_printf("not run: %s is not installed", missing);
}

static gboolean
fill_cells(const Shown *shown, const LadCaseRow *row, char *cells[N_COLUMNS], GError **error)
{
    const char *missing = lad_formula_missing(row->value, &shown->runs);
    double value = NAN;
    if (!missing && !lad_formula_value(row->value, &shown->runs, &value, error)) {
        g_prefix_error(error, "%s: ", row->what);
        return FALSE;
    }
    double off = value / row->published - 1;
    if (fabs(off) < 0.0005)
        off = 0;
    gboolean within = row->bound == '<' ? value < row->published : value > row->published;
    cells[0] = g_strdup(row->what);
    cells[1] = number(row->published, row->unit);
    cells[2] = missing        ? not_run(missing)
               : isnan(value) ? g_strdup("undefined: divided by 0")
                              : number(value, row->unit);
    if (row->bound) {
        char *limit = cells[1];
        cells[1] = g_strdup_printf("%c %s", row->bound, limit);
        g_free(limit);
    }
    cells[3] = isnan(value) ? g_strdup("-")
               : row->bound ? g_strdup(within ? "within" : "beyond")
               : isnan(row->published) || row->published == 0
                   ? g_strdup("-")
                   : g_strdup_printf("%+.1f %%", 100 * off);
    cells[4] = g_strdup(kind_names[row->kind]);
    cells[5] = row->tolerance > 0 && !isnan(value)
                   ? g_strdup_printf("within %g %%: %s", 100 * row->tolerance,
                                     fabs(off) <= row->tolerance ? "met" : "not met")
                   : g_strdup("-");
    cells[6] = g_strdup(row->source[0] ? row->source : "-");
    return TRUE;
}

typedef struct {
    GString *text, *tsv, *html, *figures;
    int width; /* of the first column of text */
} Tables;

/* Whether any row has something in a column; the page leaves out those where none has. */
static gboolean
is_used(const LadCases *cases, guint column)
{
    for (guint i = 0; i < cases->rows->len; i++) {
        const LadCaseRow *row = cases->rows->pdata[i];
        gboolean published = !isnan(row->published);
        if (column == 0 || column == 2 || (column == 5 && row->tolerance > 0) ||
            (column == 6 && row->source[0]) || ((column == 1 || column == 3) && published) ||
            (column == 4 && (published || row->kind != LAD_ROW_OURS)))
            return TRUE;
    }
    return FALSE;
}

static const char *
class_of(guint column, const char *cell)
{
    gboolean words =
        column == 6 || (column == 2 && g_ascii_isalpha(cell[0]) && strcmp(cell, heads[2]) != 0);
    return column == 0 ? "figure"
           : words     ? "text"
           : strcmp(cell, "beyond") == 0 || g_str_has_suffix(cell, ": not met")
               ? "missed"
               : (column == 4 ? cell : "");
}

static void
add_html_row(GString *html, const LadCases *cases, const char *element,
             const char *const cells[N_COLUMNS])
{
    g_string_append(html, "<tr>");
    for (guint i = 0; i < N_COLUMNS; i++) {
        g_autofree char *text = g_markup_escape_text(cells[i], -1);
        const char *class = class_of(i, cells[i]);
        g_autoptr(GString) escaped = g_string_new(text);
        if (!class[0]) /* a number stays with its unit */
            g_string_replace(escaped, " ", "\302\240", 0);
        if (is_used(cases, i))
            g_string_append_printf(html, "<%s class=\"%s\">%s</%s>", element, class, escaped->str,
                                   element);
    }
    g_string_append(html, "</tr>\n");
}

static void
add_row(Tables *tables, const char *const cells[N_COLUMNS])
{
    g_string_append_printf(tables->text, "%-*s %14s %14s %9s  %-10s  %s\n", tables->width, cells[0],
                           cells[1], cells[2], cells[3], cells[4], cells[5]);
    for (guint i = 0; i < N_COLUMNS; i++)
        g_string_append_printf(tables->tsv, "%s%s", i ? "\t" : "", cells[i]);
    g_string_append_c(tables->tsv, '\n');
}

static void
add_section(Tables *tables, const char *name)
{
    g_autofree char *escaped = g_markup_escape_text(name, -1);
    g_string_append_printf(tables->text, "\n%s\n", name);
    g_string_append_printf(tables->html, "<tr class=\"section\"><th colspan=\"%zu\">%s</th></tr>\n",
                           N_COLUMNS, escaped);
}

static gboolean
add_rows(const Shown *shown, Tables *tables, GError **error)
{
    add_row(tables, heads);
    g_string_append(tables->html, "<thead>");
    add_html_row(tables->html, shown->cases, "th", heads);
    g_string_append(tables->html, "</thead>\n<tbody>\n");
    for (guint i = 0; i < shown->cases->rows->len; i++) {
        const LadCaseRow *row = shown->cases->rows->pdata[i];
        char *cells[N_COLUMNS];
        if (!fill_cells(shown, row, cells, error))
            return FALSE;
        if (row->section[0])
            add_section(tables, row->section);
        add_row(tables, (const char *const *)cells);
        add_html_row(tables->html, shown->cases, "td", (const char *const *)cells);
        for (guint k = 0; k < N_COLUMNS; k++)
            g_free(cells[k]);
    }
    g_string_append(tables->html, "</tbody>");
    return TRUE;
}

static guint
case_number(const LadCases *cases, const char *name)
{
    guint i = 0;
    while (strcmp(((const LadCase *)cases->cases->pdata[i])->name, name) != 0)
        i++;
    return i;
}

/* One y of a curve; NAN: its case was not run. */
static gboolean
curve_value(const Shown *shown, const LadCaseCurve *curve, guint series, guint x, double *value,
            GError **error)
{
    LadFormulaRuns runs = shown->runs;
    runs.self = case_number(shown->cases, curve->cases[series * curve->n_x + x]);
    runs.x = curve->x[x];
    *value = NAN;
    if (lad_formula_missing(curve->value, &runs) ||
        lad_formula_value(curve->value, &runs, value, error))
        return TRUE;
    g_prefix_error(error, "[curve.%s]: ", curve->name);
    return FALSE;
}

static void
append_number(GString *out, const char *before, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_printf(out, "%s%s", before,
                           isnan(value) ? "NaN"
                                        : g_ascii_formatd(text, sizeof text, "%.6g", value));
}

/* The labels, then a row for each x: it, each series, what was published if anything was. */
static char *
curve_table(const Shown *shown, const LadCaseCurve *curve, GError **error)
{
    if (curve->table[0]) {
        const LadCaseFound *found = shown->found[case_number(shown->cases, curve->cases[0])];
        char *table = lad_case_found_table(found, curve->table, error);
        if (!table)
            g_prefix_error(error, "[curve.%s]: ", curve->name);
        return table;
    }
    g_autoptr(GString) out = g_string_new(curve->x_label);
    for (guint k = 0; k < curve->n_series; k++)
        g_string_append_printf(out, "\t%s", curve->series[0] ? curve->series[k] : "ours");
    if (curve->published)
        g_string_append(out, "\tpublished");
    g_string_append_c(out, '\n');
    for (guint i = 0; i < curve->n_x; i++) {
        append_number(out, "", curve->x[i]);
        for (guint k = 0; k < curve->n_series; k++) {
            double value;
            if (!curve_value(shown, curve, k, i, &value, error))
                return NULL;
            append_number(out, "\t", value);
        }
        if (curve->published)
            append_number(out, "\t", curve->published[i]);
        g_string_append_c(out, '\n');
    }
    return g_strdup(out->str);
}

/* The same for people. */
static void
add_curve_text(const LadCaseCurve *curve, const char *table, GString *text)
{
    g_auto(GStrv) lines = g_strsplit(table, "\n", -1);
    g_string_append_printf(text, "\n%s: %s\n", curve->title, curve->y_label);
    for (guint i = 0; lines[i] && lines[i][0]; i++) {
        g_auto(GStrv) cells = g_strsplit(lines[i], "\t", -1);
        for (guint k = 0; cells[k]; k++)
            g_string_append_printf(text, "%*s", k ? 26 : 18,
                                   strcmp(cells[k], "NaN") == 0 ? "-" : cells[k]);
        g_string_append_c(text, '\n');
    }
}

/* The program for want of which nothing of a curve was run; NULL: some of it was. */
static const char *
curve_missing(const Shown *shown, const LadCaseCurve *curve)
{
    const char *missing = NULL;
    if (curve->table[0])
        return ((const LadCase *)
                    shown->cases->cases->pdata[case_number(shown->cases, curve->cases[0])])
            ->missing;
    for (guint i = 0; curve->cases[i]; i++) {
        LadFormulaRuns runs = shown->runs;
        runs.self = case_number(shown->cases, curve->cases[i]);
        missing = lad_formula_missing(curve->value, &runs);
        if (!missing)
            return NULL;
    }
    return missing;
}

static gboolean
add_curve(const Shown *shown, const LadCaseCurve *curve, const char *directory, Tables *tables,
          GError **error)
{
    g_autofree char *title = g_markup_escape_text(curve->title, -1);
    const char *missing = curve_missing(shown, curve);
    if (missing) {
        g_autofree char *why = not_run(missing);
        g_string_append_printf(tables->text, "\n%s: %s\n", curve->title, why);
        g_string_append_printf(tables->figures, "<figure><p class=\"note\">%s: %s</p></figure>\n",
                               title, why);
        return TRUE;
    }
    g_autofree char *table = curve_table(shown, curve, error);
    if (!table)
        return FALSE;
    add_curve_text(curve, table, tables->text);
    LadDrawing drawing = {"cases", curve->name, table, 0, curve->y_label};
    g_autofree char *picture = lad_draw(&drawing, directory, error);
    if (!picture)
        return FALSE;
    const char *start = strstr(picture, "<svg");
    g_string_append_printf(tables->figures,
                           "<figure>%s<figcaption><b>%s</b></figcaption></figure>\n",
                           start ? start : picture, title);
    return TRUE;
}

static gboolean
put(const char *directory, const char *name, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    return lad_publish(path, NULL, text, -1, 0, error);
}

/* What is left out, and for want of what. */
static void
add_left_out(const LadCases *cases, GString *html)
{
    for (guint i = 0; i < cases->traces->len; i++) {
        const LadTraceSource *trace = cases->traces->pdata[i];
        if (trace->missing) {
            g_autofree char *text =
                g_markup_printf_escaped("<p class=\"note\">Trace %s was not recorded, and its "
                                        "cases were not run: %s is not "
                                        "installed.</p>\n",
                                        trace->name, trace->missing);
            g_string_append(html, text);
        }
    }
}

/* Where each trace comes from. */
static void
add_traces(const LadCases *cases, GString *html)
{
    g_string_append(html, "<details><summary>Traces</summary><div class=\"table\"><table>\n");
    for (guint i = 0; i < cases->traces->len; i++) {
        const LadTraceSource *trace = cases->traces->pdata[i];
        g_autofree char *sets = g_strjoinv(", ", trace->synth_set);
        g_autofree char *base = g_path_get_basename(trace->synth ? trace->synth : trace->path);
        g_autofree char *from =
            trace->capture ? g_strdup_printf("recorded: %s%s%s%s%s", trace->capture,
                                             trace->prepare[0] ? "; before: " : "", trace->prepare,
                                             trace->beside[0] ? "; beside: " : "", trace->beside)
            : trace->synth ? g_strdup_printf("generated: %s%s%s", base, sets[0] ? "; " : "", sets)
                           : g_strdup(base);
        g_autofree char *row = g_markup_printf_escaped(
            "<tr><td>%s</td><td class=\"text\">%s</td></tr>\n", trace->name, from);
        g_string_append(html, row);
    }
    g_string_append(html, "</table></div></details>\n");
}

/* What each case is. */
static void
add_cases(const LadCases *cases, GString *html)
{
    g_string_append(html, "<details><summary>Cases</summary><div class=\"table\"><table>\n");
    for (guint i = 0; i < cases->cases->len; i++) {
        const LadCase *one = cases->cases->pdata[i];
        g_autofree char *machine = g_path_get_basename(one->machine);
        g_autofree char *traces = g_strjoinv(", ", one->traces);
        g_autofree char *sets = g_strjoinv(", ", one->set);
        g_autofree char *row =
            g_markup_printf_escaped("<tr><td>%s</td><td class=\"text\">%s on %s%s%s</td></tr>\n",
                                    one->name, traces, machine, sets[0] ? "; " : "", sets);
        g_string_append(html, row);
    }
    g_string_append(html, "</table></div></details>\n");
}

static gboolean
put_page(const LadCases *cases, const char *directory, const Tables *tables, GError **error)
{
    g_autofree char *head = g_markup_printf_escaped("<title>%s</title>", cases->title);
    g_autofree char *lead =
        g_markup_printf_escaped("<h1>%s</h1>\n<p>%s</p>\n", cases->title, cases->about);
    g_autoptr(GString) page =
        g_string_new("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    g_string_append_printf(page, "%s<style>\n%s</style></head><body>\n%s", head,
                           lad_report_resource("report/page.css"), lead);
    add_left_out(cases, page);
    if (is_used(cases, 4))
        g_string_append(page, "<p>Calibrated: a parameter was set so that ours comes near the "
                              "published figure. Predicted: nothing was set from it. Ours: nothing "
                              "was published.</p>\n");
    g_string_append(page, "<div class=\"table\"><table>\n");
    g_string_append(page, tables->html->str);
    g_string_append_printf(page, "</table></div>\n%s%s%s",
                           tables->figures->len ? "<h2>Figures</h2>\n<div class=\"figures\">\n"
                                                : "",
                           tables->figures->str, tables->figures->len ? "</div>\n" : "");
    g_string_append(page, "<h2>What was run</h2>\n");
    add_traces(cases, page);
    add_cases(cases, page);
    g_string_append(page, "</body></html>\n");
    return put(directory, "results.tsv", tables->tsv->str, error) &&
           put(directory, "index.html", page->str, error);
}

static gboolean
show(const Shown *shown, const char *directory, Tables *tables, GError **error)
{
    if (!add_rows(shown, tables, error))
        return FALSE;
    for (guint i = 0; i < shown->cases->curves->len; i++)
        if (!add_curve(shown, shown->cases->curves->pdata[i], directory, tables, error))
            return FALSE;
    return put_page(shown->cases, directory, tables, error);
}

static gboolean
read_results(Shown *shown, const char *directory, GError **error)
{
    for (guint i = 0; i < shown->cases->cases->len; i++) {
        const LadCase *one = shown->cases->cases->pdata[i];
        gboolean profile = one->profile != LAD_CASE_RUN;
        g_autofree char *name = g_strconcat(one->name, profile ? ".json" : ".h5", NULL);
        g_autofree char *path = g_build_filename(directory, name, NULL);
        shown->names[i] = one->name;
        shown->missing[i] = one->missing;
        if (one->missing)
            continue;
        if (profile)
            shown->found[i] = lad_case_found_read(path, error);
        else
            shown->results[i] = lad_result_read(path, error);
        if (!shown->found[i] && !shown->results[i])
            return FALSE;
    }
    return TRUE;
}

char *
lad_cases_show(const LadCases *cases, const char *directory, GError **error)
{
    guint n = cases->cases->len;
    Shown shown = {.cases = cases,
                   .names = g_new0(const char *, n + 1),
                   .missing = g_new0(const char *, n + 1),
                   .results = g_new0(LadResult *, n + 1),
                   .found = g_new0(LadCaseFound *, n + 1)};
    shown.runs = (LadFormulaRuns){.names = shown.names,
                                  .results = (const LadResult *const *)shown.results,
                                  .found = shown.found,
                                  .missing = shown.missing,
                                  .n = n,
                                  .self = G_MAXUINT};
    Tables tables = {g_string_new(NULL), g_string_new(NULL), g_string_new(NULL), g_string_new(NULL),
                     30};
    for (guint i = 0; i < cases->rows->len; i++) {
        const LadCaseRow *row = cases->rows->pdata[i];
        tables.width = MAX(tables.width, (int)g_utf8_strlen(row->what, -1));
    }
    gboolean ok = read_results(&shown, directory, error) && show(&shown, directory, &tables, error);
    for (guint i = 0; i < n; i++) {
        if (shown.results[i])
            lad_result_free(shown.results[i]);
        lad_case_found_free(shown.found[i]);
    }
    g_free(shown.found);
    g_free(shown.results);
    g_free(shown.missing);
    g_free(shown.names);
    g_string_free(tables.tsv, TRUE);
    g_string_free(tables.html, TRUE);
    g_string_free(tables.figures, TRUE);
    return g_string_free(tables.text, !ok);
}
