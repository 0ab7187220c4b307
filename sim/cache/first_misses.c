/* first_misses.c - which lines have missed in a cache before. */
#include "config.h"
#include "sim/cache/first_misses.h"
#include <string.h>

#define FIRST_BITS 12

static void
make_places(LadFirstMisses *misses, guint bits)
{
    misses->bits = bits;
    misses->n = 0;
    misses->places = g_new(guint64, (gsize)1 << bits);
    memset(misses->places, 0xff, sizeof(guint64) << bits);
}

void
lad_first_misses_init(LadFirstMisses *misses)
{
    make_places(misses, FIRST_BITS);
}

void
lad_first_misses_clear(LadFirstMisses *misses)
{
    g_clear_pointer(&misses->places, g_free);
}

static void
grow(LadFirstMisses *misses)
{
    LadFirstMisses grown;
    make_places(&grown, misses->bits + 1);
    for (gsize i = 0; i < (gsize)1 << misses->bits; i++)
        if (misses->places[i] != G_MAXUINT64)
            lad_first_misses_add(&grown, misses->places[i]);
    g_free(misses->places);
    *misses = grown;
}

void
lad_first_misses_add(LadFirstMisses *misses, guint64 line)
{
    gsize mask = ((gsize)1 << misses->bits) - 1;
    gsize at = (line * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15)) >> (64 - misses->bits);
    while (misses->places[at] != G_MAXUINT64) {
        if (misses->places[at] == line)
            return;
        at = (at + 1) & mask;
    }
    misses->places[at] = line;
    if (++misses->n > mask / 2)
        grow(misses);
}
