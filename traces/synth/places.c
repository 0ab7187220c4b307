/* places.c - see places.h. */
#include "config.h"
#include "traces/synth/places.h"
#include "traces/synth/plan.h"

static void
clear_place(gpointer data)
{
    g_free(((LadSynthPlace *)data)->name);
}

static gboolean
meet(const LadSynthPlace *a, const LadSynthPlace *b)
{
    return a->base == b->base && a->offset < b->offset + b->length &&
           b->offset < a->offset + a->length;
}

static void
add(LadSynthPlaces *places, LadSynthPlace place)
{
    for (guint i = 0; i < places->places->len; i++)
        places->overlap |= meet(&g_array_index(places->places, LadSynthPlace, i), &place);
    g_array_append_val(places->places, place);
}

static void
add_patterns(LadSynthPlaces *places, const LadSynthPlan *plan)
{
    guint64 most = 1;
    for (guint i = 0; i < plan->streams->len; i++)
        most = MAX(most, (guint64)LAD_PLAN_AT(plan->streams, LadPlanStream, i)->in_process + 1);
    for (guint i = 0; i < plan->patterns->len; i++) {
        const LadPlanPattern *pattern = LAD_PLAN_AT(plan->patterns, LadPlanPattern, i);
        const LadPlanRegion *region = LAD_PLAN_AT(plan->regions, LadPlanRegion, pattern->region);
        guint64 copies = region->params.shared == LAD_SHARED_NOT ? most : 1;
        add(places, (LadSynthPlace){.name = g_strconcat("pattern.", pattern->name, NULL),
                                    .memory = pattern->common.memory,
                                    .base = region->address,
                                    .end = region->address + region->span * copies,
                                    .span = region->span,
                                    .offset = pattern->offset,
                                    .length = pattern->bytes});
    }
}

static void
add_codes(LadSynthPlaces *places, const LadSynthPlan *plan)
{
    for (guint i = 0; i < plan->codes->len; i++) {
        const LadPlanCode *code = LAD_PLAN_AT(plan->codes, LadPlanCode, i);
        guint64 bytes = code->params.size + 2 * LAD_PAGE_BYTES;
        add(places, (LadSynthPlace){.name = g_strconcat("code.", code->name, NULL),
                                    .code = TRUE,
                                    .memory = code->params.memory,
                                    .base = code->address,
                                    .end = code->address + bytes,
                                    .span = bytes,
                                    .length = bytes});
    }
}

LadSynthPlaces *
lad_synth_places_new(const char *text, GError **error)
{
    g_autoptr(LadConfig) config = lad_config_new();
    LadPlanOptions options;
    if (!lad_config_read_text(config, text, "synth.config", error) ||
        !lad_synth_plan_options_read(config, &options, error))
        return NULL;
    g_autoptr(LadSynthPlan) plan = lad_synth_plan_read(config, &options, error);
    if (plan == NULL)
        return NULL;
    LadSynthPlaces *places = g_new0(LadSynthPlaces, 1);
    places->places = g_array_new(FALSE, FALSE, sizeof(LadSynthPlace));
    g_array_set_clear_func(places->places, clear_place);
    add_patterns(places, plan);
    add_codes(places, plan);
    return places;
}

void
lad_synth_places_free(LadSynthPlaces *places)
{
    if (places == NULL)
        return;
    g_array_unref(places->places);
    g_free(places);
}

gint
lad_synth_places_find(const LadSynthPlaces *places, guint64 address)
{
    for (guint i = 0; i < places->places->len; i++) {
        const LadSynthPlace *place = &g_array_index(places->places, LadSynthPlace, i);
        if (address < place->base || address >= place->end)
            continue;
        guint64 at = (address - place->base) % place->span;
        if (at >= place->offset && at < place->offset + place->length)
            return (gint)i;
    }
    return -1;
}
