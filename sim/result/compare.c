/* compare.c - several results side by side: first the inputs that differ, then the figures. */
#include "config.h"
#include "sim/result/differences.h"
#include "sim/result/quantity.h"
#include "sim/result/rows.h"
#include <math.h>

static void
add_header(LadTextTable *table, const char *const *names, guint n)
{
    lad_text_table_add(table, "");
    for (guint i = 0; i < n; i++)
        lad_text_table_add(table, names[i]);
}

/* The second result relative to the first, where that means something. */
static char *
change(const LadRow *first, const LadRow *second)
{
    if (!first || !second || !(first->value > 0) || isnan(second->value) ||
        g_str_equal(first->unit, "share"))
        return g_strdup("");
    return g_strdup_printf("x %.3g", second->value / first->value);
}

typedef struct {
    GArray **rows; /* per result */
    guint n;
    LadTextTable *table;
    GHashTable *seen;
    GString *text;
} Comparison;

static gboolean
same_row(const Comparison *to, const LadRow *row)
{
    for (guint i = 0; i < to->n; i++) {
        const LadRow *other = lad_rows_find(to->rows[i], row->section, row->item, row->field);
        if (other == NULL ||
            (other->value != row->value && !(isnan(other->value) && isnan(row->value))))
            return FALSE;
    }
    return TRUE;
}

/* One line for a row of any result, the first time that it is met, if it differs. */
static void
compare_row(Comparison *to, const LadRow *row)
{
    g_autofree char *label =
        *row->field ? g_strdup_printf("%s, %s", row->item, row->field) : g_strdup(row->item);
    if (same_row(to, row) || !g_hash_table_add(to->seen, g_strdup(label)))
        return;
    lad_text_table_add(to->table, label);
    const LadRow *first = NULL, *second = NULL;
    for (guint i = 0; i < to->n; i++) {
        const LadRow *same = lad_rows_find(to->rows[i], row->section, row->item, row->field);
        first = i == 0 ? same : first;
        second = i == 1 ? same : second;
        g_autofree char *cell = same ? lad_row_text(same) : g_strdup("-");
        lad_text_table_add(to->table, cell);
    }
    if (to->n == 2) {
        g_autofree char *cell = change(first, second);
        lad_text_table_add(to->table, cell);
    }
}

static void
compare_section(Comparison *to, const char *section, const char *const *names)
{
    to->table = lad_text_table_new(1 + to->n + (to->n == 2));
    to->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    add_header(to->table, names, to->n);
    if (to->n == 2)
        lad_text_table_add(to->table, "change");
    for (guint i = 0; i < to->n; i++)
        for (guint j = 0; j < to->rows[i]->len; j++) {
            const LadRow *row = &g_array_index(to->rows[i], LadRow, j);
            /* Shares of a total that is itself compared add nothing. */
            gboolean stack_share =
                g_str_equal(section, "Cycles per instruction") && g_str_equal(row->field, "share");
            if (g_str_equal(row->section, section) && !stack_share)
                compare_row(to, row);
        }
    if (g_hash_table_size(to->seen) > 0)
        g_string_append_printf(to->text, "\n%s\n", section);
    g_autoptr(GString) body = g_string_new(NULL);
    lad_text_table_finish(to->table, body);
    if (g_hash_table_size(to->seen) > 0)
        g_string_append(to->text, body->str);
    g_hash_table_unref(to->seen);
}

static void
add_inputs(GString *text, const LadDifferences *differences, const char *const *names)
{
    LadTextTable *table = lad_text_table_new(1 + differences->n_results);
    g_autoptr(GString) body = g_string_new(NULL);
    add_header(table, names, differences->n_results);
    for (guint i = 0; i < differences->inputs->len; i++) {
        const LadInputDifference *input = differences->inputs->pdata[i];
        lad_text_table_add(table, input->name);
        for (guint j = 0; j < differences->n_results; j++)
            lad_text_table_add(table, input->texts[j]);
    }
    lad_text_table_finish(table, body);
    g_string_append(text, "Inputs that differ\n");
    g_string_append(text, differences->inputs->len > 0 ? body->str : "  none\n");
}

static void
add_metrics(GString *text, const LadDifferences *differences, const char *const *names)
{
    guint n = differences->n_results;
    LadTextTable *table = lad_text_table_new(1 + n + (n == 2));
    g_autoptr(GString) body = g_string_new(NULL);
    add_header(table, names, n);
    if (n == 2)
        lad_text_table_add(table, "change");
    for (guint i = 0; i < differences->metrics->len; i++) {
        const LadMetricDifference *metric = differences->metrics->pdata[i];
        lad_text_table_add(table, metric->name);
        for (guint j = 0; j < n; j++) {
            g_autofree char *value = lad_quantity(metric->values[j], metric->unit);
            lad_text_table_add(table, value);
        }
        g_autofree char *cell = isnan(metric->change)
                                    ? g_strdup("")
                                    : g_strdup_printf("%+.3g %%", 100 * metric->change);
        if (n == 2)
            lad_text_table_add(table, cell);
    }
    lad_text_table_finish(table, body);
    g_string_append_printf(text, "\nAll metrics that differ\n%s", body->str);
}

static void
add_notes(GString *text, const LadResult *const *results, const char *const *names, guint n)
{
    for (guint i = 0; i < n; i++)
        for (guint note = 0; results[i]->provenance.notes[note] != NULL; note++)
            g_string_append_printf(text, "%snote, %s: %s\n", i + note == 0 ? "\n" : "", names[i],
                                   results[i]->provenance.notes[note]);
}

char *
lad_summary_compare(const LadResult *const *results, const char *const *names, guint n,
                    gboolean all)
{
    static const char *const sections[] = {
        "Run",    "Cycles per instruction", "Top-down", "Caches and TLBs", "Prefetchers", "Tiers",
        "Groups", "Kernel and policies"};
    GString *text = g_string_new(NULL);
    g_autoptr(LadDifferences) differences = lad_differences_new(results, n);
    guint n_differ = differences->metrics->len, n_all = n_differ + differences->n_equal;
    add_inputs(text, differences, names);
    Comparison comparison = {g_new0(GArray *, n), n, NULL, NULL, text};
    for (guint i = 0; i < n; i++)
        comparison.rows[i] = lad_rows_new(results[i], LAD_PHASE_MEASURED);
    for (guint i = 0; i < G_N_ELEMENTS(sections); i++)
        compare_section(&comparison, sections[i], names);
    if (all && n_differ > 0)
        add_metrics(text, differences, names);
    g_string_append_printf(text, "\n%u of %u metrics differ%s\n", n_differ, n_all,
                           n_differ > 0 && !all ? "; above are those of the summary, --all lists "
                                                  "the others too"
                                                : "");
    g_autofree char *warning = lad_differences_warning(differences);
    if (warning != NULL)
        g_string_append_printf(text, "%s\n", warning);
    add_notes(text, results, names, n);
    for (guint i = 0; i < n; i++)
        g_array_unref(comparison.rows[i]);
    g_free(comparison.rows);
    return g_string_free(text, FALSE);
}
