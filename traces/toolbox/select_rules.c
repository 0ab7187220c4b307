/* select_rules.c - which pages are in a sample, and what of an access is. */
#include "config.h"
#include "traces/toolbox/select_rules.h"

static int
by_start(gconstpointer a, gconstpointer b)
{
    const LadAddressRange *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

static void
sort_ranges(LadSelectRules *rules)
{
    guint n = rules->asked.n_ranges;
    rules->ranges = g_new(LadAddressRange, n + 1);
    if (n > 0)
        memcpy(rules->ranges, rules->asked.ranges, n * sizeof *rules->ranges);
    qsort(rules->ranges, n, sizeof *rules->ranges, by_start);
    for (guint i = 0; i < n; i++) {
        LadAddressRange *last = &rules->ranges[rules->n_ranges];
        if (rules->n_ranges > 0 && rules->ranges[i].from <= last[-1].to)
            last[-1].to = MAX(last[-1].to, rules->ranges[i].to);
        else
            rules->ranges[rules->n_ranges++] = rules->ranges[i];
    }
}

void
lad_select_rules_init(LadSelectRules *rules, const LadSelection *selection)
{
    g_assert(selection->share_of <= selection->share_in);
    *rules = (LadSelectRules){.asked = *selection};
    sort_ranges(rules);
    rules->asked.ranges = rules->ranges;
    rules->sampling = selection->share_of < selection->share_in;
    if (rules->sampling)
        rules->threshold =
            (guint64)(((unsigned __int128)selection->share_of << 64) / selection->share_in);
    rules->salt = lad_select_mix(selection->seed + G_GUINT64_CONSTANT(0x9e3779b97f4a7c15));
    g_assert(selection->page_bytes >= 4096 &&
             (selection->page_bytes & (selection->page_bytes - 1)) == 0);
    rules->page_shift = (guint)__builtin_ctzll(selection->page_bytes);
    gboolean chosen = rules->sampling || rules->n_ranges > 0;
    rules->forget = !lad_select_keeps_kind(rules, LAD_RECORD_FETCH) ||
                    selection->fetches == LAD_FETCHES_DROPPED ||
                    (chosen && selection->fetches == LAD_FETCHES_SAMPLED);
}

void
lad_select_rules_clear(LadSelectRules *rules)
{
    g_clear_pointer(&rules->ranges, g_free);
}

gboolean
lad_select_page(const LadSelection *selection, guint64 page)
{
    LadSelectRules rules;
    lad_select_rules_init(&rules, selection);
    gboolean in = !rules.sampling || lad_select_in_sample(&rules, page);
    lad_select_rules_clear(&rules);
    return in;
}

gboolean
lad_select_is_reference(guint kind)
{
    return (kind >= LAD_RECORD_FETCH && kind <= LAD_RECORD_PREFETCH) ||
           kind == LAD_RECORD_PAGE_TOUCH || kind == LAD_RECORD_RANGE_TOUCH ||
           kind == LAD_RECORD_COMPRESSIBILITY || kind == LAD_RECORD_FLUSH;
}

gboolean
lad_select_cut(const LadSelectRules *rules, guint64 *address, guint *size)
{
    if (!lad_select_in_ranges(rules, *address, *size))
        return FALSE;
    if (!rules->sampling)
        return TRUE;
    guint64 first = *address >> rules->page_shift;
    guint64 last = lad_select_last(*address, *size) >> rules->page_shift;
    gboolean in_first = lad_select_in_sample(rules, first);
    if (first == last)
        return in_first;
    gboolean in_last = lad_select_in_sample(rules, last);
    guint64 border = last << rules->page_shift;
    guint before = (guint)(border - *address);
    if (in_first && !in_last) {
        *size = before;
    } else if (!in_first && in_last) {
        *size -= before;
        *address = border;
    }
    return in_first || in_last;
}
