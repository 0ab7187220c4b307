/* hosts.h - the hosts of a run: a lone machine, or one per group [host.NAME].
 *
 * A lone machine is described by the groups of the configuration itself and is host 0, without a
 * name. With groups [host.NAME] each host takes a machine file (key `machine`), and the groups
 * [host.NAME.GROUP] over it: [host.web.core] is [core] of host `web`.
 */
#ifndef LAD_HOSTS_H
#define LAD_HOSTS_H

#include "sim/machine/cluster.h"

/* Build the hosts and add them to the cluster; `epoch` in ps is that of their heat maps. `machines`
 * gets the configurations of named hosts, which must outlive the cluster. Errors: CONFIG, IO. */
gboolean lad_hosts_build(LadCluster *cluster, LadConfig *config, GPtrArray *machines,
                         const LadModels *models, guint64 seed, LadTime epoch, GError **error);
/* After everything was built: an error for what nothing used. */
gboolean lad_hosts_check_used(const LadConfig *config, const GPtrArray *machines, GError **error);
/* The effective configuration, all machines included; reading it back gives the same. Free with
 * g_free. */
char *lad_hosts_print(const LadCluster *cluster, const LadConfig *config,
                      const GPtrArray *machines);

#endif
