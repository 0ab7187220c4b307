/* units.c - exact reading and printing of amounts with units. */
#include "config.h"
#include "sim/base/units.h"
#include <string.h>

typedef struct {
    const char *name;
    guint64 factor;     /* in base units */
    gboolean read_only; /* read, but never printed: another spelling of a unit in the list */
} Unit;

/* Sizes and rates share these factors; the name is extended by the caller's suffix. */
#define BYTE_UNITS(suffix)                                                                         \
    {"B" suffix, 1, FALSE}, {"kB" suffix, 1000, FALSE},                                            \
        {"KiB" suffix, G_GUINT64_CONSTANT(1) << 10, FALSE},                                        \
        {"MB" suffix, G_GUINT64_CONSTANT(1000000), FALSE},                                         \
        {"MiB" suffix, G_GUINT64_CONSTANT(1) << 20, FALSE},                                        \
        {"GB" suffix, G_GUINT64_CONSTANT(1000000000), FALSE},                                      \
        {"GiB" suffix, G_GUINT64_CONSTANT(1) << 30, FALSE},                                        \
        {"TB" suffix, G_GUINT64_CONSTANT(1000000000000), FALSE},                                   \
        {"TiB" suffix, G_GUINT64_CONSTANT(1) << 40, FALSE},                                        \
        {"PB" suffix, G_GUINT64_CONSTANT(1000000000000000), FALSE},                                \
        {"PiB" suffix, G_GUINT64_CONSTANT(1) << 50, FALSE},                                        \
    {                                                                                              \
        NULL, 0, FALSE                                                                             \
    }

static const Unit byte_units[] = {BYTE_UNITS("")};
static const Unit rate_units[] = {BYTE_UNITS("/s")};
static const Unit time_units[] = {
    {"ps", 1, FALSE},
    {"ns", 1000, FALSE},
    {"us", G_GUINT64_CONSTANT(1000000), FALSE},
    {"µs", G_GUINT64_CONSTANT(1000000), TRUE},
    {"ms", G_GUINT64_CONSTANT(1000000000), FALSE},
    {"s", G_GUINT64_CONSTANT(1000000000000), FALSE},
    {"min", G_GUINT64_CONSTANT(60000000000000), FALSE},
    {"h", G_GUINT64_CONSTANT(3600000000000000), FALSE},
    {NULL, 0, FALSE},
};
static const Unit frequency_units[] = {
    {"Hz", 1, FALSE},
    {"kHz", 1000, FALSE},
    {"MHz", G_GUINT64_CONSTANT(1000000), FALSE},
    {"GHz", G_GUINT64_CONSTANT(1000000000), FALSE},
    {NULL, 0, FALSE},
};
static const Unit cycle_units[] = {
    {"cycles", 1, FALSE},
    {"cycle", 1, TRUE},
    {NULL, 0, FALSE},
};
static const Unit no_units[] = {{"", 1, FALSE}, {NULL, 0, FALSE}};

static const struct {
    const Unit *units; /* NULL: not an amount */
    const char *noun, *list, *example;
} types[] = {
    [LAD_OPTION_BOOL] = {NULL, "`true` or `false`", NULL, "true"},
    [LAD_OPTION_UINT] = {no_units, "a whole number", NULL, "16"},
    [LAD_OPTION_DOUBLE] = {NULL, "a number", NULL, "0.5"},
    [LAD_OPTION_TIME] = {time_units, "a time", "ps, ns, us, ms, s, min, h", "85 ns"},
    [LAD_OPTION_BYTES] = {byte_units, "a size", "B, KiB, MiB, GiB, TiB, PiB, kB, MB, GB, TB, PB",
                          "64 GiB"},
    [LAD_OPTION_BANDWIDTH] = {rate_units, "a bandwidth",
                              "B/s, kB/s, MB/s, GB/s, TB/s, KiB/s, MiB/s, GiB/s, TiB/s",
                              "38.4 GB/s"},
    [LAD_OPTION_FREQUENCY] = {frequency_units, "a frequency", "Hz, kHz, MHz, GHz", "2.4 GHz"},
    [LAD_OPTION_CYCLES] = {cycle_units, "a number of cycles", "cycles", "14 cycles"},
    [LAD_OPTION_ENUM] = {NULL, "one of a list of names", NULL, NULL},
    [LAD_OPTION_STRING] = {NULL, "text", NULL, NULL},
    [LAD_OPTION_LIST] = {NULL, "a comma-separated list", NULL, "a, b"},
    [LAD_OPTION_TABLE] = {NULL, "a file of numbers, or rows such as `0 85; 10 90`", NULL,
                          "0 85; 10 90"},
};

const char *
lad_units_list(LadOptionType type)
{
    return types[type].list;
}

const char *
lad_units_noun(LadOptionType type)
{
    return types[type].noun;
}

const char *
lad_units_example(LadOptionType type)
{
    return types[type].example;
}

static gboolean
refuse(GError **error, LadOptionType type, const char *text, const char *why)
{
    if (types[type].list != NULL)
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "`%s` %s; expected %s in %s, such as `%s`",
                    text, why, types[type].noun, types[type].list, types[type].example);
    else
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "`%s` %s; expected %s, such as `%s`", text,
                    why, types[type].noun, types[type].example);
    return FALSE;
}

/* Digits of a decimal number: whole and fraction as one integer, and how many are fraction. */
typedef struct {
    guint64 digits;
    guint n_fraction;
    gboolean overflow;
} Decimal;

/* Returns the first byte after the number; `text` itself if there is none. */
static const char *
read_decimal(const char *text, Decimal *decimal)
{
    const char *c = text;
    gboolean in_fraction = FALSE;
    guint n_digits = 0;
    *decimal = (Decimal){0};
    for (;; c++) {
        if (*c == '.' && !in_fraction && n_digits > 0) {
            in_fraction = TRUE;
            continue;
        }
        if (!g_ascii_isdigit(*c))
            break;
        n_digits++;
        guint64 digit = (guint64)(*c - '0');
        if (decimal->digits > (G_MAXUINT64 - digit) / 10) {
            decimal->overflow = TRUE;
            continue;
        }
        decimal->digits = decimal->digits * 10 + digit;
        decimal->n_fraction += in_fraction ? 1 : 0;
    }
    if (n_digits == 0 || c[-1] == '.')
        return text;
    return c;
}

static const Unit *
find_unit(const Unit *units, const char *name)
{
    for (; units->name != NULL; units++)
        if (strcmp(units->name, name) == 0)
            return units;
    return NULL;
}

gboolean
lad_units_parse(LadOptionType type, const char *text, guint64 *value, GError **error)
{
    const Unit *units = types[type].units;
    g_assert(units != NULL);
    Decimal decimal;
    const char *rest = read_decimal(text, &decimal);
    if (rest == text)
        return refuse(error, type, text, "is not a number");
    while (g_ascii_isspace(*rest))
        rest++;
    if (*rest == '\0' && types[type].list != NULL)
        return refuse(error, type, text, "has no unit");
    const Unit *unit = find_unit(units, rest);
    if (unit == NULL)
        return refuse(error, type, text,
                      types[type].list == NULL ? "is not a whole number" : "has an unknown unit");
    unsigned __int128 amount = (unsigned __int128)decimal.digits * unit->factor;
    for (guint i = 0; i < decimal.n_fraction; i++) {
        if (amount % 10 != 0) {
            g_autofree char *why = g_strdup_printf("is no whole number of %s", units[0].name);
            return refuse(error, type, text, units == no_units ? "is not a whole number" : why);
        }
        amount /= 10;
    }
    /* The largest time is LAD_PENDING, which is no time. */
    guint64 limit = type == LAD_OPTION_TIME ? LAD_TIME_MAX : G_MAXUINT64;
    if (decimal.overflow || amount > limit)
        return refuse(error, type, text, "is too large");
    *value = (guint64)amount;
    return TRUE;
}

/* `value` in `unit` with at most 9 decimals, or NULL if that is not exact. */
static char *
print_in(const Unit *unit, guint64 value)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%" G_GUINT64_FORMAT, value / unit->factor);
    guint64 rest = value % unit->factor;
    if (rest != 0)
        g_string_append_c(text, '.');
    for (guint i = 0; rest != 0 && i < 9; i++) {
        unsigned __int128 scaled = (unsigned __int128)rest * 10;
        g_string_append_c(text, (char)('0' + (int)(scaled / unit->factor)));
        rest = (guint64)(scaled % unit->factor);
    }
    if (rest != 0) {
        g_string_free(text, TRUE);
        return NULL;
    }
    if (unit->name[0] != '\0')
        g_string_append_printf(text, " %s", unit->name);
    return g_string_free(text, FALSE);
}

char *
lad_units_print(LadOptionType type, guint64 value)
{
    g_assert(types[type].units != NULL);
    char *best = NULL;
    for (const Unit *unit = types[type].units; unit->name != NULL; unit++) {
        if (unit->read_only || (best != NULL && value < unit->factor / 1000))
            continue;
        char *text = print_in(unit, value);
        if (text == NULL)
            continue;
        gboolean shorter = best == NULL || strlen(text) < strlen(best) ||
                           (strlen(text) == strlen(best) && strchr(best, '.') != NULL &&
                            strchr(text, '.') == NULL);
        if (shorter) {
            g_free(best);
            best = text;
        } else {
            g_free(text);
        }
    }
    return best;
}
