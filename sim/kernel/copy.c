/* copy.c - transfers that the kernel itself makes: page copies and zeroing, one booking per page.
 */
#include "config.h"
#include "sim/kernel/flow.h"
#include "sim/kernel/state.h"

LadCopy *
lad_copy_new(LadKernel *kernel, LadTime now)
{
    LadCopy *copy = kernel->free_copies;
    if (copy) {
        kernel->free_copies = copy->next_free;
    } else {
        copy = g_new(LadCopy, 1);
        g_ptr_array_add(kernel->copies, copy);
    }
    *copy = (LadCopy){.kernel = kernel, .latest = now};
    return copy;
}

static void
copy_free(LadCopy *copy)
{
    copy->next_free = copy->kernel->free_copies;
    copy->kernel->free_copies = copy;
}

static void
answered(LadTime now, void *data, guint64 argument G_GNUC_UNUSED)
{
    LadCopy *copy = data;
    copy->latest = MAX(copy->latest, now);
    if (--copy->pending > 0)
        return;
    LadHost *host = copy->kernel->host;
    if (copy->thread)
        host->hooks->wake(host, copy->thread, copy->latest + copy->extra);
    if (copy->finished)
        copy->finished(copy, copy->latest);
    copy_free(copy);
}

void
lad_copy_add(LadCopy *copy, guint tier, LadTransferKind kind, LadPage page, guint n, LadTime now)
{
    LadTransfer transfer = {
        .kind = kind, .bytes = n << LAD_PAGE_SHIFT, .page = page, .done = answered, .data = copy};
    lad_flow_copy(copy->kernel->host->tiers[tier], kind, transfer.bytes, now);
    LadTime done = lad_tier_access(copy->kernel->host->tiers[tier], now, &transfer);
    if (done == LAD_PENDING)
        copy->pending++;
    else
        copy->latest = MAX(copy->latest, done);
}

LadTime
lad_copy_settle(LadCopy *copy, LadThread *thread, LadTime extra)
{
    if (copy->pending) {
        copy->thread = thread;
        copy->extra = extra;
        return LAD_PENDING;
    }
    copy_free(copy);
    return copy->latest;
}
