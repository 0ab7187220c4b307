/* counter.c - reading counter tables. */
#include "config.h"
#include <memladder/counter.h>
#include <string.h>

guint
lad_counters_length(const LadCounter *table)
{
    guint n = 0;
    while (table != NULL && table[n].name != NULL)
        n++;
    return n;
}

const char *
lad_counter_type_name(LadCounterType type)
{
    static const char *const names[] = {
        [LAD_COUNT] = "count",
        [LAD_GAUGE] = "gauge",
        [LAD_HISTOGRAM] = "histogram",
    };
    return names[type];
}

const char *
lad_scope_name(LadScope scope)
{
    static const char *const names[LAD_N_SCOPES] = {
        [LAD_SCOPE_RUN] = "run",         [LAD_SCOPE_HOST] = "host", [LAD_SCOPE_CGROUP] = "cgroup",
        [LAD_SCOPE_PROCESS] = "process", [LAD_SCOPE_CORE] = "core", [LAD_SCOPE_CACHE] = "cache",
        [LAD_SCOPE_TIER] = "tier",       [LAD_SCOPE_LINK] = "link",
    };
    return names[scope];
}

char *
lad_metric_part(const char *group)
{
    return g_strdelimit(g_strdup(group), ".-", '_');
}
