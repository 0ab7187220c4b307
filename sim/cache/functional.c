/* functional.c - making caches for functional replay, and walking batches in slices. */
#include "config.h"
#include "sim/cache/slice.h"

#define ALIGNMENT 4096

struct LadFunctional {
    LadFunctionalOptions options;
    LadPreparation how;
    guint n_cores;
    LadFunctionalCore *cores;
    LadTags *tags; /* all instances: first levels of all cores, then the further levels */
    guint n_tags;
    guint64 *recent; /* the filters of all cores, after the slice in one allocation */
    LadSlice *slice;
    gpointer memory;
    gsize memory_bytes;
    LadMoves *moves;                              /* NULL: lines do not move between levels */
    guint64 *masks[LAD_FUNCTIONAL_MAX_PARTS + 2]; /* of data, instruction and further levels */
    GPtrArray *codes;                             /* of LadFunctionalCode */
};

static guint
n_instances(const LadFunctionalLevel *level, guint n_cores)
{
    guint shared_by = level->shared_by == 0 ? n_cores : level->shared_by;
    return (n_cores + shared_by - 1) / shared_by;
}

static gboolean
add_tags(LadFunctional *functional, const LadFunctionalLevel *level, guint side, guint instance,
         GError **error)
{
    g_autofree char *name = g_strdup_printf("%s%u", level->name, instance);
    LadTags *tags = &functional->tags[functional->n_tags];
    if (!(level->masks || functional->moves || level->spaces
              ? lad_tags_init_masked
              : lad_tags_init)(tags, &level->geometry, level->replacement, level->params, name,
                               functional->options.seed, error))
        return FALSE;
    if (functional->options.first_miss_mask != 0) {
        tags->first_miss_mask = functional->options.first_miss_mask;
        lad_first_misses_init(&tags->first_misses);
    }
    functional->n_tags++;
    if (level->spaces)
        lad_tags_set_spaces(tags, level->spaces);
    if (functional->moves == NULL)
        return TRUE;
    guint shared_by = level->shared_by == 0 ? functional->n_cores : level->shared_by;
    const LadMovesPart part = {.tags = tags,
                               .side = side,
                               .first_core = instance * shared_by,
                               .end_core = MIN((instance + 1) * shared_by, functional->n_cores),
                               .inclusive = level->inclusive,
                               .exclusive = level->exclusive};
    lad_moves_add(functional->moves, &part);
    return TRUE;
}

static gboolean
processor_has_avx2(void)
{
#ifdef LAD_HAVE_AVX2
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2");
#else
    return FALSE;
#endif
}

static gboolean
make_first_levels(LadFunctional *functional, GError **error)
{
    const LadFunctionalOptions *options = &functional->options;
    for (guint i = 0; i < functional->n_cores; i++) {
        LadFunctionalCore *core = &functional->cores[i];
        core->count = options->count;
        core->clamp = functional->how.clamp;
        core->unified = options->unified;
        core->next_line = options->next_line;
        core->moves = functional->moves;
        core->number = i;
        core->avx2 = !options->portable && processor_has_avx2();
        core->data.tags = &functional->tags[functional->n_tags];
        if (!add_tags(functional, &options->data,
                      options->unified ? LAD_SIDE_UNIFIED : LAD_SIDE_DATA, i, error))
            return FALSE;
        if (options->unified)
            continue;
        core->instruction.tags = &functional->tags[functional->n_tags];
        if (!add_tags(functional, &options->instruction, LAD_SIDE_INSTRUCTION, i, error))
            return FALSE;
    }
    return TRUE;
}

/* `tags`, part `part` of the options, is the next level of those sides that it serves. */
static void
put_behind(LadFunctionalCore *core, guint side, guint part, LadTags *tags)
{
    core->parts[part] = tags;
    for (guint lane = 0; lane < LAD_N_LANES; lane++) {
        if (side == (lane == LAD_LANE_CODE ? LAD_SIDE_DATA : LAD_SIDE_INSTRUCTION))
            continue;
        g_assert(core->n_levels[lane] < LAD_FUNCTIONAL_MAX_LEVELS - 1);
        core->levels[lane][core->n_levels[lane]++] = tags;
    }
}

static gboolean
make_further_levels(LadFunctional *functional, GError **error)
{
    const LadFunctionalOptions *options = &functional->options;
    for (guint k = 0; k < options->n_levels; k++) {
        const LadFunctionalLevel *level = &options->levels[k];
        guint n = n_instances(level, functional->n_cores);
        for (guint i = 0; i < functional->n_cores; i++) {
            guint shared_by = level->shared_by == 0 ? functional->n_cores : level->shared_by;
            put_behind(&functional->cores[i], level->side, k,
                       &functional->tags[functional->n_tags + i / shared_by]);
        }
        for (guint instance = 0; instance < n; instance++)
            if (!add_tags(functional, level, level->side, instance, error))
                return FALSE;
    }
    return TRUE;
}

static gboolean
is_filtered(const LadFunctional *functional, const LadFunctionalLevel *level)
{
    return !functional->options.unified && !functional->moves &&
           !level->replacement->repeat_changes_state;
}

/* Slice and filters lie in one allocation, so that their distances, and what they share in the
 * host's caches, are the same in every run. */
static void
make_slice(LadFunctional *functional)
{
    const LadFunctionalOptions *options = &functional->options;
    gsize n_recent = options->data.geometry.n_sets;
    if (!options->unified)
        n_recent += options->instruction.geometry.n_sets;
    gsize recent_bytes = n_recent * functional->n_cores * sizeof(guint64);
    functional->memory_bytes = sizeof(LadSlice) + recent_bytes + ALIGNMENT;
    functional->memory = g_malloc(functional->memory_bytes);
    gsize misaligned = GPOINTER_TO_SIZE(functional->memory) % ALIGNMENT;
    functional->slice = (LadSlice *)((char *)functional->memory + (ALIGNMENT - misaligned));
    lad_slice_init(functional->slice);
    guint64 *recent = (guint64 *)(functional->slice + 1);
    memset(recent, 0xff, recent_bytes);
    for (guint i = 0; i < functional->n_cores; i++) {
        LadFunctionalCore *core = &functional->cores[i];
        /* A prefetched line is the most recent of its set although nobody has asked for it. */
        if (is_filtered(functional, &options->data) && !options->next_line)
            core->data.recent = recent;
        recent += options->data.geometry.n_sets;
        if (options->unified)
            continue;
        if (is_filtered(functional, &options->instruction))
            core->instruction.recent = recent;
        recent += options->instruction.geometry.n_sets;
    }
}

static void
set_preparation(LadFunctional *functional)
{
    const LadFunctionalOptions *options = &functional->options;
    LadPreparation *how = &functional->how;
    how->count = options->count;
    how->data = options->data.geometry;
    how->instruction = options->unified ? options->data.geometry : options->instruction.geometry;
    how->no_filter = !is_filtered(functional, &options->instruction);
    how->runs = functional->moves != NULL;
    how->next_line = options->next_line;
    guint shift = MIN(how->data.line_shift, how->instruction.line_shift);
    for (guint i = 0; i < options->n_levels; i++)
        shift = MIN(shift, options->levels[i].geometry.line_shift);
    how->clamp = LAD_OPERAND_SIZE + 1;
    if (options->count == LAD_COUNT_REFERENCE)
        how->clamp = MIN(how->clamp, 1u << shift);
}

LadFunctional *
lad_functional_new(const LadFunctionalOptions *options, GError **error)
{
    g_assert(options->n_cores >= 1 && options->n_levels <= LAD_FUNCTIONAL_MAX_PARTS);
    g_assert(!options->next_line || options->count == LAD_COUNT_LINE);
    g_autoptr(LadFunctional) functional = g_new0(LadFunctional, 1);
    functional->options = *options;
    if (options->unified)
        functional->options.instruction = options->data;
    functional->n_cores = options->n_cores;
    functional->cores = g_new0(LadFunctionalCore, options->n_cores);
    functional->codes = g_ptr_array_new_with_free_func((GDestroyNotify)lad_functional_code_free);
    guint n_tags = 2 * options->n_cores;
    for (guint i = 0; i < options->n_levels; i++)
        n_tags += n_instances(&options->levels[i], options->n_cores);
    functional->tags = g_new0(LadTags, n_tags);
    for (guint i = 0; i < options->n_levels; i++)
        if ((options->levels[i].inclusive || options->levels[i].exclusive) && !functional->moves)
            functional->moves = lad_moves_new(options->n_cores, n_tags);
    g_assert(!functional->moves || options->count == LAD_COUNT_LINE);
    set_preparation(functional);
    if (!make_first_levels(functional, error) || !make_further_levels(functional, error))
        return NULL;
    if (!options->blank)
        make_slice(functional);
    const LadFunctionalLevel *levels[LAD_FUNCTIONAL_MAX_PARTS + 2] = {
        &functional->options.data, &functional->options.instruction};
    for (guint i = 0; i < options->n_levels; i++)
        levels[i + 2] = &functional->options.levels[i];
    for (guint i = 0; i < options->n_levels + 2; i++)
        if (levels[i]->masks)
            functional->masks[i] =
                g_memdup2(levels[i]->masks, 2 * sizeof(guint64) * functional->n_cores);
    return g_steal_pointer(&functional);
}

void
lad_functional_free(LadFunctional *functional)
{
    if (functional == NULL)
        return;
    for (guint i = 0; i < functional->n_tags; i++)
        lad_tags_clear(&functional->tags[i]);
    for (guint i = 0; i < G_N_ELEMENTS(functional->masks); i++)
        g_free(functional->masks[i]);
    g_ptr_array_unref(functional->codes);
    lad_moves_free(functional->moves);
    g_free(functional->tags);
    g_free(functional->cores);
    g_free(functional->memory);
    g_free(functional);
}

void
lad_functional_empty(LadFunctional *functional, guint core)
{
    LadFunctionalCore *of = &functional->cores[core];
    LadLane *const lanes[] = {&of->data, &of->instruction};
    for (guint i = 0; i < G_N_ELEMENTS(lanes); i++) {
        if (lanes[i]->tags)
            lad_tags_empty(lanes[i]->tags);
        if (lanes[i]->recent)
            memset(lanes[i]->recent, 0xff,
                   lanes[i]->tags->geometry.n_sets * sizeof *lanes[i]->recent);
    }
    for (guint i = 0; i < functional->options.n_levels; i++)
        lad_tags_empty(of->parts[i]);
}

LadFunctionalCode *
lad_functional_code(LadFunctional *functional, const LadCode *code)
{
    for (guint i = 0; i < functional->codes->len; i++) {
        LadFunctionalCode *known = functional->codes->pdata[i];
        if (known->code == code)
            return known;
    }
    LadFunctionalCode *prepared = lad_functional_code_new(code, &functional->how);
    g_ptr_array_add(functional->codes, prepared);
    return prepared;
}

const LadFunctionalCounts *
lad_functional_counts(const LadFunctional *functional, guint core, guint level)
{
    g_assert(core < functional->n_cores && level < LAD_FUNCTIONAL_MAX_LEVELS);
    return &functional->cores[core].counts[level];
}

guint64
lad_functional_first_misses(const LadFunctional *functional, guint core, guint level,
                            gboolean instruction)
{
    const LadFunctionalCore *of = &functional->cores[core];
    const LadTags *tags = of->data.tags;
    if (level > 0)
        tags = of->levels[instruction ? LAD_LANE_CODE : LAD_LANE_DATA][level - 1];
    else if (instruction && !of->unified)
        tags = of->instruction.tags;
    return tags->first_misses.n;
}

guint64
lad_functional_joins(const LadFunctional *functional, guint core, guint level)
{
    const LadFunctionalCore *of = &functional->cores[core];
    const LadTags *tags = level > 0 ? of->levels[LAD_LANE_CODE][level - 1] : NULL;
    return tags && tags->spaces ? tags->spaces->n_joins : 0;
}

const guint64 *
lad_functional_moves(const LadFunctional *functional, guint core, guint lane, guint level)
{
    return functional->moves ? lad_moves_counters(functional->moves, core, lane, level) : NULL;
}

gsize
lad_functional_memory(const LadFunctional *functional)
{
    gsize bytes = functional->memory_bytes;
    for (guint i = 0; i < functional->n_tags; i++)
        bytes += lad_tags_memory(&functional->tags[i]);
    for (guint i = 0; i < functional->codes->len; i++)
        bytes += ((LadFunctionalCode *)functional->codes->pdata[i])->memory;
    return bytes;
}

/* ---- Replay ------------------------------------------------------------------------------------
 */

/* Copy an entry's items and operands to the end of the slice. A fixed number of words first,
 * whatever there is, since most entries have no more. */
static inline void
gather(LadSlice *slice, const LadPrepared *entry)
{
    guint64 *items = slice->items + slice->n_items;
    guint32 *words = slice->item_words + slice->n_items;
    guint16 *operands = slice->operands + slice->n_operands;
    const guint32 before = slice->n_operands;
    memcpy(items, entry->items, LAD_PREPARED_ITEMS * sizeof *items);
    for (guint i = 0; i < LAD_PREPARED_ITEMS; i++)
        words[i] = entry->item_words[i] + before;
    for (guint i = LAD_PREPARED_ITEMS; i < entry->n_items; i++) {
        items[i] = entry->items[i];
        words[i] = entry->item_words[i] + before;
    }
    memcpy(operands, entry->operands, LAD_PREPARED_OPERANDS * sizeof *operands);
    if (entry->n_operands > LAD_PREPARED_OPERANDS)
        memcpy(operands, entry->operands, entry->n_operands * sizeof *operands);
    slice->n_items += entry->n_items;
    slice->n_operands += entry->n_operands;
    slice->most_misses += entry->n_misses;
    slice->n_empty += entry->n_empty;
    slice->counts += entry->counts;
    slice->totals += entry->totals;
}

static void
replay_access(LadFunctional *functional, guint core_number, const LadRecord *record, guint64 bias,
              LadFunctionalPosition *at)
{
    LadFunctionalCore *core = &functional->cores[core_number];
    guint bytes = (guint)CLAMP(record->size, 1, LAD_OPERAND_SIZE + 1);
    guint64 address = record->address + bias;
    if (record->kind == LAD_RECORD_FETCH) {
        lad_slice_fetch(core, address, bytes);
        at->n_insns++;
        return;
    }
    guint operand = MIN(bytes, core->clamp) - 1;
    if (record->size == 0 && core->count == LAD_COUNT_LINE)
        operand |= LAD_OPERAND_EMPTY;
    if (record->kind == LAD_RECORD_STORE)
        operand |= LAD_OPERAND_WRITE;
    else if (record->kind != LAD_RECORD_LOAD && core->count == LAD_COUNT_LINE)
        operand |= LAD_OPERAND_BOTH;
    lad_slice_operand(core, address, operand);
    at->n_data++;
    at->n_loads += record->kind != LAD_RECORD_STORE;
    at->n_stores += record->kind != LAD_RECORD_LOAD;
}

static gboolean
is_access(const LadRecord *record)
{
    return record->kind >= LAD_RECORD_FETCH && record->kind <= LAD_RECORD_ATOMIC;
}

static void
replay_prefetch(LadFunctionalCore *core, const LadRecord *record, guint64 bias)
{
    guint level = record->flags >> LAD_PREFETCH_LEVEL_SHIFT & 3;
    gboolean code =
        (record->flags & LAD_PREFETCH_PURPOSE) == LAD_PREFETCH_INSTRUCTION && level == 0;
    guint bytes = (guint)MIN(record->size, LAD_OPERAND_SIZE + 1);
    lad_slice_prefetch(core, record->address + bias, bytes, code);
}

/* A plain record; FALSE if it is neither access, nor prefetch, nor flush, nor gap. */
static gboolean
replay_record(LadFunctional *functional, guint core, const LadRecord *record, guint64 bias,
              LadFunctionalPosition *at)
{
    gboolean caches = !functional->options.translations;
    if (is_access(record))
        replay_access(functional, core, record, bias, at);
    else if (record->kind == LAD_RECORD_PREFETCH && caches)
        replay_prefetch(&functional->cores[core], record, bias);
    else if (record->kind == LAD_RECORD_FLUSH && caches)
        lad_slice_flush(&functional->cores[core], record->address + bias, record->size,
                        record->flags == LAD_FLUSH_INSTRUCTION);
    else if (record->kind == LAD_RECORD_GAP)
        at->n_insns += record->value;
    else if (record->kind != LAD_RECORD_PREFETCH && record->kind != LAD_RECORD_FLUSH)
        return FALSE;
    return TRUE;
}

/* Gather tokens until the slice is full, the batch ends, a plain record comes, or `n_insns` reaches
 * `stop`. */
static void
gather_tokens(LadSlice *slice, LadFunctionalCode *code, const LadBatch *batch,
              LadFunctionalPosition *at, guint64 stop)
{
    guint32 token = at->token;
    guint32 end = MIN(batch->n_tokens, token + LAD_SLICE_TOKENS);
    guint64 n_insns = at->n_insns;
    for (; token < end && n_insns < stop; token++) {
        guint32 id = batch->tokens[token];
        if ((id & LAD_TOKEN_RECORD) != 0)
            break;
        if (id >= code->n_entries || code->entries[id].items == NULL)
            lad_functional_prepare(code, id, lad_code_entry(code->code, id));
        const LadPrepared *entry = &code->entries[id];
        if (slice->n_items >= LAD_SLICE_ITEMS || slice->n_operands >= LAD_SLICE_OPERANDS ||
            slice->most_misses >= LAD_SLICE_OPERANDS)
            break;
        gather(slice, entry);
        n_insns += entry->n_insns;
    }
    at->token = token;
    at->n_insns = n_insns;
}

/* Shared caches serve `core` now: it fills what it may. */
static void
set_masks(LadFunctional *functional, guint core)
{
    LadFunctionalCore *of = &functional->cores[core];
    for (guint i = 0; i < functional->options.n_levels + 2; i++) {
        LadTags *tags = i == 0 ? of->data.tags : i == 1 ? of->instruction.tags : of->parts[i - 2];
        if (functional->masks[i] && tags)
            memcpy(tags->allowed, functional->masks[i] + (gsize)2 * core, sizeof tags->allowed);
    }
}

const LadRecord *
lad_functional_replay(LadFunctional *functional, guint core, LadFunctionalCode *code,
                      const LadBatch *batch, guint64 bias, guint64 stop_insns,
                      LadFunctionalPosition *at)
{
    LadSlice *slice = functional->slice;
    set_masks(functional, core);
    while (at->token < batch->n_tokens && at->n_insns < stop_insns) {
        guint32 id = batch->tokens[at->token];
        if ((id & LAD_TOKEN_RECORD) != 0) {
            const LadRecord *record = &batch->records[id & ~LAD_TOKEN_RECORD];
            if (!replay_record(functional, core, record, bias, at))
                return record;
            at->token++;
            at->n_records++;
            continue;
        }
        gather_tokens(slice, code, batch, at, stop_insns);
        const guint32 n_operands = slice->n_operands;
        const guint64 totals = slice->totals;
        lad_slice_replay(slice, &functional->cores[core], batch->addresses + at->address, bias);
        at->address += n_operands;
        at->n_data += n_operands;
        at->n_loads += lad_packed_field(totals, 0);
        at->n_stores += lad_packed_field(totals, 1);
        at->n_records += lad_packed_field(totals, 2);
    }
    return NULL;
}
