/* machine.h - one host: built from a machine's configuration, wired, taken apart. */
#ifndef LAD_MACHINE_H
#define LAD_MACHINE_H

#include "sim/machine/cluster.h"
#include <memladder/configuration.h>
#include <memladder/core.h>

/* Build the host of a machine's groups in `config` and add it to the cluster. `seed` is the run's;
 * `epoch` that of its heat map, ps. Errors: CONFIG. */
LadHost *lad_host_new(LadCluster *cluster, const char *name, LadConfig *config,
                      const LadModels *models, guint64 seed, LadTime epoch, GError **error);
/* Once all hosts and streams exist: wiring, daemons. */
gboolean lad_host_setup(LadHost *host, GError **error);
void lad_host_free(LadHost *host);
/* Whether its cores keep time. */
gboolean lad_host_timed(const LadHost *host);

#endif
