/* select_rules.h - the rules of a selection, prepared for asking them often. */
#ifndef LAD_TOOLBOX_SELECT_RULES_H
#define LAD_TOOLBOX_SELECT_RULES_H

#include "traces/toolbox/select.h"

typedef struct {
    LadSelection asked;
    LadAddressRange *ranges; /* sorted, without overlaps */
    guint n_ranges;
    gboolean sampling;
    guint64 threshold; /* hashes below it are in the sample */
    guint64 salt;      /* of the seed */
    guint page_shift;
    gboolean forget; /* instructions may be missing, so registers no longer tell dependences */
} LadSelectRules;

void lad_select_rules_init(LadSelectRules *rules, const LadSelection *selection);
void lad_select_rules_clear(LadSelectRules *rules);

/* The finaliser of splitmix64: every bit of the result depends on every bit of `x`. */
static inline guint64
lad_select_mix(guint64 x)
{
    x = (x ^ x >> 30) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static inline gboolean
lad_select_in_sample(const LadSelectRules *rules, guint64 page)
{
    return lad_select_mix(page ^ rules->salt) < rules->threshold;
}

static inline gboolean
lad_select_keeps_kind(const LadSelectRules *rules, guint kind)
{
    return (rules->asked.keep_kinds >> kind & 1) != 0;
}

/* The last byte of what begins at `address`; sizes of 0 count as 1. */
static inline guint64
lad_select_last(guint64 address, guint64 size)
{
    guint64 last = address + (size > 0 ? size - 1 : 0);
    return last < address ? G_MAXUINT64 : last;
}

static inline gboolean
lad_select_in_ranges(const LadSelectRules *rules, guint64 address, guint64 size)
{
    guint64 last = lad_select_last(address, size);
    for (guint i = 0; i < rules->n_ranges; i++)
        if (address < rules->ranges[i].to && last >= rules->ranges[i].from)
            return TRUE;
    return rules->n_ranges == 0;
}

/* Whether any of an access to at most two pages is kept, by ranges and sample. Of one that lies
 * across two pages, the part in the one that is in the sample stays. */
gboolean lad_select_cut(const LadSelectRules *rules, guint64 *address, guint *size);

#endif
