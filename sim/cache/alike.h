/* alike.h - what the processes of a host without a kernel map, from the records of their traces.
 *
 * Enough to tell whether two of them have the same page: those of a file are the same for all who
 * map it, those of shared memory for a process and its children; all else is a process's own. Left
 * out: what a process writes in a private mapping of a file is taken for the file's.
 */
#ifndef LAD_CACHE_ALIKE_H
#define LAD_CACHE_ALIKE_H

#include <memladder/host.h>

typedef struct LadAlike LadAlike;

LadAlike *lad_alike_new(void);
void lad_alike_free(LadAlike *mappings);
/* Takes note of a map, unmap or fork record of a thread; others are passed over. */
void lad_alike_record(LadAlike *mappings, const LadThread *thread, const LadRecord *record);
/* A thread is about to run: its process has what its parent had when it forked. */
void lad_alike_begin(LadAlike *mappings, const LadThread *thread);
/* A number for the page that a process has at virtual page `vpage`; LadTranslateFunc. */
guint64 lad_alike_translate(void *mappings, guint process, guint64 vpage);

#endif
