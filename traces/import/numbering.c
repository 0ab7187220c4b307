/* numbering.c - keys to successive numbers. */
#include "config.h"
#include "traces/import/numbering.h"

void
lad_numbering_init(LadNumbering *numbering)
{
    *numbering = (LadNumbering){.bits = 12};
    numbering->places = g_new0(LadNumbered, (gsize)1 << numbering->bits);
}

void
lad_numbering_clear(LadNumbering *numbering)
{
    g_clear_pointer(&numbering->places, g_free);
}

static LadNumbered *
find(LadNumbered *places, guint bits, guint64 key)
{
    gsize mask = ((gsize)1 << bits) - 1;
    guint64 mixed = key * G_GUINT64_CONSTANT(0x9E3779B97F4A7C15);
    gsize at = (mixed ^ mixed >> 32) * G_GUINT64_CONSTANT(0x9E3779B97F4A7C15) >> (64 - bits);
    while (places[at].count != 0 && places[at].key != key)
        at = (at + 1) & mask;
    return &places[at];
}

static void
grow(LadNumbering *numbering)
{
    guint bits = numbering->bits + 1;
    LadNumbered *places = g_new0(LadNumbered, (gsize)1 << bits);
    for (gsize i = 0; i < (gsize)1 << numbering->bits; i++)
        if (numbering->places[i].count != 0)
            *find(places, bits, numbering->places[i].key) = numbering->places[i];
    g_free(numbering->places);
    numbering->places = places;
    numbering->bits = bits;
}

guint64
lad_numbering_extent(LadNumbering *numbering, guint64 key, guint64 count)
{
    LadNumbered *place = find(numbering->places, numbering->bits, key);
    if (G_LIKELY(place->count >= count))
        return place->first;
    gboolean known = place->count > 0;
    *place = (LadNumbered){key, numbering->next, count};
    guint64 first = numbering->next;
    numbering->next += count;
    if (!known && ++numbering->n_keys > (guint64)1 << (numbering->bits - 1))
        grow(numbering);
    return first;
}
