/* summary-text.c - a result for people: what ran, on what, and what came of it. */
#include "config.h"
#include "sim/result/layout.h"
#include "sim/result/quantity.h"
#include "sim/result/rows.h"
#include <string.h>

/* ---- What ran ---------------------------------------------------------------------------------
 */

/* A label and its text, in lines of about 100 columns. */
static void
head_line(GString *text, const char *label, const char *value)
{
    g_auto(GStrv) words = g_strsplit(value, " ", -1);
    guint column = 13;
    g_string_append_printf(text, "%-12s", label);
    for (guint i = 0; words[i] != NULL; i++) {
        guint width = lad_quantity_width(words[i]) + 1;
        if (column + width > 100 && column > 13) {
            g_string_append_printf(text, "\n%-12s", "");
            column = 13;
        }
        g_string_append_printf(text, " %s", words[i]);
        column += width;
    }
    g_string_append_c(text, '\n');
}

static void
append_setting(GString *to, const LadResult *result, const char *group, const char *key,
               const char *before)
{
    g_autofree char *value = lad_result_setting(result, group, key);
    if (value != NULL && *value != '\0')
        g_string_append_printf(to, "%s%s", before, value);
}

static void
append_machine(GString *text, const LadResult *result)
{
    g_autoptr(GString) line = g_string_new(NULL);
    append_setting(line, result, "core", "cores", "");
    g_string_append(line, line->len > 0 ? " x " : "");
    append_setting(line, result, "core", "model", "");
    append_setting(line, result, "core", "frequency", " ");
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        if (!lad_result_is_tier(part))
            continue;
        g_autofree char *group = lad_part_group(result, part);
        g_string_append_printf(line, ", %s", part->name);
        if (group == NULL)
            continue;
        append_setting(line, result, group, "size", " ");
        append_setting(line, result, group, "model", " ");
    }
    if (line->len > 0)
        head_line(text, "machine", line->str);
    g_autofree char *placement = lad_result_setting(result, "placement", "model");
    if (placement != NULL)
        head_line(text, "placement", placement);
}

/* Scales are never silent. */
static void
append_scales(GString *text, const LadResult *result)
{
    static const char *const scales[][2] = {{"kernel", "time-scale"}, {"run", "capacity-scale"}};
    g_autoptr(GString) line = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(scales); i++) {
        g_autofree char *value = lad_result_setting(result, scales[i][0], scales[i][1]);
        if (value != NULL && g_ascii_strtod(value, NULL) != 1)
            g_string_append_printf(line, "%s%s.%s = %s", line->len > 0 ? ", " : "", scales[i][0],
                                   scales[i][1], value);
    }
    if (line->len > 0)
        head_line(text, "scales", line->str);
}

static void
append_head(GString *text, const LadResult *result)
{
    const LadProvenance *from = &result->provenance;
    g_autofree char *seed = g_strdup_printf("%" G_GUINT64_FORMAT, from->seed);
    head_line(text, "memladder", from->version);
    g_autofree char *trace = lad_result_setting(result, "run", "trace");
    g_autofree char *traces =
        g_strdup_printf("%s (%.16s)", trace ? trace : "-", from->trace_identity);
    head_line(text, "trace", traces);
    append_machine(text, result);
    append_scales(text, result);
    head_line(text, "seed", seed);
    head_line(text, "ended by", from->end_reason);
    for (guint i = 0; from->notes[i] != NULL; i++)
        head_line(text, "note", from->notes[i]);
}

/* ---- What came of it --------------------------------------------------------------------------
 */

static void
append_title(GString *text, const char *section, const char *phase)
{
    g_string_append_printf(text, "\n%s%s%s\n", section, *phase ? ", " : "", phase);
}

/* A list: one line per item, a column per phase. */
static void
append_list(GString *text, const char *section, GArray *const *phases, const char *const *names,
            guint n)
{
    gboolean any = FALSE;
    LadTextTable *table = lad_text_table_new(1 + n);
    lad_text_table_add(table, "");
    for (guint i = 0; i < n; i++)
        lad_text_table_add(table, names[i]);
    for (guint i = 0; i < phases[0]->len; i++) {
        const LadRow *row = &g_array_index(phases[0], LadRow, i);
        if (!g_str_equal(row->section, section))
            continue;
        any = TRUE;
        lad_text_table_add(table, row->item);
        for (guint phase = 0; phase < n; phase++) {
            const LadRow *same = lad_rows_find(phases[phase], section, row->item, row->field);
            g_autofree char *cell = same ? lad_row_text(same) : g_strdup("-");
            lad_text_table_add(table, cell);
        }
    }
    g_autoptr(GString) body = g_string_new(NULL);
    lad_text_table_finish(table, body);
    if (!any)
        return;
    append_title(text, section, "");
    /* With one phase the column needs no heading. */
    const char *from = n == 1 ? strchr(body->str, '\n') + 1 : body->str;
    g_string_append(text, from);
}

/* The fields of a section's first item: its columns. */
static GPtrArray *
fields_of(const GArray *rows, const char *section)
{
    GPtrArray *fields = g_ptr_array_new();
    const char *first = NULL;
    for (guint i = 0; i < rows->len; i++) {
        const LadRow *row = &g_array_index(rows, LadRow, i);
        if (!g_str_equal(row->section, section))
            continue;
        if (first == NULL)
            first = row->item;
        if (g_str_equal(row->item, first))
            g_ptr_array_add(fields, (char *)row->field);
    }
    return fields;
}

/* A table: one line per item, a column per field; columns without any value are left out. */
static void
append_matrix(GString *text, const char *section, const GArray *rows, const char *phase)
{
    g_autoptr(GPtrArray) fields = fields_of(rows, section);
    for (guint i = fields->len; i-- > 0;) {
        gboolean any = FALSE;
        for (guint j = 0; j < rows->len && !any; j++) {
            const LadRow *row = &g_array_index(rows, LadRow, j);
            any = g_str_equal(row->section, section) && g_str_equal(row->field, fields->pdata[i]) &&
                  row->value == row->value;
        }
        if (!any)
            g_ptr_array_remove_index(fields, i);
    }
    if (fields->len == 0)
        return;
    append_title(text, section, phase);
    LadTextTable *table = lad_text_table_new(1 + fields->len);
    lad_text_table_add(table, "");
    for (guint i = 0; i < fields->len; i++)
        lad_text_table_add(table, fields->pdata[i]);
    const char *last = "";
    for (guint i = 0; i < rows->len; i++) {
        const LadRow *row = &g_array_index(rows, LadRow, i);
        if (!g_str_equal(row->section, section) || g_str_equal(row->item, last))
            continue;
        last = row->item;
        lad_text_table_add(table, row->item);
        for (guint f = 0; f < fields->len; f++) {
            const LadRow *cell = lad_rows_find(rows, section, row->item, fields->pdata[f]);
            g_autofree char *value = cell ? lad_row_text(cell) : g_strdup("-");
            lad_text_table_add(table, value);
        }
    }
    lad_text_table_finish(table, text);
}

char *
lad_summary_text(const LadResult *result)
{
    static const char *const names[] = {"measured", "warm-up"};
    static const char *const matrices[] = {"Cycles per instruction", "Caches and TLBs",
                                           "Prefetchers", "Tiers", "Groups"};
    guint n = lad_result_has_warmup(result) ? 2 : 1;
    GArray *phases[2] = {lad_rows_new(result, LAD_PHASE_MEASURED),
                         lad_rows_new(result, LAD_PHASE_WARMUP)};
    GString *text = g_string_new(NULL);
    append_head(text, result);
    append_list(text, "Run", phases, names, n);
    append_list(text, "Top-down", phases, names, n);
    for (guint i = 0; i < G_N_ELEMENTS(matrices); i++)
        for (guint phase = 0; phase < n; phase++)
            append_matrix(text, matrices[i], phases[phase], n == 1 ? "" : names[phase]);
    append_list(text, "Kernel and policies", phases, names, n);
    g_array_unref(phases[0]);
    g_array_unref(phases[1]);
    return g_string_free(text, FALSE);
}
