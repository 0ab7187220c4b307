/* phases.h - the phases of functional replay; included by each file that compiles them.
 *
 * slice.c has them as any machine runs them, slice_avx2.c once more for processors with AVX2;
 * results are the same. Bodies take policy, ways and line size as constants and are inlined into
 * one copy for each that is common, so that no loop asks what does not change. The including file
 * may define LAD_PHASES_AVX2 and must compile what follows for such a processor then.
 */
#include "sim/cache/slice.h"
#if defined(LAD_PHASES_AVX2)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

/* A function per phase, so that a profile tells them apart. */
#define NOINLINE      __attribute__((noinline))
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
    const guint n = slice->n_items;
    for (guint i = 0; i < n; i++) {
        guint64 line = (items[i] + bias) >> geometry.line_shift;
        guint32 set = set_of(&geometry, line, power_of_two);
        flags[i] = recent[set] != line;
        recent[set] = line;
    }
}

static NOINLINE void
filter_items(LadSlice *slice, const LadLane *lane, guint64 bias)
{
    if (lane->recent == NULL)
        memset(slice->flags, 1, slice->n_items);
    else if (lane->tags->geometry.power_of_two)
        filter_items_as(slice, lane, bias, TRUE);
    else
        filter_items_as(slice, lane, bias, FALSE);
}

/* The lines after the first of an operand that has several. */
static NOINLINE void
note_further_lines(const LadLane *lane, guint64 first, guint64 last)
{
    const LadGeometry *geometry = &lane->tags->geometry;
    const guint64 lines = G_MAXUINT64 >> geometry->line_shift;
    do {
        first = (first + 1) & lines;
        lane->recent[lad_geometry_set(geometry, first)] = first;
    } while (first != last);
}

/* A reference to several lines is always flagged and leaves all of them recent, the upper one last.
 */
ALWAYS_INLINE void
filter_range(LadSlice *slice, const LadLane *lane, const guint64 *restrict addresses, guint64 bias,
             guint from, guint to, guint shift, gboolean power_of_two)
{
    const LadGeometry geometry = lane->tags->geometry;
    const guint64 in_line = ((guint64)1 << shift) - 1;
    guint64 *restrict recent = lane->recent;
    const guint16 *restrict operands = slice->operands;
    guint8 *restrict flags = slice->flags;
    for (guint i = from; i < to; i++) {
        guint64 address = addresses[i] + bias;
        guint64 line = address >> shift;
        guint32 set = set_of(&geometry, line, power_of_two);
        flags[i] = recent[set] != line;
        recent[set] = line;
        guint size = operands[i] & LAD_OPERAND_SIZE;
        if (G_UNLIKELY((address & in_line) + size > in_line)) {
            flags[i] = 1;
            note_further_lines(lane, line, (address + size) >> shift);
        }
    }
}

#ifdef LAD_PHASES_AVX2
/* Four lines, and in `beyond` whether any of the four ends past its line. */
ALWAYS_INLINE __m256i
four_lines(const guint64 *addresses, const guint16 *operands, __m256i bias, __m256i in_line,
           __m128i shift, __m256i *beyond)
{
    __m256i address = _mm256_loadu_si256((const __m256i *)(const void *)addresses);
    __m256i words = _mm256_cvtepu16_epi64(_mm_loadl_epi64((const __m128i *)(const void *)operands));
    address = _mm256_add_epi64(address, bias);
    __m256i size = _mm256_and_si256(words, _mm256_set1_epi64x(LAD_OPERAND_SIZE));
    __m256i end = _mm256_add_epi64(_mm256_and_si256(address, in_line), size);
    *beyond = _mm256_or_si256(*beyond, _mm256_cmpgt_epi64(end, in_line));
    return _mm256_srl_epi64(address, shift);
}

/* Eight at a time: lines by vectors, and where no reference of the eight has several lines, what is
 * left to do one by one is compare and store. Sets a power of two. */
ALWAYS_INLINE void
filter_by_eights(LadSlice *slice, const LadLane *lane, const guint64 *restrict addresses,
                 guint64 bias, guint shift)
{
    const guint64 mask = lane->tags->geometry.mask;
    const guint16 *restrict operands = slice->operands;
    const guint n = slice->n_operands;
    const __m256i biases = _mm256_set1_epi64x((long long)bias);
    const __m256i in_line = _mm256_set1_epi64x((1LL << shift) - 1);
    const __m128i shifts = _mm_cvtsi32_si128((int)shift);
    guint64 *restrict recent = lane->recent;
    gsize i = 0;
    for (; i + 8 <= n; i += 8) {
        guint8 *restrict flags = slice->flags + i;
        guint64 lines[8] __attribute__((aligned(32)));
        __m256i beyond = _mm256_setzero_si256();
        for (guint k = 0; k < 8; k += 4) {
            __m256i four =
                four_lines(addresses + i + k, operands + i + k, biases, in_line, shifts, &beyond);
            _mm256_store_si256((__m256i *)(void *)(lines + k), four);
        }
        if (G_UNLIKELY(!_mm256_testz_si256(beyond, beyond))) {
            filter_range(slice, lane, addresses, bias, (guint)i, (guint)i + 8, shift, TRUE);
            continue;
        }
#pragma GCC unroll 8
        for (gsize k = 0; k < 8; k++) {
            guint64 *place = recent + (lines[k] & mask);
            flags[k] = *place != lines[k];
            *place = lines[k];
        }
    }
    filter_range(slice, lane, addresses, bias, (guint)i, n, shift, TRUE);
}
#else
ALWAYS_INLINE void
filter_by_eights(LadSlice *slice, const LadLane *lane, const guint64 *addresses, guint64 bias,
                 guint shift)
{
    filter_range(slice, lane, addresses, bias, 0, slice->n_operands, shift, TRUE);
}
#endif

static NOINLINE void
filter_operands(LadSlice *slice, const LadLane *lane, const guint64 *addresses, guint64 bias)
{
    const guint shift = lane->tags->geometry.line_shift;
    if (lane->recent == NULL)
        memset(slice->flags, 1, slice->n_operands);
    else if (!lane->tags->geometry.power_of_two)
        filter_range(slice, lane, addresses, bias, 0, slice->n_operands, shift, FALSE);
    else if (shift == 6)
        filter_by_eights(slice, lane, addresses, bias, 6);
    else
        filter_by_eights(slice, lane, addresses, bias, shift);
}

/* Append the numbers of the bits set in a byte, counted from `base`; eight words are written. */
ALWAYS_INLINE guint
append_bits(const LadSlice *slice, guint16 *positions, guint byte, guint base)
{
    const guint8 *numbers = slice->bit_numbers[byte];
#ifdef __SSE2__
    __m128i bytes = _mm_loadl_epi64((const __m128i *)(const void *)numbers);
    __m128i words = _mm_unpacklo_epi8(bytes, _mm_setzero_si128());
    words = _mm_add_epi16(words, _mm_set1_epi16((gint16)base));
    _mm_storeu_si128((__m128i *)(void *)positions, words);
#else
    for (guint k = 0; k < 8; k++)
        positions[k] = (guint16)(base + numbers[k]);
#endif
    return slice->bit_counts[byte];
}

/* The positions of the flags that are set; returns how many. Eight flags at a time become a mask
 * and, by table, the list of their numbers: no branch on the data. */
static NOINLINE guint
find_flags(LadSlice *slice, guint n)
{
    const guint8 *flags = slice->flags;
    guint16 *positions = slice->positions;
    guint n_found = 0;
    memset(slice->flags + n, 0, 16);
    for (guint i = 0; i < n; i += 16) {
#ifdef __SSE2__
        __m128i sixteen = _mm_loadu_si128((const __m128i *)(const void *)(flags + i));
        guint mask = (guint)_mm_movemask_epi8(_mm_slli_epi16(sixteen, 7));
#else
        guint mask = 0;
        for (guint k = 0; k < 16; k++)
            mask |= (guint)flags[i + k] << k;
#endif
        n_found += append_bits(slice, positions + n_found, mask & 0xff, i);
        n_found += append_bits(slice, positions + n_found, mask >> 8, i + 8);
    }
    return n_found;
}

/* ---- Look-up -----------------------------------------------------------------------------------
 */

/* How tags are looked up: their policy, and under LRU the common numbers of ways. */
typedef enum {
    KIND_LRU = LAD_POLICY_LRU,
    KIND_FIFO = LAD_POLICY_FIFO,
    KIND_TREE = LAD_POLICY_TREE,
    KIND_RANDOM = LAD_POLICY_RANDOM,
    KIND_MODEL = LAD_POLICY_MODEL,
    KIND_LRU_8,
    KIND_LRU_12,
    KIND_LRU_16,
} Kind;

static inline Kind
kind_of(const LadTags *tags)
{
    if (tags->policy != LAD_POLICY_LRU)
        return (Kind)tags->policy;
    switch (tags->geometry.n_ways) {
    case 8:
        return KIND_LRU_8;
    case 12:
        return KIND_LRU_12;
    case 16:
        return KIND_LRU_16;
    default:
        return KIND_LRU;
    }
}

#ifdef LAD_PHASES_AVX2
/* Move to front without a branch. All ways are compared; the ways up to the one that holds the
 * line, or up to the last, take their left neighbour's line, and the first takes the line itself.
 */
ALWAYS_INLINE gboolean
access_lru(guint64 *lines, guint n_ways, guint64 line)
{
    const guint n_quads = n_ways / 4;
    const __m256i key = _mm256_set1_epi64x((long long)line);
    __m256i old[4], left = key;
    guint found = 0;
    for (guint q = 0; q < n_quads; q++) {
        old[q] = _mm256_loadu_si256((const __m256i *)(const void *)(lines + 4 * q));
        __m256i equal = _mm256_cmpeq_epi64(old[q], key);
        found |= (guint)_mm256_movemask_pd(_mm256_castsi256_pd(equal)) << 4 * q;
    }
    const guint way = (guint)__builtin_ctz(found | 1u << (n_ways - 1));
    const __m256i moved = _mm256_set1_epi64x((long long)way);
    for (guint q = 0; q < n_quads; q++) {
        const long long first = 4 * (long long)q;
        __m256i numbers = _mm256_setr_epi64x(first, first + 1, first + 2, first + 3);
        /* The last of the quad to the left, then the first three of this one. */
        __m256i joined = _mm256_permute2x128_si256(left, old[q], 0x21);
        __m256i shifted = _mm256_alignr_epi8(old[q], joined, 8);
        __m256i keep = _mm256_cmpgt_epi64(numbers, moved);
        left = old[q];
        _mm256_storeu_si256((__m256i *)(void *)(lines + 4 * q),
                            _mm256_blendv_epi8(shifted, old[q], keep));
    }
    return found != 0;
}
#else
ALWAYS_INLINE gboolean
access_lru(guint64 *lines, guint n_ways, guint64 line)
{
    return lad_tags_access_ordered(lines, n_ways, line, TRUE);
}
#endif

/* lad_tags_access, with a copy for each kind. */
ALWAYS_INLINE gboolean
access_as(LadTags *tags, guint64 line, LadFillCause cause, Kind kind)
{
    guint32 set = lad_geometry_set(&tags->geometry, line);
    switch (kind) {
    case KIND_LRU_8:
        return access_lru(tags->lines + (gsize)8 * set, 8, line);
    case KIND_LRU_12:
        return access_lru(tags->lines + (gsize)12 * set, 12, line);
    case KIND_LRU_16:
        return access_lru(tags->lines + (gsize)16 * set, 16, line);
    default:
        return lad_tags_access(tags, line, cause, (LadPolicy)kind);
    }
}

/* BODY with a constant for the kind. */
#define FOR_KIND(kind, BODY)                                                                       \
    switch (kind) {                                                                                \
    case KIND_LRU:                                                                                 \
        BODY(KIND_LRU);                                                                            \
        break;                                                                                     \
    case KIND_FIFO:                                                                                \
        BODY(KIND_FIFO);                                                                           \
        break;                                                                                     \
    case KIND_TREE:                                                                                \
        BODY(KIND_TREE);                                                                           \
        break;                                                                                     \
    case KIND_RANDOM:                                                                              \
        BODY(KIND_RANDOM);                                                                         \
        break;                                                                                     \
    case KIND_MODEL:                                                                               \
        BODY(KIND_MODEL);                                                                          \
        break;                                                                                     \
    case KIND_LRU_8:                                                                               \
        BODY(KIND_LRU_8);                                                                          \
        break;                                                                                     \
    case KIND_LRU_12:                                                                              \
        BODY(KIND_LRU_12);                                                                         \
        break;                                                                                     \
    case KIND_LRU_16:                                                                              \
        BODY(KIND_LRU_16);                                                                         \
        break;                                                                                     \
    }

ALWAYS_INLINE void
push(LadSliceMiss *misses, guint32 *n, guint64 address, guint order, guint size, LadCounted access)
{
    misses[(*n)++] = (LadSliceMiss){address, order, (guint16)size, (guint16)access};
}

ALWAYS_INLINE void
look_up_items_as(LadSlice *slice, LadFunctionalCore *core, guint n, guint64 bias, Kind kind)
{
    LadTags *tags = core->instruction.tags;
    const guint shift = tags->geometry.line_shift;
    guint64 n_misses = 0;
    guint missed_before = G_MAXUINT;
    for (guint k = 0; k < n; k++) {
        guint i = slice->positions[k];
        guint32 word = slice->item_words[i];
        guint64 address = slice->items[i] + bias;
        if (access_as(tags, address >> shift, LAD_FILL_FETCH, kind))
            continue;
        gboolean counted = (word & LAD_ITEM_PAIRED) != 0 && missed_before == i - 1;
        missed_before = i;
        if (counted)
            continue;
        guint size = word >> LAD_ITEM_SIZE_SHIFT & LAD_ITEM_SIZE;
        if ((word & LAD_ITEM_END) != 0)
            address -= size;
        n_misses++;
        push(slice->item_misses, &slice->n_item_misses, address, 2 * (word & LAD_ITEM_OPERANDS),
             size, LAD_COUNTED_FETCH);
    }
    core->counts[0].misses[LAD_COUNTED_FETCH] += n_misses;
}

static NOINLINE void
look_up_items(LadSlice *slice, LadFunctionalCore *core, guint n, guint64 bias){
#define BODY(kind) look_up_items_as(slice, core, n, bias, kind)
    FOR_KIND(kind_of(core->instruction.tags), BODY)
#undef BODY
}

ALWAYS_INLINE void look_up_operands_as(LadSlice *slice, LadFunctionalCore *core,
                                       const guint64 *addresses, guint n, guint64 bias, Kind kind)
{
    LadTags *tags = core->data.tags;
    const guint shift = tags->geometry.line_shift;
    LadSliceMiss *restrict misses = slice->operand_misses;
    guint32 n_pushed = 0;
    guint64 n_misses[2] = {0, 0};
    for (guint k = 0; k < n; k++) {
        guint i = slice->positions[k];
        guint operand = slice->operands[i];
        guint size = operand & LAD_OPERAND_SIZE;
        guint write = (operand & LAD_OPERAND_WRITE) != 0;
        LadFillCause cause = write ? LAD_FILL_STORE : LAD_FILL_LOAD;
        guint64 address = addresses[i] + bias;
        guint64 first = address >> shift, last = (address + size) >> shift;
        gboolean hit = access_as(tags, first, cause, kind);
        if (G_UNLIKELY(first != last))
            hit &= access_as(tags, last, cause, kind);
        /* Written in any case, kept on a miss: hits and misses alternate too wildly to branch on.
         */
        guint missed = hit ? 0 : 1;
        misses[n_pushed] =
            (LadSliceMiss){address, 2 * i + 1, (guint16)size, (guint16)(LAD_COUNTED_READ + write)};
        n_pushed += missed;
        n_misses[write] += missed;
    }
    slice->n_operand_misses = n_pushed;
    core->counts[0].misses[LAD_COUNTED_READ] += n_misses[0];
    core->counts[0].misses[LAD_COUNTED_WRITE] += n_misses[1];
}

static NOINLINE void
look_up_operands(LadSlice *slice, LadFunctionalCore *core, const guint64 *addresses, guint n,
                 guint64 bias)
{
#define BODY(kind) look_up_operands_as(slice, core, addresses, n, bias, kind)
    FOR_KIND(kind_of(core->data.tags), BODY)
#undef BODY
}

/* ---- Further levels ----------------------------------------------------------------------------
 */

/* Counting references: the whole range goes up until one level has all of it. */
static void
send_up_range(LadFunctionalCore *core, const LadSliceMiss *miss, guint lane)
{
    const LadCounted access = miss->access;
    const LadFillCause cause = lad_cause_of(access);
    for (guint level = 0; level < core->n_levels[lane]; level++) {
        LadTags *tags = core->levels[lane][level];
        const Kind kind = kind_of(tags);
        const guint shift = tags->geometry.line_shift;
        LadFunctionalCounts *counts = &core->counts[level + 1];
        guint64 first = miss->address >> shift, last = (miss->address + miss->size) >> shift;
        gboolean hit = access_as(tags, first, cause, kind);
        if (G_UNLIKELY(first != last))
            hit &= access_as(tags, last, cause, kind);
        counts->references[access]++;
        if (hit)
            return;
        counts->misses[access]++;
    }
}

/* Misses ahead whose sets of the next level, far away for the host if it is large, are fetched. */
#define LOOK_AHEAD 8

ALWAYS_INLINE void
prefetch_next(const LadFunctionalCore *core, const LadSliceMiss *miss)
{
    const LadTags *next = core->levels[LAD_LANE_DATA][0];
    lad_tags_prefetch(next, lad_geometry_line(&next->geometry, miss->address));
}

static NOINLINE void
send_up_in_order(LadSlice *slice, LadFunctionalCore *core)
{
    if (core->n_levels[LAD_LANE_DATA] == 0) {
        if (core->n_levels[LAD_LANE_CODE] > 0)
            for (guint item = 0; item < slice->n_item_misses; item++)
                send_up_range(core, &slice->item_misses[item], LAD_LANE_CODE);
        return;
    }
    guint item = 0, operand = 0;
    const LadSliceMiss *items = slice->item_misses, *operands = slice->operand_misses;
    for (guint i = 0; i < LOOK_AHEAD && i < slice->n_operand_misses; i++)
        prefetch_next(core, &operands[i]);
    while (operand < slice->n_operand_misses) {
        const LadSliceMiss *miss = &operands[operand];
        if (item < slice->n_item_misses && items[item].order < miss->order) {
            send_up_range(core, &items[item++], LAD_LANE_CODE);
            continue;
        }
        if (operand + LOOK_AHEAD < slice->n_operand_misses)
            prefetch_next(core, miss + LOOK_AHEAD);
        send_up_range(core, miss, LAD_LANE_DATA);
        operand++;
    }
    while (item < slice->n_item_misses)
        send_up_range(core, &items[item++], LAD_LANE_CODE);
}

/* ---- All phases --------------------------------------------------------------------------------
 */

/* Counting references; see slice.h. */
static void
replay_references(LadSlice *slice, LadFunctionalCore *core, const guint64 *addresses, guint64 bias)
{
    filter_items(slice, &core->instruction, bias);
    look_up_items(slice, core, find_flags(slice, slice->n_items), bias);
    filter_operands(slice, &core->data, addresses, bias);
    look_up_operands(slice, core, addresses, find_flags(slice, slice->n_operands), bias);
    send_up_in_order(slice, core);
}
