/* banked.c - DRAM: channels, ranks, bank groups, banks and rows, each with its timing, behind a
 * controller that reorders.
 *
 * A line is read or written by the commands that its bank needs (precharge, activate, read or
 * write), each as early as the JEDEC constraints allow it; refresh takes its share; writes are
 * collected and drained; which request is served next is one of two documented schedulers
 * (sim/dram/). Answers come by events. A line written back is done when it is asked for; a page
 * copy is its lines, which take turns with all others. Times are cycles of the command clock, as
 * data sheets give them; a transfer's page and offset are its address.
 *
 * Left out: per-bank refresh, refresh postponed, power states, errors, pseudo-channels, where the
 * operating system's frames lie (a page's number is its frame's).
 */
#include "config.h"
#include <memladder/dram.h>
#include <memladder/tier.h>

typedef struct {
    LadDramConfig dram;
    guint64 rank_switch;
    LadTime extra;
    char **map;
} Params;

/* A transfer of which lines are still to come. */
typedef struct {
    LadEventFunc done;
    void *data;
    guint64 argument;
    guint32 left; /* lines; or the next free slot */
} Transfer;

typedef struct {
    LadDram *dram;
    LadTime clock, extra;
    guint n_fronts;
    guint running;    /* the front that is being run; n_fronts: none */
    guint64 *due;     /* by front: cycle of its event */
    LadEvent *events; /* by front */
    GArray *transfers;
    guint32 free_transfer;
    LadTime now; /* of the event in progress */
} State;

#define NO_TRANSFER G_MAXUINT32

static const char *const schedulers[] = {"fr-fcfs", "bank-turns", NULL};
static const char *const pages[] = {"open", "closed", NULL};
static const char *const fronts[] = {"per-channel", "one-line", NULL};

#define COUNT(field, name, def, max, help)                                                         \
    LAD_OPT(Params, dram.field, name, UINT, def, "1", max, help)
#define CLOCKS(field, name, def, help)                                                             \
    LAD_OPT(Params, dram.field, name, UINT, def, "0", "100000", help)

static const LadOption options[] = {
    LAD_OPT(Params, dram.clock, "clock", TIME, NULL, "1 ps", "1 us",
            "a cycle of the command clock"),
    COUNT(channels, "channels", "1", "128", "independent channels, a power of two"),
    COUNT(ranks, "ranks", "1", "16", "ranks of a channel"),
    COUNT(groups, "bank-groups", NULL, "16", "bank groups of a rank"),
    COUNT(banks, "banks", NULL, "64", "banks of a bank group"),
    COUNT(rows, "rows", "65536", "1048576", "rows of a bank"),
    LAD_OPT(Params, dram.row_bytes, "row-size", BYTES, NULL, "64 B", "64 KiB",
            "bytes of a row, over the channel's whole width"),
    COUNT(burst, "burst", NULL, "64", "clocks that the data of 64 bytes take"),
    CLOCKS(cl, "cl", NULL, "clocks from RD to its first data"),
    CLOCKS(cwl, "cwl", NULL, "clocks from WR to its first data"),
    CLOCKS(rcd_read, "trcd", NULL, "clocks from ACT to RD"),
    CLOCKS(rcd_write, "trcd-write", "0", "clocks from ACT to WR; 0: as trcd"),
    CLOCKS(rp, "trp", NULL, "clocks from PRE to ACT of the bank"),
    CLOCKS(ras, "tras", NULL, "clocks from ACT to PRE of the bank"),
    CLOCKS(rc, "trc", "0", "clocks from ACT to ACT of the bank; 0: tras + trp"),
    CLOCKS(rtp, "trtp", NULL, "clocks from RD to PRE of the bank"),
    CLOCKS(wr, "twr", NULL, "clocks from the last data written to PRE of the bank"),
    CLOCKS(rrd_s, "trrd-s", NULL, "clocks from ACT to ACT of another bank group"),
    CLOCKS(rrd_l, "trrd-l", NULL, "clocks from ACT to ACT in the bank group"),
    CLOCKS(faw, "tfaw", NULL, "clocks in which a rank has at most four ACT"),
    CLOCKS(ccd_s, "tccd-s", NULL, "clocks from RD to RD of another bank group"),
    CLOCKS(ccd_l, "tccd-l", NULL, "clocks from RD to RD in the bank group"),
    CLOCKS(ccd_s_write, "tccd-s-write", "0",
           "clocks from WR to WR of another bank group; 0: as tccd-s"),
    CLOCKS(ccd_l_write, "tccd-l-write", "0",
           "clocks from WR to WR in the bank group; 0: as tccd-l"),
    CLOCKS(wtr_s, "twtr-s", NULL, "clocks from the last data written to RD of another bank group"),
    CLOCKS(wtr_l, "twtr-l", NULL, "clocks from the last data written to RD in the bank group"),
    CLOCKS(read_to_write, "read-to-write", "0",
           "clocks from RD to WR of the rank; 0: cl + burst - cwl + 2"),
    LAD_OPT(Params, rank_switch, "rank-switch", UINT, "2", "0", "64",
            "clocks that the data bus rests between two ranks"),
    CLOCKS(rank_read_to_write, "rank-read-to-write", "0",
           "clocks from RD to WR of another rank; 0: cl + burst - cwl + rank-switch"),
    CLOCKS(rank_write, "rank-write", "0", "clocks from WR to WR of another rank; 0: burst"),
    CLOCKS(ppd, "tppd", "0", "clocks from PRE to PRE of another bank"),
    CLOCKS(rfc, "trfc", NULL, "clocks that a refresh of all banks of a rank takes"),
    CLOCKS(refi, "trefi", NULL, "clocks between two refreshes of a rank; 0: no refresh"),
    COUNT(wide, "command-clocks", "1", "4", "clocks that ACT, RD and WR hold the command bus"),
    LAD_OPT(Params, dram.row_and_column, "row-and-column", BOOL, "false", NULL, NULL,
            "a row command and a RD or WR can issue in one clock"),
    LAD_OPT(Params, map, "map", LIST, "channel, group, line, bank, rank, row", NULL, NULL,
            "parts of an address above its 6 lowest bits, least significant first, each with or "
            "without a number of bits (`line:3`)"),
    LAD_OPT(Params, dram.permute, "permute", BOOL, "false", NULL, NULL,
            "bank and bank group are XORed with the lowest bits of the row"),
    LAD_OPT_ENUM(Params, dram.page, "page", "open", pages,
                 "whether a row stays open when nobody waits for it"),
    LAD_OPT_ENUM(Params, dram.scheduler, "scheduler", "fr-fcfs", schedulers,
                 "the oldest request that can issue, or a queue per bank and the banks in turns"),
    LAD_OPT_ENUM(
        Params, dram.front, "front", "per-channel", fronts,
        "requests that a controller has no room for wait in a line before each channel, or "
        "in one line in order"),
    COUNT(read_queue, "read-queue", "32", "1024", "reads that a controller accepts"),
    COUNT(write_queue, "write-queue", "32", "1024", "writes that a controller accepts"),
    COUNT(bank_queue, "bank-queue", "8", "128", "requests for one bank (bank-turns)"),
    CLOCKS(row_hits, "row-hits", "4",
           "RD and WR after which a row may be closed though others wait for it (bank-turns)"),
    CLOCKS(drain_from, "drain-from", "25", "writes beyond which draining starts"),
    CLOCKS(drain_to, "drain-to", "7", "writes below which draining ends (fr-fcfs)"),
    LAD_OPT(Params, extra, "extra", TIME, "0 ns", NULL, "10 us",
            "time of a read outside the controller and the DRAM, on its way there and back"),
    LAD_OPTIONS_END,
};

#define ROW(id, name, help) [LAD_DRAM_##id] = {name, "1", LAD_COUNT, LAD_SCOPE_TIER, help}

static const LadCounter counters[] = {
    ROW(ACTIVATES, "activates", "a row opened"),
    ROW(PRECHARGES, "precharges", "a row closed, or all rows of a rank before a refresh"),
    ROW(READS, "read_commands", "a read command"),
    ROW(WRITES, "write_commands", "a write command"),
    ROW(REFRESHES, "refreshes", "a refresh of a rank"),
    ROW(ROW_HITS, "row_hits", "a read or write command that is not the first of its row's opening"),
    ROW(FORWARDED, "forwarded", "a line read from a write that waits"),
    ROW(MERGED, "merged", "a line that joined a waiting request for the same"),
    ROW(REFUSED, "refused", "an offer to a controller without room"),
    [LAD_DRAM_WAIT] = {"wait", "clock", LAD_COUNT, LAD_SCOPE_TIER,
                       "sum over lines read of the clocks before a controller accepted them"},
    [LAD_DRAM_N_COUNTERS] = LAD_COUNTERS_END};

/* Options that say "0: as another". */
static void
complete(LadDramConfig *c, guint64 rank_switch)
{
    guint64 turn = c->cl + c->burst > c->cwl ? c->cl + c->burst - c->cwl : 0;
    guint64 back = c->cwl + c->burst + rank_switch;
    c->rcd_write = c->rcd_write ? c->rcd_write : c->rcd_read;
    c->rc = c->rc ? c->rc : c->ras + c->rp;
    c->ccd_s_write = c->ccd_s_write ? c->ccd_s_write : c->ccd_s;
    c->ccd_l_write = c->ccd_l_write ? c->ccd_l_write : c->ccd_l;
    c->read_to_write = c->read_to_write ? c->read_to_write : turn + 2;
    c->rank_read = c->burst + rank_switch;
    c->rank_read_to_write = c->rank_read_to_write ? c->rank_read_to_write : turn + rank_switch;
    c->rank_write = c->rank_write ? c->rank_write : c->burst;
    c->rank_write_to_read = back > c->cl ? back - c->cl : 1;
}

static gboolean
init(LadTier *tier, GError **error)
{
    Params *params = tier->params;
    State *state = tier->state;
    LadDramConfig config = params->dram;
    complete(&config, params->rank_switch);
    state->clock = config.clock;
    state->extra = params->extra;
    state->transfers = g_array_new(FALSE, FALSE, sizeof(Transfer));
    state->free_transfer = NO_TRANSFER;
    state->dram = lad_dram_new(&config, (const char *const *)params->map, tier->counters, error);
    if (!state->dram) {
        g_prefix_error(error, "[tier.%s] ", tier->name);
        return FALSE;
    }
    state->n_fronts = state->running = lad_dram_n_fronts(state->dram);
    state->due = g_new(guint64, state->n_fronts);
    state->events = g_new0(LadEvent, state->n_fronts);
    for (guint i = 0; i < state->n_fronts; i++)
        state->due[i] = G_MAXUINT64;
    return TRUE;
}

/* A closed row: ACT and RD, and the cycle before the first command. */
static gboolean
setup(LadTier *tier, GError **error G_GNUC_UNUSED)
{
    const Params *params = tier->params;
    const LadDramConfig *config = &params->dram;
    tier->idle_read_ps =
        (1 + config->rcd_read + config->cl + config->burst) * config->clock + params->extra;
    tier->idle_write_ps = config->clock + params->extra;
    return TRUE;
}

static void
clear(LadTier *tier)
{
    State *state = tier->state;
    lad_dram_free(state->dram);
    if (state->transfers)
        g_array_free(state->transfers, TRUE);
    g_free(state->due);
    g_free(state->events);
}

static void
line_done(guint32 ticket, guint64 cycle G_GNUC_UNUSED, void *data)
{
    State *state = data;
    Transfer *transfer = &g_array_index(state->transfers, Transfer, ticket);
    if (--transfer->left > 0)
        return;
    Transfer ended = *transfer;
    transfer->left = state->free_transfer;
    state->free_transfer = ticket;
    ended.done(state->now, ended.data, ended.argument);
}

static void wake(LadTime now, void *data, guint64 front);

/* See to it that a front is looked at when something there may be done. */
static void
set_alarm(LadTier *tier, guint front)
{
    State *state = tier->state;
    guint64 due = lad_dram_due(state->dram, front);
    if (due >= state->due[front] || front == state->running)
        return;
    if (state->due[front] != G_MAXUINT64)
        lad_queue_cancel(tier->host->queue, state->events[front]);
    state->due[front] = due;
    state->events[front] = lad_queue_add(tier->host->queue, due * state->clock + state->extra,
                                         LAD_ORDER_COMPLETION, wake, tier, front);
}

static void
wake(LadTime now, void *data, guint64 argument)
{
    LadTier *tier = data;
    State *state = tier->state;
    guint front = (guint)argument;
    guint64 due = state->due[front];
    state->due[front] = G_MAXUINT64;
    state->now = now;
    state->running = front;
    lad_dram_run(state->dram, front, due, line_done, state);
    state->running = state->n_fronts;
    set_alarm(tier, front);
}

static guint32
take_transfer(State *state, const LadTransfer *transfer, guint32 n_lines)
{
    Transfer ours = {transfer->done, transfer->data, transfer->argument, n_lines};
    guint32 ticket = state->free_transfer;
    if (ticket == NO_TRANSFER) {
        g_array_append_val(state->transfers, ours);
        return state->transfers->len - 1;
    }
    Transfer *slot = &g_array_index(state->transfers, Transfer, ticket);
    state->free_transfer = slot->left;
    *slot = ours;
    return ticket;
}

static LadTime
transfer_bytes(LadTier *tier, LadTime now, const LadTransfer *transfer)
{
    State *state = tier->state;
    guint64 cycle = (now + state->clock - 1) / state->clock;
    guint64 address = (guint64)transfer->page << LAD_PAGE_SHIFT | transfer->offset;
    guint32 n_lines = (transfer->bytes + LAD_DRAM_LINE_BYTES - 1) / LAD_DRAM_LINE_BYTES;
    gboolean write = lad_transfer_is_write(transfer->kind);
    gboolean posted = transfer->kind == LAD_TRANSFER_WRITE;
    guint32 ticket = posted ? LAD_DRAM_NO_TICKET : take_transfer(state, transfer, n_lines);
    for (guint32 i = 0; i < n_lines; i++) {
        guint front = lad_dram_ask(state->dram, cycle, address + (guint64)i * LAD_DRAM_LINE_BYTES,
                                   write, n_lines > 1, ticket);
        if (front == LAD_DRAM_NO_FRONT)
            return LAD_TIME_MAX;
        set_alarm(tier, front);
    }
    return posted ? (cycle + 1) * state->clock + state->extra : LAD_PENDING;
}

const LadTierClass lad_tier_banked = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_TIER, LadTierClass, "banked",
                            "DRAM channels, ranks, banks and rows behind a reordering controller"),
             .models =
                 "Rows and banks with their JEDEC timing, refresh, address mapping, read and write "
                 "queues, draining, bus turnaround, two schedulers, open or closed page.",
             .leaves_out =
                 "Per-bank and postponed refresh, power states, errors, pseudo-channels, where "
                 "frames lie. What a processor adds before its controllers is one time, `extra`: a "
                 "measured machine's family (`curve`) also holds its mesh, its queues and its "
                 "cores' limits.",
             .source = "JESD79-4, JESD79-5, JESD235; schedulers as of DRAMsim3 and Ramulator 2.0, "
                       "and checked against both on their own streams (memladder validate).",
             .options = options, .counters = counters, .params_size = sizeof(Params),
             .host_size = sizeof(State)},
    .may_pend = TRUE,
    .init = init,
    .setup = setup,
    .clear = clear,
    .access = transfer_bytes,
};
