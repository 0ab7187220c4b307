/* contents.c - filling pages; which words and draws are part of the definition of the fills. */
#include "config.h"
#include <string.h>
#include "traces/synth/accessgen.h"
#include "traces/synth/contents.h"

#define G LAD_ACCESSGEN_G

const char *const lad_fill_names[] = {"none", "touch", "half", "text", "rand", "mix", NULL};

/* Its index is six random bits, so that the first sixteen are met most. */
static const char *const vocabulary[64] = {
    "memory",     "page",     "the",      "kernel",     "of",      "and",
    "tier",       "access",   "value",    "node",       "swap",    "in",
    "to",         "reclaim",  "cold",     "hot",        "list",    "count",
    "=",          "0",        "1",        "\n",         "int ",    "return ",
    "if (",       "struct ",  "pressure", "time",       "static ", "void *",
    "->next",     ";\n\t",    "name=\"",  "\" id=\"",   "user",    "session",
    "true",       "false",    "null",     "date:",      "2024-",   "error",
    "GET /index", "HTTP/1.1", "200",      "connection", "update",  "delete from ",
    "select ",    "where ",   "order",    "item",       "price",   "city",
    "street",     "a",        "is",       "for",        "with",    "on",
    "by",         "at",       "that",     "it",
};

static void
put_word(guint8 *page, guint at, guint64 word)
{
    word = GUINT64_TO_LE(word);
    memcpy(page + 8 * at, &word, sizeof word);
}

static void
fill_words(guint8 *page, guint first, guint64 state)
{
    for (guint i = first; i < LAD_CONTENTS_PAGE_BYTES / 8; i++)
        put_word(page, i, lad_accessgen_mix(state + i * G));
}

static guint
append_word(guint8 *page, guint at, const char *word)
{
    for (; *word != '\0' && at < LAD_CONTENTS_PAGE_BYTES; word++)
        page[at++] = (guint8)*word;
    if (at < LAD_CONTENTS_PAGE_BYTES)
        page[at++] = ' ';
    return at;
}

static guint
append_digits(guint8 *page, guint at, guint64 number)
{
    for (guint i = 0; i < 6 && at < LAD_CONTENTS_PAGE_BYTES; i++, number /= 10)
        page[at++] = (guint8)('0' + number % 10);
    return at;
}

static void
fill_text(guint8 *page, guint64 state)
{
    guint at = 0;
    for (guint64 i = 0; at < LAD_CONTENTS_PAGE_BYTES; i++) {
        guint64 r = lad_accessgen_mix(state + i * G);
        guint mask = (r & 64 ? 15 : 63) & (r & 128 ? 31 : 63);
        at = append_word(page, at, vocabulary[r & mask]);
        if ((r >> 8) % 6 == 0)
            at = append_digits(page, at, r >> 16);
    }
}

void
lad_contents_fill(guint8 *page, guint32 number, LadFill fill, guint64 seed)
{
    guint64 state =
        lad_accessgen_mix(seed ^ G_GUINT64_CONSTANT(0x5555555555555555)) + ((guint64)number << 20);
    if (fill == LAD_FILL_MIX)
        fill = (LadFill)(LAD_FILL_HALF + lad_accessgen_mix(number + seed) % 3);
    memset(page, 0, LAD_CONTENTS_PAGE_BYTES);
    switch (fill) {
    case LAD_FILL_TOUCH:
        put_word(page, 0, (guint64)number + 1);
        break;
    case LAD_FILL_HALF:
        fill_words(page, LAD_CONTENTS_PAGE_BYTES / 16, state);
        break;
    case LAD_FILL_TEXT:
        fill_text(page, state);
        break;
    case LAD_FILL_RAND:
        fill_words(page, 0, state);
        break;
    case LAD_FILL_NONE:
    case LAD_FILL_MIX:
        g_assert_not_reached();
    }
}
