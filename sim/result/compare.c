/* compare.c - several results side by side: first the inputs that differ, then the summaries. */
#include "config.h"
#include "sim/result/layout.h"
#include "sim/result/quantity.h"
#include "sim/result/rows.h"
#include <math.h>
#include <string.h>

static gboolean
all_equal(char *const *texts, guint n)
{
    for (guint i = 1; i < n; i++)
        if (g_strcmp0(texts[0], texts[i]) != 0)
            return FALSE;
    return TRUE;
}

static void
clear_all(char **texts, guint n)
{
    for (guint i = 0; i < n; i++)
        g_clear_pointer(&texts[i], g_free);
}

static void
add_line(LadTextTable *table, const char *label, char *const *texts, guint n)
{
    lad_text_table_add(table, label);
    for (guint i = 0; i < n; i++)
        lad_text_table_add(table, texts[i] ? texts[i] : "-");
}

/* One line per setting that any result has, if it differs; in the order of first appearance.
 * Returns how many there are. */
static guint
add_settings(LadTextTable *table, const LadResult *const *results, guint n)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char **texts = g_new0(char *, n);
    guint differing = 0;
    for (guint i = 0; i < n; i++) {
        g_auto(GStrv) groups = g_key_file_get_groups(results[i]->settings, NULL);
        for (guint g = 0; groups[g] != NULL; g++) {
            g_auto(GStrv) keys = g_key_file_get_keys(results[i]->settings, groups[g], NULL, NULL);
            for (guint k = 0; keys[k] != NULL; k++) {
                g_autofree char *name = g_strdup_printf("%s.%s", groups[g], keys[k]);
                if (!g_hash_table_add(seen, g_strdup(name)))
                    continue;
                for (guint j = 0; j < n; j++)
                    texts[j] = lad_result_setting(results[j], groups[g], keys[k]);
                if (!all_equal(texts, n)) {
                    add_line(table, name, texts, n);
                    differing++;
                }
                clear_all(texts, n);
            }
        }
    }
    return differing;
}

static guint
add_provenance(LadTextTable *table, const LadResult *const *results, guint n)
{
    static const char *const labels[] = {"memladder", "trace identity", "seed", "ended by"};
    g_autofree char **texts = g_new0(char *, n);
    guint differing = 0;
    for (guint line = 0; line < G_N_ELEMENTS(labels); line++) {
        for (guint i = 0; i < n; i++) {
            const LadProvenance *from = &results[i]->provenance;
            texts[i] = line == 0   ? g_strdup(from->version)
                       : line == 1 ? g_strndup(from->trace_identity, 16)
                       : line == 2 ? g_strdup_printf("%" G_GUINT64_FORMAT, from->seed)
                                   : g_strdup(from->end_reason);
        }
        if (!all_equal(texts, n)) {
            add_line(table, labels[line], texts, n);
            differing++;
        }
        clear_all(texts, n);
    }
    return differing;
}

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

/* One line for a row of any result, the first time that it is met. */
static void
compare_row(Comparison *to, const LadRow *row)
{
    g_autofree char *label =
        *row->field ? g_strdup_printf("%s, %s", row->item, row->field) : g_strdup(row->item);
    if (!g_hash_table_add(to->seen, g_strdup(label)))
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

static gboolean
same_figures(const Comparison *of)
{
    for (guint i = 1; i < of->n; i++) {
        if (of->rows[i]->len != of->rows[0]->len)
            return FALSE;
        for (guint j = 0; j < of->rows[0]->len; j++) {
            const LadRow *a = &g_array_index(of->rows[0], LadRow, j);
            const LadRow *b = &g_array_index(of->rows[i], LadRow, j);
            if (!g_str_equal(a->item, b->item) ||
                (a->value != b->value && !(isnan(a->value) && isnan(b->value))))
                return FALSE;
        }
    }
    return TRUE;
}

char *
lad_summary_compare(const LadResult *const *results, const char *const *names, guint n)
{
    static const char *const sections[] = {"Run",         "Cycles per instruction", "Top-down",
                                           "Caches and TLBs", "Prefetchers", "Tiers",
                                           "Kernel and policies"};
    GString *text = g_string_new("Inputs that differ\n");
    LadTextTable *table = lad_text_table_new(1 + n);
    add_header(table, names, n);
    guint differing = add_provenance(table, results, n) + add_settings(table, results, n);
    g_autoptr(GString) inputs = g_string_new(NULL);
    lad_text_table_finish(table, inputs);
    g_string_append(text, differing > 0 ? inputs->str : "  none\n");

    Comparison comparison = {g_new0(GArray *, n), n, NULL, NULL, text};
    for (guint i = 0; i < n; i++)
        comparison.rows[i] = lad_rows_new(results[i], LAD_PHASE_MEASURED);
    for (guint i = 0; i < G_N_ELEMENTS(sections); i++)
        compare_section(&comparison, sections[i], names);
    if (n > 1 && differing > 0 && same_figures(&comparison))
        g_string_append(text, "\nAll figures are equal although inputs differ: what differs had no "
                              "effect, for example because no tier ever filled up.\n");
    for (guint i = 0; i < n; i++)
        for (guint note = 0; results[i]->provenance.notes[note] != NULL; note++)
            g_string_append_printf(text, "%snote, %s: %s\n", i + note == 0 ? "\n" : "", names[i],
                                   results[i]->provenance.notes[note]);
    for (guint i = 0; i < n; i++)
        g_array_unref(comparison.rows[i]);
    g_free(comparison.rows);
    return g_string_free(text, FALSE);
}
