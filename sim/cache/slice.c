/* slice.c - replay of slices on any machine, counting references or lines, and of single
 * references.
 */
#include "config.h"
#include "sim/cache/phases.h"

/* ---- Counting lines ----------------------------------------------------------------------------
 */

/* Counting lines: each line of the range that a level lacks goes up by itself. */
static void
send_up_lines(LadFunctionalCore *core, guint level, guint64 address, guint size, LadCounted access)
{
    if (level == core->n_levels)
        return;
    LadTags *tags = core->levels[level];
    const guint shift = tags->geometry.line_shift;
    const guint64 lines = G_MAXUINT64 >> shift;
    LadFunctionalCounts *counts = &core->counts[level + 1];
    guint64 line = address >> shift, last = (address + size) >> shift;
    for (;; line = (line + 1) & lines) {
        counts->references[access]++;
        if (!lad_tags_access(tags, line, lad_slice_cause(access), tags->policy)) {
            counts->misses[access]++;
            send_up_lines(core, level + 1, line << shift, (1u << shift) - 1, access);
        }
        if (line == last)
            return;
    }
}

/* Every line of one operand, counting lines; the entry's own counts have the first. */
static void
look_up_lines(LadSlice *slice, LadFunctionalCore *core, guint64 address, guint size,
              LadCounted access, guint order)
{
    LadTags *tags = core->data.tags;
    LadFunctionalCounts *counts = &core->counts[0];
    const guint shift = tags->geometry.line_shift;
    const guint64 lines = G_MAXUINT64 >> shift;
    LadFillCause cause = access == LAD_COUNTED_WRITE ? LAD_FILL_STORE : LAD_FILL_LOAD;
    guint64 line = address >> shift, last = (address + size) >> shift;
    for (;; line = (line + 1) & lines) {
        if (!lad_tags_access(tags, line, cause, tags->policy)) {
            counts->misses[access]++;
            push(slice->operand_misses, &slice->n_operand_misses, line << shift, order,
                 (1u << shift) - 1, access);
        }
        if (line == last)
            return;
        counts->references[access]++;
    }
}

static void
look_up_operand_lines(LadSlice *slice, LadFunctionalCore *core, guint64 address, guint operand,
                      guint order)
{
    guint size = operand & LAD_OPERAND_SIZE;
    gboolean write = (operand & LAD_OPERAND_WRITE) != 0;
    look_up_lines(slice, core, address, size, write ? LAD_COUNTED_WRITE : LAD_COUNTED_READ, order);
    if ((operand & LAD_OPERAND_BOTH) != 0)
        look_up_lines(slice, core, address, size, LAD_COUNTED_WRITE, order);
}

static void
look_up_item_lines(LadSlice *slice, LadFunctionalCore *core, guint n, guint64 bias)
{
    LadTags *tags = core->instruction.tags;
    const guint shift = tags->geometry.line_shift;
    for (guint k = 0; k < n; k++) {
        guint i = slice->positions[k];
        guint64 line = (slice->items[i] + bias) >> shift;
        if (lad_tags_access(tags, line, LAD_FILL_FETCH, tags->policy))
            continue;
        core->counts[0].misses[LAD_COUNTED_FETCH]++;
        push(slice->item_misses, &slice->n_item_misses, line << shift,
             2 * (slice->item_words[i] & LAD_ITEM_OPERANDS), (1u << shift) - 1, LAD_COUNTED_FETCH);
    }
}

static void
send_up_line_misses(LadSlice *slice, LadFunctionalCore *core)
{
    guint item = 0, operand = 0;
    const LadSliceMiss *items = slice->item_misses, *operands = slice->operand_misses;
    while (item < slice->n_item_misses || operand < slice->n_operand_misses) {
        gboolean item_first =
            operand == slice->n_operand_misses ||
            (item < slice->n_item_misses && items[item].order < operands[operand].order);
        const LadSliceMiss *miss = item_first ? &items[item++] : &operands[operand++];
        send_up_lines(core, 0, miss->address, miss->size, miss->access);
    }
}

static void
replay_lines(LadSlice *slice, LadFunctionalCore *core, const guint64 *addresses, guint64 bias)
{
    filter_items(slice, &core->instruction, bias);
    look_up_item_lines(slice, core, find_flags(slice, slice->n_items), bias);
    filter_operands(slice, &core->data, addresses, bias);
    guint n = find_flags(slice, slice->n_operands);
    for (guint k = 0; k < n; k++) {
        guint i = slice->positions[k];
        look_up_operand_lines(slice, core, addresses[i] + bias, slice->operands[i], 2 * i + 1);
    }
    send_up_line_misses(slice, core);
}

void
lad_slice_init(LadSlice *slice)
{
    memset(slice, 0, sizeof *slice);
    for (guint mask = 0; mask < 256; mask++) {
        guint8 *n = &slice->bit_counts[mask];
        for (guint bit = 0; bit < 8; bit++)
            if ((mask >> bit & 1) != 0)
                slice->bit_numbers[mask][(*n)++] = (guint8)bit;
    }
}

/* ---- Whole slices and single references --------------------------------------------------------
 */

static void
unpack_counts(LadFunctionalCore *core, guint64 counts)
{
    guint64 *references = core->counts[0].references;
    for (guint i = 0; i < LAD_N_COUNTED; i++)
        references[i] += lad_packed_field(counts, i);
}

/* Both sides meet in the first level: one reference after the other. */
static void
replay_unified(LadSlice *slice, LadFunctionalCore *core, const guint64 *addresses, guint64 bias)
{
    guint item = 0;
    for (guint operand = 0; operand <= slice->n_operands; operand++) {
        for (; item < slice->n_items; item++) {
            guint32 word = slice->item_words[item];
            if ((word & LAD_ITEM_OPERANDS) > operand)
                break;
            guint size =
                core->count == LAD_COUNT_LINE ? 0 : word >> LAD_ITEM_SIZE_SHIFT & LAD_ITEM_SIZE;
            if ((word & LAD_ITEM_PAIRED) == 0)
                lad_slice_fetch(core, slice->items[item] + bias, size + 1);
        }
        if (operand < slice->n_operands)
            lad_slice_operand(core, addresses[operand] + bias, slice->operands[operand]);
    }
}

void
lad_slice_replay(LadSlice *slice, LadFunctionalCore *core, const guint64 *addresses, guint64 bias)
{
    if (core->unified) {
        replay_unified(slice, core, addresses, bias);
    } else {
        unpack_counts(core, slice->counts);
        if (core->count == LAD_COUNT_LINE)
            replay_lines(slice, core, addresses, bias);
#ifdef LAD_HAVE_AVX2
        else if (core->avx2)
            lad_slice_replay_avx2(slice, core, addresses, bias);
#endif
        else
            replay_references(slice, core, addresses, bias);
    }
    slice->n_items = slice->n_operands = slice->most_misses = 0;
    slice->n_item_misses = slice->n_operand_misses = 0;
    slice->counts = slice->totals = 0;
}

/* One range at one side of the first level and on. The filter notes what it touches. */
static void
reference(LadFunctionalCore *core, const LadLane *lane, guint64 address, guint size,
          LadCounted access)
{
    LadTags *tags = lane->tags;
    LadFunctionalCounts *counts = &core->counts[0];
    const guint shift = tags->geometry.line_shift;
    const guint64 lines = G_MAXUINT64 >> shift;
    gboolean by_line = core->count == LAD_COUNT_LINE;
    gboolean missed = FALSE;
    guint64 line = address >> shift, last = (address + size) >> shift;
    for (;; line = (line + 1) & lines) {
        gboolean hit = lad_tags_access(tags, line, lad_slice_cause(access), tags->policy);
        if (lane->recent != NULL)
            lane->recent[lad_geometry_set(&tags->geometry, line)] = line;
        missed |= !hit;
        if (by_line) {
            counts->references[access]++;
            counts->misses[access] += hit ? 0 : 1;
        }
        if (by_line && !hit)
            send_up_lines(core, 0, line << shift, (1u << shift) - 1, access);
        if (line == last)
            break;
    }
    if (by_line)
        return;
    counts->references[access]++;
    counts->misses[access] += missed ? 1 : 0;
    LadSliceMiss miss = {address, 0, (guint16)size, (guint16)access};
    if (missed)
        send_up_range(core, &miss);
}

void
lad_slice_fetch(LadFunctionalCore *core, guint64 address, guint bytes)
{
    const LadLane *lane = core->unified ? &core->data : &core->instruction;
    reference(core, lane, address, MIN(bytes, core->clamp) - 1, LAD_COUNTED_FETCH);
}

void
lad_slice_operand(LadFunctionalCore *core, guint64 address, guint operand)
{
    guint size = operand & LAD_OPERAND_SIZE;
    gboolean write = (operand & LAD_OPERAND_WRITE) != 0;
    reference(core, &core->data, address, size, write ? LAD_COUNTED_WRITE : LAD_COUNTED_READ);
    if ((operand & LAD_OPERAND_BOTH) != 0)
        reference(core, &core->data, address, size, LAD_COUNTED_WRITE);
}
