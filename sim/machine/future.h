/* future.h - recording, in a first pass, what oracles are told. */
#ifndef LAD_MACHINE_FUTURE_H
#define LAD_MACHINE_FUTURE_H

#include "sim/machine/cluster.h"
#include <memladder/future.h>

/* Watches one host from the start of a run. */
typedef struct LadForesight LadForesight;

LadForesight *lad_foresight_new(LadHost *host);
/* The run has ended: what was seen. Frees the recorder. */
LadFuture *lad_foresight_end(LadForesight *foresight);
/* Give up. */
void lad_foresight_free(LadForesight *foresight);

/* The effective configuration `text` with every host's placement made first-touch. */
char *lad_future_config(const char *text);

#endif
