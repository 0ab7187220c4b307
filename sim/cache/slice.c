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
    const guint lane = lad_lane_of(access);
    if (level == LAD_FUNCTIONAL_MAX_LEVELS - 1 || level == core->n_levels[lane])
        return;
    LadTags *tags = core->levels[lane][level];
    const guint shift = tags->geometry.line_shift;
    const guint64 lines = G_MAXUINT64 >> shift;
    LadFunctionalCounts *counts = &core->counts[level + 1];
    guint64 line = address >> shift, last = (address + size) >> shift;
    for (;; line = (line + 1) & lines) {
        counts->references[access]++;
        if (!lad_tags_access(tags, line, lad_cause_of(access), tags->policy)) {
            counts->misses[access]++;
            lad_tags_note_miss(tags, line);
            send_up_lines(core, level + 1, line << shift, (1u << shift) - 1, access);
        }
        if (line == last)
            return;
    }
}

/* The line after one that has missed: TRUE if it was not there either, and has been brought in. */
static gboolean
prefetch_next_line(LadFunctionalCore *core, guint64 *line)
{
    LadTags *tags = core->data.tags;
    LadFunctionalCounts *counts = &core->counts[0];
    *line = (*line + 1) & (G_MAXUINT64 >> tags->geometry.line_shift);
    counts->references[LAD_COUNTED_PREFETCH]++;
    if (lad_tags_access(tags, *line, LAD_FILL_PREFETCH, tags->policy))
        return FALSE;
    counts->misses[LAD_COUNTED_PREFETCH]++;
    lad_tags_note_miss(tags, *line);
    return TRUE;
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
            lad_tags_note_miss(tags, line);
            push(slice->operand_misses, &slice->n_operand_misses, line << shift, order,
                 (1u << shift) - 1, access);
            guint64 next = line;
            if (core->next_line && prefetch_next_line(core, &next))
                push(slice->operand_misses, &slice->n_operand_misses, next << shift, order,
                     (1u << shift) - 1, LAD_COUNTED_PREFETCH);
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
        lad_tags_note_miss(tags, line);
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

/* Whether an operand of size 0 touches nothing, since it lies at the beginning of a line. */
static inline gboolean
touches_nothing(const LadTags *tags, guint operand, guint64 address)
{
    guint64 in_line = ((guint64)1 << tags->geometry.line_shift) - 1;
    return (operand & LAD_OPERAND_EMPTY) != 0 && (address & in_line) == 0;
}

/* Takes the operands that touch nothing out: the entries have counted them. */
static NOINLINE void
filter_operands_some_empty(LadSlice *slice, LadFunctionalCore *core, const guint64 *addresses,
                           guint64 bias)
{
    const LadLane *lane = &core->data;
    const LadGeometry *geometry = &lane->tags->geometry;
    guint64 *references = core->counts[0].references;
    for (guint i = 0; i < slice->n_operands; i++) {
        guint operand = slice->operands[i];
        if (!touches_nothing(lane->tags, operand, addresses[i] + bias)) {
            slice->flags[i] = 1;
            if (lane->recent != NULL)
                filter_range(slice, lane, addresses, bias, i, i + 1, geometry->line_shift,
                             geometry->power_of_two);
            continue;
        }
        gboolean both = (operand & LAD_OPERAND_BOTH) != 0;
        gboolean write = (operand & LAD_OPERAND_WRITE) != 0;
        slice->flags[i] = 0;
        references[LAD_COUNTED_READ] -= write ? 0 : 1;
        references[LAD_COUNTED_WRITE] -= write || both ? 1 : 0;
    }
}

static void
replay_lines(LadSlice *slice, LadFunctionalCore *core, const guint64 *addresses, guint64 bias)
{
    filter_items(slice, &core->instruction, bias);
    look_up_item_lines(slice, core, find_flags(slice, slice->n_items), bias);
    if (G_UNLIKELY(slice->n_empty > 0))
        filter_operands_some_empty(slice, core, addresses, bias);
    else
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
    for (guint i = LAD_COUNTED_FETCH; i <= LAD_COUNTED_WRITE; i++)
        references[i] += lad_packed_field(counts, i);
}

/* Both sides meet in the first level, or tell on each other: one reference after the other. */
static void
replay_in_order(LadSlice *slice, LadFunctionalCore *core, const guint64 *addresses, guint64 bias)
{
    guint item = 0;
    /* What is no item, since it goes on in the line before, counts all the same. */
    core->counts[0].references[LAD_COUNTED_FETCH] +=
        core->moves ? lad_packed_field(slice->counts, 0) - slice->n_items : 0;
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
    if (core->unified || core->moves) {
        replay_in_order(slice, core, addresses, bias);
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
    slice->n_items = slice->n_operands = slice->most_misses = slice->n_empty = 0;
    slice->n_item_misses = slice->n_operand_misses = 0;
    slice->counts = slice->totals = 0;
}

/* Each line of a range, through all levels, where lines move between them. */
static void
move_lines(LadFunctionalCore *core, const LadLane *lane, guint64 address, guint size,
           LadCounted access)
{
    const guint shift = lane->tags->geometry.line_shift;
    const guint64 lines = G_MAXUINT64 >> shift;
    gboolean asks = core->next_line && (access == LAD_COUNTED_READ || access == LAD_COUNTED_WRITE);
    guint64 line = address >> shift, last = (address + size) >> shift;
    for (;; line = (line + 1) & lines) {
        gboolean hit = lad_moves_access(core->moves, core->number, core->counts, line, access);
        if (!hit && asks)
            lad_moves_access(core->moves, core->number, core->counts, (line + 1) & lines,
                             LAD_COUNTED_PREFETCH);
        if (line == last)
            return;
    }
}

/* One range at one side of the first level and on. The filter notes what it touches. */
static void
reference(LadFunctionalCore *core, const LadLane *lane, guint64 address, guint size,
          LadCounted access)
{
    if (core->moves) {
        move_lines(core, lane, address, size, access);
        return;
    }
    LadTags *tags = lane->tags;
    LadFunctionalCounts *counts = &core->counts[0];
    const guint shift = tags->geometry.line_shift;
    const guint64 lines = G_MAXUINT64 >> shift;
    gboolean by_line = core->count == LAD_COUNT_LINE;
    gboolean missed = FALSE;
    guint64 line = address >> shift, last = (address + size) >> shift;
    for (;; line = (line + 1) & lines) {
        gboolean hit = lad_tags_access(tags, line, lad_cause_of(access), tags->policy);
        if (lane->recent != NULL)
            lane->recent[lad_geometry_set(&tags->geometry, line)] = line;
        missed |= !hit;
        if (by_line) {
            counts->references[access]++;
            counts->misses[access] += hit ? 0 : 1;
        }
        if (by_line && !hit) {
            lad_tags_note_miss(tags, line);
            send_up_lines(core, 0, line << shift, (1u << shift) - 1, access);
            guint64 next = line;
            gboolean asks = access == LAD_COUNTED_READ || access == LAD_COUNTED_WRITE;
            if (asks && core->next_line && prefetch_next_line(core, &next))
                send_up_lines(core, 0, next << shift, (1u << shift) - 1, LAD_COUNTED_PREFETCH);
        }
        if (line == last)
            break;
    }
    if (by_line)
        return;
    counts->references[access]++;
    counts->misses[access] += missed ? 1 : 0;
    LadSliceMiss miss = {address, 0, (guint16)size, (guint16)access};
    if (missed)
        send_up_range(core, &miss, lad_lane_of(access));
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
    if (touches_nothing(core->data.tags, operand, address))
        return;
    reference(core, &core->data, address, size, write ? LAD_COUNTED_WRITE : LAD_COUNTED_READ);
    if ((operand & LAD_OPERAND_BOTH) != 0)
        reference(core, &core->data, address, size, LAD_COUNTED_WRITE);
}

/* The lines of a range whose last byte is counted as address + bytes - 1 modulo 2^64: a range of
 * size 0 has its own line, or at the beginning of one none. Returns how many; the first is *line.
 */
static guint64
lines_of(const LadTags *tags, guint64 address, guint64 bytes, guint64 *line)
{
    const guint shift = tags->geometry.line_shift;
    guint64 first = address >> shift, last = (address + bytes - 1) >> shift;
    *line = first;
    return last >= first ? last - first + 1 : 0;
}

void
lad_slice_prefetch(LadFunctionalCore *core, guint64 address, guint bytes, gboolean code)
{
    const LadLane *lane = code && !core->unified ? &core->instruction : &core->data;
    guint64 line;
    if (lines_of(lane->tags, address, bytes, &line) == 0)
        return;
    reference(core, lane, address, MAX(bytes, 1) - 1,
              code ? LAD_COUNTED_CODE_PREFETCH : LAD_COUNTED_PREFETCH);
}

static void
drop_lines(LadTags *tags, guint64 *recent, guint64 address, guint64 bytes)
{
    guint64 line;
    guint64 n = lines_of(tags, address, bytes, &line);
    guint64 all = (guint64)tags->geometry.n_sets * tags->geometry.n_ways;
    if (n > all) {
        /* More lines than there are places: look at the places. */
        for (guint64 i = 0; i < all; i++)
            while (tags->lines[i] != LAD_TAG_EMPTY && tags->lines[i] - line < n)
                lad_tags_invalidate(tags, tags->lines[i]);
        for (guint32 set = 0; recent != NULL && set < tags->geometry.n_sets; set++)
            recent[set] = LAD_TAG_EMPTY;
        return;
    }
    for (; n > 0; n--, line++) {
        lad_tags_invalidate(tags, line);
        guint32 set = lad_geometry_set(&tags->geometry, line);
        if (recent != NULL && recent[set] == line)
            recent[set] = LAD_TAG_EMPTY;
    }
}

void
lad_slice_flush(LadFunctionalCore *core, guint64 address, guint64 bytes, gboolean code)
{
    const LadLane *lane = code && !core->unified ? &core->instruction : &core->data;
    const guint side = code ? LAD_LANE_CODE : LAD_LANE_DATA;
    drop_lines(lane->tags, lane->recent, address, bytes);
    core->counts[0].flushes[side]++;
    for (guint level = 0; level < core->n_levels[side]; level++) {
        drop_lines(core->levels[side][level], NULL, address, bytes);
        core->counts[level + 1].flushes[side]++;
    }
}
