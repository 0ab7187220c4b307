/* catalogue.h - models as text for people, rows for scripts, and Markdown for MODELS.md. */
#ifndef LAD_CATALOGUE_H
#define LAD_CATALOGUE_H

#include <memladder/model.h>

typedef enum { LAD_CATALOGUE_TEXT, LAD_CATALOGUE_TSV, LAD_CATALOGUE_MARKDOWN } LadCatalogueFormat;

/* `models` ends with NULL and is ordered by kind. `in_full`: all that the tables tell, else one
 * line per model. Rows in TSV are: kind, name, summary; in full: kind, name, `option` or `counter`,
 * its name, type, unit, default, lowest, highest, meaning. Free with g_free. */
char *lad_catalogue_print(const LadModel *const *models, LadCatalogueFormat format,
                          gboolean in_full);

#endif
