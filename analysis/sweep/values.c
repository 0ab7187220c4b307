/* values.c - lists and ranges of an axis. */
#include "config.h"
#include "analysis/sweep/values.h"
#include "sim/base/units.h"
#include <string.h>

/* Numbers are kept in billionths. */
#define ONE    1000000000
#define DIGITS 9
#define LIMIT  ((__int128)1 << 100)

static gboolean
refuse(const char *where, const char *text, const char *why, GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "%s: `%s`: %s; expected a list such as `16 GiB, 64 GiB` or a range such as "
                "`16 GiB .. 256 GiB x2` or `1 .. 10 +1`",
                where, text, why);
    return FALSE;
}

/* A decimal number at the start of `text`; `rest` is what follows it without leading blanks. */
static gboolean
read_number(const char *text, __int128 *number, const char **rest)
{
    const char *c = text;
    gboolean negative = *c == '-';
    __int128 value = 0;
    guint n = 0, fraction = 0;
    gboolean point = FALSE;
    for (c += negative ? 1 : 0; g_ascii_isdigit(*c) || (*c == '.' && !point && c[1] != '.'); c++) {
        if (*c == '.') {
            point = TRUE;
            continue;
        }
        if (value > LIMIT || fraction == DIGITS)
            return FALSE;
        value = value * 10 + (*c - '0');
        n++;
        fraction += (guint)point;
    }
    if (n == 0)
        return FALSE;
    for (; fraction < DIGITS; fraction++)
        value *= 10;
    *number = negative ? -value : value;
    while (*c == ' ')
        c++;
    *rest = c;
    return TRUE;
}

static char *
print_number(__int128 number, const char *unit)
{
    const char *sign = number < 0 ? "-" : "";
    if (number < 0)
        number = -number;
    GString *text = g_string_new(sign);
    g_string_append_printf(text, "%" G_GUINT64_FORMAT, (guint64)(number / ONE));
    guint fraction = (guint)(number % ONE);
    if (fraction != 0) {
        g_string_append_printf(text, ".%09u", fraction);
        while (text->str[text->len - 1] == '0')
            g_string_truncate(text, text->len - 1);
    }
    if (*unit != '\0')
        g_string_append_printf(text, " %s", unit);
    return g_string_free(text, FALSE);
}

/* The next number of the range, or FALSE if the step leads nowhere. */
static gboolean
next_number(__int128 *at, char step_kind, __int128 step)
{
    __int128 before = *at;
    if (step_kind == '+')
        *at += step;
    else if (*at > LIMIT / (ONE * (__int128)4096))
        return FALSE;
    else
        *at = *at * step / ONE;
    return *at > before;
}

typedef struct {
    __int128 from, to, step;
    char step_kind; /* '+' or 'x' */
    char *unit;
} Range;

static gboolean
read_range(const char *text, const char *dots, const char *where, Range *range, GError **error)
{
    g_autofree char *first = g_strstrip(g_strndup(text, (gsize)(dots - text)));
    g_autofree char *second = g_strstrip(g_strdup(dots + 2));
    const char *unit, *rest;
    if (!read_number(first, &range->from, &unit) || !read_number(second, &range->to, &rest))
        return refuse(where, text, "a range goes from one number to another", error);
    /* The step follows the second unit: "256 GiB x2", "300 ns +50 ns", "10 +1". */
    gsize length = strlen(rest);
    const char *step = rest;
    while (*step != '\0' && *step != '+' && !(*step == 'x' && (g_ascii_isdigit(step[1]))))
        step++;
    g_autofree char *second_unit = g_strstrip(g_strndup(rest, (gsize)(step - rest)));
    if (strcmp(unit, second_unit) != 0)
        return refuse(where, text, "the ends of a range carry the same unit", error);
    range->unit = g_strdup(unit);
    range->step_kind = '+';
    range->step = ONE;
    if (step == rest + length) {
        if (*unit == '\0')
            return TRUE;
        return refuse(where, text, "a range of amounts needs a step", error);
    }
    range->step_kind = *step;
    const char *step_unit;
    if (!read_number(step + 1, &range->step, &step_unit))
        return refuse(where, text, "the step is no number", error);
    gboolean fits = range->step_kind == 'x' ? *step_unit == '\0' && range->step > ONE
                                            : strcmp(step_unit, unit) == 0 && range->step > 0;
    if (!fits)
        return refuse(where, text,
                      range->step_kind == 'x' ? "a factor is a number above 1"
                                              : "a step is above 0 and in the unit of the range",
                      error);
    return TRUE;
}

static gboolean
add_range(GPtrArray *values, const char *text, const char *dots, const char *where, GError **error)
{
    Range range = {0};
    if (!read_range(text, dots, where, &range, error)) {
        g_free(range.unit);
        return FALSE;
    }
    g_autofree char *unit = range.unit;
    if (range.to < range.from)
        return refuse(where, text, "the range ends before it begins", error);
    __int128 at = range.from;
    do {
        if (values->len == LAD_SWEEP_MAX_VALUES)
            return refuse(where, text, "these are more than 100000 values", error);
        g_ptr_array_add(values, print_number(at, unit));
    } while (next_number(&at, range.step_kind, range.step) && at <= range.to);
    return TRUE;
}

/* One item of the list, from `*at`; leaves `*at` behind its comma. */
static char *
next_item(const char **at, gboolean *quoted)
{
    GString *item = g_string_new(NULL);
    gboolean inside = FALSE;
    *quoted = FALSE;
    for (; **at != '\0' && (inside || **at != ','); (*at)++) {
        if (**at == '"') {
            inside = !inside;
            *quoted = TRUE;
        } else {
            g_string_append_c(item, **at);
        }
    }
    if (**at == ',')
        (*at)++;
    if (inside) {
        g_string_free(item, TRUE);
        return NULL;
    }
    return g_strstrip(g_string_free(item, FALSE));
}

char **
lad_sweep_values(const char *text, const char *where, GError **error)
{
    g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
    const char *at = text;
    do {
        gboolean quoted;
        g_autofree char *item = next_item(&at, &quoted);
        if (item == NULL || (item[0] == '\0' && !quoted)) {
            refuse(where, text, item == NULL ? "a quote is not closed" : "a value is empty", error);
            return NULL;
        }
        const char *dots = quoted ? NULL : strstr(item, "..");
        /* Dots of a path are no range. */
        if (dots != NULL && (dots == item || strchr(item, '/') != NULL))
            dots = NULL;
        if (dots == NULL)
            g_ptr_array_add(values, g_steal_pointer(&item));
        else if (!add_range(values, item, dots, where, error))
            return NULL;
    } while (*at != '\0');
    g_ptr_array_add(values, NULL);
    return (char **)g_ptr_array_steal(values, NULL);
}

gboolean
lad_sweep_amount(const char *value, double *amount)
{
    static const LadOptionType types[] = {LAD_OPTION_UINT, LAD_OPTION_BYTES, LAD_OPTION_TIME,
                                          LAD_OPTION_BANDWIDTH, LAD_OPTION_FREQUENCY};
    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        guint64 whole;
        if (lad_units_parse(types[i], value, &whole, NULL)) {
            *amount = (double)whole;
            return TRUE;
        }
    }
    char *end;
    *amount = g_ascii_strtod(value, &end);
    if (end != value && strcmp(end, " %") == 0)
        *amount /= 100;
    else if (end == value || *end != '\0')
        return FALSE;
    return TRUE;
}

int
lad_sweep_compare(const char *a, const char *b)
{
    double x, y;
    if (lad_sweep_amount(a, &x) && lad_sweep_amount(b, &y))
        return (x > y) - (x < y);
    return strcmp(a, b);
}
