/* option.c - one option's value: reading, limits, printing. */
#include "config.h"
#include "sim/base/nearest.h"
#include "sim/base/units.h"
#include <math.h>
#include <string.h>

/* Room for a value of any type that has limits. */
typedef union {
    gboolean truth;
    guint64 amount;
    double number;
    guint choice;
} Scalar;

static gboolean
is_amount(LadOptionType type)
{
    return type == LAD_OPTION_UINT || lad_units_list(type) != NULL;
}

static gboolean
parse_double(const char *text, double *value, GError **error)
{
    char *end = NULL;
    *value = g_ascii_strtod(text, &end);
    if (end != text && *end == '\0' && isfinite(*value) && !g_ascii_isspace(text[0]))
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "`%s` is not a number; expected a number without unit, such as `0.5`", text);
    return FALSE;
}

static gboolean
parse_bool(const char *text, gboolean *value, GError **error)
{
    *value = strcmp(text, "true") == 0;
    if (*value || strcmp(text, "false") == 0)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "`%s`: expected `true` or `false`", text);
    return FALSE;
}

static gboolean
parse_enum(const LadOption *option, const char *text, guint *value, GError **error)
{
    for (guint i = 0; option->choices[i] != NULL; i++)
        if (strcmp(option->choices[i], text) == 0) {
            *value = i;
            return TRUE;
        }
    g_autofree char *expectation = lad_option_expectation(option);
    const char *nearest = lad_nearest(text, option->choices);
    if (nearest != NULL)
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "`%s` is none of the choices; did you mean `%s`? Expected %s", text, nearest,
                    expectation);
    else
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "`%s` is none of the choices; expected %s",
                    text, expectation);
    return FALSE;
}

static gboolean
parse_list(const char *text, char ***value, GError **error)
{
    g_auto(GStrv) items = g_strsplit(text, ",", -1);
    for (guint i = 0; items[i] != NULL; i++) {
        g_strstrip(items[i]);
        /* One empty item is the empty list. */
        if (items[i][0] == '\0' && (items[1] != NULL)) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "`%s` has an empty item; expected a comma-separated list", text);
            return FALSE;
        }
        /* Printed after a blank it would be a comment. */
        if (items[i][0] == '#') {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "`%s`: an item begins with `#`, which starts a comment", text);
            return FALSE;
        }
    }
    if (items[0] != NULL && items[0][0] == '\0')
        *value = g_new0(char *, 1);
    else
        *value = g_steal_pointer(&items);
    return TRUE;
}

/* A file's name has a letter, a row of numbers has none (but an exponent's). */
static gboolean
is_inline_table(const char *text)
{
    return text[strspn(text, "0123456789.,;+-eE \t")] == '\0';
}

static gboolean
parse_table(const char *text, LadTable **value, GError **error)
{
    /* Nothing at all is a table without rows. */
    *value = text[0] == '\0' || is_inline_table(text) ? lad_table_parse(text, "inline", error)
                                                      : lad_table_read(text, text, error);
    return *value != NULL;
}

/* Type and unit only. */
static gboolean
parse_unlimited(const LadOption *option, const char *text, void *value, GError **error)
{
    switch (option->type) {
    case LAD_OPTION_BOOL:
        return parse_bool(text, value, error);
    case LAD_OPTION_DOUBLE:
        return parse_double(text, value, error);
    case LAD_OPTION_ENUM:
        return parse_enum(option, text, value, error);
    case LAD_OPTION_STRING:
        *(char **)value = g_strdup(text);
        return TRUE;
    case LAD_OPTION_LIST:
        return parse_list(text, value, error);
    case LAD_OPTION_TABLE:
        return parse_table(text, value, error);
    default:
        return lad_units_parse(option->type, text, value, error);
    }
}

/* Negative, zero, positive as `a` is below, at or above `b`; only amounts and numbers have an
 * order. */
static int
compare(LadOptionType type, const void *a, const void *b)
{
    if (type == LAD_OPTION_DOUBLE) {
        double x = *(const double *)a, y = *(const double *)b;
        return (x > y) - (x < y);
    }
    guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;
    return (x > y) - (x < y);
}

static gboolean
within_limits(const LadOption *option, const void *value)
{
    if (!is_amount(option->type) && option->type != LAD_OPTION_DOUBLE)
        return TRUE;
    const char *const limits[] = {option->min, option->max};
    for (guint i = 0; i < 2; i++) {
        Scalar limit;
        if (limits[i] == NULL)
            continue;
        gboolean readable = parse_unlimited(option, limits[i], &limit, NULL);
        g_assert(readable);
        int order = compare(option->type, value, &limit);
        if (i == 0 ? order < 0 : order > 0)
            return FALSE;
    }
    return TRUE;
}

gboolean
lad_option_parse(const LadOption *option, const char *text, void *value, GError **error)
{
    if (!parse_unlimited(option, text, value, error))
        return FALSE;
    if (within_limits(option, value))
        return TRUE;
    g_autofree char *expectation = lad_option_expectation(option);
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "`%s` is out of range; expected %s", text,
                expectation);
    return FALSE;
}

gboolean
lad_option_check(const LadOption *option, GError **error)
{
    Scalar value;
    const char *const limits[] = {option->min, option->max};
    gboolean ordered = is_amount(option->type) || option->type == LAD_OPTION_DOUBLE;
    for (guint i = 0; i < 2; i++) {
        if (limits[i] == NULL)
            continue;
        if (!ordered) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "limits have no meaning for %s",
                        lad_units_noun(option->type));
            return FALSE;
        }
        if (!parse_unlimited(option, limits[i], &value, error))
            return FALSE;
    }
    if (option->def == NULL || option->type == LAD_OPTION_STRING ||
        option->type == LAD_OPTION_LIST || option->type == LAD_OPTION_TABLE)
        return TRUE;
    return lad_option_parse(option, option->def, &value, error);
}

char *
lad_option_expectation(const LadOption *option)
{
    GString *text = g_string_new(NULL);
    if (option->type == LAD_OPTION_ENUM) {
        for (guint i = 0; option->choices[i] != NULL; i++) {
            const char *joint = option->choices[i + 1] == NULL ? " or " : ", ";
            g_string_append_printf(text, "%s`%s`", i == 0 ? "" : joint, option->choices[i]);
        }
        return g_string_free(text, FALSE);
    }
    g_string_append(text, lad_units_noun(option->type));
    if (option->min != NULL && option->max != NULL)
        g_string_append_printf(text, " from %s to %s", option->min, option->max);
    else if (option->min != NULL)
        g_string_append_printf(text, " of at least %s", option->min);
    else if (option->max != NULL)
        g_string_append_printf(text, " of at most %s", option->max);
    return g_string_free(text, FALSE);
}

const char *
lad_option_type_name(LadOptionType type)
{
    static const char *const names[] = {
        [LAD_OPTION_BOOL] = "true or false",  [LAD_OPTION_UINT] = "whole number",
        [LAD_OPTION_DOUBLE] = "number",       [LAD_OPTION_TIME] = "time",
        [LAD_OPTION_BYTES] = "size",          [LAD_OPTION_BANDWIDTH] = "bandwidth",
        [LAD_OPTION_FREQUENCY] = "frequency", [LAD_OPTION_CYCLES] = "cycles",
        [LAD_OPTION_ENUM] = "choice",         [LAD_OPTION_STRING] = "text",
        [LAD_OPTION_LIST] = "list",           [LAD_OPTION_TABLE] = "table",
    };
    return names[type];
}

/* As few digits as read back the same; %g drops the zeros that 15 may bring. */
static char *
print_double(double value)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    for (int digits = 15; digits <= 17; digits++) {
        char format[8];
        g_snprintf(format, sizeof format, "%%.%dg", digits);
        g_ascii_formatd(buffer, sizeof buffer, format, value);
        if (g_ascii_strtod(buffer, NULL) == value)
            break;
    }
    return g_strdup(buffer);
}

char *
lad_table_print(const LadTable *table)
{
    GString *text = g_string_new(NULL);
    for (guint row = 0; row < table->n_rows; row++) {
        for (guint column = 0; column < table->n_columns; column++) {
            g_autofree char *cell = print_double(table->cells[row * table->n_columns + column]);
            g_string_append_printf(text, "%s%s", column == 0 ? "" : " ", cell);
        }
        if (row + 1 < table->n_rows)
            g_string_append(text, "; ");
    }
    return g_string_free(text, FALSE);
}

char *
lad_option_print(const LadOption *option, const void *value)
{
    switch (option->type) {
    case LAD_OPTION_BOOL:
        return g_strdup(*(const gboolean *)value ? "true" : "false");
    case LAD_OPTION_DOUBLE:
        return print_double(*(const double *)value);
    case LAD_OPTION_ENUM:
        return g_strdup(option->choices[*(const guint *)value]);
    case LAD_OPTION_STRING:
        return g_strdup(*(char *const *)value);
    case LAD_OPTION_LIST:
        return g_strjoinv(", ", *(char **const *)value);
    case LAD_OPTION_TABLE:
        return lad_table_print(*(LadTable *const *)value);
    default:
        return lad_units_print(option->type, *(const guint64 *)value);
    }
}
