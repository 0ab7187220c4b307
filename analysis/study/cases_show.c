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
    const char **names;
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

static gboolean
fill_cells(const Shown *shown, const LadCaseRow *row, char *cells[N_COLUMNS], GError **error)
{
    double value;
    if (!lad_formula_value(row->value, &shown->runs, &value, error)) {
        g_prefix_error(error, "%s: ", row->what);
        return FALSE;
    }
    double off = value / row->published - 1;
    gboolean within = row->bound == '<' ? value < row->published : value > row->published;
    cells[0] = g_strdup(row->what);
    cells[1] = number(row->published, row->unit);
    cells[2] = number(value, row->unit);
    if (row->bound) {
        char *limit = cells[1];
        cells[1] = g_strdup_printf("%c %s", row->bound, limit);
        g_free(limit);
    }
    cells[3] = row->bound ? g_strdup(within ? "within" : "beyond")
               : isnan(row->published) || row->published == 0
                   ? g_strdup("-")
                   : g_strdup_printf("%+.1f %%", 100 * off);
    cells[4] = g_strdup(kind_names[row->kind]);
    cells[5] = row->tolerance > 0 ? g_strdup_printf("within %g %%: %s", 100 * row->tolerance,
                                                    fabs(off) <= row->tolerance ? "met" : "not met")
                                  : g_strdup("-");
    cells[6] = g_strdup(row->source[0] ? row->source : "-");
    return TRUE;
}

typedef struct {
    GString *text, *tsv, *html;
} Tables;

static void
add_row(Tables *tables, const char *const cells[N_COLUMNS])
{
    g_string_append_printf(tables->text, "%-58s %14s %14s %9s  %-10s  %s\n", cells[0], cells[1],
                           cells[2], cells[3], cells[4], cells[5]);
    g_string_append(tables->html, "<tr>");
    for (guint i = 0; i < N_COLUMNS; i++) {
        g_autofree char *escaped = g_markup_escape_text(cells[i], -1);
        g_string_append_printf(tables->tsv, "%s%s", i ? "\t" : "", cells[i]);
        g_string_append_printf(tables->html, "<td>%s</td>", escaped);
    }
    g_string_append_c(tables->tsv, '\n');
    g_string_append(tables->html, "</tr>\n");
}

static gboolean
add_rows(const Shown *shown, Tables *tables, GError **error)
{
    add_row(tables, heads);
    for (guint i = 0; i < shown->cases->rows->len; i++) {
        char *cells[N_COLUMNS];
        if (!fill_cells(shown, shown->cases->rows->pdata[i], cells, error))
            return FALSE;
        add_row(tables, (const char *const *)cells);
        for (guint k = 0; k < N_COLUMNS; k++)
            g_free(cells[k]);
    }
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

/* The labels, then x, ours and published, by row; also into the table for people. */
static char *
curve_table(const Shown *shown, const LadCaseCurve *curve, GString *text, GError **error)
{
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "%s\t%s over %s\tpublished\n", curve->x_label, curve->y_label,
                           curve->x_label);
    g_string_append_printf(text, "\n%s: %s over %s\n", curve->title, curve->y_label,
                           curve->x_label);
    for (guint i = 0; curve->cases[i]; i++) {
        LadFormulaRuns runs = shown->runs;
        double value, published = curve->published ? curve->published[i] : NAN;
        runs.self = case_number(shown->cases, curve->cases[i]);
        if (!lad_formula_value(curve->value, &runs, &value, error)) {
            g_prefix_error(error, "[curve.%s]: ", curve->name);
            g_string_free(out, TRUE);
            return NULL;
        }
        char x[G_ASCII_DTOSTR_BUF_SIZE], y[G_ASCII_DTOSTR_BUF_SIZE], z[G_ASCII_DTOSTR_BUF_SIZE];
        g_ascii_formatd(x, sizeof x, "%.6g", curve->x[i]);
        g_ascii_formatd(y, sizeof y, "%.6g", value);
        g_ascii_formatd(z, sizeof z, "%.6g", published);
        g_string_append_printf(out, "%s\t%s\t%s\n", x, y, isnan(published) ? "NaN" : z);
        g_string_append_printf(text, "%12s %12s", x, y);
        g_string_append_printf(text, isnan(published) ? "\n" : "   published %s\n", z);
    }
    return g_string_free(out, FALSE);
}

static gboolean
add_curve(const Shown *shown, const LadCaseCurve *curve, const char *directory, Tables *tables,
          GError **error)
{
    g_autofree char *table = curve_table(shown, curve, tables->text, error);
    if (!table)
        return FALSE;
    LadDrawing drawing = {"cases", curve->name, table, 0, NULL};
    g_autofree char *picture = lad_draw(&drawing, directory, error);
    if (!picture)
        return FALSE;
    g_autofree char *title = g_markup_escape_text(curve->title, -1);
    const char *start = strstr(picture, "<svg");
    g_string_append_printf(tables->html, "</table>\n<h2>%s</h2>\n%s\n<table>\n", title,
                           start ? start : picture);
    return TRUE;
}

static gboolean
put(const char *directory, const char *name, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    return lad_publish(path, NULL, text, -1, 0, error);
}

static gboolean
put_page(const LadCases *cases, const char *directory, const Tables *tables, GError **error)
{
    g_autofree char *title = g_markup_escape_text(cases->title, -1);
    g_autofree char *about = g_markup_escape_text(cases->about, -1);
    g_autofree char *page = g_strconcat(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>", title,
        "</title><style>\n", lad_report_resource("report/page.css"), "</style></head><body><h1>",
        title, "</h1>\n<p>", about,
        "</p>\n<p>Calibrated: a parameter was set so that ours comes near the published figure. "
        "Predicted: nothing was set from it. Ours: nothing was published.</p>\n<table>\n",
        tables->html->str, "</table></body></html>\n", NULL);
    return put(directory, "results.tsv", tables->tsv->str, error) &&
           put(directory, "index.html", page, error);
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
        if (profile) {
            shown->found[i] = lad_case_found_read(path, error);
            if (!shown->found[i])
                return FALSE;
            continue;
        }
        shown->results[i] = lad_result_read(path, error);
        if (!shown->results[i])
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
                   .results = g_new0(LadResult *, n + 1),
                   .found = g_new0(LadCaseFound *, n + 1)};
    shown.runs = (LadFormulaRuns){.names = shown.names,
                                  .results = (const LadResult *const *)shown.results,
                                  .found = shown.found,
                                  .n = n,
                                  .self = G_MAXUINT};
    Tables tables = {g_string_new(NULL), g_string_new(NULL), g_string_new(NULL)};
    gboolean ok = read_results(&shown, directory, error) && show(&shown, directory, &tables, error);
    for (guint i = 0; i < n; i++)
        if (shown.results[i])
            lad_result_free(shown.results[i]);
    for (guint i = 0; i < n; i++)
        lad_case_found_free(shown.found[i]);
    g_free(shown.found);
    g_free(shown.results);
    g_free(shown.names);
    g_string_free(tables.tsv, TRUE);
    g_string_free(tables.html, TRUE);
    return g_string_free(tables.text, !ok);
}
