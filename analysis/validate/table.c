/* table.c - the rows of all checks as text, as tab-separated values and as JSON. */
#include "config.h"
#include "analysis/validate/validate.h"
#include <json-glib/json-glib.h>
#include <math.h>

static const char *const verdict_names[] = {
    [LAD_VERDICT_WITHIN] = "within",
    [LAD_VERDICT_MISSED] = "MISSED",
    [LAD_VERDICT_REPORTED] = "-",
    [LAD_VERDICT_SKIPPED] = "skipped",
};

enum { SOURCE, QUANTITY, MEASURED, OURS, RANGE, ERROR, AIM, VERDICT, N_COLUMNS };

static const char *const headings[N_COLUMNS] = {"source", "quantity", "measured", "ours",
                                                "range",  "error",    "aim",      "verdict"};

/* As many digits as tell 0.02 of a share from 0, without noise on page counts. */
static char *
number(double value)
{
    if (isnan(value))
        return g_strdup("");
    if (value == floor(value) && fabs(value) < 1e15)
        return g_strdup_printf("%.0f", value);
    if (fabs(value) < 10)
        return g_strdup_printf("%.4f", value);
    return g_strdup_printf("%.*f", fabs(value) < 1000 ? 2 : 1, value);
}

static char *
range_of(const LadValidateRow *row)
{
    if (isnan(row->low) || isnan(row->high))
        return g_strdup("");
    g_autofree char *low = number(row->low), *high = number(row->high);
    return g_strdup_printf("%s to %s", low, high);
}

static char *
error_of(const LadValidateRow *row)
{
    double error = lad_validate_error(row);
    if (isnan(error))
        return g_strdup("");
    return row->kind == LAD_AIM_RELATIVE && row->measured != 0
               ? g_strdup_printf("%+.2f %%", 100 * error)
               : g_strdup_printf("%+.4f", error);
}

static char *
aim_of(const LadValidateRow *row)
{
    switch (row->kind) {
    case LAD_AIM_ABSOLUTE:
        return g_strdup_printf("%.4g", row->aim);
    case LAD_AIM_RELATIVE:
        return row->measured == 0 ? g_strdup("0") : g_strdup_printf("%.4g %%", 100 * row->aim);
    case LAD_AIM_AT_LEAST:
        return g_strdup("at least");
    case LAD_AIM_AT_MOST:
        return g_strdup("at most");
    case LAD_AIM_NONE:
        break;
    }
    return g_strdup("");
}

static char **
cells_of(const LadValidateRow *row)
{
    char **cells = g_new0(char *, N_COLUMNS + 1);
    gboolean skipped = row->verdict == LAD_VERDICT_SKIPPED;
    cells[SOURCE] = g_strdup(row->source);
    cells[QUANTITY] = row->unit && !g_str_equal(row->unit, "1")
                          ? g_strdup_printf("%s (%s)", row->quantity, row->unit)
                          : g_strdup(row->quantity);
    cells[MEASURED] = number(row->measured);
    cells[OURS] = number(row->ours);
    cells[RANGE] = range_of(row);
    cells[ERROR] = skipped ? g_strdup("") : error_of(row);
    cells[AIM] = skipped ? g_strdup("") : aim_of(row);
    cells[VERDICT] = g_strdup(verdict_names[row->verdict]);
    return cells;
}

static gboolean
is_number_column(guint column)
{
    return column >= MEASURED && column <= AIM;
}

static void
append_line(GString *out, char *const *cells, const guint *widths)
{
    for (guint c = 0; c < N_COLUMNS; c++) {
        glong pad = (glong)widths[c] - g_utf8_strlen(cells[c], -1);
        if (c > 0)
            g_string_append(out, "  ");
        if (is_number_column(c))
            g_string_append_printf(out, "%*s%s", (int)pad, "", cells[c]);
        else if (c + 1 < N_COLUMNS)
            g_string_append_printf(out, "%s%*s", cells[c], (int)pad, "");
        else
            g_string_append(out, cells[c]);
    }
    g_string_append_c(out, '\n');
}

static void
append_notes(GString *out, const LadValidate *validate)
{
    const char *last = NULL;
    for (guint i = 0; i < lad_validate_n_rows(validate); i++) {
        const LadValidateRow *row = lad_validate_row(validate, i);
        if (row->note && g_strcmp0(row->note, last) != 0)
            g_string_append_printf(out, "%s, %s: %s\n", row->source, row->quantity, row->note);
        last = row->note;
    }
}

char *
lad_validate_text(const LadValidate *validate)
{
    GString *out = g_string_new(NULL);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    guint widths[N_COLUMNS];
    for (guint c = 0; c < N_COLUMNS; c++)
        widths[c] = (guint)g_utf8_strlen(headings[c], -1);
    for (guint i = 0; i < lad_validate_n_rows(validate); i++) {
        char **cells = cells_of(lad_validate_row(validate, i));
        g_ptr_array_add(lines, cells);
        for (guint c = 0; c < N_COLUMNS; c++)
            widths[c] = MAX(widths[c], (guint)g_utf8_strlen(cells[c], -1));
    }
    append_line(out, (char *const *)headings, widths);
    for (guint i = 0; i < lines->len; i++)
        append_line(out, lines->pdata[i], widths);
    append_notes(out, validate);
    g_string_append_printf(out, "%u within, %u missed, %u reported only, %u skipped\n",
                           lad_validate_count(validate, LAD_VERDICT_WITHIN),
                           lad_validate_count(validate, LAD_VERDICT_MISSED),
                           lad_validate_count(validate, LAD_VERDICT_REPORTED),
                           lad_validate_count(validate, LAD_VERDICT_SKIPPED));
    return g_string_free(out, FALSE);
}

static void
append_number(GString *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    if (!isnan(value))
        g_string_append(out, g_ascii_formatd(text, sizeof text, "%.9g", value));
    g_string_append_c(out, '\t');
}

char *
lad_validate_tsv(const LadValidate *validate)
{
    GString *out = g_string_new("group\tsource\tquantity\tunit\tmeasured\tours\tlow\thigh\terror\t"
                                "aim\tverdict\tnote\n");
    for (guint i = 0; i < lad_validate_n_rows(validate); i++) {
        const LadValidateRow *row = lad_validate_row(validate, i);
        g_autofree char *aim = aim_of(row);
        g_string_append_printf(out, "%s\t%s\t%s\t%s\t", row->group, row->source, row->quantity,
                               row->unit);
        append_number(out, row->measured);
        append_number(out, row->ours);
        append_number(out, row->low);
        append_number(out, row->high);
        append_number(out, lad_validate_error(row));
        g_string_append_printf(out, "%s\t%s\t%s\n", aim, verdict_names[row->verdict],
                               row->note ? row->note : "");
    }
    return g_string_free(out, FALSE);
}

static void
add_number(JsonBuilder *builder, const char *name, double value)
{
    json_builder_set_member_name(builder, name);
    if (isnan(value))
        json_builder_add_null_value(builder);
    else
        json_builder_add_double_value(builder, value);
}

static void
add_text(JsonBuilder *builder, const char *name, const char *text)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, text);
}

char *
lad_validate_json(const LadValidate *validate)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_array(builder);
    for (guint i = 0; i < lad_validate_n_rows(validate); i++) {
        const LadValidateRow *row = lad_validate_row(validate, i);
        g_autofree char *aim = aim_of(row);
        json_builder_begin_object(builder);
        add_text(builder, "group", row->group);
        add_text(builder, "source", row->source);
        add_text(builder, "quantity", row->quantity);
        add_text(builder, "unit", row->unit);
        add_number(builder, "measured", row->measured);
        add_number(builder, "ours", row->ours);
        add_number(builder, "low", row->low);
        add_number(builder, "high", row->high);
        add_number(builder, "error", lad_validate_error(row));
        add_text(builder, "aim", aim);
        add_text(builder, "verdict", verdict_names[row->verdict]);
        add_text(builder, "note", row->note ? row->note : "");
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    char *text = json_to_string(root, TRUE);
    char *line = g_strconcat(text, "\n", NULL);
    g_free(text);
    return line;
}
