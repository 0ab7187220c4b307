/* slice.c - the phases of functional replay: filter, look up, send up.
 *
 * The bodies take policy and counting as constants and are inlined into one copy for each, so that
 * no loop asks what does not change.
 */
#include "config.h"
#include "sim/cache/slice.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* ---- Filter ------------------------------------------------------------------------------------
 */

ALWAYS_INLINE guint32
set_of(const LadGeometry *geometry, guint64 line, gboolean power_of_two)
{
    return power_of_two ? (guint32)line & geometry->mask
                        : lad_geometry_set_modulo(geometry->reciprocal, geometry->n_sets, line);
}

ALWAYS_INLINE void
filter_items_as(LadSlice *slice, const LadLane *lane, guint64 bias, gboolean power_of_two)
{
    const LadGeometry geometry = lane->tags->geometry;
    guint64 *restrict recent = lane->recent;
    const guint64 *restrict items = slice->items;
    guint8 *restrict flags = slice->flags;
    for (guint i = 0; i < slice->n_items; i++) {
        guint64 line = (items[i] + bias) >> geometry.line_shift;
        guint32 set = set_of(&geometry, line, power_of_two);
        flags[i] = recent[set] != line;
        recent[set] = line;
    }
}

static void
filter_items(LadSlice *slice, const LadLane *lane, guint64 bias)
{
    if (lane->recent == NULL)
        memset(slice->flags, 1, slice->n_items);
    else if (lane->tags->geometry.power_of_two)
        filter_items_as(slice, lane, bias, TRUE);
    else
        filter_items_as(slice, lane, bias, FALSE);
}

/* The lines between the ends of a large operand. */
static __attribute__((noinline)) void
note_middle(const LadLane *lane, guint64 first, guint64 last)
{
    const LadGeometry *geometry = &lane->tags->geometry;
    const guint64 lines = G_MAXUINT64 >> geometry->line_shift;
    for (guint64 line = (first + 1) & lines; line != last; line = (line + 1) & lines)
        lane->recent[lad_geometry_set(geometry, line)] = line;
}

/* A reference to two lines is always flagged and leaves both of them recent, the upper one last. */
ALWAYS_INLINE void
filter_operands_as(LadSlice *slice, const LadLane *lane, const guint64 *restrict addresses,
                   guint64 bias, gboolean power_of_two, gboolean large)
{
    const LadGeometry geometry = lane->tags->geometry;
    guint64 *restrict recent = lane->recent;
    const guint16 *restrict operands = slice->operands;
    guint8 *restrict flags = slice->flags;
    for (guint i = 0; i < slice->n_operands; i++) {
        guint64 address = addresses[i] + bias;
        guint64 first = address >> geometry.line_shift;
        guint64 last = (address + (operands[i] & LAD_OPERAND_SIZE)) >> geometry.line_shift;
        guint32 first_set = set_of(&geometry, first, power_of_two);
        guint32 last_set = set_of(&geometry, last, power_of_two);
        flags[i] = (recent[first_set] != first) | (first != last);
        recent[first_set] = first;
        if (large && last - first > 1)
            note_middle(lane, first, last);
        recent[last_set] = last;
    }
}

static void
filter_operands(LadSlice *slice, const LadLane *lane, const guint64 *addresses, guint64 bias,
                gboolean large)
{
    gboolean power_of_two = lane->tags->geometry.power_of_two;
    if (lane->recent == NULL)
        memset(slice->flags, 1, slice->n_operands);
    else if (power_of_two && !large)
        filter_operands_as(slice, lane, addresses, bias, TRUE, FALSE);
    else if (power_of_two)
        filter_operands_as(slice, lane, addresses, bias, TRUE, TRUE);
    else
        filter_operands_as(slice, lane, addresses, bias, FALSE, TRUE);
}

/* The positions of the flags that are set; returns how many. Eight flags at a time become a mask
 * and, by table, the list of their numbers: no branch on the data. */
static guint
find_flags(LadSlice *slice, guint n)
{
    const guint64 *restrict table = slice->bit_lists;
    guint16 *positions = slice->positions;
    guint n_found = 0;
    memset(slice->flags + n, 0, 8);
    for (guint i = 0; i < n; i += 8) {
        guint64 flags;
        memcpy(&flags, slice->flags + i, sizeof flags);
        guint mask =
            (guint)((GUINT64_FROM_LE(flags) * G_GUINT64_CONSTANT(0x0102040810204080)) >> 56);
        guint64 list = table[mask];
        for (guint k = 0; k < 8; k++)
            positions[n_found + k] = (guint16)(i + (list >> (8 * k) & 0xff));
        n_found += (guint)__builtin_popcount(mask);
    }
    return n_found;
}

/* ---- First level -------------------------------------------------------------------------------
 */

ALWAYS_INLINE void
push(LadSliceMiss *misses, guint32 *n, guint64 address, guint order, guint size, LadAccess access)
{
    misses[(*n)++] = (LadSliceMiss){address, order, (guint16)size, (guint16)access};
}

ALWAYS_INLINE void
look_up_items_as(LadSlice *slice, LadFunctionalCore *core, guint n, guint64 bias, LadPolicy policy,
                 LadFunctionalCount count)
{
    LadTags *tags = core->instruction.tags;
    const guint shift = tags->geometry.line_shift;
    const guint line_size = (1u << shift) - 1;
    guint64 n_misses = 0;
    guint missed_before = G_MAXUINT;
    for (guint k = 0; k < n; k++) {
        guint i = slice->positions[k];
        guint32 word = slice->item_words[i];
        guint64 address = slice->items[i] + bias;
        if (lad_tags_access(tags, address >> shift, LAD_FILL_FETCH, policy))
            continue;
        guint order = 2 * (word & LAD_ITEM_OPERANDS);
        if (count == LAD_COUNT_LINE) {
            n_misses++;
            push(slice->item_misses, &slice->n_item_misses, address >> shift << shift, order,
                 line_size, LAD_ACCESS_FETCH);
            continue;
        }
        gboolean counted = (word & LAD_ITEM_PAIRED) != 0 && missed_before == i - 1;
        missed_before = i;
        if (counted)
            continue;
        guint size = word >> LAD_ITEM_SIZE_SHIFT & LAD_ITEM_SIZE;
        if ((word & LAD_ITEM_END) != 0)
            address -= size;
        n_misses++;
        push(slice->item_misses, &slice->n_item_misses, address, order, size, LAD_ACCESS_FETCH);
    }
    core->counts[0].misses[LAD_ACCESS_FETCH] += n_misses;
}

/* Every line of one operand, counting lines; the entry's own counts have the first. */
static void
look_up_lines(LadSlice *slice, LadFunctionalCore *core, guint64 address, guint size,
              LadAccess access, guint order)
{
    LadTags *tags = core->data.tags;
    LadFunctionalCounts *counts = &core->counts[0];
    const guint shift = tags->geometry.line_shift;
    const guint64 lines = G_MAXUINT64 >> shift;
    LadFillCause cause = access == LAD_ACCESS_WRITE ? LAD_FILL_STORE : LAD_FILL_LOAD;
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
    look_up_lines(slice, core, address, size, write ? LAD_ACCESS_WRITE : LAD_ACCESS_READ, order);
    if ((operand & LAD_OPERAND_BOTH) != 0)
        look_up_lines(slice, core, address, size, LAD_ACCESS_WRITE, order);
}

ALWAYS_INLINE void
look_up_operands_as(LadSlice *slice, LadFunctionalCore *core, const guint64 *addresses, guint n,
                    guint64 bias, LadPolicy policy)
{
    LadTags *tags = core->data.tags;
    const guint shift = tags->geometry.line_shift;
    guint64 n_misses[2] = {0, 0};
    for (guint k = 0; k < n; k++) {
        guint i = slice->positions[k];
        guint operand = slice->operands[i];
        guint size = operand & LAD_OPERAND_SIZE;
        guint write = (operand & LAD_OPERAND_WRITE) != 0;
        LadFillCause cause = write ? LAD_FILL_STORE : LAD_FILL_LOAD;
        guint64 address = addresses[i] + bias;
        guint64 first = address >> shift, last = (address + size) >> shift;
        gboolean hit = lad_tags_access(tags, first, cause, policy);
        if (first != last)
            hit &= lad_tags_access(tags, last, cause, policy);
        if (hit)
            continue;
        n_misses[write]++;
        push(slice->operand_misses, &slice->n_operand_misses, address, 2 * i + 1, size,
             LAD_ACCESS_READ + write);
    }
    core->counts[0].misses[LAD_ACCESS_READ] += n_misses[0];
    core->counts[0].misses[LAD_ACCESS_WRITE] += n_misses[1];
}

#define FOR_POLICY(policy, CALL)                                                                   \
    switch (policy) {                                                                              \
    case LAD_POLICY_LRU:                                                                           \
        CALL(LAD_POLICY_LRU);                                                                      \
        break;                                                                                     \
    case LAD_POLICY_FIFO:                                                                          \
        CALL(LAD_POLICY_FIFO);                                                                     \
        break;                                                                                     \
    case LAD_POLICY_TREE:                                                                          \
        CALL(LAD_POLICY_TREE);                                                                     \
        break;                                                                                     \
    case LAD_POLICY_RANDOM:                                                                        \
        CALL(LAD_POLICY_RANDOM);                                                                   \
        break;                                                                                     \
    case LAD_POLICY_MODEL:                                                                         \
        CALL(LAD_POLICY_MODEL);                                                                    \
        break;                                                                                     \
    }

static void
look_up_items(LadSlice *slice, LadFunctionalCore *core, guint n, guint64 bias)
{
    LadPolicy policy = core->instruction.tags->policy;
#define CALL_REFERENCE(policy_) look_up_items_as(slice, core, n, bias, policy_, LAD_COUNT_REFERENCE)
#define CALL_LINE(policy_)      look_up_items_as(slice, core, n, bias, policy_, LAD_COUNT_LINE)
    if (core->count == LAD_COUNT_REFERENCE)
        FOR_POLICY(policy, CALL_REFERENCE)
    else
        FOR_POLICY(policy, CALL_LINE)
#undef CALL_REFERENCE
#undef CALL_LINE
}

static void
look_up_operands(LadSlice *slice, LadFunctionalCore *core, const guint64 *addresses, guint n,
                 guint64 bias)
{
    if (core->count == LAD_COUNT_LINE) {
        for (guint k = 0; k < n; k++) {
            guint i = slice->positions[k];
            look_up_operand_lines(slice, core, addresses[i] + bias, slice->operands[i], 2 * i + 1);
        }
        return;
    }
#define CALL(policy_) look_up_operands_as(slice, core, addresses, n, bias, policy_)
    FOR_POLICY(core->data.tags->policy, CALL)
#undef CALL
}

/* ---- Further levels ----------------------------------------------------------------------------
 */

static LadFillCause
cause_of(LadAccess access)
{
    return access == LAD_ACCESS_FETCH  ? LAD_FILL_FETCH
           : access == LAD_ACCESS_READ ? LAD_FILL_LOAD
                                       : LAD_FILL_STORE;
}

/* Counting references: the whole range goes up until one level has all of it. */
static void
send_up_range(LadFunctionalCore *core, guint64 address, guint size, LadAccess access)
{
    for (guint level = 0; level < core->n_levels; level++) {
        LadTags *tags = core->levels[level];
        const guint shift = tags->geometry.line_shift;
        LadFunctionalCounts *counts = &core->counts[level + 1];
        guint64 first = address >> shift, last = (address + size) >> shift;
        gboolean hit = lad_tags_access(tags, first, cause_of(access), tags->policy);
        if (first != last)
            hit &= lad_tags_access(tags, last, cause_of(access), tags->policy);
        counts->references[access]++;
        if (hit)
            return;
        counts->misses[access]++;
    }
}

/* Counting lines: each line of the range that a level lacks goes up by itself. */
static void
send_up_lines(LadFunctionalCore *core, guint level, guint64 address, guint size, LadAccess access)
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
        if (!lad_tags_access(tags, line, cause_of(access), tags->policy)) {
            counts->misses[access]++;
            send_up_lines(core, level + 1, line << shift, (1u << shift) - 1, access);
        }
        if (line == last)
            return;
    }
}

static void
send_up(LadFunctionalCore *core, const LadSliceMiss *miss)
{
    if (core->count == LAD_COUNT_REFERENCE)
        send_up_range(core, miss->address, miss->size, miss->access);
    else
        send_up_lines(core, 0, miss->address, miss->size, miss->access);
}

static void
send_up_in_order(LadSlice *slice, LadFunctionalCore *core)
{
    guint item = 0, operand = 0;
    const LadSliceMiss *items = slice->item_misses, *operands = slice->operand_misses;
    while (item < slice->n_item_misses && operand < slice->n_operand_misses)
        send_up(core, items[item].order < operands[operand].order ? &items[item++]
                                                                  : &operands[operand++]);
    while (item < slice->n_item_misses)
        send_up(core, &items[item++]);
    while (operand < slice->n_operand_misses)
        send_up(core, &operands[operand++]);
}

void
lad_slice_init(LadSlice *slice)
{
    memset(slice, 0, sizeof *slice);
    for (guint mask = 0; mask < 256; mask++) {
        guint n = 0;
        for (guint bit = 0; bit < 8; bit++)
            if ((mask >> bit & 1) != 0)
                slice->bit_lists[mask] |= (guint64)bit << 8 * n++;
    }
}

/* ---- Whole slices and single references --------------------------------------------------------
 */

static void
unpack_counts(LadFunctionalCore *core, guint64 counts)
{
    guint64 *references = core->counts[0].references;
    references[LAD_ACCESS_FETCH] += counts & LAD_PACKED_MASK;
    references[LAD_ACCESS_READ] += counts >> LAD_PACKED_BITS & LAD_PACKED_MASK;
    references[LAD_ACCESS_WRITE] += counts >> 2 * LAD_PACKED_BITS & LAD_PACKED_MASK;
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
        filter_items(slice, &core->instruction, bias);
        look_up_items(slice, core, find_flags(slice, slice->n_items), bias);
        filter_operands(slice, &core->data, addresses, bias, core->count == LAD_COUNT_LINE);
        guint n_flagged = find_flags(slice, slice->n_operands);
        look_up_operands(slice, core, addresses, n_flagged, bias);
        send_up_in_order(slice, core);
    }
    slice->n_items = slice->n_operands = slice->most_misses = 0;
    slice->n_item_misses = slice->n_operand_misses = 0;
    slice->counts = 0;
}

/* One range at one side of the first level and on. The filter notes what it touches. */
static void
reference(LadFunctionalCore *core, const LadLane *lane, guint64 address, guint size,
          LadAccess access)
{
    LadTags *tags = lane->tags;
    LadFunctionalCounts *counts = &core->counts[0];
    const guint shift = tags->geometry.line_shift;
    const guint64 lines = G_MAXUINT64 >> shift;
    gboolean by_line = core->count == LAD_COUNT_LINE;
    gboolean missed = FALSE;
    guint64 line = address >> shift, last = (address + size) >> shift;
    for (;; line = (line + 1) & lines) {
        gboolean hit = lad_tags_access(tags, line, cause_of(access), tags->policy);
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
    if (missed)
        send_up_range(core, address, size, access);
}

void
lad_slice_fetch(LadFunctionalCore *core, guint64 address, guint bytes)
{
    const LadLane *lane = core->unified ? &core->data : &core->instruction;
    reference(core, lane, address, MIN(bytes, core->clamp) - 1, LAD_ACCESS_FETCH);
}

void
lad_slice_operand(LadFunctionalCore *core, guint64 address, guint operand)
{
    guint size = operand & LAD_OPERAND_SIZE;
    gboolean write = (operand & LAD_OPERAND_WRITE) != 0;
    reference(core, &core->data, address, size, write ? LAD_ACCESS_WRITE : LAD_ACCESS_READ);
    if ((operand & LAD_OPERAND_BOTH) != 0)
        reference(core, &core->data, address, size, LAD_ACCESS_WRITE);
}
