/* findings.c - values and tables of a profile, and their three forms. */
#include "config.h"
#include "analysis/profile/findings.h"
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

typedef enum { CELL_TEXT, CELL_COUNT, CELL_REAL } CellKind;

typedef struct {
    CellKind kind;
    char *text;
    guint64 count;
    double real;
} Cell;

typedef struct {
    char *name, *unit;
    Cell cell;
} Value;

struct LadFindingsTable {
    char *name, *caption;
    GPtrArray *columns, *units; /* of char */
    GArray *cells;              /* Cell, row by row */
};

struct LadFindings {
    char *profile;
    GPtrArray *notes;  /* of char */
    GArray *values;    /* Value */
    GPtrArray *tables; /* of LadFindingsTable */
};

static void
table_free(gpointer data)
{
    LadFindingsTable *table = data;
    for (guint i = 0; i < table->cells->len; i++)
        g_free(g_array_index(table->cells, Cell, i).text);
    g_array_unref(table->cells);
    g_ptr_array_unref(table->columns);
    g_ptr_array_unref(table->units);
    g_free(table->name);
    g_free(table->caption);
    g_free(table);
}

LadFindings *
lad_findings_new(const char *profile)
{
    LadFindings *findings = g_new0(LadFindings, 1);
    findings->profile = g_strdup(profile);
    findings->notes = g_ptr_array_new_with_free_func(g_free);
    findings->values = g_array_new(FALSE, FALSE, sizeof(Value));
    findings->tables = g_ptr_array_new_with_free_func(table_free);
    return findings;
}

void
lad_findings_free(LadFindings *findings)
{
    if (findings == NULL)
        return;
    for (guint i = 0; i < findings->values->len; i++) {
        Value *value = &g_array_index(findings->values, Value, i);
        g_free(value->name);
        g_free(value->unit);
        g_free(value->cell.text);
    }
    g_array_unref(findings->values);
    g_ptr_array_unref(findings->notes);
    g_ptr_array_unref(findings->tables);
    g_free(findings->profile);
    g_free(findings);
}

void
lad_findings_note(LadFindings *findings, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(findings->notes, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

static void
add_value(LadFindings *findings, const char *name, const char *unit, Cell cell)
{
    Value value = {g_strdup(name), g_strdup(unit), cell};
    g_array_append_val(findings->values, value);
}

void
lad_findings_text(LadFindings *findings, const char *name, const char *value)
{
    add_value(findings, name, "", (Cell){.kind = CELL_TEXT, .text = g_strdup(value)});
}

void
lad_findings_count(LadFindings *findings, const char *name, const char *unit, guint64 value)
{
    add_value(findings, name, unit, (Cell){.kind = CELL_COUNT, .count = value});
}

void
lad_findings_real(LadFindings *findings, const char *name, const char *unit, double value)
{
    add_value(findings, name, unit, (Cell){.kind = CELL_REAL, .real = value});
}

LadFindingsTable *
lad_findings_table(LadFindings *findings, const char *name, const char *caption,
                   const char *const *columns)
{
    LadFindingsTable *table = g_new0(LadFindingsTable, 1);
    table->name = g_strdup(name);
    table->caption = g_strdup(caption);
    table->columns = g_ptr_array_new_with_free_func(g_free);
    table->units = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; columns[i] != NULL; i += 2) {
        g_ptr_array_add(table->columns, g_strdup(columns[i]));
        g_ptr_array_add(table->units, g_strdup(columns[i + 1]));
    }
    table->cells = g_array_new(FALSE, FALSE, sizeof(Cell));
    g_ptr_array_add(findings->tables, table);
    return table;
}

void
lad_findings_put_text(LadFindingsTable *table, const char *value)
{
    Cell cell = {.kind = CELL_TEXT, .text = g_strdup(value)};
    g_array_append_val(table->cells, cell);
}

void
lad_findings_put_count(LadFindingsTable *table, guint64 value)
{
    Cell cell = {.kind = CELL_COUNT, .count = value};
    g_array_append_val(table->cells, cell);
}

void
lad_findings_put_real(LadFindingsTable *table, double value)
{
    Cell cell = {.kind = CELL_REAL, .real = value};
    g_array_append_val(table->cells, cell);
}

/* ---- Asking -----------------------------------------------------------------------------------
 */

static double
number_of(const Cell *cell)
{
    return cell->kind == CELL_COUNT  ? (double)cell->count
           : cell->kind == CELL_REAL ? cell->real
                                     : (double)NAN;
}

double
lad_findings_value(const LadFindings *findings, const char *name)
{
    for (guint i = 0; i < findings->values->len; i++) {
        const Value *value = &g_array_index(findings->values, Value, i);
        if (strcmp(value->name, name) == 0)
            return number_of(&value->cell);
    }
    return (double)NAN;
}

const LadFindingsTable *
lad_findings_find(const LadFindings *findings, const char *name)
{
    for (guint i = 0; i < findings->tables->len; i++) {
        const LadFindingsTable *table = findings->tables->pdata[i];
        if (strcmp(table->name, name) == 0)
            return table;
    }
    return NULL;
}

guint
lad_findings_n_rows(const LadFindingsTable *table)
{
    return table->cells->len / table->columns->len;
}

static const Cell *
cell_at(const LadFindingsTable *table, guint row, guint column)
{
    g_assert(column < table->columns->len && row < lad_findings_n_rows(table));
    return &g_array_index(table->cells, Cell, row * table->columns->len + column);
}

double
lad_findings_cell(const LadFindingsTable *table, guint row, guint column)
{
    return number_of(cell_at(table, row, column));
}

const char *
lad_findings_cell_text(const LadFindingsTable *table, guint row, guint column)
{
    return cell_at(table, row, column)->text;
}

/* ---- Text and TSV -----------------------------------------------------------------------------
 */

/* A cell as text; `missing` where there is no number. Free with g_free. */
static char *
cell_text(const Cell *cell, const char *missing)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    if (cell->kind == CELL_TEXT)
        return g_strdup(cell->text);
    if (cell->kind == CELL_COUNT)
        return g_strdup_printf("%" G_GUINT64_FORMAT, cell->count);
    if (isnan(cell->real))
        return g_strdup(missing);
    return g_strdup(g_ascii_formatd(number, sizeof number, "%.6g", cell->real));
}

/* "name (unit)", or the name where the unit says nothing. */
static char *
heading(const char *name, const char *unit)
{
    if (*unit == '\0' || strcmp(unit, "1") == 0)
        return g_strdup(name);
    return g_strdup_printf("%s_%s", name, unit);
}

char *
lad_findings_table_tsv(const LadFindingsTable *table)
{
    GString *to = g_string_new(NULL);
    guint n = table->columns->len;
    for (guint i = 0; i < n; i++) {
        g_autofree char *title = heading(table->columns->pdata[i], table->units->pdata[i]);
        g_string_append_printf(to, "%s%s", i > 0 ? "\t" : "", title);
    }
    g_string_append_c(to, '\n');
    for (guint row = 0; row < lad_findings_n_rows(table); row++)
        for (guint i = 0; i < n; i++) {
            g_autofree char *text = cell_text(cell_at(table, row, i), "NaN");
            g_string_append_printf(to, "%s%s", text, i + 1 < n ? "\t" : "\n");
        }
    return g_string_free(to, FALSE);
}

static void
print_table_text(const LadFindingsTable *table, GString *to)
{
    guint n = table->columns->len, rows = lad_findings_n_rows(table);
    g_autofree int *widths = g_new0(int, n);
    g_string_append_printf(to, "\n%s\n", table->caption);
    for (guint i = 0; i < n; i++) {
        g_autofree char *title = heading(table->columns->pdata[i], table->units->pdata[i]);
        widths[i] = (int)strlen(title);
        for (guint row = 0; row < rows; row++) {
            g_autofree char *text = cell_text(cell_at(table, row, i), "-");
            widths[i] = MAX(widths[i], (int)strlen(text));
        }
    }
    for (guint i = 0; i < n; i++) {
        g_autofree char *title = heading(table->columns->pdata[i], table->units->pdata[i]);
        g_string_append_printf(to, "%s%*s", i > 0 ? "  " : "", widths[i], title);
    }
    g_string_append_c(to, '\n');
    for (guint row = 0; row < rows; row++)
        for (guint i = 0; i < n; i++) {
            const Cell *cell = cell_at(table, row, i);
            g_autofree char *text = cell_text(cell, "-");
            g_string_append_printf(to, cell->kind == CELL_TEXT && i == 0 ? "%s%-*s" : "%s%*s",
                                   i > 0 ? "  " : "", widths[i], text);
            if (i + 1 == n)
                g_string_append_c(to, '\n');
        }
}

static char *
print_lines(const LadFindings *findings, gboolean tsv)
{
    GString *to = g_string_new(NULL);
    const char *mark = tsv ? "# " : "";
    for (guint i = 0; i < findings->notes->len; i++)
        g_string_append_printf(to, "%s%s\n",
                               tsv ? "# " : "note: ", (const char *)findings->notes->pdata[i]);
    for (guint i = 0; i < findings->values->len; i++) {
        const Value *value = &g_array_index(findings->values, Value, i);
        g_autofree char *text = cell_text(&value->cell, "-");
        gboolean plain = *value->unit == '\0' || strcmp(value->unit, "1") == 0;
        g_string_append_printf(to, "%s%-34s %s%s%s\n", mark, value->name, text, plain ? "" : " ",
                               plain ? "" : value->unit);
    }
    for (guint i = 0; i < findings->tables->len; i++) {
        const LadFindingsTable *table = findings->tables->pdata[i];
        if (!tsv) {
            print_table_text(table, to);
            continue;
        }
        g_autofree char *text = lad_findings_table_tsv(table);
        g_string_append_printf(to, "%s# table %s: %s\n%s", i > 0 ? "\n\n" : "", table->name,
                               table->caption, text);
    }
    return g_string_free(to, FALSE);
}

/* ---- JSON -------------------------------------------------------------------------------------
 */

static void
add_cell(JsonBuilder *builder, const Cell *cell)
{
    if (cell->kind == CELL_TEXT)
        json_builder_add_string_value(builder, cell->text);
    else if (cell->kind == CELL_COUNT && cell->count <= G_MAXINT64)
        json_builder_add_int_value(builder, (gint64)cell->count);
    else if (cell->kind == CELL_COUNT)
        json_builder_add_double_value(builder, (double)cell->count);
    else if (isnan(cell->real))
        json_builder_add_null_value(builder);
    else
        json_builder_add_double_value(builder, cell->real);
}

static void
add_strings(JsonBuilder *builder, const char *name, const GPtrArray *strings)
{
    json_builder_set_member_name(builder, name);
    json_builder_begin_array(builder);
    for (guint i = 0; i < strings->len; i++)
        json_builder_add_string_value(builder, strings->pdata[i]);
    json_builder_end_array(builder);
}

static void
add_table(JsonBuilder *builder, const LadFindingsTable *table)
{
    json_builder_set_member_name(builder, table->name);
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "caption");
    json_builder_add_string_value(builder, table->caption);
    add_strings(builder, "columns", table->columns);
    add_strings(builder, "units", table->units);
    json_builder_set_member_name(builder, "rows");
    json_builder_begin_array(builder);
    for (guint row = 0; row < lad_findings_n_rows(table); row++) {
        json_builder_begin_array(builder);
        for (guint i = 0; i < table->columns->len; i++)
            add_cell(builder, cell_at(table, row, i));
        json_builder_end_array(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
}

static char *
print_json(const LadFindings *findings)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "profile");
    json_builder_add_string_value(builder, findings->profile);
    add_strings(builder, "notes", findings->notes);
    json_builder_set_member_name(builder, "values");
    json_builder_begin_object(builder);
    for (guint i = 0; i < findings->values->len; i++) {
        const Value *value = &g_array_index(findings->values, Value, i);
        json_builder_set_member_name(builder, value->name);
        add_cell(builder, &value->cell);
    }
    json_builder_end_object(builder);
    json_builder_set_member_name(builder, "units");
    json_builder_begin_object(builder);
    for (guint i = 0; i < findings->values->len; i++) {
        const Value *value = &g_array_index(findings->values, Value, i);
        json_builder_set_member_name(builder, value->name);
        json_builder_add_string_value(builder, value->unit);
    }
    json_builder_end_object(builder);
    json_builder_set_member_name(builder, "tables");
    json_builder_begin_object(builder);
    for (guint i = 0; i < findings->tables->len; i++)
        add_table(builder, findings->tables->pdata[i]);
    json_builder_end_object(builder);
    json_builder_end_object(builder);
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    g_autofree char *text = json_to_string(root, TRUE);
    return g_strconcat(text, "\n", NULL);
}

char *
lad_findings_print(const LadFindings *findings, LadFindingsForm form)
{
    return form == LAD_FINDINGS_JSON ? print_json(findings)
                                     : print_lines(findings, form == LAD_FINDINGS_TSV);
}
