/* fr_fcfs.c - a controller that serves the oldest request whose next command can issue (first
 * ready, first come, first served: Rixner et al., ISCA 2000).
 *
 * Reads and writes wait in a queue each; the controller serves one of them at a time. It turns to
 * the writes when more than `drain_from` wait or no read does, and back to the reads when fewer
 * than `drain_to` writes wait and some read does. A request that gets its ACT leaves its queue; its
 * CAS comes before everything else. A row is not closed while a request for which it was opened
 * still waits, nor while an older request of the same queue hits it. A refresh that is due lets
 * those requests finish and nothing else, closes all banks of its rank by one command, then issues.
 * Rules as of Ramulator 2.0 (Luo et al., IEEE CAL 23(1), 2024), described by what it does.
 */
#include "config.h"
#include "sim/dram/channel.h"
#include <string.h>

/* Requests of one queue for one bank, oldest first. */
typedef struct {
    guint32 *lines;
    guint n;
    guint hit; /* place of the oldest that hits the open row; n: none */
} Waiting;

typedef struct {
    Waiting waiting[2][LAD_DRAM_MAX_BANKS]; /* reads, writes */
    guint64 busy[2];                        /* banks that somebody waits for */
    guint n[2];
    gboolean writing;
    guint32 active[LAD_DRAM_MAX_BANKS]; /* the line that the bank's row was opened for */
    guint64 has_active;                 /* banks */
} State;

/* What those that cannot issue in a cycle will have. */
typedef struct {
    guint64 when;  /* the first command; not later than it is */
    guint64 cas;   /* no RD before it */
    guint n_ready; /* that can issue in this cycle */
} Outlook;

static const Outlook nothing = {LAD_DRAM_NEVER, LAD_DRAM_NEVER, 0};

/* A command could issue at `at`, and its request's CAS not before `cas`. TRUE: in this cycle. */
static inline gboolean
foresee(Outlook *outlook, guint64 cycle, guint64 at, guint64 cas)
{
    outlook->cas = MIN(outlook->cas, cas);
    if (at <= cycle) {
        outlook->n_ready++;
        return TRUE;
    }
    outlook->when = MIN(outlook->when, at);
    return FALSE;
}

static void *
state_new(LadDramChannel *channel)
{
    const LadDramConfig *config = channel->config;
    State *state = g_new0(State, 1);
    for (guint i = 0; i < channel->n_banks; i++) {
        state->waiting[0][i].lines = g_new(guint32, config->read_queue);
        state->waiting[1][i].lines = g_new(guint32, config->write_queue);
    }
    return state;
}

static void
state_free(void *data)
{
    State *state = data;
    for (guint i = 0; i < LAD_DRAM_MAX_BANKS; i++) {
        g_free(state->waiting[0][i].lines);
        g_free(state->waiting[1][i].lines);
    }
    g_free(state);
}

static gboolean
has_room(const LadDramChannel *channel, gboolean write)
{
    const State *state = channel->state;
    const LadDramConfig *config = channel->config;
    return state->n[write ? 1 : 0] < (write ? config->write_queue : config->read_queue);
}

/* The bank's row or who waits for it has changed. */
static void
look_at(const LadDramChannel *channel, guint b)
{
    State *state = channel->state;
    const LadDramLine *lines = channel->dram->lines;
    guint32 row = channel->banks[b].row;
    for (guint q = 0; q < 2; q++) {
        Waiting *waiting = &state->waiting[q][b];
        waiting->hit = 0;
        while (waiting->hit < waiting->n && lines[waiting->lines[waiting->hit]].row != row)
            waiting->hit++;
    }
}

static void
leave_queue(State *state, guint q, guint b, guint place)
{
    Waiting *waiting = &state->waiting[q][b];
    memmove(waiting->lines + place, waiting->lines + place + 1,
            (waiting->n - place - 1) * sizeof *waiting->lines);
    state->n[q]--;
    if (--waiting->n == 0)
        state->busy[q] &= ~((guint64)1 << b);
}

static guint64
earliest_cas(const LadDramChannel *channel, const LadDramBank *bank, gboolean write)
{
    return write ? lad_dram_earliest_write(channel, bank) : lad_dram_earliest_read(channel, bank);
}

/* CAS of the rows that were opened for a request, the oldest first. */
static LadDramCommand
search_active(const LadDramChannel *channel, guint64 cycle, Outlook *outlook)
{
    const State *state = channel->state;
    const LadDramLine *lines = channel->dram->lines;
    LadDramCommand best = {.kind = LAD_DRAM_NONE};
    guint64 age = LAD_DRAM_NEVER;
    for (guint64 left = state->has_active; left; left &= left - 1) {
        guint b = (guint)__builtin_ctzll(left);
        const LadDramLine *line = &lines[state->active[b]];
        guint64 at = earliest_cas(channel, &channel->banks[b], line->write);
        if (foresee(outlook, cycle, at, at) && line->age < age) {
            age = line->age;
            best =
                (LadDramCommand){line->write ? LAD_DRAM_WRITE : LAD_DRAM_READ, b, state->active[b]};
        }
    }
    return best;
}

/* The command that a bank's oldest waiting request, or the oldest that hits its row, can have. */
static LadDramCommand
choose(const LadDramChannel *channel, guint q, guint b, guint64 cycle, Outlook *outlook)
{
    const State *state = channel->state;
    const Waiting *waiting = &state->waiting[q][b];
    const LadDramBank *bank = &channel->banks[b];
    guint64 at, to_cas = channel->config->rcd_read;
    if (bank->row == LAD_DRAM_CLOSED) {
        at = lad_dram_earliest_act(channel, bank);
        gboolean ready = foresee(outlook, cycle, at, at + to_cas);
        return (LadDramCommand){ready ? LAD_DRAM_ACT : LAD_DRAM_NONE, b, waiting->lines[0]};
    }
    if (waiting->hit > 0 && !(state->has_active >> b & 1)) {
        at = lad_dram_earliest_pre(channel, bank);
        if (foresee(outlook, cycle, at, at + to_cas))
            return (LadDramCommand){LAD_DRAM_PRE, b, waiting->lines[0]};
    }
    if (waiting->hit == waiting->n)
        return (LadDramCommand){.kind = LAD_DRAM_NONE};
    at = earliest_cas(channel, bank, q == 1);
    gboolean ready = foresee(outlook, cycle, at, at);
    LadDramKind kind = q ? LAD_DRAM_WRITE : LAD_DRAM_READ;
    return (LadDramCommand){ready ? kind : LAD_DRAM_NONE, b, waiting->lines[waiting->hit]};
}

/* Whether the controller would now serve writes. */
static gboolean
next_direction(const LadDramChannel *channel)
{
    const State *state = channel->state;
    const LadDramConfig *config = channel->config;
    if (state->writing)
        return !(state->n[1] < config->drain_to && state->n[0] > 0);
    return state->n[1] > config->drain_from || state->n[0] == 0;
}

static LadDramCommand
search(const LadDramChannel *channel, guint64 cycle, Outlook *outlook)
{
    State *state = channel->state;
    const LadDramLine *lines = channel->dram->lines;
    state->writing = next_direction(channel);
    guint q = state->writing ? 1 : 0;
    LadDramCommand best = {.kind = LAD_DRAM_NONE};
    guint64 age = LAD_DRAM_NEVER;
    for (guint64 left = state->busy[q]; left; left &= left - 1) {
        guint b = (guint)__builtin_ctzll(left);
        LadDramCommand command = choose(channel, q, b, cycle, outlook);
        if (command.kind != LAD_DRAM_NONE && lines[command.line].age < age) {
            age = lines[command.line].age;
            best = command;
        }
    }
    return best;
}

/* A request was accepted: when could it, or what it changes, have a command? */
static void
take(LadDramChannel *channel, guint32 index, guint64 cycle)
{
    State *state = channel->state;
    const LadDramLine *line = &channel->dram->lines[index];
    guint q = line->write, b = line->bank;
    Waiting *waiting = &state->waiting[q][b];
    if (waiting->hit == waiting->n && line->row != channel->banks[b].row)
        waiting->hit++;
    waiting->lines[waiting->n++] = index;
    state->busy[q] |= (guint64)1 << b;
    state->n[q]++;

    Outlook outlook = {cycle + 1, cycle + 1, 0};
    if (next_direction(channel) == state->writing) {
        outlook = nothing;
        if (line->write == (guint)state->writing)
            choose(channel, q, b, cycle, &outlook);
        else if (!line->write)
            outlook.cas = cycle + 1;
        if (outlook.n_ready)
            outlook.when = cycle + 1;
    }
    channel->next = MIN(channel->next, outlook.when);
    channel->next_cas = MIN(channel->next_cas, MAX(outlook.cas, cycle + 1));
}

static void
carry_out(LadDramChannel *channel, const LadDramCommand *command, guint64 cycle)
{
    State *state = channel->state;
    LadDramLine *line = &channel->dram->lines[command->line];
    guint b = command->bank, q = line->write;
    guint64 bit = (guint64)1 << b;
    gboolean cas = command->kind == LAD_DRAM_READ || command->kind == LAD_DRAM_WRITE;
    if (command->kind == LAD_DRAM_ACT) {
        leave_queue(state, q, b, 0);
        line->active = TRUE;
        state->active[b] = command->line;
        state->has_active |= bit;
    } else if (cas && line->active) {
        state->has_active &= ~bit;
    } else if (cas) {
        leave_queue(state, q, b, state->waiting[q][b].hit);
    }
    lad_dram_issue(channel, command, cycle);
    look_at(channel, b);
    const Waiting *reads = &state->waiting[0][b], *writes = &state->waiting[1][b];
    if (cas && channel->config->page == LAD_DRAM_CLOSED_PAGE && !(state->has_active & bit) &&
        reads->hit == reads->n && writes->hit == writes->n) {
        lad_dram_auto_precharge(channel, b);
        look_at(channel, b);
    }
}

/* The rank whose refresh is first in line. FALSE: nothing issued. */
static gboolean
serve_refresh(LadDramChannel *channel, guint64 cycle, guint64 *when)
{
    const State *state = channel->state;
    guint r = channel->refresh_order[0], first = r * channel->banks_per_rank;
    if (channel->ranks[r].n_open == 0) {
        guint64 at = MAX(channel->ranks[r].refresh, channel->bus);
        *when = MIN(*when, at);
        if (at <= cycle)
            lad_dram_refresh(channel, r, cycle);
        return at <= cycle;
    }
    guint64 at = 0;
    for (guint b = first; b < first + channel->banks_per_rank; b++) {
        if (state->has_active >> b & 1)
            return FALSE;
        if (channel->banks[b].row != LAD_DRAM_CLOSED)
            at = MAX(at, lad_dram_earliest_pre(channel, &channel->banks[b]));
    }
    *when = MIN(*when, at);
    if (at > cycle)
        return FALSE;
    lad_dram_precharge_rank(channel, r, cycle);
    for (guint b = first; b < first + channel->banks_per_rank; b++)
        look_at(channel, b);
    return TRUE;
}

static LadDramCommand
search_all(const LadDramChannel *channel, guint64 cycle, Outlook *outlook)
{
    LadDramCommand command = search_active(channel, cycle, outlook);
    if (command.kind == LAD_DRAM_NONE && channel->n_refreshing == 0)
        command = search(channel, cycle, outlook);
    return command;
}

/* The second command of a cycle, where a row and a column command may share it. */
static void
issue_second(LadDramChannel *channel, const LadDramCommand *first, guint64 cycle)
{
    Outlook outlook = nothing;
    channel->bus = cycle;
    LadDramCommand command = search_all(channel, cycle, &outlook);
    if (command.kind != LAD_DRAM_NONE &&
        (command.kind >= LAD_DRAM_READ) != (first->kind >= LAD_DRAM_READ))
        carry_out(channel, &command, cycle);
    channel->bus = cycle + channel->config->wide;
}

/* When the next command can issue after one at `cycle`. */
static Outlook
look_ahead(const LadDramChannel *channel, guint64 cycle)
{
    const State *state = channel->state;
    Outlook outlook = {cycle + 1, cycle + 1, 0};
    if (channel->n_refreshing || next_direction(channel) != state->writing)
        return outlook;
    outlook = nothing;
    search_active(channel, cycle, &outlook);
    search(channel, cycle, &outlook);
    return outlook;
}

static void
step(LadDramChannel *channel, guint64 cycle)
{
    const State *state = channel->state;
    Outlook outlook = nothing;
    lad_dram_note_refreshes(channel, cycle);
    LadDramCommand command = search_all(channel, cycle, &outlook);
    if (command.kind != LAD_DRAM_NONE) {
        carry_out(channel, &command, cycle);
        if (channel->config->row_and_column)
            issue_second(channel, &command, cycle);
        outlook = look_ahead(channel, cycle);
    } else if (channel->n_refreshing && serve_refresh(channel, cycle, &outlook.when)) {
        outlook.when = outlook.cas = cycle + 1;
    }
    /* Reads that wait for a refresh or for writes to drain must wait for something else first. */
    if (outlook.when < LAD_DRAM_NEVER && (channel->n_refreshing || (state->writing && state->n[0])))
        outlook.cas = MIN(outlook.cas, outlook.when + 1);
    channel->next = MIN(outlook.when, channel->refresh_due);
    channel->next_cas = outlook.cas;
}

const LadDramRules lad_dram_fr_fcfs = {
    .lag = 1,
    .state_new = state_new,
    .state_free = state_free,
    .has_room = has_room,
    .take = take,
    .step = step,
    .forwards_when_full = TRUE,
};
