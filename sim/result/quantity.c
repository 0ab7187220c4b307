/* quantity.c - numbers for people. */
#include "config.h"
#include "sim/result/quantity.h"
#include <math.h>
#include <string.h>

/* Four significant digits, never an exponent below a million. */
static char *
digits(double value)
{
    double size = fabs(value);
    if (size == 0 || (size >= 1000 && size < 1e9))
        return g_strdup_printf("%.0f", value);
    if (size >= 1e9)
        return g_strdup_printf("%.3e", value);
    int after = size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.001 ? 3 : 6;
    return g_strdup_printf("%.*f", after, value);
}

/* Prefixes of a unit: `base` of the smallest make one of it. */
typedef struct {
    const char *unit;
    double base, step;
    const char *names[6];
} Prefixes;

static const Prefixes prefixes[] = {
    {"s", 1e12, 1000, {"ps", "ns", "us", "ms", "s"}},
    {"ps", 1, 1000, {"ps", "ns", "us", "ms", "s"}},
    {"byte", 1, 1024, {"B", "KiB", "MiB", "GiB", "TiB"}},
    {"byte s-1", 1, 1000, {"B/s", "kB/s", "MB/s", "GB/s", "TB/s"}},
    {"s-1", 1, 1000, {"/s", "k/s", "M/s", "G/s", "T/s"}},
    {"count", 1, 1000, {"", "k", "M", "G", "T"}},
};

static gboolean
is_bare(const char *unit)
{
    return g_str_equal(unit, "1") || g_str_equal(unit, "cycle") || g_str_equal(unit, "cycle-1") ||
           g_str_equal(unit, "count");
}

const char *
lad_quantity_scale(double most, const char *unit, double *divisor)
{
    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        if (!g_str_equal(unit, prefixes[i].unit))
            continue;
        double size = 1;
        guint n = 0;
        while (fabs(most) * prefixes[i].base >= size * prefixes[i].step &&
               prefixes[i].names[n + 1] != NULL) {
            size *= prefixes[i].step;
            n++;
        }
        *divisor = size / prefixes[i].base;
        return prefixes[i].names[n];
    }
    *divisor = 1;
    return is_bare(unit) ? "" : unit;
}

char *
lad_quantity(double value, const char *unit)
{
    if (isnan(value))
        return g_strdup("-");
    if (g_str_equal(unit, "count") && value < 1e5)
        return g_strdup_printf("%.0f", value);
    double divisor;
    const char *name = lad_quantity_scale(value, unit, &divisor);
    g_autofree char *number = digits(value / divisor);
    return *name != '\0' ? g_strdup_printf("%s %s", number, name) : g_steal_pointer(&number);
}

char *
lad_quantity_share(double value)
{
    if (isnan(value))
        return g_strdup("-");
    /* Near none and near all the second decimal tells most. */
    gboolean fine = fabs(value) < 0.0995 || (value > 0.9895 && value < 1);
    return g_strdup_printf("%.*f %%", fine ? 2 : 1, value * 100);
}

guint
lad_quantity_width(const char *text)
{
    return (guint)g_utf8_strlen(text, -1);
}
