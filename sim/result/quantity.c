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

static char *
scaled(double value, double step, const char *const *units)
{
    while (fabs(value) >= step && units[1] != NULL) {
        value /= step;
        units++;
    }
    g_autofree char *number = digits(value);
    return **units ? g_strdup_printf("%s %s", number, *units) : g_strdup(number);
}

char *
lad_quantity(double value, const char *unit)
{
    static const char *const times[] = {"ps", "ns", "us", "ms", "s", NULL};
    static const char *const sizes[] = {"B", "KiB", "MiB", "GiB", "TiB", NULL};
    static const char *const rates[] = {"B/s", "kB/s", "MB/s", "GB/s", "TB/s", NULL};
    static const char *const counts[] = {"", "k", "M", "G", "T", NULL};
    static const char *const per_second[] = {"/s", "k/s", "M/s", "G/s", "T/s", NULL};
    if (isnan(value))
        return g_strdup("-");
    if (g_str_equal(unit, "s"))
        return scaled(value * 1e12, 1000, times);
    if (g_str_equal(unit, "ps"))
        return scaled(value, 1000, times);
    if (g_str_equal(unit, "byte"))
        return scaled(value, 1024, sizes);
    if (g_str_equal(unit, "byte s-1"))
        return scaled(value, 1000, rates);
    if (g_str_equal(unit, "s-1"))
        return scaled(value, 1000, per_second);
    if (g_str_equal(unit, "count"))
        return value < 1e5 ? g_strdup_printf("%.0f", value) : scaled(value, 1000, counts);
    g_autofree char *number = digits(value);
    if (g_str_equal(unit, "1") || g_str_equal(unit, "cycle") || g_str_equal(unit, "cycle-1"))
        return g_strdup(number);
    return g_strdup_printf("%s %s", number, unit);
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
