/* derived_sums.c - what derived metrics are computed from: sums of counters, and settings as
 * numbers. */
#include "config.h"
#include <memladder/configuration.h>
#include "sim/result/derived.h"
#include "sim/result/layout.h"
#include <math.h>
#include <string.h>

gboolean
lad_part_counter(const LadResultPart *part, const char *name, LadPhase phase, double *value)
{
    const LadResultMetric *metric = lad_result_metric(part, name);
    if (metric == NULL || metric->type == LAD_HISTOGRAM)
        return FALSE;
    *value = (double)metric->values[phase];
    return TRUE;
}

double
lad_part_counter_or_0(const LadResultPart *part, const char *name, LadPhase phase)
{
    double value = 0;
    lad_part_counter(part, name, phase, &value);
    return value;
}

double
lad_parts_sum(const LadResult *result, LadScope scope, const char *name, LadPhase phase)
{
    double total = 0;
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        if (part->scope == scope &&
            (scope != LAD_SCOPE_CORE || lad_result_metric(part, "instructions")))
            total += lad_part_counter_or_0(part, name, phase);
    }
    return total;
}

gboolean
lad_ratio(double numerator, double denominator, double *value)
{
    if (!(denominator > 0))
        return FALSE;
    *value = numerator / denominator;
    return TRUE;
}

double
lad_phase_seconds(const LadResult *result, LadPhase phase)
{
    return (double)result->phase_length[phase] / LAD_PS_PER_S;
}

double
lad_part_read_traffic(const LadResultPart *part, LadPhase phase)
{
    return lad_part_counter_or_0(part, "read_bytes", phase) +
           lad_part_counter_or_0(part, "copy_read_bytes", phase);
}

double
lad_part_write_traffic(const LadResultPart *part, LadPhase phase)
{
    return lad_part_counter_or_0(part, "write_bytes", phase) +
           lad_part_counter_or_0(part, "copy_write_bytes", phase);
}

double
lad_lines_read(const LadResult *result, LadPhase phase)
{
    static const char *const kinds[] = {"reads", "fetches", "walks", "prefetches"};
    double lines = 0;
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
        lines += lad_parts_sum(result, LAD_SCOPE_TIER, kinds[i], phase);
    return lines;
}

/* Is `name` that of an instance of the part `base`: equal, or followed by its number? */
static gboolean
is_instance(const char *name, const char *base)
{
    if (!g_str_has_prefix(name, base))
        return FALSE;
    name += strlen(base);
    return name[strspn(name, "0123456789")] == '\0';
}

char *
lad_part_group(const LadResult *result, const LadResultPart *part)
{
    const char *base = lad_part_base_name(part->name);
    g_auto(GStrv) groups = g_key_file_get_groups(result->settings, NULL);
    char *longest = NULL;
    for (guint i = 0; groups[i] != NULL; i++) {
        g_autofree char *name = lad_metric_part(groups[i]);
        if (is_instance(base, name) && (longest == NULL || strlen(groups[i]) > strlen(longest))) {
            g_free(longest);
            longest = g_strdup(groups[i]);
        }
    }
    return longest;
}

double
lad_setting_number(const LadResult *result, const char *group, const char *key, LadOptionType type)
{
    g_autofree char *text = lad_result_setting(result, group, key);
    const LadOption option = {.name = key, .type = type, .help = key};
    double number = NAN;
    guint64 amount = 0;
    if (text == NULL)
        return NAN;
    if (type == LAD_OPTION_DOUBLE)
        return lad_option_parse(&option, text, &number, NULL) ? number : NAN;
    return lad_option_parse(&option, text, &amount, NULL) ? (double)amount : NAN;
}

gboolean
lad_part_setting(const LadResult *result, const LadResultPart *part, const char *key,
                 LadOptionType type, double *value)
{
    g_autofree char *group = lad_part_group(result, part);
    *value = group ? lad_setting_number(result, group, key, type) : NAN;
    return !isnan(*value);
}
