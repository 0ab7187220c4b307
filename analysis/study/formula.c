/* formula.c - sums and ratios of metrics of several runs. */
#include "config.h"
#include "analysis/study/formula.h"
#include "analysis/study/series.h"
#include <math.h>
#include <string.h>

#define PS_PER_S 1e12

typedef struct {
    const char *text, *at;
    const LadFormulaRuns *runs;
    const char *missing; /* the first found */
    GError *error;
} Parser;

static double
fail(Parser *parser, LadErrorCode code, const char *format, const char *what)
{
    g_autofree char *why = g_strdup_printf(format, what);
    if (!parser->error)
        g_set_error(&parser->error, LAD_ERROR, (gint)code, "\"%s\", at %zu: %s", parser->text,
                    (size_t)(parser->at - parser->text) + 1, why);
    parser->at = strchr(parser->at, '\0');
    return 0;
}

static void
skip_blanks(Parser *parser)
{
    while (*parser->at == ' ')
        parser->at++;
}

static gboolean
part_value(const LadResult *result, const LadResultPart *part, const char *name, double *value)
{
    const LadResultMetric *metric = lad_result_metric(part, name);
    if (metric && metric->type != LAD_HISTOGRAM) {
        *value = (double)metric->values[LAD_PHASE_MEASURED];
        return TRUE;
    }
    return lad_derived_value(result, part, name, LAD_PHASE_MEASURED, value);
}

static gboolean
metric_value(const LadResult *result, const char *metric, double *value)
{
    const char *dot = strrchr(metric, '.');
    *value = 0;
    if (strcmp(metric, "seconds") == 0) {
        *value = (double)result->phase_length[LAD_PHASE_MEASURED] / PS_PER_S;
        return TRUE;
    }
    if (!dot)
        return lad_derived_value(result, NULL, metric, LAD_PHASE_MEASURED, value);
    g_autofree char *part_name = g_strndup(metric, (gsize)(dot - metric));
    g_autoptr(GPatternSpec) pattern = g_pattern_spec_new(part_name);
    gboolean found = FALSE;
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        double one;
        if (!g_pattern_spec_match_string(pattern, part->name) ||
            !part_value(result, part, dot + 1, &one))
            continue;
        *value += one;
        found = TRUE;
    }
    return found;
}

static guint
find_run(const Parser *parser, const char *name)
{
    if (strcmp(name, "@") == 0)
        return parser->runs->self;
    for (guint i = 0; i < parser->runs->n; i++)
        if (strcmp(parser->runs->names[i], name) == 0)
            return i;
    return G_MAXUINT;
}

static gboolean
value_of(const LadFormulaRuns *runs, guint run, const char *metric, double *value)
{
    return runs->results[run] ? metric_value(runs->results[run], metric, value)
                              : runs->found && runs->found[run] &&
                                    lad_case_found_value(runs->found[run], metric, value);
}

/* RUN: before a metric; its number, or G_MAXUINT with an error. */
static guint
run_of_reference(Parser *parser)
{
    gsize n = strcspn(parser->at, ": ()+*/");
    if (parser->at[n] != ':' || n == 0) {
        fail(parser, LAD_ERROR_CONFIG, "expected a number, %s or a parenthesis", "RUN:METRIC");
        return G_MAXUINT;
    }
    g_autofree char *name = g_strndup(parser->at, n);
    guint run = find_run(parser, name);
    if (run == G_MAXUINT) {
        fail(parser, LAD_ERROR_CONFIG, "there is no run \"%s\"", name);
    } else if (parser->runs->missing && parser->runs->missing[run]) {
        parser->missing = parser->runs->missing[run];
        fail(parser, LAD_ERROR_RESULT, "not run: %s is not installed", parser->missing);
        run = G_MAXUINT;
    } else {
        parser->at += n + 1;
    }
    return run;
}

/* RUN:METRIC */
static double
reference(Parser *parser)
{
    gboolean self = g_str_has_prefix(parser->at, "@:");
    guint run = run_of_reference(parser);
    if (run == G_MAXUINT)
        return 0;
    gsize n = strcspn(parser->at, " ()+/-");
    g_autofree char *metric = g_strndup(parser->at, n);
    double value = 1;
    if (self && strcmp(metric, "x") == 0) {
        parser->at += n;
        return parser->runs->x;
    }
    if (n == 0)
        return fail(parser, LAD_ERROR_CONFIG, "expected a metric after %s", ":");
    if (parser->runs->results && !value_of(parser->runs, run, metric, &value))
        return fail(parser, LAD_ERROR_RESULT, "the run has no metric \"%s\"", metric);
    parser->at += n;
    return value;
}

static double sum(Parser *parser);

typedef gboolean (*SeriesFunc)(const LadResult *result, const char *metric, double share,
                               double *seconds, GError **error);

/* NAME(RUN:METRIC, SHARE), behind the parenthesis. */
static double
of_samples(Parser *parser, SeriesFunc func)
{
    skip_blanks(parser);
    guint run = run_of_reference(parser);
    if (run == G_MAXUINT)
        return 0;
    gsize n = strcspn(parser->at, " ,()+/-");
    g_autofree char *metric = g_strndup(parser->at, n);
    parser->at += n;
    skip_blanks(parser);
    if (*parser->at != ',')
        return fail(parser, LAD_ERROR_CONFIG, "expected %s and a share", ",");
    parser->at++;
    double share = sum(parser), seconds = 1;
    if (*parser->at != ')')
        return fail(parser, LAD_ERROR_CONFIG, "expected %s", ")");
    parser->at++;
    const LadResult *const *results = parser->runs->results;
    if (results && !results[run])
        return fail(parser, LAD_ERROR_RESULT, "a profile has no samples of \"%s\"", metric);
    if (results && !parser->error)
        func(results[run], metric, share, &seconds, &parser->error);
    return seconds;
}

static double
factor(Parser *parser)
{
    skip_blanks(parser);
    if (g_str_has_prefix(parser->at, "settle(") || g_str_has_prefix(parser->at, "reach(")) {
        gboolean settles = *parser->at == 's';
        parser->at = strchr(parser->at, '(') + 1;
        return of_samples(parser, settles ? lad_series_settle : lad_series_reach);
    }
    if (*parser->at == '-') {
        parser->at++;
        return -factor(parser);
    }
    if (*parser->at == '(') {
        parser->at++;
        double value = sum(parser);
        if (*parser->at != ')')
            return fail(parser, LAD_ERROR_CONFIG, "expected %s", ")");
        parser->at++;
        return value;
    }
    if (g_ascii_isdigit(*parser->at)) {
        char *end;
        double value = g_ascii_strtod(parser->at, &end);
        parser->at = end;
        return value;
    }
    return reference(parser);
}

static double
product(Parser *parser)
{
    double value = factor(parser);
    for (skip_blanks(parser); *parser->at == '*' || *parser->at == '/'; skip_blanks(parser)) {
        gboolean divides = *parser->at++ == '/';
        double other = factor(parser);
        if (!divides)
            value *= other;
        else
            value = other != 0 ? value / other : NAN;
    }
    return value;
}

static double
sum(Parser *parser)
{
    double value = product(parser);
    for (skip_blanks(parser); *parser->at == '+' || *parser->at == '-'; skip_blanks(parser))
        value += *parser->at++ == '+' ? product(parser) : -product(parser);
    return value;
}

const char *
lad_formula_missing(const char *text, const LadFormulaRuns *runs)
{
    Parser parser = {.text = text, .at = text, .runs = runs};
    sum(&parser);
    g_clear_error(&parser.error);
    return parser.missing;
}

gboolean
lad_formula_value(const char *text, const LadFormulaRuns *runs, double *value, GError **error)
{
    Parser parser = {.text = text, .at = text, .runs = runs};
    *value = sum(&parser);
    if (!parser.error && *parser.at)
        fail(&parser, LAD_ERROR_CONFIG, "expected %s or the end", "an operator");
    if (!parser.error)
        return TRUE;
    g_propagate_error(error, parser.error);
    return FALSE;
}
