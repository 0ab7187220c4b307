/* catalogue_man.h - the catalogue as a manual page, memladder-models(7). */
#ifndef LAD_CATALOGUE_MAN_H
#define LAD_CATALOGUE_MAN_H

#include "sim/commands/catalogue.h"

/* Title, name and description. */
void lad_catalogue_append_man_head(GString *out);
/* One entry; `new_kind`: it begins a section. */
void lad_catalogue_append_man(GString *out, const LadCatalogueEntry *entry, gboolean new_kind);

#endif
