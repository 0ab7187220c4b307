/* channel.c - a channel's banks: what a command forbids and for how long; refresh; the lines that
 * wait, by address; the ends of those that were read.
 *
 * Every constraint is an earliest cycle, kept at the bank, group or rank that it holds for, so that
 * a command changes a handful of words whatever the number of banks. Between a command of `wide`
 * cycles and one of a single cycle a constraint counts from last cycle to last cycle.
 */
#include "config.h"
#include "sim/dram/channel.h"

void
lad_dram_channel_init(LadDramChannel *channel, LadDram *dram)
{
    const LadDramConfig *config = &dram->config;
    channel->dram = dram;
    channel->config = config;
    channel->rules =
        config->scheduler == LAD_DRAM_BANK_TURNS ? &lad_dram_bank_turns : &lad_dram_fr_fcfs;
    channel->banks_per_rank = (guint)(config->groups * config->banks);
    channel->n_banks = (guint)config->ranks * channel->banks_per_rank;
    for (guint i = 0; i < channel->n_banks; i++)
        channel->banks[i] = (LadDramBank){.row = LAD_DRAM_CLOSED,
                                          .rank = (guint8)(i / channel->banks_per_rank),
                                          .group = (guint8)(i / config->banks)};
    channel->refresh_due = LAD_DRAM_NEVER;
    for (guint r = 0; r < config->ranks; r++) {
        channel->ranks[r].due =
            config->refi ? (r + 1) * (config->refi / config->ranks) : LAD_DRAM_NEVER;
        channel->refresh_due = MIN(channel->refresh_due, channel->ranks[r].due);
    }
    for (guint i = 0; i < LAD_DRAM_HASH; i++)
        channel->hash[i] = LAD_DRAM_NO_LINE;
    channel->next = channel->next_cas = channel->refresh_due;
    channel->end_mask = 63;
    channel->ends = g_new0(LadDramEnd, channel->end_mask + 1);
    channel->state = channel->rules->state_new(channel);
}

void
lad_dram_channel_clear(LadDramChannel *channel)
{
    g_free(channel->ends);
    if (channel->rules)
        channel->rules->state_free(channel->state);
}

/* ---- Lines by address -------------------------------------------------------------------------
 */

static guint
hash_of(guint64 line)
{
    return (guint)(line * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15) >> 55);
}

guint32
lad_dram_find(const LadDramChannel *channel, guint64 line, gboolean write)
{
    const LadDramLine *lines = channel->dram->lines;
    guint32 i = channel->hash[hash_of(line)];
    while (i != LAD_DRAM_NO_LINE &&
           (lines[i].line != line || lines[i].write != write || lines[i].active))
        i = lines[i].next_hash;
    return i;
}

static void
remember(LadDramChannel *channel, guint32 line)
{
    guint32 *first = &channel->hash[hash_of(channel->dram->lines[line].line)];
    channel->dram->lines[line].next_hash = *first;
    *first = line;
}

static void
forget(LadDramChannel *channel, guint32 line)
{
    LadDramLine *lines = channel->dram->lines;
    guint32 *at = &channel->hash[hash_of(lines[line].line)];
    while (*at != line)
        at = &lines[*at].next_hash;
    *at = lines[line].next_hash;
}

static void
release(LadDramChannel *channel, guint32 index)
{
    LadDram *dram = channel->dram;
    LadDramLine *line = &dram->lines[index];
    channel->n_writes[hash_of(line->line)] -= line->write;
    line->next_hash = dram->free_line;
    dram->free_line = index;
}

void
lad_dram_note_write(LadDramChannel *channel, guint64 line)
{
    channel->n_writes[hash_of(line)]++;
}

gboolean
lad_dram_may_be_written(const LadDramChannel *channel, guint64 line)
{
    return channel->n_writes[hash_of(line)] > 0;
}

/* ---- Ends -------------------------------------------------------------------------------------
 */

void
lad_dram_channel_end(LadDramChannel *channel, guint64 cycle, guint32 ticket)
{
    if (ticket == LAD_DRAM_NO_TICKET)
        return;
    guint mask = channel->end_mask;
    if (channel->last_end - channel->first_end > mask) {
        LadDramEnd *larger = g_new(LadDramEnd, 2 * (mask + 1));
        for (guint i = channel->first_end; i != channel->last_end; i++)
            larger[i & (2 * mask + 1)] = channel->ends[i & mask];
        g_free(channel->ends);
        channel->ends = larger;
        mask = channel->end_mask = 2 * mask + 1;
    }
    guint at = channel->last_end++;
    for (; at != channel->first_end && channel->ends[(at - 1) & mask].cycle > cycle; at--)
        channel->ends[at & mask] = channel->ends[(at - 1) & mask];
    channel->ends[at & mask] = (LadDramEnd){cycle, ticket};
}

/* ---- Offers -----------------------------------------------------------------------------------
 */

/* Whether a waiting line spares this one its command. */
static gboolean
is_answered(LadDramChannel *channel, guint32 index, guint64 cycle)
{
    LadDram *dram = channel->dram;
    LadDramLine *line = &dram->lines[index];
    if (channel->n_lines == 0)
        return FALSE;
    guint32 other = lad_dram_find(channel, line->line, TRUE);
    if (other != LAD_DRAM_NO_LINE) {
        dram->counters[line->write ? LAD_DRAM_MERGED : LAD_DRAM_FORWARDED]++;
        lad_dram_channel_end(channel, cycle + 1, line->ticket);
        release(channel, index);
        return TRUE;
    }
    if (line->write || !channel->rules->merges_reads)
        return FALSE;
    other = lad_dram_find(channel, line->line, FALSE);
    if (other == LAD_DRAM_NO_LINE)
        return FALSE;
    dram->counters[LAD_DRAM_MERGED]++;
    line->next_merged = dram->lines[other].next_merged;
    dram->lines[other].next_merged = index;
    return TRUE;
}

gboolean
lad_dram_channel_offer(LadDramChannel *channel, guint32 index, guint64 cycle)
{
    LadDram *dram = channel->dram;
    LadDramLine *line = &dram->lines[index];
    gboolean room = channel->rules->has_room(channel, line->write);
    if (!room && !channel->rules->forwards_when_full)
        return FALSE;
    if (!line->write)
        dram->counters[LAD_DRAM_WAIT] += cycle - line->arrival;
    line->next_merged = LAD_DRAM_NO_LINE;
    if (is_answered(channel, index, cycle))
        return TRUE;
    if (!room) {
        if (!line->write)
            dram->counters[LAD_DRAM_WAIT] -= cycle - line->arrival;
        return FALSE;
    }
    line->age = dram->age++;
    remember(channel, index);
    channel->n_reads += !line->write;
    channel->n_lines++;
    channel->rules->take(channel, index, cycle);
    if (line->write)
        lad_dram_channel_end(channel, cycle + 1, line->ticket);
    return TRUE;
}

/* ---- Commands ---------------------------------------------------------------------------------
 */

static inline void
not_before(guint64 *at, guint64 to)
{
    *at = MAX(*at, to);
}

static void
activate(LadDramChannel *channel, LadDramBank *bank, guint32 row, guint64 cycle)
{
    const LadDramConfig *config = channel->config;
    LadDramRank *rank = &channel->ranks[bank->rank];
    bank->row = row;
    bank->n_cas = 0;
    not_before(&bank->act, cycle + config->rc);
    not_before(&bank->pre, cycle + config->ras + config->wide - 1);
    not_before(&bank->read, cycle + config->rcd_read);
    not_before(&bank->write, cycle + config->rcd_write);
    not_before(&channel->groups[bank->group].act, cycle + config->rrd_l);
    not_before(&rank->act, cycle + config->rrd_s);
    rank->faw[rank->oldest] = cycle + config->faw;
    rank->oldest = (rank->oldest + 1) % LAD_DRAM_FAW;
    rank->n_open++;
    channel->dram->counters[LAD_DRAM_ACTIVATES]++;
}

static void
close_bank(LadDramChannel *channel, LadDramBank *bank, guint64 cycle)
{
    LadDramRank *rank = &channel->ranks[bank->rank];
    bank->row = LAD_DRAM_CLOSED;
    not_before(&bank->act, cycle + channel->config->rp - (channel->config->wide - 1));
    not_before(&rank->refresh, cycle + channel->config->rp);
    rank->n_open--;
}

void
lad_dram_precharge_rank(LadDramChannel *channel, guint rank, guint64 cycle)
{
    guint first = rank * channel->banks_per_rank;
    for (guint i = first; i < first + channel->banks_per_rank; i++)
        if (channel->banks[i].row != LAD_DRAM_CLOSED)
            close_bank(channel, &channel->banks[i], cycle);
    not_before(&channel->ranks[rank].pre, cycle + channel->config->ppd);
    channel->bus = cycle + 1;
    channel->dram->counters[LAD_DRAM_PRECHARGES]++;
}

void
lad_dram_auto_precharge(LadDramChannel *channel, guint bank)
{
    channel->dram->counters[LAD_DRAM_PRECHARGES]++;
    close_bank(channel, &channel->banks[bank], channel->banks[bank].pre);
}

static void
read_bank(LadDramChannel *channel, LadDramBank *bank, guint64 cycle)
{
    const LadDramConfig *config = channel->config;
    LadDramRank *rank = &channel->ranks[bank->rank];
    not_before(&channel->groups[bank->group].read, cycle + MAX(config->burst, config->ccd_l));
    not_before(&rank->read, cycle + MAX(config->burst, config->ccd_s));
    not_before(&rank->write, cycle + config->read_to_write);
    not_before(&bank->pre, cycle + config->rtp + config->wide - 1);
    for (guint r = 0; r < config->ranks; r++)
        if (r != bank->rank) {
            not_before(&channel->ranks[r].read, cycle + config->rank_read);
            not_before(&channel->ranks[r].write, cycle + config->rank_read_to_write);
        }
}

static void
write_bank(LadDramChannel *channel, LadDramBank *bank, guint64 cycle)
{
    const LadDramConfig *config = channel->config;
    LadDramRank *rank = &channel->ranks[bank->rank];
    guint64 end = cycle + config->cwl + config->burst;
    not_before(&channel->groups[bank->group].write,
               cycle + MAX(config->burst, config->ccd_l_write));
    not_before(&rank->write, cycle + MAX(config->burst, config->ccd_s_write));
    not_before(&channel->groups[bank->group].read, end + config->wtr_l);
    not_before(&rank->read, end + config->wtr_s);
    not_before(&bank->pre, end + config->wr + config->wide - 1);
    for (guint r = 0; r < config->ranks; r++)
        if (r != bank->rank) {
            not_before(&channel->ranks[r].read, cycle + config->rank_write_to_read);
            not_before(&channel->ranks[r].write, cycle + config->rank_write);
        }
}

/* Its RD or WR has issued: tell who waits, and forget it. */
static void
finish_line(LadDramChannel *channel, guint32 index, guint64 cycle)
{
    const LadDramConfig *config = channel->config;
    LadDram *dram = channel->dram;
    const LadDramLine *line = &dram->lines[index];
    forget(channel, index);
    channel->n_lines--;
    if (line->write) {
        release(channel, index);
        return;
    }
    channel->n_reads--;
    while (index != LAD_DRAM_NO_LINE) {
        guint32 next = dram->lines[index].next_merged;
        lad_dram_channel_end(channel, cycle + config->cl + config->burst,
                             dram->lines[index].ticket);
        release(channel, index);
        index = next;
    }
}

void
lad_dram_issue(LadDramChannel *channel, const LadDramCommand *command, guint64 cycle)
{
    LadDramBank *bank = &channel->banks[command->bank];
    guint64 *counters = channel->dram->counters;
    if (command->kind == LAD_DRAM_PRE) {
        close_bank(channel, bank, cycle);
        not_before(&channel->ranks[bank->rank].pre, cycle + channel->config->ppd);
        counters[LAD_DRAM_PRECHARGES]++;
        channel->bus = cycle + 1;
        return;
    }
    channel->bus = cycle + channel->config->wide;
    if (command->kind == LAD_DRAM_ACT) {
        activate(channel, bank, channel->dram->lines[command->line].row, cycle);
        return;
    }
    counters[LAD_DRAM_ROW_HITS] += bank->n_cas++ > 0;
    if (command->kind == LAD_DRAM_READ) {
        counters[LAD_DRAM_READS]++;
        read_bank(channel, bank, cycle);
    } else {
        counters[LAD_DRAM_WRITES]++;
        write_bank(channel, bank, cycle);
    }
    finish_line(channel, command->line, cycle);
}

/* ---- Refresh ----------------------------------------------------------------------------------
 */

void
lad_dram_refresh(LadDramChannel *channel, guint r, guint64 cycle)
{
    LadDramRank *rank = &channel->ranks[r];
    not_before(&rank->act, cycle + channel->config->rfc - (channel->config->wide - 1));
    not_before(&rank->refresh, cycle + channel->config->rfc);
    channel->bus = cycle + 1;
    channel->dram->counters[LAD_DRAM_REFRESHES]++;
    channel->n_refreshing--;
    for (guint i = 0; i < channel->n_refreshing; i++)
        channel->refresh_order[i] = channel->refresh_order[i + 1];
}

void
lad_dram_note_refreshes(LadDramChannel *channel, guint64 cycle)
{
    if (G_LIKELY(cycle < channel->refresh_due))
        return;
    guint n = (guint)channel->config->ranks;
    channel->refresh_due = LAD_DRAM_NEVER;
    for (guint r = 0; r < n; r++) {
        LadDramRank *rank = &channel->ranks[r];
        if (rank->due <= cycle) {
            channel->refresh_order[channel->n_refreshing++] = (guint8)r;
            rank->due += channel->config->refi;
        }
        channel->refresh_due = MIN(channel->refresh_due, rank->due);
    }
}

/* With nothing to do but to refresh, all but the last intervals before `cycle` are alike. */
static void
skip_idle_refreshes(LadDramChannel *channel, guint64 cycle)
{
    const LadDramConfig *config = channel->config;
    if (channel->n_lines || channel->n_refreshing || channel->refresh_due == LAD_DRAM_NEVER ||
        cycle <= channel->refresh_due + 4 * config->refi)
        return;
    for (guint r = 0; r < config->ranks; r++)
        if (channel->ranks[r].n_open)
            return;
    guint64 n = (cycle - channel->refresh_due) / config->refi - 2;
    for (guint r = 0; r < config->ranks; r++)
        channel->ranks[r].due += n * config->refi;
    channel->refresh_due += n * config->refi;
    channel->next = MAX(channel->next, channel->refresh_due);
    channel->dram->counters[LAD_DRAM_REFRESHES] += n * config->ranks;
}

void
lad_dram_channel_advance(LadDramChannel *channel, guint64 cycle)
{
    while (channel->next < cycle) {
        channel->rules->step(channel, channel->next);
        if (G_UNLIKELY(channel->n_lines == 0))
            skip_idle_refreshes(channel, cycle);
    }
}
