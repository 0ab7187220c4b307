/* records.h - what a stream's plain records that are no accesses do to the machine. */
#ifndef LAD_RECORDS_H
#define LAD_RECORDS_H

#include <memladder/host.h>

/* LadHostHooks.record: maps, unmaps and forks go to the kernel, the rest leaves simulated time to
 * the machine and is only counted as a record. Threads of this host are LadStreams. */
gboolean lad_record_reached(LadHost *host, LadThread *thread, const LadRecord *record, LadTime now);

#endif
