/* records.c - what a stream's plain records that are no accesses do to the machine.
 *
 * Modelled: map and unmap (address space), fork (copy on write, the child's streams begin), what
 * pages hold (how far they compress). Switch points and time stamps go to the scheduler, which may
 * be asked to keep the recorded order. At the gap before a window caches may be emptied, and the
 * run is told. Idle periods are the core's business (models/core/paced.c
 * lets its thread sleep). Requests are told to whoever asked for them. Left out: hints; prefetches
 * and flushes, but by functional cores.
 */
#include "config.h"
#include "sim/machine/records.h"
#include "sim/cache/hierarchy.h"
#include "sim/kernel/content.h"
#include "sim/kernel/kernel.h"
#include "sim/kernel/sched.h"
#include "sim/machine/streams.h"

gboolean
lad_record_reached(LadHost *host, LadThread *thread, const LadRecord *record, LadTime now)
{
    LadStream *stream = (LadStream *)thread;
    gboolean marks = record->kind == LAD_RECORD_BURST || record->kind == LAD_RECORD_MARKER;
    if (marks && host->watch != NULL && host->watch->mark != NULL)
        host->watch->mark(host->watch->data, thread, record, now);
    if (record->kind == LAD_RECORD_BURST && host->flush_gaps && host->hierarchy != NULL)
        lad_hierarchy_empty(host->hierarchy, thread->core->index);
    if (marks && host->cluster->on_window != NULL)
        host->cluster->on_window(thread, record, now, host->cluster->on_window_data);
    switch ((LadRecordKind)record->kind) {
    case LAD_RECORD_MAP:
        if (host->kernel) {
            LadRecord moved = *record;
            moved.address += thread->address_offset;
            lad_kernel_map(host->kernel, thread->process, &moved, now);
        }
        return TRUE;
    case LAD_RECORD_UNMAP:
        if (host->kernel)
            lad_kernel_unmap(host->kernel, thread->process,
                             record->address + thread->address_offset, record->size, now);
        return TRUE;
    case LAD_RECORD_FORK:
        lad_streams_fork(stream->streams, thread, record->value, now);
        return TRUE;
    case LAD_RECORD_COMPRESSIBILITY:
        lad_contents_tell(host, thread->process, record->address + thread->address_offset,
                          record->text, record->value);
        return TRUE;
    case LAD_RECORD_REQUEST_BEGIN:
    case LAD_RECORD_REQUEST_END:
        if (host->cluster->on_request)
            host->cluster->on_request(record, now, host->cluster->on_request_data);
        return TRUE;
    default:
        return lad_scheduler_record(host->scheduler, thread, record);
    }
}
