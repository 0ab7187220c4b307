/* findings.h - what a profile has found: sentences, values and tables, printed in three forms.
 *
 * Every value and column has a unit; counts have the unit "1". Text is for readers, TSV for plots
 * (each table a block, two blank lines between them, `#` before what is no row), JSON for programs.
 */
#ifndef LAD_PROFILE_FINDINGS_H
#define LAD_PROFILE_FINDINGS_H

#include <memladder/error.h>

G_BEGIN_DECLS

typedef enum { LAD_FINDINGS_TEXT, LAD_FINDINGS_TSV, LAD_FINDINGS_JSON } LadFindingsForm;

typedef struct LadFindings LadFindings;
typedef struct LadFindingsTable LadFindingsTable;

/* `profile`: which kind, such as "reuse". Text given to any function is copied. */
LadFindings *lad_findings_new(const char *profile);
void lad_findings_free(LadFindings *findings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadFindings, lad_findings_free)

/* A sentence that the reader must know. */
void lad_findings_note(LadFindings *findings, const char *format, ...) G_GNUC_PRINTF(2, 3);
void lad_findings_text(LadFindings *findings, const char *name, const char *value);
void lad_findings_count(LadFindings *findings, const char *name, const char *unit, guint64 value);
/* NaN where there is no value. */
void lad_findings_real(LadFindings *findings, const char *name, const char *unit, double value);

/* A table; `columns` are pairs of name and unit, ended by NULL. Owned by the findings. */
LadFindingsTable *lad_findings_table(LadFindings *findings, const char *name, const char *caption,
                                     const char *const *columns);
/* The next cell, row by row. */
void lad_findings_put_text(LadFindingsTable *table, const char *value);
void lad_findings_put_count(LadFindingsTable *table, guint64 value);
void lad_findings_put_real(LadFindingsTable *table, double value);

/* Values and tables as they stand, for tests and other rooms: the value (NaN if there is none), the
 * table (NULL), its rows, and a cell as a number (NaN if it is text). */
double lad_findings_value(const LadFindings *findings, const char *name);
const LadFindingsTable *lad_findings_find(const LadFindings *findings, const char *table);
guint lad_findings_n_rows(const LadFindingsTable *table);
double lad_findings_cell(const LadFindingsTable *table, guint row, guint column);
const char *lad_findings_cell_text(const LadFindingsTable *table, guint row, guint column);

/* All of it; free with g_free. */
char *lad_findings_print(const LadFindings *findings, LadFindingsForm form);
/* One table as TSV with its headings and no comments, as plots read it; free with g_free. */
char *lad_findings_table_tsv(const LadFindingsTable *table);

G_END_DECLS
#endif
