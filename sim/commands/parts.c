/* parts.c - one entry per group of a configuration that has options or counters of its own, apart
 * from those of a model. */
#include "config.h"
#include "sim/commands/parts.h"

const LadCatalogueEntry lad_parts[] = {
    {.name = NULL},
};
