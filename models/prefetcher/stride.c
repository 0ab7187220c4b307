/* stride.c - strides by instruction.
 *
 * A table of `entries`, indexed and tagged by the instruction's address, keeps the last address and
 * the last stride of each load or store. A stride seen `confidence` times in a row is taken for
 * good: then the next `degree` addresses at that stride are named (Fu, Patel and Janssens, MICRO
 * 1992; Intel's "IP-based stride prefetcher": 248966-046, strides up to 2 KiB, one line ahead).
 * Strides of less than a line are rounded up to a line, since misses are all that is seen.
 * Modelled: that. Left out: accesses that hit do not train it. Units: addresses and strides are
 * bytes.
 */
#include "config.h"
#include <memladder/prefetcher.h>

extern const LadPrefetcherClass lad_prefetcher_stride;

typedef struct {
    guint64 entries;
    guint64 degree;
    guint64 confidence;
    LadBytes max_stride;
} Params;

typedef struct {
    guint64 pc, address;
    gint64 stride;
    guint64 seen; /* times in a row */
} Entry;

typedef struct {
    Entry *table;
} State;

static const LadOption options[] = {
    LAD_OPT(Params, entries, "entries", UINT, "256", "1", "65536", "instructions that it follows"),
    LAD_OPT(Params, degree, "degree", UINT, "1", "1", "16", "strides ahead that it names"),
    LAD_OPT(Params, confidence, "confidence", UINT, "2", "1", "15",
            "times that a stride must come in a row"),
    LAD_OPT(Params, max_stride, "max-stride", BYTES, "2 KiB", "32 B", "1 GiB",
            "longest stride that it follows (Intel 248966-046: 2 KiB)"),
    LAD_OPTIONS_END,
};

static gboolean
init(LadPrefetcher *prefetcher, GError **error)
{
    const Params *params = prefetcher->params;
    State *state = prefetcher->state;
    if (prefetcher->side != LAD_SIDE_DATA) {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_CONFIG,
                            "side = instruction: stride follows the loads and stores of each "
                            "instruction; expected side = data");
        return FALSE;
    }
    state->table = g_new0(Entry, params->entries);
    return TRUE;
}

static void
clear(LadPrefetcher *prefetcher)
{
    State *state = prefetcher->state;
    g_free(state->table);
}

static gboolean
learn(const Params *params, Entry *entry, const LadPrefetchEvent *event)
{
    gint64 stride = (gint64)(event->address - entry->address);
    if (stride == 0)
        return FALSE;
    if (stride == entry->stride)
        entry->seen++;
    else
        entry->seen = 1;
    entry->stride = stride;
    entry->address = event->address;
    guint64 length = stride < 0 ? -(guint64)stride : (guint64)stride;
    return length <= params->max_stride && entry->seen >= params->confidence;
}

static void
observe(LadPrefetcher *prefetcher, const LadPrefetchEvent *event, LadPrefetchList *list)
{
    const Params *params = prefetcher->params;
    const State *state = prefetcher->state;
    if (event->pc == 0)
        return;
    Entry *entry = &state->table[event->pc % params->entries];
    if (entry->pc != event->pc) {
        *entry = (Entry){.pc = event->pc, .address = event->address};
        return;
    }
    if (!learn(params, entry, event))
        return;
    gint64 line = (gint64)prefetcher->line_bytes, step = entry->stride;
    if (step > -line && step < line)
        step = step < 0 ? -line : line;
    for (; list->n < params->degree; list->n++)
        list->addresses[list->n] = event->address + (guint64)step * (list->n + 1);
}

const LadPrefetcherClass lad_prefetcher_stride = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_PREFETCHER, LadPrefetcherClass, "stride",
                            "strides by instruction"),
             .models = "A table by instruction of last address, stride and confidence.",
             .leaves_out = "Accesses that hit do not train it.",
             .source = "Fu, Patel, Janssens, MICRO 1992; Intel 248966-046, IP-based stride "
                       "prefetcher; constant strides and random addresses by hand.",
             .options = options, .params_size = sizeof(Params), .host_size = sizeof(State)},
    .needs_pc = TRUE,
    .init = init,
    .clear = clear,
    .observe = observe,
};
