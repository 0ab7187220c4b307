/* show.c - a study's results: table, picture, page. */
#include "config.h"
#include "analysis/report/draw.h"
#include "analysis/study/study.h"
#include "sim/base/publish.h"
#include <math.h>
#include <string.h>

static const char *const heads[] = {"trace",         "near:far",   "policy",
                                    "slowdown",      "near share", "pages moved",
                                    "up, then down", "settled, s", "MiB copied"};
#define N_COLUMNS G_N_ELEMENTS(heads)

static double
slowdown(const LadStudy *study, const LadStudyRun *run)
{
    const LadStudyRun *all_near = lad_study_baseline(study, run);
    return run->outcome.done && all_near->outcome.done && all_near->outcome.seconds > 0
               ? run->outcome.seconds / all_near->outcome.seconds
               : NAN;
}

static void
fill_cells(const LadStudy *study, const LadStudyRun *run, char *cells[N_COLUMNS])
{
    const LadStudyTrace *trace = study->traces->pdata[run->trace];
    const LadStudyOutcome *outcome = &run->outcome;
    const LadStudyRatio *ratio = &g_array_index(study->ratios, LadStudyRatio, run->ratio);
    cells[0] = g_strdup(trace->source.name);
    cells[1] = g_strdup_printf("%u:%u", ratio->near, ratio->far);
    cells[2] = g_strdup(run->policy);
    if (!outcome->done) {
        cells[3] = g_strdup_printf("failed: %s", outcome->message);
        for (guint i = 4; i < N_COLUMNS; i++)
            cells[i] = g_strdup("-");
        return;
    }
    double settled = lad_study_settled(study, run);
    cells[3] = g_strdup_printf("%.4f", slowdown(study, run));
    cells[4] = g_strdup_printf("%.4f", outcome->near_share);
    cells[5] = g_strdup_printf("%" G_GUINT64_FORMAT, outcome->migrated);
    cells[6] = g_strdup_printf("%" G_GUINT64_FORMAT, outcome->ping_pong);
    cells[7] = trace->change == 0 ? g_strdup("-")
               : isnan(settled)   ? g_strdup("never")
                                  : g_strdup_printf("%.3g", settled);
    cells[8] = g_strdup_printf("%.1f", outcome->copied / (double)LAD_MIB);
}

typedef void (*RowFunc)(GString *out, char *const cells[N_COLUMNS]);

static char *
make_table(const LadStudy *study, RowFunc add_row)
{
    GString *out = g_string_new(NULL);
    add_row(out, (char *const *)heads);
    for (guint i = 0; i < study->runs->len; i++) {
        const LadStudyRun *run = &g_array_index(study->runs, LadStudyRun, i);
        char *cells[N_COLUMNS];
        if (!run->policy)
            continue;
        fill_cells(study, run, cells);
        add_row(out, cells);
        for (guint k = 0; k < N_COLUMNS; k++)
            g_free(cells[k]);
    }
    return g_string_free(out, FALSE);
}

static void
add_text_row(GString *out, char *const cells[N_COLUMNS])
{
    g_string_append_printf(out, "%-12s %-8s %-16s %9s %10s %11s %13s %10s %10s\n", cells[0],
                           cells[1], cells[2], cells[3], cells[4], cells[5], cells[6], cells[7],
                           cells[8]);
}

static void
add_tsv_row(GString *out, char *const cells[N_COLUMNS])
{
    for (guint i = 0; i < N_COLUMNS; i++)
        g_string_append_printf(out, "%s%s", i ? "\t" : "", cells[i]);
    g_string_append_c(out, '\n');
}

static void
add_html_row(GString *out, char *const cells[N_COLUMNS])
{
    g_string_append(out, "<tr>");
    for (guint i = 0; i < N_COLUMNS; i++) {
        g_autofree char *text = g_markup_escape_text(cells[i], -1);
        g_string_append_printf(out, "<td>%s</td>", text);
    }
    g_string_append(out, "</tr>\n");
}

char *
lad_study_text(const LadStudy *study)
{
    return make_table(study, add_text_row);
}

char *
lad_study_tsv(const LadStudy *study)
{
    return make_table(study, add_tsv_row);
}

/* Slowdowns: a row per trace and ratio, a column per policy. */
static char *
picture_table(const LadStudy *study)
{
    GString *out = g_string_new("trace");
    for (guint i = 0; i < study->policies->len; i++)
        g_string_append_printf(out, "\t%s", (const char *)study->policies->pdata[i]);
    for (guint i = 0; i < study->runs->len; i++) {
        const LadStudyRun *run = &g_array_index(study->runs, LadStudyRun, i);
        if (!run->policy)
            continue;
        if (strcmp(run->policy, study->policies->pdata[0]) == 0) {
            const LadStudyTrace *trace = study->traces->pdata[run->trace];
            const LadStudyRatio *ratio = &g_array_index(study->ratios, LadStudyRatio, run->ratio);
            g_string_append_printf(out, "\n%s %u:%u", trace->source.name, ratio->near, ratio->far);
        }
        double value = slowdown(study, run);
        char number[G_ASCII_DTOSTR_BUF_SIZE];
        g_string_append_printf(
            out, "\t%s",
            isnan(value) ? "NaN" : g_ascii_formatd(number, sizeof number, "%.6g", value));
    }
    g_string_append_c(out, '\n');
    return g_string_free(out, FALSE);
}

static gboolean
put(const char *directory, const char *name, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    return lad_publish(path, NULL, text, -1, 0, error);
}

/* The picture without what comes before its first element, to stand inside a page. */
static const char *
inline_svg(const char *picture)
{
    const char *start = strstr(picture, "<svg");
    return start ? start : picture;
}

gboolean
lad_study_show(const LadStudy *study, const char *directory, GError **error)
{
    g_autofree char *table = lad_study_tsv(study);
    g_autofree char *rows = make_table(study, add_html_row);
    g_autofree char *slowdowns = picture_table(study);
    if (!put(directory, "results.tsv", table, error))
        return FALSE;
    LadDrawing drawing = {"study", "study", slowdowns, 0, NULL};
    g_autofree char *picture = lad_draw(&drawing, directory, error);
    if (!picture)
        return FALSE;
    g_autofree char *page = g_strconcat(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<title>Placement policies compared</title><style>\n",
        lad_report_resource("report/page.css"),
        "</style></head><body><h1>Placement policies compared</h1>\n"
        "<p>Slowdown is against the same run with all memory near; lower is better. The near "
        "share is that of the traffic between the last cache and memory. Settled: simulated "
        "seconds from the change of the pattern until the near share comes within a tenth of what "
        "the best policy ends with.</p>\n",
        inline_svg(picture), "\n<table>\n", rows, "</table></body></html>\n", NULL);
    return put(directory, "index.html", page, error);
}
