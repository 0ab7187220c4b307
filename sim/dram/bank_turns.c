/* bank_turns.c - a controller with a queue per bank, the banks in turns.
 *
 * Accepted reads and writes wait in a front queue each; one request per cycle moves on to the queue
 * of its bank, reads until writes are drained: that begins when the write queue is full, or holds
 * more than `drain_from` and all bank queues are empty, and ends when as many writes have moved as
 * there were. Each cycle the banks are looked at in turn, starting after the one served last; in a
 * bank's queue the oldest entry whose next command can issue has it, and only the oldest may close
 * a row, if no other entry hits it or it has had `row_hits` CAS. A refresh stops its rank's queues
 * as soon as it is due, closes bank after bank, and then issues. Rules as of DRAMsim3 (Li et al.,
 * IEEE CAL 19(2), 2020), described by what it does.
 */
#include "config.h"
#include "sim/dram/channel.h"
#include <string.h>

#define NOBODY 0xff

typedef struct {
    guint32 *lines; /* oldest first */
    guint n;
    /* Places in the queue for the bank's open row; NOBODY: none. */
    guint8 read_hit, write_hit;
    gboolean may_close; /* the oldest needs another row and may have it */
} BankQueue;

typedef struct {
    guint32 *lines; /* oldest first */
    guint n;
} Front;

typedef struct {
    BankQueue queue[LAD_DRAM_MAX_BANKS];
    Front front[2]; /* reads, writes */
    guint64 busy;   /* banks whose queue is not empty */
    guint64 full;
    guint draining; /* writes still to move */
    guint last;     /* bank served last */
    gboolean stuck; /* nothing can move before something issues or is accepted */
} State;

static void *
state_new(LadDramChannel *channel)
{
    const LadDramConfig *config = channel->config;
    State *state = g_new0(State, 1);
    for (guint i = 0; i < channel->n_banks; i++) {
        state->queue[i].lines = g_new(guint32, config->bank_queue);
        state->queue[i].read_hit = state->queue[i].write_hit = NOBODY;
    }
    state->front[0].lines = g_new(guint32, config->read_queue);
    state->front[1].lines = g_new(guint32, config->write_queue);
    return state;
}

static void
state_free(void *data)
{
    State *state = data;
    for (guint i = 0; i < LAD_DRAM_MAX_BANKS; i++)
        g_free(state->queue[i].lines);
    g_free(state->front[0].lines);
    g_free(state->front[1].lines);
    g_free(state);
}

static gboolean
has_room(const LadDramChannel *channel, gboolean write)
{
    const State *state = channel->state;
    const LadDramConfig *config = channel->config;
    return state->front[write ? 1 : 0].n < (write ? config->write_queue : config->read_queue);
}

static void
take(LadDramChannel *channel, guint32 line, guint64 cycle)
{
    State *state = channel->state;
    Front *front = &state->front[channel->dram->lines[line].write];
    front->lines[front->n++] = line;
    state->stuck = FALSE;
    channel->next = MIN(channel->next, cycle);
    channel->next_cas = MIN(channel->next_cas, cycle + 1);
}

static void
remove_from(guint32 *lines, guint *n, guint place)
{
    memmove(lines + place, lines + place + 1, (*n - place - 1) * sizeof *lines);
    --*n;
}

/* The bank's row or its queue has changed. */
static void
look_at(const LadDramChannel *channel, BankQueue *queue, guint b)
{
    const LadDramBank *bank = &channel->banks[b];
    const LadDramLine *lines = channel->dram->lines;
    queue->read_hit = queue->write_hit = NOBODY;
    queue->may_close = FALSE;
    if (bank->row == LAD_DRAM_CLOSED || queue->n == 0)
        return;
    for (guint i = queue->n; i-- > 0;)
        if (lines[queue->lines[i]].row == bank->row)
            *(lines[queue->lines[i]].write ? &queue->write_hit : &queue->read_hit) = (guint8)i;
    queue->may_close = lines[queue->lines[0]].row != bank->row &&
                       ((queue->read_hit == NOBODY && queue->write_hit == NOBODY) ||
                        bank->n_cas >= channel->config->row_hits);
}

/* The command that a bank's queue has for this cycle, or when it will have one; `cas`: no RD or WR
 * of it before then. */
static LadDramCommand
choose(const LadDramChannel *channel, guint b, guint64 cycle, guint64 *when, guint64 *cas)
{
    const State *state = channel->state;
    const BankQueue *queue = &state->queue[b];
    const LadDramBank *bank = &channel->banks[b];
    LadDramCommand command = {LAD_DRAM_NONE, b, queue->lines[0]};
    if (bank->row == LAD_DRAM_CLOSED) {
        *when = lad_dram_earliest_act(channel, bank);
        *cas = *when + channel->config->rcd_read;
        if (*when <= cycle)
            command.kind = LAD_DRAM_ACT;
        return command;
    }
    *when = *cas = LAD_DRAM_NEVER;
    if (queue->may_close) {
        *when = lad_dram_earliest_pre(channel, bank);
        *cas = *when + channel->config->rp + channel->config->rcd_read - channel->config->wide;
        if (*when <= cycle) {
            command.kind = LAD_DRAM_PRE;
            return command;
        }
    }
    guint place = NOBODY;
    if (queue->read_hit != NOBODY) {
        guint64 at = lad_dram_earliest_read(channel, bank);
        *when = MIN(*when, at);
        *cas = MIN(*cas, at);
        if (at <= cycle)
            place = queue->read_hit;
    }
    if (queue->write_hit != NOBODY) {
        guint64 at = lad_dram_earliest_write(channel, bank);
        *when = MIN(*when, at);
        *cas = MIN(*cas, at);
        if (at <= cycle)
            place = MIN(place, queue->write_hit);
    }
    if (place != NOBODY) {
        command.line = queue->lines[place];
        command.kind = place == queue->read_hit ? LAD_DRAM_READ : LAD_DRAM_WRITE;
    }
    return command;
}

/* The banks in turn; lowers `when` and `cas` to what those that cannot yet will have. */
static LadDramCommand
search(LadDramChannel *channel, guint64 blocked, guint64 cycle, guint64 *when, guint64 *cas)
{
    State *state = channel->state;
    guint64 left = state->busy & ~blocked;
    guint from = (state->last + 1) % channel->n_banks;
    guint64 turns[2] = {left & ~(((guint64)1 << from) - 1), left & (((guint64)1 << from) - 1)};
    for (guint t = 0; t < 2; t++)
        for (; turns[t]; turns[t] &= turns[t] - 1) {
            guint b = (guint)__builtin_ctzll(turns[t]);
            guint64 bank_when, bank_cas;
            LadDramCommand command = choose(channel, b, cycle, &bank_when, &bank_cas);
            if (command.kind != LAD_DRAM_NONE) {
                state->last = b;
                return command;
            }
            *when = MIN(*when, bank_when);
            *cas = MIN(*cas, bank_cas);
        }
    return (LadDramCommand){.kind = LAD_DRAM_NONE};
}

static void
leave_queue(State *state, guint b, guint32 line)
{
    BankQueue *queue = &state->queue[b];
    guint place = 0;
    while (queue->lines[place] != line)
        place++;
    remove_from(queue->lines, &queue->n, place);
    state->full &= ~((guint64)1 << b);
    if (queue->n == 0)
        state->busy &= ~((guint64)1 << b);
    state->stuck = FALSE;
}

static void
carry_out(LadDramChannel *channel, const LadDramCommand *command, guint64 cycle)
{
    State *state = channel->state;
    BankQueue *queue = &state->queue[command->bank];
    gboolean cas = command->kind == LAD_DRAM_READ || command->kind == LAD_DRAM_WRITE;
    if (cas)
        leave_queue(state, command->bank, command->line);
    lad_dram_issue(channel, command, cycle);
    look_at(channel, queue, command->bank);
    if (cas && channel->config->page == LAD_DRAM_CLOSED_PAGE && queue->read_hit == NOBODY &&
        queue->write_hit == NOBODY) {
        lad_dram_auto_precharge(channel, command->bank);
        look_at(channel, queue, command->bank);
    }
}

/* The rank whose refresh is first in line: close its banks, then refresh. FALSE: nothing issued. */
static gboolean
serve_refresh(LadDramChannel *channel, guint64 cycle, guint64 *when)
{
    State *state = channel->state;
    guint r = channel->refresh_order[0];
    if (channel->ranks[r].n_open == 0) {
        guint64 at = MAX(channel->ranks[r].refresh, channel->bus);
        *when = MIN(*when, at);
        if (at > cycle)
            return FALSE;
        lad_dram_refresh(channel, r, cycle);
        return TRUE;
    }
    guint first = r * channel->banks_per_rank;
    for (guint b = first; b < first + channel->banks_per_rank; b++) {
        if (channel->banks[b].row == LAD_DRAM_CLOSED)
            continue;
        guint64 at = lad_dram_earliest_pre(channel, &channel->banks[b]);
        *when = MIN(*when, at);
        if (at > cycle)
            continue;
        LadDramCommand command = {LAD_DRAM_PRE, b, LAD_DRAM_NO_LINE};
        lad_dram_issue(channel, &command, cycle);
        look_at(channel, &state->queue[b], b);
        return TRUE;
    }
    return FALSE;
}

/* One request moves on to its bank. */
static gboolean
move_on(LadDramChannel *channel)
{
    State *state = channel->state;
    const LadDramLine *lines = channel->dram->lines;
    Front *writes = &state->front[1];
    if (state->draining == 0 && (writes->n == channel->config->write_queue ||
                                 (writes->n > channel->config->drain_from && state->busy == 0))) {
        state->draining = writes->n;
        state->stuck = FALSE;
    }
    Front *front = &state->front[state->draining > 0];
    if (state->stuck)
        return FALSE;
    for (guint i = 0; i < front->n; i++) {
        guint32 line = front->lines[i];
        guint b = lines[line].bank;
        if (state->full >> b & 1)
            continue;
        if (state->draining &&
            lad_dram_find(channel, lines[line].line, FALSE) != LAD_DRAM_NO_LINE) {
            state->draining = 0;
            return TRUE;
        }
        state->draining -= state->draining > 0;
        remove_from(front->lines, &front->n, i);
        BankQueue *queue = &state->queue[b];
        queue->lines[queue->n++] = line;
        state->busy |= (guint64)1 << b;
        if (queue->n == channel->config->bank_queue)
            state->full |= (guint64)1 << b;
        look_at(channel, queue, b);
        return TRUE;
    }
    state->stuck = TRUE;
    return FALSE;
}

static gboolean
is_column(const LadDramCommand *command)
{
    return command->kind == LAD_DRAM_READ || command->kind == LAD_DRAM_WRITE;
}

/* The second command of a cycle, where a row and a column command may share it. */
static void
issue_second(LadDramChannel *channel, guint64 blocked, gboolean first_is_column, guint64 cycle)
{
    guint64 when = 0, cas = 0;
    channel->bus = cycle;
    LadDramCommand command = search(channel, blocked, cycle, &when, &cas);
    if (command.kind != LAD_DRAM_NONE && is_column(&command) != first_is_column)
        carry_out(channel, &command, cycle);
    channel->bus = cycle + 1;
}

static guint64
blocked_banks(const LadDramChannel *channel)
{
    if (channel->n_refreshing == 0)
        return 0;
    guint64 rank =
        channel->banks_per_rank == 64 ? G_MAXUINT64 : ((guint64)1 << channel->banks_per_rank) - 1;
    return rank << (channel->refresh_order[0] * channel->banks_per_rank);
}

static void
step(LadDramChannel *channel, guint64 cycle)
{
    const State *state = channel->state;
    guint64 when = LAD_DRAM_NEVER, cas = LAD_DRAM_NEVER;
    lad_dram_note_refreshes(channel, cycle);
    guint64 blocked = blocked_banks(channel);
    gboolean column = FALSE, issued = FALSE;
    if (channel->n_refreshing)
        issued = serve_refresh(channel, cycle, &when);
    if (!issued && state->busy) {
        LadDramCommand command = search(channel, blocked, cycle, &when, &cas);
        issued = command.kind != LAD_DRAM_NONE;
        if (issued) {
            column = is_column(&command);
            carry_out(channel, &command, cycle);
        }
    }
    if (issued && channel->config->row_and_column)
        issue_second(channel, blocked_banks(channel), column, cycle);
    if (channel->n_lines && move_on(channel))
        issued = TRUE;
    if (issued) {
        channel->next = channel->next_cas = cycle + 1;
        return;
    }
    /* What is blocked or still in front must wait for something else first. */
    if (when < LAD_DRAM_NEVER && (channel->n_refreshing || state->front[0].n))
        cas = MIN(cas, when + 2);
    channel->next = MIN(when, channel->refresh_due);
    channel->next_cas = cas;
}

const LadDramRules lad_dram_bank_turns = {
    .lag = 0,
    .state_new = state_new,
    .state_free = state_free,
    .has_room = has_room,
    .take = take,
    .step = step,
    .merges_reads = TRUE,
};
