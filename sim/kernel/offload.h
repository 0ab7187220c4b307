/* offload.h - drives the offload controllers: shows each its group, and does what it asks for.
 *
 * [offload.NAME] is the controller of [cgroup.NAME], [offload.host] the host's. [offload] is that
 * of every group that has no controller of its own and no groups below, or of the host where there
 * are no groups. What each saw, asked for and got is kept per period in a log, `offload_NAME`.
 */
#ifndef LAD_KERNEL_OFFLOAD_H
#define LAD_KERNEL_OFFLOAD_H

#include "sim/kernel/kernel.h"
#include <memladder/offload.h>

typedef struct LadOffloads LadOffloads;

/* The options of [offload] and [offload.NAME] whatever the model. */
extern const LadOption lad_offload_options[];
/* The counters of every controller: part `offload_NAME`. */
extern const LadCounter lad_offload_counters[];

/* Build the controllers; groups and pressure exist. CONFIG. */
gboolean lad_offloads_init(LadKernel *kernel, LadConfig *config, const LadModels *models,
                           GError **error);
/* Show counters and logs, and begin. */
void lad_offloads_setup(LadKernel *kernel);
void lad_offloads_free(LadKernel *kernel);
/* The group was refused memory at its limit: its controller and those above are told. */
void lad_offload_limited(LadKernel *kernel, guint group, LadTime now);

#endif
