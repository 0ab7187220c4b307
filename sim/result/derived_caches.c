/* derived_caches.c - caches, TLBs and prefetchers, and what an access takes through all levels. */
#include "config.h"
#include "sim/result/derived.h"

/* Sum of those of `names` that the part has. FALSE: it has none. */
static gboolean
sum_of(const LadResultPart *part, const char *const *names, LadPhase phase, double *value)
{
    gboolean any = FALSE;
    *value = 0;
    for (; *names; names++) {
        double one = 0;
        any = lad_part_counter(part, *names, phase, &one) || any;
        *value += one;
    }
    return any;
}

static gboolean
lookups(const LadResultPart *part, LadPhase phase, double *value)
{
    static const char *const names[] = {"fetches", "loads", "stores", "walks", "lookups", NULL};
    return sum_of(part, names, phase, value);
}

static gboolean
misses(const LadResultPart *part, LadPhase phase, double *value)
{
    static const char *const names[] = {"fetch_misses", "load_misses", "store_misses",
                                        "walk_misses",  "misses",      NULL};
    return sum_of(part, names, phase, value);
}

LAD_DERIVE(lad_derive_cache_lookups)
{
    return lookups(part, phase, value);
}

LAD_DERIVE(lad_derive_cache_misses)
{
    return misses(part, phase, value);
}

LAD_DERIVE(lad_derive_cache_hit_ratio)
{
    double all = 0, missed = 0;
    return lookups(part, phase, &all) && misses(part, phase, &missed) &&
           lad_ratio(all - missed, all, value);
}

LAD_DERIVE(lad_derive_cache_mpki)
{
    double missed = 0;
    return misses(part, phase, &missed) &&
           lad_ratio(missed * 1000, lad_parts_sum(result, LAD_SCOPE_CORE, "instructions", phase),
                     value);
}

static double
data_misses(const LadResultPart *part, LadPhase phase)
{
    return lad_part_counter_or_0(part, "load_misses", phase) +
           lad_part_counter_or_0(part, "store_misses", phase);
}

/* Mean time of a data access as if none overlapped: each hit takes its level's latency, what misses
 * everywhere the last level's and the memory's. */
LAD_DERIVE(lad_derive_run_amat)
{
    double last = 0, accesses = 0, cycles = 0, last_cycles = 0, last_misses = 0, latency = 0;
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *cache = result->parts->pdata[i];
        double level = 0, hit = 0;
        if (cache->scope != LAD_SCOPE_CACHE || !lad_result_metric(cache, "load_misses"))
            continue;
        if (!lad_part_setting(result, cache, "level", LAD_OPTION_UINT, &level) ||
            !lad_part_setting(result, cache, "latency", LAD_OPTION_CYCLES, &hit))
            return FALSE;
        double all = lad_part_counter_or_0(cache, "loads", phase) +
                     lad_part_counter_or_0(cache, "stores", phase);
        double missed = data_misses(cache, phase);
        accesses += level == 1 ? all : 0;
        cycles += (all - missed) * hit;
        if (level > last)
            last_misses = last_cycles = 0;
        if (level >= last) {
            last = level;
            last_misses += missed;
            last_cycles += missed * hit;
        }
    }
    double frequency = lad_setting_number(result, "core", "frequency", LAD_OPTION_FREQUENCY);
    if (!(frequency > 0) || !(accesses > 0))
        return FALSE;
    if (last_misses > 0 && !lad_derive_run_memory_latency(self, result, part, phase, &latency))
        return FALSE;
    return lad_ratio((cycles + last_cycles) / frequency * 1e9 + last_misses * latency, accesses,
                     value);
}

/* `counter` names two counters of the part, numerator and denominator. */
LAD_DERIVE(lad_derive_prefetch_ratio)
{
    g_auto(GStrv) names = g_strsplit(self->counter, "/", 2);
    double above = 0, below = 0;
    return lad_part_counter(part, names[0], phase, &above) &&
           lad_part_counter(part, names[1], phase, &below) && lad_ratio(above, below, value);
}

/* Lines are those of the caches. */
LAD_DERIVE(lad_derive_prefetch_overhead)
{
    double useless = 0, lines = lad_lines_read(result, phase);
    if (!lad_part_counter(part, "useless_memory", phase, &useless))
        return FALSE;
    return lad_ratio(useless, lines - useless, value);
}
