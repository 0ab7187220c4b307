/* offload.c - the report's part on groups, pressure and offload: what each cgroup holds by rung,
 * what its controller saw, asked for and got, and how old its pages are. Left out of a report whose
 * results have none of it.
 */
#include "config.h"
#include "analysis/report/draw.h"
#include "analysis/report/html.h"
#include "analysis/report/report.h"
#include <math.h>
#include <string.h>

#define MIB       1048576.0
#define MB        1e6
#define MS_OF(ps) ((double)(ps) / 1e9)
/* More points than this hide each other. */
#define MAX_POINTS 192

typedef struct {
    GString *html;
    const LadResult *result;
    const char *name;        /* of the result */
    guint number;            /* of it in the page, from 1 */
    const char *group;       /* "web", "host" */
    const LadResultLog *log; /* of its controller; NULL: it has none */
    const char *directory;
} Place;

static GString *
new_table(const LadResult *result, const char *name)
{
    GString *text = g_string_new(NULL);
    const LadProvenance *from = &result->provenance;
    g_string_append_printf(text, "# %s: memladder %s, trace %.16s, seed %" G_GUINT64_FORMAT "\n",
                           name, from->version, from->trace_identity, from->seed);
    return text;
}

static void
add_number(GString *text, double value, char end)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append(text,
                    isnan(value) ? "NaN" : g_ascii_formatd(buffer, sizeof buffer, "%.6g", value));
    g_string_append_c(text, end);
}

/* ---- What a group holds -----------------------------------------------------------------------
 */

static guint64
sample(const LadResultPart *part, const char *name, guint i)
{
    const LadResultMetric *metric = lad_result_metric(part, name);
    return metric && metric->series ? metric->series[i] : 0;
}

/* Rows of time and MiB: in memory, in the compressed pool, what compression saves, on devices. */
static char *
table_rungs(const Place *place)
{
    const LadResult *result = place->result;
    g_autofree char *label = g_strdup_printf("cgroup_%s", place->group);
    const LadResultPart *part = lad_result_part(result, label);
    guint n = result->n_samples, points = MIN(n, MAX_POINTS);
    if (!part || n == 0)
        return NULL;
    GString *text = new_table(result, place->name);
    g_string_append(text,
                    "time (ms)\tin memory\tcompressed pool\tsaved by compression\ton devices\n");
    for (guint k = 0; k < points; k++) {
        guint i = (guint)((guint64)n * (k + 1) / points) - 1;
        double current = (double)sample(part, "memory_current", i);
        double pool = (double)sample(part, "zswap", i);
        double packed = (double)sample(part, "zswapped", i);
        double slots = (double)sample(part, "swap_current", i);
        double cached = (double)sample(part, "swapcached", i);
        add_number(text, MS_OF(result->sample_times[i]), '\t');
        add_number(text, MAX(current - pool, 0) / MIB, '\t');
        add_number(text, pool / MIB, '\t');
        add_number(text, MAX(packed - pool, 0) / MIB, '\t');
        add_number(text, MAX(slots - packed - cached, 0) / MIB, '\n');
    }
    return g_string_free(text, FALSE);
}

/* ---- What its controller did ------------------------------------------------------------------
 */

/* A setting of the group's own [KIND.NAME]; parts have underscores where names have hyphens. */
static char *
own_setting(const Place *place, const char *kind, const char *key)
{
    g_autofree char *wanted = g_strdup_printf("%s_%s", kind, place->group);
    g_auto(GStrv) groups = g_key_file_get_groups(place->result->settings, NULL);
    for (guint i = 0; groups[i]; i++) {
        g_autofree char *part = lad_metric_part(groups[i]);
        if (strchr(groups[i], '.') && strcmp(part, wanted) == 0)
            return lad_result_setting(place->result, groups[i], key);
    }
    return NULL;
}

static char *
setting_of(const Place *place, const char *key)
{
    char *value = own_setting(place, "offload", key);
    return value ? value : lad_result_setting(place->result, "offload", key);
}

/* A bandwidth or time as configured, in its basic unit; 0 if it is not there. */
static double
number_of(const Place *place, const char *key, LadOptionType type)
{
    const LadOption option = {.name = key, .type = type};
    g_autofree char *value = setting_of(place, key);
    guint64 number = 0;
    return value && lad_option_parse(&option, value, &number, NULL) ? (double)number : 0;
}

/* Mean of a column over rows [from, to]; sum where `per_second`, over the time they took. */
static double
over_rows(const LadResultLog *log, const char *column, guint from, guint to, gboolean per_second)
{
    const double *values = lad_result_log_values(log, column);
    double sum = 0;
    for (guint i = from; values && i <= to; i++)
        sum += values[i];
    if (!per_second)
        return sum / (to - from + 1);
    LadTime before = from ? log->times[from - 1] : log->times[0];
    double seconds = (double)(log->times[to] - before) / (double)LAD_S;
    return seconds > 0 ? sum / seconds : 0;
}

typedef struct {
    const char *column;
    double factor;
    gboolean per_second;
} Curve;

/* Rows of time and of each curve, after the heading; `constant`: one more column (NAN: none). */
static char *
table_of(const Place *place, const char *heading, const Curve *curves, guint n_curves,
         double constant)
{
    const LadResultLog *log = place->log;
    if (!log || log->n_rows < 2)
        return NULL;
    guint n = log->n_rows - 1, points = MIN(n, MAX_POINTS);
    GString *text = new_table(place->result, place->name);
    g_string_append_printf(text, "%s\n", heading);
    for (guint k = 0; k < points; k++) {
        guint from = 1 + (guint)((guint64)n * k / points);
        guint to = (guint)((guint64)n * (k + 1) / points);
        add_number(text, MS_OF(log->times[to]), '\t');
        for (guint i = 0; i < n_curves; i++)
            add_number(text,
                       over_rows(log, curves[i].column, from, to, curves[i].per_second) *
                           curves[i].factor,
                       i + 1 == n_curves && isnan(constant) ? '\n' : '\t');
        if (!isnan(constant))
            add_number(text, constant, '\n');
    }
    return g_string_free(text, FALSE);
}

/* What was compared with what, in the law's own terms. */
static char *
table_pressure(const Place *place)
{
    g_autofree char *model = setting_of(place, "model"), *law = setting_of(place, "law");
    g_autofree char *at_once = setting_of(place, "immediate-backoff");
    gboolean senpai = g_strcmp0(model, "senpai") == 0, gswap = g_strcmp0(model, "gswap") == 0;
    gboolean limits = senpai && g_strcmp0(law, "proportional") != 0 &&
                      !(g_strcmp0(law, "oomd") == 0 && g_strcmp0(at_once, "true") == 0);
    const Curve compared[] = {{"measured", limits ? 1e3 : 100, FALSE},
                              {"target", limits ? 1e3 : 100, FALSE}};
    const Curve pressure[] = {{"pressure_some", 100, FALSE}};
    if (limits)
        return table_of(place, "stall since the limit was set (ms)\tmeasured\ttarget", compared, 2,
                        NAN);
    if (gswap)
        return table_of(place, "pages back per minute (% of working set)\tmeasured\ttarget",
                        compared, 2, NAN);
    if (senpai)
        return table_of(place, "pressure (% of time)\tmeasured\ttarget", compared, 2, NAN);
    return table_of(place, "pressure (% of time)\tmemory some", pressure, 1, NAN);
}

static char *
table_requests(const Place *place)
{
    const Curve curves[] = {{"request", 1 / MB, TRUE}, {"reclaimed", 1 / MB, TRUE}};
    return table_of(place, "reclaim (MB/s)\tasked for\treally reclaimed", curves, 2, NAN);
}

static char *
table_refaults(const Place *place)
{
    const Curve curves[] = {{"refaults", 1, TRUE}, {"restores", 1, TRUE}};
    return table_of(place, "pages per second\trefaults\tof them restores", curves, 2, NAN);
}

static char *
table_swap(const Place *place)
{
    double budget = number_of(place, "write-limit", LAD_OPTION_BANDWIDTH) / MB;
    const Curve curves[] = {{"written", 1 / MB, TRUE}, {"promotions", 4096 / MB, TRUE}};
    return table_of(place,
                    budget > 0
                        ? "swap traffic (MB/s)\twritten to devices\tbrought back\twrite budget"
                        : "swap traffic (MB/s)\twritten to devices\tbrought back",
                    curves, 2, budget > 0 ? budget : NAN);
}

/* Pages by how long they have not been touched, at the last scan: rows of age in s and MiB. */
static char *
table_ages(const Place *place)
{
    g_autofree char *host = place->log ? g_strdup(place->log->name) : NULL;
    char *dot = host ? strrchr(host, '.') : NULL;
    g_autofree char *name = g_strdup_printf("%.*sages_%s", dot ? (int)(dot + 1 - host) : 0,
                                            host ? host : "", place->group);
    const LadResultLog *log = lad_result_log(place->result, name);
    if (!log || log->n_rows == 0)
        return NULL;
    GString *text = new_table(place->result, place->name);
    g_string_append(text, "untouched for (s)\tpages\n");
    for (guint i = 0; i < log->columns->len; i++) {
        const LadResultLogColumn *column = log->columns->pdata[i];
        guint64 age = 0;
        if (!g_str_has_prefix(column->name, "idle_"))
            continue;
        age = g_ascii_strtoull(column->name + strlen("idle_"), NULL, 10);
        g_string_append_printf(text, "%" G_GUINT64_FORMAT "\t", age);
        add_number(text, column->values[log->n_rows - 1] * 4096 / MIB, '\n');
    }
    return g_string_free(text, FALSE);
}

/* ---- Figures ----------------------------------------------------------------------------------
 */

typedef struct {
    const char *script, *heading, *caption;
    char *(*table)(const Place *place);
} Figure;

static const Figure figures[] = {
    {"offload-rungs", "What each group holds, by rung",
     "Memory of the group over time, stacked: in memory, in the compressed pool, what compression "
     "saves of the pages in it, and on devices; together what it would hold without back ends.",
     table_rungs},
    {"offload-curves", "Pressure against its target",
     "What the controller compared with what, per period; where there is no target, the group's "
     "memory pressure.",
     table_pressure},
    {"offload-curves", "Asked for and reclaimed",
     "Bytes per second that the controller asked for and that were freed or on their way out.",
     table_requests},
    {"offload-curves", "Refaults",
     "Evicted pages faulted in again per second, and those of them that had been active before: "
     "only the latter are stalls to the kernel's pressure.",
     table_refaults},
    {"offload-curves", "Swap traffic against the write budget",
     "Bytes per second swapped out to block devices and brought back from any back end; the budget "
     "is the controller's write-limit.",
     table_swap},
    {"offload-ages", "Age of pages",
     "Memory by the time since it was last touched, swapped-out pages included, as the last scan "
     "found it; each bar goes up to the next one's time.",
     table_ages},
};

static const char *const stems[] = {"rungs",    "pressure",     "requests",
                                    "refaults", "swap-traffic", "ages"};
G_STATIC_ASSERT(G_N_ELEMENTS(stems) == G_N_ELEMENTS(figures));

static gboolean
append(GString *html, const Figure *figure, const char *stem, const char *whose, const char *table,
       const char *directory, GError **error)
{
    const LadDrawing drawing = {figure->script, stem, table, 0, NULL};
    g_autofree char *svg = lad_draw(&drawing, directory, error);
    g_autofree char *title = g_strdup_printf("%s: %s", figure->heading, whose);
    if (!svg)
        return FALSE;
    g_string_append_printf(html, "<figure id=\"figure-%s\">\n", stem);
    lad_html_picture(html, svg, stem, title);
    g_string_append(html, "<figcaption>");
    lad_html_element(html, "<b>", whose, ".</b> ");
    lad_html_text(html, figure->caption);
    g_string_append(html, "</figcaption>\n</figure>\n");
    return TRUE;
}

static char *
plain(const char *text)
{
    return g_strcanon(g_strdup(text), G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_.", '-');
}

/* One figure of all groups of all results. */
static gboolean
append_figure(GString *html, guint index, const GPtrArray *places, GError **error)
{
    const Figure *figure = &figures[index];
    gboolean any = FALSE, ok = TRUE;
    for (guint i = 0; ok && i < places->len; i++) {
        const Place *place = places->pdata[i];
        g_autofree char *table = figure->table(place);
        if (!table)
            continue;
        if (!any)
            lad_html_element(html, "<h2>", figure->heading, "</h2>\n<div class=\"figures\">\n");
        any = TRUE;
        g_autofree char *safe = plain(place->group);
        g_autofree char *stem =
            g_strdup_printf("offload-%s-%u-%s", stems[index], place->number, safe);
        g_autofree char *whose = g_strdup_printf("%s, %s", place->name, place->group);
        ok = append(html, figure, stem, whose, table, place->directory, error);
    }
    g_string_append(html, any ? "</div>\n" : "");
    return ok;
}

/* ---- Saving against the target ----------------------------------------------------------------
 */

/* What the group's pages go to first. */
static char *
back_end_of(const Place *place)
{
    g_autofree char *named = own_setting(place, "cgroup", "backend");
    if (named && *named)
        return g_steal_pointer(&named);
    g_auto(GStrv) groups = g_key_file_get_groups(place->result->settings, NULL);
    for (guint i = 0; groups[i]; i++) {
        g_autofree char *model = lad_result_setting(place->result, groups[i], "model");
        if (g_str_has_prefix(groups[i], "tier.") &&
            (g_strcmp0(model, "zswap") == 0 || g_strcmp0(model, "ssd") == 0 ||
             g_strcmp0(model, "remote-swap") == 0))
            return g_strdup(groups[i] + strlen("tier."));
    }
    return g_strdup("none");
}

typedef struct {
    char *line; /* group and back end */
    double target, saving;
} Point;

static void
point_free(gpointer data)
{
    g_free(((Point *)data)->line);
    g_free(data);
}

static gint
by_line_and_target(gconstpointer a, gconstpointer b)
{
    const Point *x = *(Point *const *)a, *y = *(Point *const *)b;
    gint order = strcmp(x->line, y->line);
    return order ? order : (x->target > y->target) - (x->target < y->target);
}

static void
add_point(GPtrArray *points, const Place *place)
{
    g_autofree char *threshold = setting_of(place, "threshold"), *label = NULL, *back_end = NULL;
    double target = threshold ? g_ascii_strtod(threshold, NULL) : 0, saving;
    label = g_strdup_printf("cgroup_%s", place->group);
    const LadResultPart *part = lad_result_part(place->result, label);
    if (!place->log || !part || !(target > 0) ||
        !(lad_derived_value(place->result, part, "saving_mean", LAD_PHASE_MEASURED, &saving) ||
          lad_derived_value(place->result, part, "saving", LAD_PHASE_MEASURED, &saving)))
        return;
    back_end = back_end_of(place);
    Point *point = g_new(Point, 1);
    *point = (Point){g_strdup_printf("%s, %s", place->group, back_end), target * 100, saving * 100};
    g_ptr_array_add(points, point);
}

/* A line per group and back end, where there is more than one target. */
static gboolean
append_saving(GString *html, const GPtrArray *places, GError **error)
{
    static const Figure figure = {
        "offload-saving", "Saving against the pressure target",
        "Share of memory that each group saves, net of compressed pages, against the pressure "
        "that its controller allows, a line per group and back end.",
        NULL};
    g_autoptr(GPtrArray) points = g_ptr_array_new_with_free_func(point_free);
    gboolean varies = FALSE;
    for (guint i = 0; i < places->len; i++)
        add_point(points, places->pdata[i]);
    g_ptr_array_sort(points, by_line_and_target);
    for (guint i = 1; i < points->len; i++) {
        const Point *before = points->pdata[i - 1], *point = points->pdata[i];
        varies =
            varies || (strcmp(before->line, point->line) == 0 && point->target > before->target);
    }
    if (!varies)
        return TRUE;
    const Place *first = places->pdata[0];
    g_autoptr(GString) text = new_table(first->result, first->name);
    for (guint i = 0; i < points->len; i++) {
        const Point *point = points->pdata[i];
        if (i == 0 || strcmp(((Point *)points->pdata[i - 1])->line, point->line) != 0)
            g_string_append_printf(text, "%starget (%% of time)\t%s\n", i ? "\n\n" : "",
                                   point->line);
        add_number(text, point->target, '\t');
        add_number(text, point->saving, '\n');
    }
    lad_html_element(html, "<h2>", figure.heading, "</h2>\n<div class=\"figures\">\n");
    gboolean ok =
        append(html, &figure, "offload-saving", "All results", text->str, first->directory, error);
    g_string_append(html, "</div>\n");
    return ok;
}

/* ---- All --------------------------------------------------------------------------------------
 */

static void
add_place(GPtrArray *places, const Place *of, const char *group)
{
    for (guint i = 0; i < places->len; i++) {
        const Place *other = places->pdata[i];
        if (other->result == of->result && strcmp(other->group, group) == 0)
            return;
    }
    Place *place = g_memdup2(of, sizeof *of);
    g_autofree char *log = g_strdup_printf("offload_%s", group);
    place->group = group;
    place->log = lad_result_log(of->result, log);
    g_ptr_array_add(places, place);
}

gboolean
lad_report_offload(GString *html, const LadResult *const *results, const char *const *names,
                   guint n, const char *directory, GError **error)
{
    g_autoptr(GPtrArray) places = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < n; i++) {
        const LadResult *result = results[i];
        const Place of = {.html = html,
                          .result = result,
                          .name = names[i],
                          .number = i + 1,
                          .directory = directory};
        for (guint k = 0; k < result->parts->len; k++) {
            const LadResultPart *part = result->parts->pdata[k];
            if (part->scope == LAD_SCOPE_CGROUP && g_str_has_prefix(part->name, "cgroup_"))
                add_place(places, &of, part->name + strlen("cgroup_"));
        }
        for (guint k = 0; k < result->logs->len; k++) {
            const LadResultLog *log = result->logs->pdata[k];
            if (g_str_has_prefix(log->name, "offload_"))
                add_place(places, &of, log->name + strlen("offload_"));
        }
    }
    gboolean ok = TRUE;
    for (guint i = 0; ok && i < G_N_ELEMENTS(figures); i++)
        ok = append_figure(html, i, places, error);
    return ok && (places->len == 0 || append_saving(html, places, error));
}
