/* probe.c - open and closed loops of requests to a tier. */
#include "config.h"
#include "sim/kernel/kernel.h"
#include "sim/machine/cluster.h"
#include <memladder/error.h>
#include <memladder/probe.h>
#include <string.h>

struct LadProbe {
    LadModels *models;
    LadCluster cluster;
    LadHost host;
};

/* A read under way, by when it was due. */
typedef struct {
    LadTime due;
    guint32 next_free; /* index + 1; 0: none */
} Slot;

typedef struct {
    LadTier *tier;
    const LadProbeLoad *load;
    LadProbeResult *result;
    LadTime start;
    guint64 next; /* number of the next request */
    guint64 n_under_way;
    GArray *slots;
    guint32 free_slot;      /* index + 1 */
    gboolean any;           /* something was counted */
    gboolean backlog;       /* more than the tier can hold */
    LadProbeRequest coming; /* open loop: the next request */
} Loop;

/* ---- The host ---------------------------------------------------------------------------------
 */

LadProbe *
lad_probe_new(LadConfig *config, const LadModel *const *extra, GError **error)
{
    g_autoptr(LadProbe) probe = g_new0(LadProbe, 1);
    const LadModel *const *lists[] = {extra, NULL};
    LadHost *host = &probe->host;
    host->name = g_strdup("host");
    host->config = config;
    host->cluster = &probe->cluster;
    host->queue = probe->cluster.queue = lad_queue_new();
    probe->cluster.metrics = g_array_new(FALSE, TRUE, sizeof(LadMetrics));
    probe->models = lad_models_new(extra ? lists : NULL, error);
    if (!probe->models || !lad_tiers_build(host, config, probe->models, error) ||
        !lad_tiers_setup(host, error))
        return NULL;
    return g_steal_pointer(&probe);
}

void
lad_probe_free(LadProbe *probe)
{
    if (!probe)
        return;
    lad_tiers_free(&probe->host);
    for (guint i = 0; i < probe->cluster.metrics->len; i++)
        g_free(g_array_index(probe->cluster.metrics, LadMetrics, i).part);
    g_array_free(probe->cluster.metrics, TRUE);
    lad_queue_free(probe->host.queue);
    lad_models_free(probe->models);
    g_clear_error(&probe->host.error);
    g_free(probe->host.name);
    g_free(probe);
}

LadTier *
lad_probe_tier(LadProbe *probe, const char *name)
{
    for (guint i = 0; i < probe->host.n_tiers; i++)
        if (name[0] == '\0' || strcmp(probe->host.tiers[i]->name, name) == 0)
            return probe->host.tiers[i];
    return NULL;
}

/* ---- The loops --------------------------------------------------------------------------------
 */

static void take_turn(LadTime now, void *data, guint64 argument);

static void
add_turn(Loop *loop, LadTime when)
{
    lad_queue_add(loop->tier->host->queue, when, LAD_ORDER_EPOCH, take_turn, loop, 0);
}

static void
count(Loop *loop, LadTime due, LadTime done, gboolean write)
{
    LadProbeResult *result = loop->result;
    if (due - loop->start < loop->load->settle)
        return;
    if (!loop->any)
        result->first = due - loop->start;
    loop->any = TRUE;
    result->last = MAX(result->last, done - loop->start);
    if (write) {
        result->n_writes++;
        return;
    }
    result->n_reads++;
    result->latency_ps += (double)(done - due);
    result->longest = MAX(result->longest, done - due);
}

static void
read_done(LadTime now, void *data, guint64 argument)
{
    Loop *loop = data;
    Slot *slot = &g_array_index(loop->slots, Slot, argument);
    count(loop, slot->due, now, FALSE);
    slot->next_free = loop->free_slot;
    loop->free_slot = (guint32)argument + 1;
    loop->n_under_way--;
    if (loop->load->outstanding && loop->next < loop->load->n)
        add_turn(loop, now + loop->load->pause);
}

static guint32
take_slot(Loop *loop, LadTime due)
{
    Slot slot = {due, 0};
    guint32 index = loop->free_slot;
    if (index == 0) {
        g_array_append_val(loop->slots, slot);
        return loop->slots->len - 1;
    }
    loop->free_slot = g_array_index(loop->slots, Slot, index - 1).next_free;
    g_array_index(loop->slots, Slot, index - 1) = slot;
    return index - 1;
}

static void
ask(Loop *loop, LadTime now, const LadProbeRequest *request)
{
    LadQueue *queue = loop->tier->host->queue;
    LadTransfer transfer = {.kind = request->write ? LAD_TRANSFER_WRITE : LAD_TRANSFER_READ,
                            .bytes = 64,
                            .page = (LadPage)(request->address >> LAD_PAGE_SHIFT),
                            .offset = (guint32)(request->address & (LAD_PAGE_BYTES - 1))};
    if (request->write) {
        LadTime done = lad_tier_access(loop->tier, now, &transfer);
        count(loop, now, done == LAD_PENDING ? now : done, TRUE);
    } else {
        guint32 slot = take_slot(loop, now);
        transfer.done = read_done;
        transfer.data = loop;
        transfer.argument = slot;
        loop->n_under_way++;
        LadTime done = lad_tier_access(loop->tier, now, &transfer);
        if (done != LAD_PENDING)
            lad_queue_add(queue, done, LAD_ORDER_COMPLETION, read_done, loop, slot);
    }
    loop->backlog |= loop->tier->host->error != NULL;
}

/* Open loop: one request, and the next one's time. Closed loop: requests up to a read. */
static void
take_turn(LadTime now, void *data, guint64 argument G_GNUC_UNUSED)
{
    Loop *loop = data;
    const LadProbeLoad *load = loop->load;
    if (load->outstanding == 0) {
        ask(loop, now, &loop->coming);
        if (loop->next < load->n && !loop->backlog) {
            load->request(loop->next++, &loop->coming, load->data);
            add_turn(loop, loop->start + loop->coming.at);
        }
        return;
    }
    for (gboolean write = TRUE; write && loop->next < load->n && !loop->backlog;) {
        LadProbeRequest request = {0};
        load->request(loop->next++, &request, load->data);
        ask(loop, now, &request);
        write = request.write;
    }
}

gboolean
lad_probe_run(LadProbe *probe, LadTier *tier, const LadProbeLoad *load, LadProbeResult *result,
              GError **error)
{
    LadQueue *queue = probe->host.queue;
    g_autoptr(GArray) slots = g_array_new(FALSE, FALSE, sizeof(Slot));
    Loop loop = {.tier = tier, .load = load, .result = result, .slots = slots};
    loop.start = lad_queue_now(queue);
    *result = (LadProbeResult){0};
    if (load->outstanding == 0 && load->n > 0) {
        load->request(loop.next++, &loop.coming, load->data);
        add_turn(&loop, loop.start + loop.coming.at);
    }
    for (guint i = 0; i < load->outstanding; i++)
        add_turn(&loop, loop.start);
    while (lad_queue_next_time(queue) < LAD_TIME_MAX && !loop.backlog)
        lad_queue_step(queue);
    if (!loop.backlog)
        return TRUE;
    g_propagate_error(error, probe->host.error);
    probe->host.error = NULL;
    return FALSE;
}
