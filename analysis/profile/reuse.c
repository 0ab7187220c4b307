/* reuse.c - the walk over the accesses: to which stack, of which side, in the sample or not.
 *
 * Pages are in the sample if a hash of their number is below a threshold (SHARDS: Waldspurger and
 * others, FAST 2015). Of a block of code it is known once and for all whether it has lines of such
 * pages, and of data the addresses of a whole batch are looked at in a row, so that what is not in
 * the sample costs little. */
#include "config.h"
#include "analysis/profile/reuse_counts.h"
#include <string.h>

#define KEYS        512
#define MAX_TOUCHED ((guint64)1 << 46) /* bytes, by one record: more is damage, not memory */
#define MAX_OPERAND 64                 /* larger ones are looked at one by one */

/* What is known of a dictionary entry. */
typedef struct {
    guint16 n_code, n_data; /* accesses, but for data that straddles units */
    guint8 known;
    guint8 one_by_one; /* may have accesses in the sample that its first addresses do not show */
} EntryInfo;

/* A stack, and the accesses that wait for it. */
typedef struct {
    LadReuseStack *stack;
    LadReuseCounts counts;
    char *name;
    guint n;
    guint64 keys[KEYS];
    guint8 code[KEYS];
} Group;

typedef struct {
    LadProfileSources *sources;
    const LadReuseOptions *options;
    guint unit_shift, grain_shift; /* of what is in the sample or not as a whole */
    gboolean shared;               /* places, not addresses */
    gboolean exact;
    guint64 threshold;
    GPtrArray *groups;   /* of Group */
    GHashTable *by_name; /* Group */
    Group **of_stream;   /* by stream; NULL: not known yet */
    Group *group;        /* of the stream that is at it */
    const LadProfileStream *stream;
    GArray **infos;                           /* EntryInfo, by trace */
    GArray *hits;                             /* guint32: addresses that may be in the sample */
    LadReuseCounts *random[LAD_REUSE_GROUPS]; /* of the sample; NULL: exact */
} Reuse;

/* ---- Accesses ---------------------------------------------------------------------------------
 */

/* The hash that decides: which pages, and into which of the groups that tell the error. */
static inline guint64
hash_of(const Reuse *reuse, guint64 grain)
{
    guint64 x = (grain + reuse->options->seed) * G_GUINT64_CONSTANT(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 32)) * G_GUINT64_CONSTANT(0xD6E8FEB86659FD93);
    return x ^ (x >> 32);
}

static inline gboolean
in_sample(const Reuse *reuse, guint64 grain)
{
    return (hash_of(reuse, grain) >> 8) < reuse->threshold;
}

static void
flush(Reuse *reuse, Group *group)
{
    guint32 distances[KEYS];
    lad_reuse_stack_access(group->stack, group->keys, group->n, distances);
    for (guint i = 0; i < group->n; i++)
        lad_reuse_count(&group->counts, group->code[i], distances[i], 1);
    if (!reuse->exact)
        for (guint i = 0; i < group->n; i++) {
            guint64 grain = group->keys[i] >> (reuse->grain_shift - reuse->unit_shift);
            guint random = (guint)hash_of(reuse, grain) % LAD_REUSE_GROUPS;
            lad_reuse_count(reuse->random[random], group->code[i], distances[i], 1);
        }
    group->n = 0;
}

/* An access to the unit that holds the address, `again` more of it following at once. */
static inline void
put(Reuse *reuse, gboolean code, guint64 address, guint64 again)
{
    Group *group = reuse->group;
    guint64 place =
        reuse->shared ? lad_profile_place(reuse->sources, reuse->stream, address) : address;
    if (!reuse->exact && !in_sample(reuse, place >> reuse->grain_shift))
        return;
    group->keys[group->n] = place >> reuse->unit_shift;
    group->code[group->n++] = (guint8)code;
    if (again > 0)
        lad_reuse_count(&group->counts, code, 0, again);
    if (G_UNLIKELY(group->n == KEYS))
        flush(reuse, group);
}

/* All units of [address, address + size); returns those beyond the first. */
static inline guint64
put_range(Reuse *reuse, gboolean code, guint64 address, guint64 size)
{
    guint64 first = address >> reuse->unit_shift;
    guint64 last = (address + (size > 0 ? size - 1 : 0)) >> reuse->unit_shift;
    put(reuse, code, address, 0);
    for (guint64 unit = first + 1; unit <= last && last > first; unit++)
        put(reuse, code, unit << reuse->unit_shift, 0);
    return last > first ? last - first : 0;
}

static inline guint64
put_operand(Reuse *reuse, LadOperandKind kind, guint64 address, guint64 size)
{
    if (reuse->options->count == LAD_REUSE_LINES)
        return put_range(reuse, FALSE, address, size);
    put(reuse, FALSE, address, 0);
    if (kind == LAD_OPERAND_MODIFY || kind == LAD_OPERAND_ATOMIC)
        put(reuse, FALSE, address, 0);
    return 0;
}

/* Executes an entry; returns data accesses beyond those of its info. */
static guint64
walk_entry(Reuse *reuse, const LadEntry *entry, const guint64 *addresses)
{
    gboolean lines = reuse->options->count == LAD_REUSE_LINES;
    gboolean code = reuse->options->side != LAD_REUSE_DATA;
    gboolean data = reuse->options->side != LAD_REUSE_CODE;
    guint64 more = 0;
    for (guint32 b = 0; b < entry->n_blocks; b++) {
        const LadBlock *block = entry->blocks[b];
        guint64 pc = block->pc;
        guint o = 0;
        for (guint i = 0; i < MAX(block->n_insns, 1u); i++) {
            if (code && block->n_insns > 0 && lines)
                put_range(reuse, TRUE, pc, block->insns[i].length);
            else if (code && block->n_insns > 0)
                put(reuse, TRUE, pc, 0);
            if (block->n_insns > 0)
                pc += block->insns[i].length;
            for (; o < block->n_operands && block->operands[o].insn == i; o++)
                if (data)
                    more += put_operand(reuse, block->operands[o].kind, addresses[o],
                                        block->operands[o].size);
        }
        addresses += block->n_operands;
    }
    return more;
}

/* ---- Entries ----------------------------------------------------------------------------------
 */

static void
learn_insn(const Reuse *reuse, EntryInfo *info, guint64 pc, guint length)
{
    guint64 last = pc + (length > 0 ? length - 1 : 0);
    info->n_code++;
    if (reuse->options->count == LAD_REUSE_LINES)
        info->n_code =
            (guint16)(info->n_code + ((last >> reuse->unit_shift) - (pc >> reuse->unit_shift)));
    if (!reuse->exact)
        info->one_by_one |= in_sample(reuse, pc >> reuse->grain_shift) ||
                            in_sample(reuse, last >> reuse->grain_shift);
}

static void
learn(const Reuse *reuse, const LadEntry *entry, EntryInfo *info)
{
    info->known = 1;
    info->one_by_one = reuse->exact || reuse->shared;
    for (guint32 b = 0; b < entry->n_blocks; b++) {
        const LadBlock *block = entry->blocks[b];
        guint64 pc = block->pc;
        for (guint i = 0; i < block->n_insns; i++) {
            if (reuse->options->side != LAD_REUSE_DATA)
                learn_insn(reuse, info, pc, block->insns[i].length);
            pc += block->insns[i].length;
        }
        for (guint i = 0; i < block->n_operands && reuse->options->side != LAD_REUSE_CODE; i++) {
            guint kind = block->operands[i].kind;
            gboolean two = reuse->options->count == LAD_REUSE_RECORDS &&
                           (kind == LAD_OPERAND_MODIFY || kind == LAD_OPERAND_ATOMIC);
            info->n_data = (guint16)(info->n_data + (two ? 2 : 1));
            info->one_by_one |= block->operands[i].size > MAX_OPERAND;
        }
    }
}

static inline const EntryInfo *
info_of(const Reuse *reuse, GArray *infos, const LadEntry *entry, guint32 token)
{
    if (token >= infos->len)
        g_array_set_size(infos, token + token / 2 + 64);
    EntryInfo *info = &g_array_index(infos, EntryInfo, token);
    if (G_UNLIKELY(!info->known))
        learn(reuse, entry, info);
    return info;
}

/* ---- Stacks -----------------------------------------------------------------------------------
 */

static Group *
new_group(Reuse *reuse, char *name)
{
    Group *group = g_new0(Group, 1);
    group->stack = lad_reuse_stack_new();
    lad_reuse_counts_init(&group->counts);
    group->name = name;
    g_ptr_array_add(reuse->groups, group);
    return group;
}

static void
group_free(gpointer data)
{
    Group *group = data;
    lad_reuse_stack_free(group->stack);
    lad_reuse_counts_clear(&group->counts);
    g_free(group->name);
    g_free(group);
}

/* Its path, and which of several of one path it is. */
static char *
label_of(const Reuse *reuse, guint trace)
{
    const GArray *traces = reuse->sources->traces;
    const char *path = g_array_index(traces, LadProfileTrace, trace).path;
    guint number = 1;
    for (guint i = 0; i < trace; i++)
        number += strcmp(g_array_index(traces, LadProfileTrace, i).path, path) == 0;
    return number > 1 ? g_strdup_printf("%s (%u)", path, number) : g_strdup(path);
}

/* The stack of that name, which is taken. */
static Group *
group_called(Reuse *reuse, char *name)
{
    Group *group = g_hash_table_lookup(reuse->by_name, name);
    if (group == NULL) {
        group = new_group(reuse, name);
        g_hash_table_insert(reuse->by_name, group->name, group);
    } else {
        g_free(name);
    }
    return group;
}

static Group *
group_of(Reuse *reuse, const LadProfileStream *stream, guint index)
{
    if (reuse->of_stream[index] != NULL)
        return reuse->of_stream[index];
    g_autofree char *path = label_of(reuse, stream->trace);
    char *name = NULL;
    switch (reuse->options->scope) {
    case LAD_REUSE_BY_STREAM:
        name = g_strdup_printf("%s, stream %u", path, stream->stream);
        break;
    case LAD_REUSE_BY_PROCESS:
        name = g_strdup_printf("%s, host %u, process %u", path, stream->info->host,
                               stream->info->process);
        break;
    case LAD_REUSE_BY_CORE:
        name = g_strdup_printf("%s, core not told", path);
        break;
    case LAD_REUSE_BY_FILE:
        name = g_strdup(path);
        break;
    case LAD_REUSE_ALL:
        name = g_strdup("all");
        break;
    }
    return reuse->of_stream[index] = group_called(reuse, name);
}

/* From here on the stream is on another core. */
static void
change_core(Reuse *reuse, const LadStretch *stretch, const LadRecord *record)
{
    const LadTraceHeader *header =
        lad_profile_sources_header(reuse->sources, stretch->stream->trace);
    gboolean shards = g_hash_table_contains(header->notes, LAD_NOTE_SHARDS);
    gboolean tells = shards
                         ? (record->flags & LAD_SWITCH_TURN) != 0
                         : (record->flags & LAD_SWITCH_CPU) != 0 && record->address != G_MAXUINT64;
    if (!tells)
        return;
    guint64 core = shards ? record->size : record->address;
    g_autofree char *path = label_of(reuse, stretch->stream->trace);
    Group *group = group_called(reuse, g_strdup_printf("%s, core %" G_GUINT64_FORMAT, path, core));
    reuse->of_stream[stretch->index] = reuse->group = group;
}

/* ---- Stretches --------------------------------------------------------------------------------
 */

static void
count_accesses(Reuse *reuse, gboolean code, guint64 n)
{
    reuse->group->counts.sides[code].n_accesses += n;
}

/* A record of touches of pages: from `address` on, `bytes` of them. */
static void
take_touches(Reuse *reuse, const LadRecord *record, guint64 bytes, guint64 page_bytes)
{
    if (record->weight == 0 || bytes > MAX_TOUCHED || record->address > G_MAXUINT64 - bytes ||
        reuse->options->side == LAD_REUSE_CODE)
        return;
    guint64 step = MAX(page_bytes, reuse->options->unit_bytes);
    for (guint64 at = record->address; at < record->address + bytes; at = (at | (step - 1)) + 1) {
        put(reuse, FALSE, at, record->weight - 1);
        count_accesses(reuse, FALSE, record->weight);
        if ((at | (step - 1)) == G_MAXUINT64)
            break;
    }
}

static gboolean
take_record(Reuse *reuse, const LadStretch *stretch, const LadRecord *record, GError **error)
{
    const LadReuseOptions *options = reuse->options;
    guint64 page =
        MAX(lad_profile_sources_header(reuse->sources, stretch->stream->trace)->page_bytes, 1);
    gboolean code = options->side != LAD_REUSE_DATA, data = options->side != LAD_REUSE_CODE;
    if (record->kind == LAD_RECORD_FETCH && code) {
        guint64 size = options->count == LAD_REUSE_LINES ? record->size : 0;
        count_accesses(reuse, TRUE, 1 + put_range(reuse, TRUE, record->address, size));
    } else if (record->kind >= LAD_RECORD_LOAD && record->kind <= LAD_RECORD_ATOMIC && data) {
        LadOperandKind kind = (LadOperandKind)(record->kind - LAD_RECORD_LOAD);
        guint64 more = put_operand(reuse, kind, record->address, MIN(record->size, LAD_MIB));
        gboolean two = options->count == LAD_REUSE_RECORDS &&
                       (kind == LAD_OPERAND_MODIFY || kind == LAD_OPERAND_ATOMIC);
        count_accesses(reuse, FALSE, (two ? 2 : 1) + more);
    } else if (record->kind == LAD_RECORD_PREFETCH && data && options->count == LAD_REUSE_RECORDS) {
        put(reuse, FALSE, record->address, 0);
        count_accesses(reuse, FALSE, 1);
    } else if (record->kind == LAD_RECORD_PAGE_TOUCH) {
        take_touches(reuse, record, 1, page);
    } else if (record->kind == LAD_RECORD_RANGE_TOUCH) {
        take_touches(reuse, record, MAX(record->size, 1), page);
    } else if (record->kind == LAD_RECORD_SWITCH && options->scope == LAD_REUSE_BY_CORE) {
        change_core(reuse, stretch, record);
    } else if (reuse->shared) {
        return lad_profile_map(reuse->sources, stretch->stream, record, error);
    }
    return TRUE;
}

/* Which of the stretch's addresses may be in the sample. */
static void
find_hits(Reuse *reuse, const LadStretch *stretch)
{
    guint64 grain_mask = ((guint64)1 << reuse->grain_shift) - 1;
    g_array_set_size(reuse->hits, (guint)stretch->n_addresses + 1);
    guint32 *hits = (guint32 *)(gpointer)reuse->hits->data;
    guint n = 0;
    for (guint32 i = 0; i < stretch->n_addresses; i++) {
        guint64 address = stretch->addresses[i];
        hits[n] = i;
        n += (guint)in_sample(reuse, address >> reuse->grain_shift);
        if (G_UNLIKELY((address & grain_mask) > grain_mask - MAX_OPERAND) &&
            (n == 0 || hits[n - 1] != i))
            n += (guint)in_sample(reuse, (address + MAX_OPERAND) >> reuse->grain_shift);
    }
    hits[n] = G_MAXUINT32;
}

static gboolean
take_stretch(gpointer data, const LadStretch *stretch, GError **error)
{
    Reuse *reuse = data;
    const LadBatch *batch = stretch->batch;
    const LadCode *code = lad_trace_reader_code(
        g_array_index(reuse->sources->traces, LadProfileTrace, stretch->stream->trace).reader);
    GArray *infos = reuse->infos[stretch->stream->trace];
    static const guint32 none = G_MAXUINT32;
    const guint32 *hit = &none;
    guint32 at = 0;
    reuse->stream = stretch->stream;
    reuse->group = group_of(reuse, stretch->stream, stretch->index);
    if (!reuse->exact && !reuse->shared && reuse->options->side != LAD_REUSE_CODE) {
        find_hits(reuse, stretch);
        hit = (const guint32 *)(gconstpointer)reuse->hits->data;
    }
    for (guint32 t = stretch->first; t < stretch->end; t++) {
        guint32 token = batch->tokens[t];
        if (token & LAD_TOKEN_RECORD) {
            if (!take_record(reuse, stretch, &batch->records[token & ~LAD_TOKEN_RECORD], error))
                return FALSE;
            continue;
        }
        const LadEntry *entry = lad_code_entry(code, token);
        const EntryInfo *info = info_of(reuse, infos, entry, token);
        LadReuseSideCounts *sides = reuse->group->counts.sides;
        sides[1].n_accesses += info->n_code;
        sides[0].n_accesses += info->n_data;
        if (info->one_by_one || *hit < at + entry->n_operands)
            sides[0].n_more += walk_entry(reuse, entry, stretch->addresses + at);
        at += entry->n_operands;
        while (*hit < at)
            hit++;
    }
    return TRUE;
}

/* ---- The whole --------------------------------------------------------------------------------
 */

static guint
shift_of(guint64 bytes)
{
    return 63 - (guint)__builtin_clzll(bytes);
}

static gboolean
check_options(const LadReuseOptions *options, GError **error)
{
    guint64 unit = options->unit_bytes;
    if (unit < 8 || unit > LAD_GIB || (unit & (unit - 1)) != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "unit of %" G_GUINT64_FORMAT " B: expected a power of two from 8 B to 1 GiB",
                    unit);
        return FALSE;
    }
    if (options->sample > 0 && options->sample <= 1)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                "sample of %g of the pages: expected more than 0 and at most 1", options->sample);
    return FALSE;
}

static void
reuse_clear(Reuse *reuse)
{
    for (guint i = 0; i < reuse->sources->traces->len; i++)
        g_array_unref(reuse->infos[i]);
    for (guint i = 0; i < LAD_REUSE_GROUPS && reuse->random[i] != NULL; i++) {
        lad_reuse_counts_clear(reuse->random[i]);
        g_free(reuse->random[i]);
    }
    g_free(reuse->infos);
    g_free(reuse->of_stream);
    g_hash_table_unref(reuse->by_name);
    g_ptr_array_unref(reuse->groups);
    g_array_unref(reuse->hits);
}

static void
reuse_init(Reuse *reuse)
{
    const LadReuseOptions *options = reuse->options;
    LadProfileSources *sources = reuse->sources;
    reuse->unit_shift = shift_of(options->unit_bytes);
    reuse->grain_shift = MAX(reuse->unit_shift, (guint)LAD_PAGE_SHIFT);
    reuse->shared = options->scope >= LAD_REUSE_BY_CORE && options->count == LAD_REUSE_LINES &&
                    sources->spaces->len > 1;
    reuse->exact = options->sample >= 1;
    reuse->threshold = (guint64)(options->sample * 72057594037927936.0); /* 2^56 */
    reuse->groups = g_ptr_array_new_with_free_func(group_free);
    reuse->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    reuse->of_stream = g_new0(Group *, sources->streams->len);
    reuse->infos = g_new0(GArray *, sources->traces->len);
    for (guint i = 0; i < sources->traces->len; i++)
        reuse->infos[i] = g_array_new(FALSE, TRUE, sizeof(EntryInfo));
    reuse->hits = g_array_new(FALSE, FALSE, sizeof(guint32));
    for (guint i = 0; i < LAD_REUSE_GROUPS && !reuse->exact; i++) {
        reuse->random[i] = g_new0(LadReuseCounts, 1);
        lad_reuse_counts_init(reuse->random[i]);
    }
}

typedef struct {
    GHashTable *units, *grains;
    guint shift;
} Distinct;

static void
add_distinct(guint64 key, gpointer data)
{
    Distinct *distinct = data;
    if (distinct->units != NULL)
        g_hash_table_add(distinct->units, GSIZE_TO_POINTER((gsize)key));
    if (distinct->grains != NULL)
        g_hash_table_add(distinct->grains, GSIZE_TO_POINTER((gsize)(key >> distinct->shift)));
}

/* The sum over the stacks, and how many different units and pages there are in all of them. */
static void
add_up(Reuse *reuse, LadReuseTotals *totals)
{
    Distinct distinct = {.shift = reuse->grain_shift - reuse->unit_shift};
    if (reuse->groups->len != 1)
        distinct.units = g_hash_table_new(g_direct_hash, g_direct_equal);
    if (!reuse->exact)
        distinct.grains = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (guint i = 0; i < reuse->groups->len; i++) {
        Group *group = reuse->groups->pdata[i];
        flush(reuse, group);
        lad_reuse_counts_correct(&group->counts, reuse->options->sample);
        group->counts.n_distinct = lad_reuse_stack_n(group->stack);
        lad_reuse_counts_add(&totals->counts, &group->counts);
        totals->counts.n_distinct = group->counts.n_distinct;
        if (distinct.units != NULL || distinct.grains != NULL)
            lad_reuse_stack_foreach(group->stack, add_distinct, &distinct);
    }
    if (distinct.units != NULL)
        totals->counts.n_distinct = g_hash_table_size(distinct.units);
    if (distinct.grains != NULL)
        totals->n_pages = g_hash_table_size(distinct.grains);
    g_clear_pointer(&distinct.units, g_hash_table_unref);
    g_clear_pointer(&distinct.grains, g_hash_table_unref);
}

static LadFindings *
tell(Reuse *reuse)
{
    LadReuseTotals totals = {.sources = reuse->sources,
                             .options = reuse->options,
                             .shared = reuse->shared,
                             .random = reuse->exact ? NULL : reuse->random};
    lad_reuse_counts_init(&totals.counts);
    add_up(reuse, &totals);
    LadFindings *findings = lad_reuse_tell(&totals);
    if (reuse->options->streams) {
        LadFindingsTable *table = lad_reuse_tell_stacks(findings);
        for (guint i = 0; i < reuse->groups->len; i++) {
            const Group *group = reuse->groups->pdata[i];
            if (group->counts.n_distinct > 0)
                lad_reuse_tell_stack(table, group->name, &group->counts, reuse->options->sample);
        }
    }
    lad_reuse_counts_clear(&totals.counts);
    return findings;
}

LadFindings *
lad_profile_reuse(LadProfileSources *sources, const LadReuseOptions *options,
                  const LadToolboxProgress *progress, GError **error)
{
    Reuse reuse = {.sources = sources, .options = options};
    if (!check_options(options, error))
        return NULL;
    LadProfileOrder order =
        options->scope == LAD_REUSE_BY_STREAM ? LAD_PROFILE_APART : options->order;
    reuse_init(&reuse);
    gboolean ok =
        lad_profile_replay(sources, order, options->quantum, take_stretch, &reuse, progress, error);
    LadFindings *findings = ok ? tell(&reuse) : NULL;
    reuse_clear(&reuse);
    return findings;
}
