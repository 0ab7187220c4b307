/* rows.h - the figures of a summary, before anybody lays them out.
 *
 * A summary has sections; a section is a table of items by fields ("tier_far" by "p99"), or a list
 * of items with one field. Text, comparison and report lay the same rows out in their own ways.
 */
#ifndef LAD_RESULT_ROWS_H
#define LAD_RESULT_ROWS_H

#include <memladder/result.h>

typedef struct {
    const char *section; /* "Run", "Cycles per instruction", ... */
    char *item;          /* "IPC", "cache_l1d", "tier_far" */
    const char *field;   /* "hit ratio"; "" in a list */
    const char *unit;    /* of `value`, as lad_quantity knows it; "share" for [0, 1] */
    double value;
} LadRow;

/* The rows of one phase, in order of sections. Free with g_array_unref. */
GArray *lad_rows_new(const LadResult *result, LadPhase phase);
/* The value with its unit, "12.5 %". Free with g_free. */
char *lad_row_text(const LadRow *row);
/* The row of this section, item and field, or NULL. */
const LadRow *lad_rows_find(const GArray *rows, const char *section, const char *item,
                            const char *field);

/* A table of cells laid out in columns: the first to the left, the others to the right. */
typedef struct {
    guint n_columns;
    GPtrArray *cells; /* of char *, row by row */
} LadTextTable;
LadTextTable *lad_text_table_new(guint n_columns);
void lad_text_table_add(LadTextTable *table, const char *cell);
/* Appends the laid out table and frees it. */
void lad_text_table_finish(LadTextTable *table, GString *to);

/* Does any warm-up belong to the result? */
gboolean lad_result_has_warmup(const LadResult *result);

#endif
