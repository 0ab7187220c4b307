/* select.c - the walk over a stream: which operands of an entry are kept, and which records.
 *
 * What an entry needs is prepared once: the kinds of its operands as a mask, their sizes, whether
 * any of its fetches is kept. Most entries of a small sample then cost one hash per operand. What
 * remains of an entry, by the mask of its kept operands, is a sequence of blocks of the new trace,
 * prepared at its first use. */
#include "config.h"
#include "traces/format/sequence.h"
#include "traces/toolbox/select_block.h"

#define MAX_SELECTED_BYTES  ((guint64)1 << 46) /* of one record: more is damage, not memory */
#define MAX_RESTS_PER_ENTRY 64                 /* beyond these, block by block */
#define MAX_RESTS           (1u << 18)
#define NONE                G_MAXUINT32

/* What remains of an entry with the operands of a mask. */
typedef struct {
    guint64 mask;
    guint32 token; /* NONE: a free place */
    guint32 n_kept;
    LadBlockSequence *sequence;
} EntryRest;

typedef struct {
    gboolean known;
    gboolean fetches; /* some fetch is kept */
    gboolean wide;    /* more than 64 operands */
    guint64 kinds;    /* operands of kinds that are kept */
    guint32 last;     /* place of the rest used last, or NONE */
    guint32 n_rests;
    const guint16 *span; /* of each operand: its bytes less one */
} EntryPlan;

struct LadSelector {
    LadSelectRules rules;
    LadTraceReader *reader;
    LadTraceWriter *writer;
    LadBlockCutter *cutter;
    EntryPlan *plans; /* by entry */
    guint32 plans_room;
    GPtrArray *spans;
    EntryRest *rests; /* open addressing */
    guint rest_bits;
    guint32 n_rests;
    GArray *ids; /* of a rest being prepared */
};

static EntryRest *
new_rests(guint bits)
{
    EntryRest *rests = g_new0(EntryRest, (gsize)1 << bits);
    for (gsize i = 0; i < (gsize)1 << bits; i++)
        rests[i].token = NONE;
    return rests;
}

LadSelector *
lad_selector_new(const LadSelection *selection, LadTraceReader *reader, LadTraceWriter *writer)
{
    LadSelector *selector = g_new0(LadSelector, 1);
    lad_select_rules_init(&selector->rules, selection);
    selector->reader = lad_trace_reader_ref(reader);
    selector->writer = writer;
    selector->cutter = lad_block_cutter_new(&selector->rules, writer);
    selector->spans = g_ptr_array_new_with_free_func(g_free);
    selector->rest_bits = 12;
    selector->rests = new_rests(selector->rest_bits);
    selector->ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    return selector;
}

void
lad_selector_free(LadSelector *selector)
{
    if (selector == NULL)
        return;
    lad_block_cutter_free(selector->cutter);
    lad_trace_reader_unref(selector->reader);
    lad_select_rules_clear(&selector->rules);
    g_ptr_array_unref(selector->spans);
    for (gsize i = 0; i < (gsize)1 << selector->rest_bits; i++)
        lad_block_sequence_free(selector->rests[i].sequence);
    g_free(selector->rests);
    g_array_unref(selector->ids);
    g_free(selector->plans);
    g_free(selector);
}

/* ---- Plain records ----------------------------------------------------------------------------
 */

static gboolean
write_record(LadSelector *selector, guint to, const LadRecord *record, guint64 address,
             guint64 size, GError **error)
{
    LadRecord part = *record;
    part.address = address;
    part.size = size;
    return lad_trace_writer_record(selector->writer, to, &part, error);
}

/* Writes the runs of bytes [address, last] of `record` whose pages are in the sample. */
static gboolean
write_runs(LadSelector *selector, guint to, const LadRecord *record, guint64 address, guint64 last,
           GError **error)
{
    const LadSelectRules *rules = &selector->rules;
    guint64 start = address;
    gboolean in_run = FALSE;
    for (guint64 page = address >> rules->page_shift; page <= last >> rules->page_shift; page++) {
        gboolean in = lad_select_in_sample(rules, page);
        guint64 border = MAX(page << rules->page_shift, address);
        if (in && !in_run)
            start = border;
        if (!in && in_run && !write_record(selector, to, record, start, border - start, error))
            return FALSE;
        in_run = in;
    }
    return !in_run || write_record(selector, to, record, start, last - start + 1, error);
}

/* The part of a record that is kept within [address, last]. */
static gboolean
select_span(LadSelector *selector, guint to, const LadRecord *record, guint64 address, guint64 last,
            GError **error)
{
    const LadSelectRules *rules = &selector->rules;
    if (!rules->sampling)
        return write_record(selector, to, record, address,
                            record->size == 0 ? 0 : last - address + 1, error);
    if (address >> rules->page_shift == last >> rules->page_shift)
        return !lad_select_in_sample(rules, address >> rules->page_shift) ||
               write_record(selector, to, record, address,
                            record->size == 0 ? 0 : last - address + 1, error);
    return write_runs(selector, to, record, address, last, error);
}

static gboolean
select_record(LadSelector *selector, guint to, const LadRecord *record, guint64 offset,
              GError **error)
{
    const LadSelectRules *rules = &selector->rules;
    if (!lad_select_keeps_kind(rules, record->kind))
        return TRUE;
    /* A gap is instructions of unknown pages: it goes where all fetches go, and else stays. */
    if (record->kind == LAD_RECORD_GAP && rules->asked.fetches == LAD_FETCHES_DROPPED)
        return TRUE;
    if (!lad_select_is_reference(record->kind))
        return lad_trace_writer_record(selector->writer, to, record, error);
    if (record->kind == LAD_RECORD_FETCH && rules->asked.fetches != LAD_FETCHES_SAMPLED)
        return rules->asked.fetches == LAD_FETCHES_DROPPED ||
               lad_trace_writer_record(selector->writer, to, record, error);
    if (record->size > MAX_SELECTED_BYTES) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                    "at offset %" G_GUINT64_FORMAT ": a %s of %" G_GUINT64_FORMAT
                    " bytes; expected at most 64 TiB",
                    offset, lad_record_kind_name(record->kind), record->size);
        return FALSE;
    }
    guint64 last = lad_select_last(record->address, record->size);
    if (record->kind != LAD_RECORD_RANGE_TOUCH || rules->n_ranges == 0)
        return !lad_select_in_ranges(rules, record->address, record->size) ||
               select_span(selector, to, record, record->address, last, error);
    for (guint i = 0; i < rules->n_ranges; i++) {
        guint64 page = (guint64)1 << rules->page_shift;
        guint64 from = MAX(record->address, rules->ranges[i].from & ~(page - 1));
        guint64 end = MIN(last, (rules->ranges[i].to - 1) | (page - 1));
        if (from <= end && !select_span(selector, to, record, from, end, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- Entries ----------------------------------------------------------------------------------
 */

static void
make_plan(LadSelector *selector, EntryPlan *plan, const LadEntry *entry)
{
    *plan = (EntryPlan){.known = TRUE, .wide = entry->n_operands > 64, .last = NONE};
    guint16 *span = g_new(guint16, MAX(entry->n_operands, 1));
    g_ptr_array_add(selector->spans, span);
    plan->span = span;
    for (guint32 b = 0, n = 0; b < entry->n_blocks; b++) {
        const LadBlock *block = entry->blocks[b];
        plan->fetches |= lad_block_cutter_fetches(selector->cutter, block);
        for (guint i = 0; i < block->n_operands; i++, n++) {
            const LadOperand *operand = &block->operands[i];
            span[n] = (guint16)(MAX(operand->size, 1) - 1);
            if (!plan->wide &&
                lad_select_keeps_kind(&selector->rules, LAD_RECORD_LOAD + operand->kind))
                plan->kinds |= (guint64)1 << n;
        }
    }
}

static EntryPlan *
plan_of(LadSelector *selector, guint32 token, const LadEntry *entry)
{
    if (G_UNLIKELY(token >= selector->plans_room)) {
        guint32 room = MAX(2 * selector->plans_room, token + 1024);
        selector->plans = g_renew(EntryPlan, selector->plans, room);
        memset(selector->plans + selector->plans_room, 0,
               (room - selector->plans_room) * sizeof *selector->plans);
        selector->plans_room = room;
    }
    EntryPlan *plan = &selector->plans[token];
    if (G_UNLIKELY(!plan->known))
        make_plan(selector, plan, entry);
    return plan;
}

/* The operands whose first page is in the sample; `across` is not 0 if any lies on two pages. */
static guint64
sampled_operands(const LadSelectRules *rules, const guint64 *addresses, const guint16 *span,
                 guint n, guint64 *across)
{
    guint64 mask = 0, borders = 0, offsets = rules->asked.page_bytes - 1;
    for (guint i = 0; i < n; i++) {
        guint64 address = addresses[i];
        borders |= ((address & offsets) + span[i]) >> rules->page_shift;
        mask |= (guint64)lad_select_in_sample(rules, address >> rules->page_shift) << i;
    }
    *across = borders;
    return mask;
}

static guint64
operands_in_ranges(const LadSelectRules *rules, const guint64 *addresses, const guint16 *span,
                   guint n)
{
    guint64 mask = 0;
    for (guint i = 0; i < n; i++)
        mask |= (guint64)lad_select_in_ranges(rules, addresses[i], (guint64)span[i] + 1) << i;
    return mask;
}

static guint32
find_rest(const EntryRest *rests, guint bits, guint32 token, guint64 mask)
{
    guint32 all = (1u << bits) - 1;
    guint32 at = (guint32)(lad_select_mix(mask ^ (guint64)token << 40) >> (64 - bits));
    while (rests[at].token != NONE && (rests[at].token != token || rests[at].mask != mask))
        at = (at + 1) & all;
    return at;
}

static void
grow_rests(LadSelector *selector)
{
    guint bits = selector->rest_bits + 1;
    EntryRest *rests = new_rests(bits);
    for (gsize i = 0; i < (gsize)1 << selector->rest_bits; i++) {
        const EntryRest *rest = &selector->rests[i];
        if (rest->token != NONE)
            rests[find_rest(rests, bits, rest->token, rest->mask)] = *rest;
    }
    g_free(selector->rests);
    selector->rests = rests;
    selector->rest_bits = bits;
    for (guint32 i = 0; i < selector->plans_room; i++)
        selector->plans[i].last = NONE;
}

/* What remains of `entry` with the operands of `mask`; NULL if there are too many such rests. */
static EntryRest *
make_rest(LadSelector *selector, guint32 token, EntryPlan *plan, const LadEntry *entry,
          guint64 mask)
{
    if (plan->n_rests >= MAX_RESTS_PER_ENTRY || selector->n_rests >= MAX_RESTS)
        return NULL;
    guint64 left = mask;
    g_array_set_size(selector->ids, 0);
    for (guint32 b = 0; b < entry->n_blocks; b++) {
        guint n = entry->blocks[b]->n_operands;
        guint64 own = n < 64 ? left & (((guint64)1 << n) - 1) : left;
        if (!lad_block_cutter_prepare(selector->cutter, entry->blocks[b], own, selector->ids))
            return NULL;
        left = n < 64 ? left >> n : 0;
    }
    if (selector->n_rests >= (1u << selector->rest_bits) / 2)
        grow_rests(selector);
    plan->n_rests++;
    selector->n_rests++;
    plan->last = find_rest(selector->rests, selector->rest_bits, token, mask);
    EntryRest *rest = &selector->rests[plan->last];
    *rest = (EntryRest){.mask = mask,
                        .token = token,
                        .n_kept = (guint32)__builtin_popcountll(mask),
                        .sequence = lad_block_sequence_new(
                            selector->writer, (const guint32 *)(const void *)selector->ids->data,
                            selector->ids->len)};
    return rest;
}

static EntryRest *
rest_of(LadSelector *selector, guint32 token, EntryPlan *plan, const LadEntry *entry, guint64 mask)
{
    if (plan->last != NONE && selector->rests[plan->last].mask == mask)
        return &selector->rests[plan->last];
    guint32 at = find_rest(selector->rests, selector->rest_bits, token, mask);
    if (selector->rests[at].token == NONE)
        return make_rest(selector, token, plan, entry, mask);
    plan->last = at;
    return &selector->rests[at];
}

static gboolean
execute_rest(LadSelector *selector, guint to, EntryRest *rest, const LadEntry *entry,
             const guint64 *addresses, GError **error)
{
    guint64 kept[64];
    if (rest->sequence->n_blocks == 0)
        return TRUE;
    if (rest->n_kept != entry->n_operands) {
        guint n = 0;
        for (guint64 left = rest->mask; left != 0; left &= left - 1)
            kept[n++] = addresses[__builtin_ctzll(left)];
        addresses = kept;
    }
    return lad_trace_writer_execute_sequence(selector->writer, to, rest->sequence, addresses,
                                             error);
}

/* Block by block: with operands that are cut, or of too many rests. */
static gboolean
select_blocks(LadSelector *selector, guint to, const LadEntry *entry, gboolean cut, guint64 mask,
              const guint64 *addresses, GError **error)
{
    for (guint32 b = 0; b < entry->n_blocks; b++) {
        const LadBlock *block = entry->blocks[b];
        guint n = block->n_operands;
        guint64 own = n < 64 ? mask & (((guint64)1 << n) - 1) : mask;
        if (cut ? !lad_block_cutter_execute_cut(selector->cutter, to, block, addresses, error)
                : !lad_block_cutter_execute(selector->cutter, to, block, own, addresses, error))
            return FALSE;
        mask = n < 64 ? mask >> n : 0;
        addresses += n;
    }
    return TRUE;
}

static gboolean
select_entry(LadSelector *selector, guint to, guint32 token, EntryPlan *plan, const LadEntry *entry,
             const guint64 *addresses, GError **error)
{
    const LadSelectRules *rules = &selector->rules;
    guint64 mask = plan->kinds, across = 0;
    if (plan->wide)
        return select_blocks(selector, to, entry, TRUE, 0, addresses, error);
    if (rules->n_ranges > 0)
        mask &= operands_in_ranges(rules, addresses, plan->span, entry->n_operands);
    if (rules->sampling)
        mask &= sampled_operands(rules, addresses, plan->span, entry->n_operands, &across);
    if (across != 0)
        return select_blocks(selector, to, entry, TRUE, 0, addresses, error);
    if (mask == 0 && !plan->fetches)
        return TRUE;
    EntryRest *rest = rest_of(selector, token, plan, entry, mask);
    if (rest == NULL)
        return select_blocks(selector, to, entry, FALSE, mask, addresses, error);
    return execute_rest(selector, to, rest, entry, addresses, error);
}

static gboolean
select_batch(LadSelector *selector, guint to, const LadBatch *batch, GError **error)
{
    const LadCode *code = lad_trace_reader_code(selector->reader);
    const guint64 *addresses = batch->addresses;
    for (guint32 t = 0; t < batch->n_tokens; t++) {
        guint32 token = batch->tokens[t];
        if (token & LAD_TOKEN_RECORD) {
            if (!select_record(selector, to, &batch->records[token & ~LAD_TOKEN_RECORD],
                               batch->file_offset, error))
                return FALSE;
            continue;
        }
        const LadEntry *entry = lad_code_entry(code, token);
        EntryPlan *plan = plan_of(selector, token, entry);
        if (!select_entry(selector, to, token, plan, entry, addresses, error))
            return FALSE;
        addresses += entry->n_operands;
    }
    return TRUE;
}

gboolean
lad_selector_stream(LadSelector *selector, guint number, guint to,
                    const LadToolboxProgress *progress, GError **error)
{
    g_autoptr(LadStreamReader) cursor = lad_stream_reader_new(selector->reader, number, error);
    if (cursor == NULL)
        return FALSE;
    const LadBatch *batch;
    g_autoptr(GError) failure = NULL;
    while ((batch = lad_stream_reader_next(cursor, &failure)) != NULL)
        if (!select_batch(selector, to, batch, &failure) ||
            !lad_toolbox_step(progress, batch->n_insns + batch->n_data, &failure))
            break;
    if (failure == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}
