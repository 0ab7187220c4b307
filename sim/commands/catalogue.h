/* catalogue.h - models and the parts of a configuration, as text for people, rows for scripts, and
 * Markdown for MODELS.md. */
#ifndef LAD_CATALOGUE_H
#define LAD_CATALOGUE_H

#include <memladder/model.h>

/* A model, or a part that is no model ([run], what every core has): its kind is "part". */
typedef struct {
    const char *kind, *name, *summary;
    const char *models, *leaves_out, *source; /* NULL for a part */
    const LadOption *options;                 /* NULL: none */
    const LadCounter *counters;               /* NULL: none */
} LadCatalogueEntry;

typedef enum {
    LAD_CATALOGUE_TEXT,
    LAD_CATALOGUE_TSV,
    LAD_CATALOGUE_MARKDOWN,
    LAD_CATALOGUE_MAN
} LadCatalogueFormat;

/* All entries: models by kind, then parts. An array of LadCatalogueEntry that borrows from
 * `models`; free with g_array_unref. */
GArray *lad_catalogue_collect(const LadModels *models);

/* `in_full`: all that the tables tell, else one line per entry. Rows in TSV are: kind, name,
 * summary; in full: kind, name, `option` or `counter`, its name, type, unit or choices, default,
 * lowest, highest, meaning. Markdown and man are always in full. Free with g_free. */
char *lad_catalogue_print(const GArray *entries, LadCatalogueFormat format, gboolean in_full);

#endif
