/* front.c - the lines in which requests wait until a channel accepts them, and the way in and out
 * of the channels.
 *
 * A front serves one channel, or all of them in one line. Each cycle it offers as many requests as
 * it has channels, until one is refused. Requests of a front need not come in the order of their
 * times; those of page copies wait apart and take turns with the others, so that a copy does not
 * hold up everything behind it.
 */
#include "config.h"
#include "sim/dram/channel.h"
#include <memladder/error.h>

#define MOST_WAITING (1u << 20)
/* So many that nobody waits for may lie in a line before it is moved on for their sake. */
#define MOST_UNASKED 256

/* Ring of lines by rising arrival: [first, last) modulo mask + 1. */
typedef struct {
    guint32 *lines;
    guint first, last, mask;
    guint n_quick; /* reads that a waiting write may answer */
} Ring;

typedef struct {
    guint first_channel, n_channels;
    Ring ring[2];    /* single lines, those of page copies */
    guint latest;    /* ring that was served last */
    guint n_offered; /* in the cycle `offered` */
    guint64 offered;
    guint64 blocked; /* no offer before this cycle */
    guint64 due;     /* as lad_dram_due */
} Front;

struct LadDramFronts {
    guint n;
    Front *fronts;
};

/* ---- Rings ------------------------------------------------------------------------------------
 */

static void
ring_init(Ring *ring)
{
    ring->mask = 63;
    ring->lines = g_new(guint32, ring->mask + 1);
}

static guint
ring_length(const Ring *ring)
{
    return ring->last - ring->first;
}

static void
ring_add(Ring *ring, const LadDram *dram, guint32 line)
{
    guint mask = ring->mask;
    if (ring_length(ring) > mask) {
        guint32 *larger = g_new(guint32, 2 * ((gsize)mask + 1));
        for (guint i = ring->first; i != ring->last; i++)
            larger[i & (2 * mask + 1)] = ring->lines[i & mask];
        g_free(ring->lines);
        ring->lines = larger;
        mask = ring->mask = 2 * mask + 1;
    }
    guint64 arrival = dram->lines[line].arrival;
    guint at = ring->last++;
    for (; at != ring->first && dram->lines[ring->lines[(at - 1) & mask]].arrival > arrival; at--)
        ring->lines[at & mask] = ring->lines[(at - 1) & mask];
    ring->lines[at & mask] = line;
    ring->n_quick += dram->lines[line].quick;
}

/* ---- Making ----------------------------------------------------------------------------------
 */

static gboolean
expect(gboolean holds, const char *option, const char *expected, GError **error)
{
    if (!holds)
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "%s: expected %s", option, expected);
    return holds;
}

static gboolean
is_power(guint64 n)
{
    return n > 0 && (n & (n - 1)) == 0;
}

static gboolean
check(const LadDramConfig *c, GError **error)
{
    static const char power[] = "a power of two";
    return expect(is_power(c->channels), "channels", power, error) &&
           expect(is_power(c->ranks), "ranks", power, error) &&
           expect(is_power(c->groups), "bank-groups", power, error) &&
           expect(is_power(c->banks), "banks", power, error) &&
           expect(is_power(c->rows), "rows", power, error) &&
           expect(is_power(c->row_bytes) && c->row_bytes >= LAD_DRAM_LINE_BYTES, "row-size",
                  "a power of two of at least 64 bytes", error) &&
           expect(c->channels <= 128, "channels", "at most 128", error) &&
           expect(c->ranks * c->groups * c->banks <= LAD_DRAM_MAX_BANKS, "banks",
                  "at most 64 in all ranks and bank groups of a channel", error) &&
           expect(c->wide <= c->rp, "trp", "at least the cycles of a command", error) &&
           expect(c->refi == 0 || c->rfc + c->rp + c->ras < c->refi / c->ranks, "trefi",
                  "more than ranks x (trfc + trp + tras)", error) &&
           expect(c->rc >= c->ras + c->rp, "trc", "at least tras + trp", error) &&
           expect(c->drain_to <= c->drain_from && c->drain_from < c->write_queue, "drain-from",
                  "at least drain-to and less than write-queue", error);
}

LadDram *
lad_dram_new(const LadDramConfig *config, const char *const *map, guint64 *counters, GError **error)
{
    if (!check(config, error))
        return NULL;
    g_autoptr(LadDram) dram = g_new0(LadDram, 1);
    dram->config = *config;
    dram->counters = counters;
    dram->free_line = LAD_DRAM_NO_LINE;
    dram->map = lad_dram_map_new(config, map, error);
    if (!dram->map)
        return NULL;
    guint n = (guint)config->channels;
    dram->channels = g_new0(LadDramChannel, n);
    for (guint i = 0; i < n; i++)
        lad_dram_channel_init(&dram->channels[i], dram);
    dram->fronts = g_new0(struct LadDramFronts, 1);
    dram->fronts->n = config->front == LAD_DRAM_ONE_LINE ? 1 : n;
    dram->fronts->fronts = g_new0(Front, dram->fronts->n);
    for (guint i = 0; i < dram->fronts->n; i++) {
        Front *front = &dram->fronts->fronts[i];
        front->first_channel = i;
        front->n_channels = n / dram->fronts->n;
        front->due = LAD_DRAM_NEVER;
        ring_init(&front->ring[0]);
        ring_init(&front->ring[1]);
    }
    return g_steal_pointer(&dram);
}

void
lad_dram_free(LadDram *dram)
{
    if (!dram)
        return;
    for (guint i = 0; dram->channels && i < dram->config.channels; i++)
        lad_dram_channel_clear(&dram->channels[i]);
    g_free(dram->channels);
    for (guint i = 0; dram->fronts && i < dram->fronts->n; i++) {
        g_free(dram->fronts->fronts[i].ring[0].lines);
        g_free(dram->fronts->fronts[i].ring[1].lines);
    }
    if (dram->fronts)
        g_free(dram->fronts->fronts);
    g_free(dram->fronts);
    lad_dram_map_free(dram->map);
    g_free(dram->lines);
    g_free(dram);
}

guint
lad_dram_n_fronts(const LadDram *dram)
{
    return dram->fronts->n;
}

/* ---- In ---------------------------------------------------------------------------------------
 */

static guint32
take_line(LadDram *dram)
{
    if (G_UNLIKELY(dram->free_line == LAD_DRAM_NO_LINE)) {
        guint32 more = MAX(dram->n_lines, 256);
        dram->lines = g_renew(LadDramLine, dram->lines, dram->n_lines + more);
        for (guint32 i = dram->n_lines + more; i-- > dram->n_lines;) {
            dram->lines[i].next_hash = dram->free_line;
            dram->free_line = i;
        }
        dram->n_lines += more;
    }
    guint32 line = dram->free_line;
    dram->free_line = dram->lines[line].next_hash;
    return line;
}

/* The earliest cycle at which a read that has just been asked for could be done, as things stand.
 */
static guint64
earliest_end(const LadDram *dram, const Front *front, const LadDramLine *line)
{
    const LadDramConfig *config = &dram->config;
    const LadDramChannel *channel = &dram->channels[line->channel];
    guint64 end = line->arrival + 1;
    if (line->quick)
        return end;
    end += config->cl + config->burst;
    /* Nobody but this one can open its row. */
    if (channel->n_lines + channel->n_refreshing == 0 && ring_length(&front->ring[0]) == 1 &&
        ring_length(&front->ring[1]) == 0 && channel->banks[line->bank].row != line->row) {
        end += config->rcd_read;
        if (channel->banks[line->bank].row != LAD_DRAM_CLOSED &&
            channel->refresh_due > line->arrival)
            end += config->rp - (config->wide - 1);
    }
    return end;
}

guint
lad_dram_ask(LadDram *dram, guint64 cycle, guint64 address, gboolean write, gboolean bulk,
             guint32 ticket)
{
    guint32 index = take_line(dram);
    LadDramLine *line = &dram->lines[index];
    lad_dram_map(dram->map, address, line);
    line->arrival = cycle;
    line->ticket = ticket;
    line->write = write ? 1 : 0;
    line->active = 0;
    LadDramChannel *channel = &dram->channels[line->channel];
    line->quick = !write && lad_dram_may_be_written(channel, line->line);
    if (write)
        lad_dram_note_write(channel, line->line);
    guint number = dram->fronts->n == 1 ? 0 : line->channel;
    Front *front = &dram->fronts->fronts[number];
    Ring *ring = &front->ring[bulk && dram->config.front != LAD_DRAM_ONE_LINE ? 1 : 0];
    if (ring_length(ring) >= MOST_WAITING)
        return LAD_DRAM_NO_FRONT;
    ring_add(ring, dram, index);
    if (!write) {
        guint64 end = earliest_end(dram, front, line);
        front->due = MIN(front->due, end);
    } else if (ticket != LAD_DRAM_NO_TICKET || ring_length(ring) >= MOST_UNASKED) {
        front->due = MIN(front->due, cycle + 1);
    }
    return number;
}

/* ---- Out --------------------------------------------------------------------------------------
 */

guint64
lad_dram_due(const LadDram *dram, guint front)
{
    return dram->fronts->fronts[front].due;
}

/* The ring whose first line is offered next; NULL: both are empty. */
static Ring *
next_ring(const LadDram *dram, Front *front)
{
    Ring *a = &front->ring[0], *b = &front->ring[1];
    if (G_LIKELY(ring_length(b) == 0))
        return ring_length(a) ? a : NULL;
    if (ring_length(a) == 0)
        return b;
    guint64 at_a = MAX(front->blocked, dram->lines[a->lines[a->first & a->mask]].arrival);
    guint64 at_b = MAX(front->blocked, dram->lines[b->lines[b->first & b->mask]].arrival);
    if (at_a != at_b)
        return at_a < at_b ? a : b;
    return front->latest == 0 ? b : a;
}

/* Offer what is there before `cycle`. */
static void
offer(LadDram *dram, Front *front, guint64 cycle)
{
    for (Ring *ring; (ring = next_ring(dram, front));) {
        guint32 index = ring->lines[ring->first & ring->mask];
        const LadDramLine *line = &dram->lines[index];
        guint64 now = MAX(line->arrival, front->blocked);
        if (now >= cycle)
            return;
        LadDramChannel *channel = &dram->channels[line->channel];
        guint quick = line->quick;
        lad_dram_channel_advance(channel, now + channel->rules->lag);
        if (now != front->offered) {
            front->offered = now;
            front->n_offered = 0;
        }
        if (!lad_dram_channel_offer(channel, index, now)) {
            dram->counters[LAD_DRAM_REFUSED]++;
            front->blocked = MAX(now + 1, channel->next + 1 - channel->rules->lag);
            continue;
        }
        ring->first++;
        ring->n_quick -= quick;
        front->latest = ring == &front->ring[1] ? 1 : 0;
        if (++front->n_offered == front->n_channels)
            front->blocked = now + 1;
    }
}

/* When the first line could be done that is not. */
static guint64
next_end(const LadDram *dram, const Front *front)
{
    guint64 due = LAD_DRAM_NEVER;
    for (guint i = 0; i < front->n_channels; i++) {
        const LadDramChannel *channel = &dram->channels[front->first_channel + i];
        if (channel->first_end != channel->last_end)
            due = MIN(due, channel->ends[channel->first_end & channel->end_mask].cycle);
        if (channel->n_reads)
            due = MIN(due,
                      MAX(channel->next_cas, channel->next) + dram->config.cl + dram->config.burst);
    }
    for (guint i = 0; i < 2; i++) {
        const Ring *ring = &front->ring[i];
        if (ring_length(ring) == 0)
            continue;
        guint64 first = dram->lines[ring->lines[ring->first & ring->mask]].arrival;
        guint64 end = MAX(first, front->blocked) + 1;
        due = MIN(due, ring->n_quick ? end : end + dram->config.cl + dram->config.burst);
    }
    return due;
}

void
lad_dram_run(LadDram *dram, guint number, guint64 cycle, LadDramDone done, void *data)
{
    Front *front = &dram->fronts->fronts[number];
    offer(dram, front, cycle);
    for (guint i = 0; i < front->n_channels; i++)
        lad_dram_channel_advance(&dram->channels[front->first_channel + i], cycle);
    front->due = LAD_DRAM_NEVER;
    for (guint i = 0; i < front->n_channels; i++) {
        LadDramChannel *channel = &dram->channels[front->first_channel + i];
        while (channel->first_end != channel->last_end) {
            LadDramEnd end = channel->ends[channel->first_end & channel->end_mask];
            if (end.cycle > cycle)
                break;
            channel->first_end++;
            done(end.ticket, end.cycle, data);
        }
    }
    /* Those told may have asked for more. */
    front->due = MIN(front->due, next_end(dram, front));
}
