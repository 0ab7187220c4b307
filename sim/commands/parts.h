/* parts.h - what a configuration and a result have besides models: the catalogue's other entries.
 */
#ifndef LAD_PARTS_H
#define LAD_PARTS_H

#include "sim/commands/catalogue.h"

/* Ends with an entry without name. */
extern const LadCatalogueEntry lad_parts[];

#endif
