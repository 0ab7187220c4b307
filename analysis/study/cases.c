/* cases.c - a study of named runs: read from its configuration, replayed. */
#include "config.h"
#include "analysis/study/cases.h"
#include <math.h>
#include <string.h>

typedef struct {
    char *title, *about;
} StudyParams;

static const LadOption study_options[] = {
    LAD_OPT(StudyParams, title, "title", STRING, "", NULL, NULL, "heading of the page"),
    LAD_OPT(StudyParams, about, "about", STRING, "", NULL, NULL, "what the page says first"),
    LAD_OPTIONS_END,
};

typedef struct {
    char *machine, *prefetchers;
    char **traces, **set, **windows;
    guint profile;
    LadBytes capacity;
} CaseParams;

static const char *const profiles[] = {"none", "bandwidth", "latency", NULL};

static const LadOption case_options[] = {
    LAD_OPT(CaseParams, machine, "machine", STRING, "", NULL, NULL,
            "configuration of the machine that replays"),
    LAD_OPT(CaseParams, traces, "traces", LIST, "", NULL, NULL, "groups [trace.NAME] to replay"),
    LAD_OPT(CaseParams, set, "set", LIST, "", NULL, NULL,
            "changes to the machine, group.key=value each"),
    LAD_OPT_ENUM(CaseParams, profile, "profile", "none", profiles,
                 "what `memladder profile` finds on that machine, instead of a run"),
    LAD_OPT(CaseParams, prefetchers, "prefetchers", STRING, "", NULL, NULL,
            "file with prefetchers, for profile = latency"),
    LAD_OPT(CaseParams, windows, "windows", LIST, "", NULL, NULL, "times, for profile = bandwidth"),
    LAD_OPT(CaseParams, capacity, "capacity", BYTES, "0 B", NULL, NULL,
            "of memory, for shares of that, too; for profile = bandwidth"),
    LAD_OPTIONS_END,
};

typedef struct {
    char *section, *what, *value, *unit, *source, *published;
    guint kind;
    double tolerance;
} RowParams;

static const char *const kinds[] = {"ours", "calibrated", "predicted", NULL};

static const LadOption row_options[] = {
    LAD_OPT(RowParams, section, "section", STRING, "", NULL, NULL,
            "heading above this row; empty: none"),
    LAD_OPT(RowParams, what, "what", STRING, "", NULL, NULL, "what the figure is"),
    LAD_OPT(RowParams, value, "value", STRING, "", NULL, NULL, "ours: a formula of metrics"),
    LAD_OPT(RowParams, unit, "unit", STRING, "", NULL, NULL, "its unit"),
    LAD_OPT(RowParams, source, "source", STRING, "", NULL, NULL, "where it was published"),
    LAD_OPT(RowParams, published, "published", STRING, "", NULL, NULL,
            "the published number, or a limit such as < 50; empty: none was"),
    LAD_OPT_ENUM(RowParams, kind, "kind", "ours", kinds,
                 "whether the model was calibrated to the published number or predicts it"),
    LAD_OPT(RowParams, tolerance, "tolerance", DOUBLE, "0", "0", "10",
            "relative error that is still met; 0: none is asked for"),
    LAD_OPTIONS_END,
};

typedef struct {
    char *title, *x_label, *y_label, *value, *table;
    char **cases, **x, **published, **series;
} CurveParams;

static const LadOption curve_options[] = {
    LAD_OPT(CurveParams, title, "title", STRING, "", NULL, NULL, "heading of the picture"),
    LAD_OPT(CurveParams, x_label, "x-label", STRING, "", NULL, NULL, "of the x axis"),
    LAD_OPT(CurveParams, y_label, "y-label", STRING, "", NULL, NULL, "of the y axis"),
    LAD_OPT(CurveParams, cases, "cases", LIST, "", NULL, NULL,
            "its cases, by x; of several series one after the other"),
    LAD_OPT(CurveParams, series, "series", LIST, "", NULL, NULL,
            "names of several curves over the same x; empty: there is one"),
    LAD_OPT(CurveParams, x, "x", LIST, "", NULL, NULL, "x of each, once for all series"),
    LAD_OPT(CurveParams, value, "value", STRING, "", NULL, NULL, "y: a formula; @ is the case"),
    LAD_OPT(
        CurveParams, table, "table", STRING, "", NULL, NULL,
        "instead of x and value, a table of the profile of its one case: the first column is x, "
        "each other one a series"),
    LAD_OPT(CurveParams, published, "published", LIST, "", NULL, NULL,
            "y of the first series as published, - where it was not; empty: nothing was"),
    LAD_OPTIONS_END,
};

/* ---- Freeing ------------------------------------------------------------------------------------
 */

static void
trace_free(gpointer data)
{
    lad_trace_source_clear(data);
    g_free(data);
}

static void
case_free(gpointer data)
{
    LadCase *one = data;
    g_free(one->name);
    g_free(one->machine);
    g_strfreev(one->traces);
    g_strfreev(one->set);
    g_strfreev(one->windows);
    g_free(one->prefetchers);
    g_free(one);
}

static void
row_free(gpointer data)
{
    LadCaseRow *row = data;
    g_free(row->section);
    g_free(row->what);
    g_free(row->value);
    g_free(row->unit);
    g_free(row->source);
    g_free(row);
}

static void
curve_free(gpointer data)
{
    LadCaseCurve *curve = data;
    g_free(curve->name);
    g_free(curve->title);
    g_free(curve->x_label);
    g_free(curve->y_label);
    g_free(curve->value);
    g_free(curve->table);
    g_free(curve->x);
    g_free(curve->published);
    g_strfreev(curve->cases);
    g_strfreev(curve->series);
    g_free(curve);
}

void
lad_cases_free(LadCases *cases)
{
    if (!cases)
        return;
    g_ptr_array_unref(cases->traces);
    g_ptr_array_unref(cases->cases);
    g_ptr_array_unref(cases->rows);
    g_ptr_array_unref(cases->curves);
    g_free(cases->title);
    g_free(cases->about);
    g_free(cases);
}

/* ---- Reading ------------------------------------------------------------------------------------
 */

static gboolean
refuse(GError **error, const char *group, const char *what)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "[%s] %s", group, what);
    return FALSE;
}

static gboolean
read_trace(LadCases *cases, LadConfig *config, const char *group, GError **error)
{
    LadTraceSourceParams params = {0};
    LadOptionSet set = {lad_trace_source_options, &params};
    if (!lad_config_fill(config, group, &set, 1, error))
        return FALSE;
    LadTraceSource *trace = g_new0(LadTraceSource, 1);
    g_ptr_array_add(cases->traces, trace);
    return lad_trace_source_init(trace, &params, config, group, error);
}

static const LadTraceSource *
find_trace(const LadCases *cases, const char *name)
{
    for (guint i = 0; i < cases->traces->len; i++) {
        const LadTraceSource *trace = cases->traces->pdata[i];
        if (strcmp(trace->name, name) == 0)
            return trace;
    }
    return NULL;
}

static gboolean
read_case(LadCases *cases, LadConfig *config, const char *group, GError **error)
{
    CaseParams params = {0};
    LadOptionSet set = {case_options, &params};
    if (!lad_config_fill(config, group, &set, 1, error))
        return FALSE;
    LadCase *one = g_new0(LadCase, 1);
    g_ptr_array_add(cases->cases, one);
    one->name = g_strdup(strchr(group, '.') + 1);
    one->traces = g_strdupv(params.traces);
    one->set = g_strdupv(params.set);
    one->profile = params.profile;
    one->windows = g_strdupv(params.windows);
    one->capacity = params.capacity;
    one->prefetchers = params.prefetchers[0]
                           ? lad_config_find_file(config, group, "prefetchers", error)
                           : g_strdup("");
    if (!one->prefetchers)
        return FALSE;
    if (!one->traces[0])
        return refuse(error, group, "traces is empty; expected the name of a [trace.NAME]");
    for (char **trace = one->traces; *trace; trace++)
        if (!find_trace(cases, *trace)) {
            g_autofree char *what = g_strdup_printf("traces: there is no [trace.%s]", *trace);
            return refuse(error, group, what);
        }
    one->machine = lad_config_find_file(config, group, "machine", error);
    return one->machine != NULL;
}

static LadFormulaRuns
runs_of(const LadCases *cases, const char **names)
{
    for (guint i = 0; i < cases->cases->len; i++)
        names[i] = ((const LadCase *)cases->cases->pdata[i])->name;
    return (LadFormulaRuns){.names = names, .n = cases->cases->len, .self = G_MAXUINT};
}

static gboolean
check_formula(const LadCases *cases, const char *group, const char *text, gboolean has_self,
              GError **error)
{
    g_autofree const char **names = g_new0(const char *, cases->cases->len + 1);
    LadFormulaRuns runs = runs_of(cases, names);
    double value;
    runs.self = has_self ? 0 : G_MAXUINT;
    if (lad_formula_value(text, &runs, &value, error))
        return TRUE;
    g_prefix_error(error, "[%s] value = ", group);
    return FALSE;
}

/* "-" and "" are no number. */
static gboolean
read_number(const char *text, double *value, const char *group, const char *key, GError **error)
{
    char *end;
    *value = NAN;
    if (!text[0] || strcmp(text, "-") == 0)
        return TRUE;
    *value = g_ascii_strtod(text, &end);
    if (end != text && !*end && isfinite(*value))
        return TRUE;
    g_autofree char *what = g_strdup_printf("%s: \"%s\" is no number", key, text);
    return refuse(error, group, what);
}

static gboolean
read_row(LadCases *cases, LadConfig *config, const char *group, GError **error)
{
    RowParams params = {0};
    LadOptionSet set = {row_options, &params};
    if (!lad_config_fill(config, group, &set, 1, error))
        return FALSE;
    LadCaseRow *row = g_new0(LadCaseRow, 1);
    g_ptr_array_add(cases->rows, row);
    row->section = g_strdup(params.section);
    row->what = g_strdup(params.what[0] ? params.what : strchr(group, '.') + 1);
    row->value = g_strdup(params.value);
    row->unit = g_strdup(params.unit);
    row->source = g_strdup(params.source);
    row->kind = params.kind;
    row->tolerance = params.tolerance;
    const char *published = params.published;
    if (published[0] == '<' || published[0] == '>') {
        row->bound = *published++;
        published += strspn(published, " ");
    }
    if (!read_number(published, &row->published, group, "published", error))
        return FALSE;
    if (row->kind != LAD_ROW_OURS && isnan(row->published))
        return refuse(error, group,
                      "published is empty; expected the number that ours is "
                      "calibrated to or predicts");
    return check_formula(cases, group, row->value, FALSE, error);
}

static gboolean
read_numbers(char *const *list, guint n, double **to, const char *group, const char *key,
             GError **error)
{
    *to = g_new(double, n + 1);
    if (g_strv_length((char **)list) != n) {
        g_autofree char *what =
            g_strdup_printf("%s has %u numbers for %u cases", key, g_strv_length((char **)list), n);
        return refuse(error, group, what);
    }
    for (guint i = 0; i < n; i++)
        if (!read_number(list[i], *to + i, group, key, error))
            return FALSE;
    return TRUE;
}

static gboolean
has_case(const LadCases *cases, const char *name)
{
    for (guint i = 0; i < cases->cases->len; i++)
        if (strcmp(((const LadCase *)cases->cases->pdata[i])->name, name) == 0)
            return TRUE;
    return FALSE;
}

/* A figure that is a table of a profile. */
static gboolean
check_table_curve(const LadCases *cases, const CurveParams *params, const char *group,
                  GError **error)
{
    if (params->x[0] || params->series[0] || params->published[0] || params->value[0])
        return refuse(error, group,
                      "table goes without x, series, value and published; expected one "
                      "or the other");
    for (guint i = 0; i < cases->cases->len; i++) {
        const LadCase *one = cases->cases->pdata[i];
        if (!params->cases[1] && strcmp(one->name, params->cases[0]) == 0 &&
            one->profile != LAD_CASE_RUN)
            return TRUE;
    }
    return refuse(error, group, "table: expected in cases one whose profile has it");
}

static gboolean
read_curve(LadCases *cases, LadConfig *config, const char *group, GError **error)
{
    CurveParams params = {0};
    LadOptionSet set = {curve_options, &params};
    if (!lad_config_fill(config, group, &set, 1, error))
        return FALSE;
    LadCaseCurve *curve = g_new0(LadCaseCurve, 1);
    g_ptr_array_add(cases->curves, curve);
    curve->name = g_strdup(strchr(group, '.') + 1);
    curve->title = g_strdup(params.title);
    curve->x_label = g_strdup(params.x_label);
    curve->y_label = g_strdup(params.y_label);
    curve->value = g_strdup(params.value);
    curve->cases = g_strdupv(params.cases);
    guint n = g_strv_length(curve->cases);
    for (guint i = 0; i < n; i++)
        if (!has_case(cases, curve->cases[i])) {
            g_autofree char *what =
                g_strdup_printf("cases: there is no [case.%s]", curve->cases[i]);
            return refuse(error, group, what);
        }
    if (n == 0)
        return refuse(error, group, "cases is empty; expected the names of its cases");
    curve->series = g_strdupv(params.series);
    curve->table = g_strdup(params.table);
    if (curve->table[0])
        return check_table_curve(cases, &params, group, error);
    curve->n_series = MAX(g_strv_length(curve->series), 1);
    curve->n_x = n / curve->n_series;
    if (n % curve->n_series != 0) {
        g_autofree char *what = g_strdup_printf(
            "cases has %u for %u series; expected as many for each", n, curve->n_series);
        return refuse(error, group, what);
    }
    return read_numbers(params.x, curve->n_x, &curve->x, group, "x", error) &&
           (!params.published[0] || read_numbers(params.published, curve->n_x, &curve->published,
                                                 group, "published", error)) &&
           check_formula(cases, group, curve->value, TRUE, error);
}

typedef gboolean (*ReadFunc)(LadCases *cases, LadConfig *config, const char *group, GError **error);

static gboolean
read_groups(LadCases *cases, LadConfig *config, const char *prefix, ReadFunc read, GError **error)
{
    g_auto(GStrv) groups = lad_config_groups(config, prefix);
    for (guint i = 0; groups[i]; i++)
        if (strchr(groups[i], '.') && !read(cases, config, groups[i], error))
            return FALSE;
    return TRUE;
}

gboolean
lad_cases_are_in(const LadConfig *config)
{
    g_auto(GStrv) groups = lad_config_groups(config, "case");
    return groups[0] != NULL;
}

LadCases *
lad_cases_new(LadConfig *config, GError **error)
{
    g_autoptr(LadCases) cases = g_new0(LadCases, 1);
    cases->traces = g_ptr_array_new_with_free_func(trace_free);
    cases->cases = g_ptr_array_new_with_free_func(case_free);
    cases->rows = g_ptr_array_new_with_free_func(row_free);
    cases->curves = g_ptr_array_new_with_free_func(curve_free);
    StudyParams params = {0};
    LadOptionSet set = {study_options, &params};
    if (!lad_config_fill(config, "study", &set, 1, error))
        return NULL;
    cases->title = g_strdup(params.title);
    cases->about = g_strdup(params.about);
    if (!read_groups(cases, config, "trace", read_trace, error) ||
        !read_groups(cases, config, "case", read_case, error) ||
        !read_groups(cases, config, "row", read_row, error) ||
        !read_groups(cases, config, "curve", read_curve, error) ||
        !lad_config_check_used(config, error))
        return NULL;
    return g_steal_pointer(&cases);
}

/* ---- Traces and runs ----------------------------------------------------------------------------
 */

gboolean
lad_cases_make_traces(LadCases *cases, const LadTraceMaking *making, GError **error)
{
    for (guint i = 0; i < cases->traces->len; i++)
        if (!lad_trace_source_make(cases->traces->pdata[i], making, error))
            return FALSE;
    for (guint i = 0; i < cases->cases->len; i++) {
        LadCase *one = cases->cases->pdata[i];
        for (char **name = one->traces; *name && !one->missing; name++)
            one->missing = find_trace(cases, *name)->missing;
    }
    return TRUE;
}

static gboolean
configure(const LadCases *cases, const LadCase *one, LadConfig *config, GError **error)
{
    if (!lad_config_read(config, one->machine, error))
        return FALSE;
    GString *traces = g_string_new("run.trace=");
    for (char **name = one->traces; *name; name++)
        g_string_append_printf(traces, "%s%s", name == one->traces ? "" : ",",
                               find_trace(cases, *name)->path);
    gboolean ok = lad_config_set(config, traces->str, error);
    g_string_free(traces, TRUE);
    for (guint i = 0; ok && one->set[i]; i++)
        ok = lad_config_set(config, one->set[i], error);
    return ok;
}

static gboolean
replay_profile(const LadCases *cases, const LadCase *one, const LadModels *models,
               const char *directory, GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new();
    for (char **name = one->traces; *name; name++)
        g_ptr_array_add(paths, find_trace(cases, *name)->path);
    g_ptr_array_add(paths, NULL);
    const LadCaseProfileOptions options = {.kind = one->profile,
                                           .paths = (const char *const *)paths->pdata,
                                           .machine = one->machine,
                                           .prefetchers = one->prefetchers,
                                           .sets = one->set,
                                           .windows = one->windows,
                                           .capacity = one->capacity};
    g_autofree char *name = g_strconcat(one->name, ".json", NULL);
    g_autofree char *path = g_build_filename(directory, name, NULL);
    return lad_case_profile(&options, models, path, error);
}

gboolean
lad_cases_replay(const LadCases *cases, guint number, const LadModels *models,
                 const char *directory, GError **error)
{
    const LadCase *one = cases->cases->pdata[number];
    g_autoptr(LadConfig) config = lad_config_new();
    gboolean done;
    if (one->profile != LAD_CASE_RUN)
        return replay_profile(cases, one, models, directory, error);
    if (!configure(cases, one, config, error))
        return FALSE;
    g_autoptr(LadRun) run = lad_run_new(config, models, LAD_RUN_NO_THREADS, error);
    if (!run || !lad_run_step(run, 0, &done, error))
        return FALSE;
    g_autoptr(LadResult) result = lad_result_from_run(run, error);
    g_autofree char *name = g_strconcat(one->name, ".h5", NULL);
    g_autofree char *path = g_build_filename(directory, name, NULL);
    return result && lad_result_write(result, path, error);
}
