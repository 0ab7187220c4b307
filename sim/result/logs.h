/* logs.h - logs of parts in a result and its file: group /log, a dataset per column. */
#ifndef LAD_RESULT_LOGS_H
#define LAD_RESULT_LOGS_H

#include "sim/result/hdf5_read.h"
#include "sim/result/hdf5_write.h"
#include <memladder/result.h>

/* Copy the run's logs. */
void lad_logs_take(LadRun *run, LadResult *result);
/* Nothing is written of a result without logs. */
void lad_logs_write(LadHdf5Writer *writer, const LadResult *result);
void lad_logs_read(LadHdf5Reader *reader, LadResult *result);
/* Free a LadResultLog. */
void lad_log_free(gpointer log);

#endif
