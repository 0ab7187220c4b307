/* cores.h - a host's cores, made from [core]. */
#ifndef LAD_CORES_H
#define LAD_CORES_H

#include <memladder/configuration.h>
#include <memladder/core.h>

/* Make host->cores of the model that [core] names; their `init` is not called yet. Errors: CONFIG.
 */
gboolean lad_cores_build(LadHost *host, LadConfig *config, const LadModels *models, GError **error);
/* Call their `init` and make their counters known; the hierarchy exists. */
gboolean lad_cores_init(LadHost *host, GError **error);
void lad_cores_free(LadHost *host);

/* What every core counts, by LadCoreCounter. */
extern const LadCounter lad_core_common_counters[];
/* The options of [core] that belong to no model, for documentation. */
extern const LadOption lad_core_common_options[];

#endif
