/* trace_census.c - one pass over a trace: records by kind, footprints, known dependences.
 *
 * Streams of one process share an address space; footprints are the sums over the spaces. */
#include "config.h"
#include <string.h>
#include "sim/commands/interrupt.h"
#include "sim/commands/trace_census.h"

/* A set of line or page numbers: open addressing, with the last one asked remembered. Numbers are
 * below 2^58, so G_MAXUINT64 marks a free place. */
typedef struct {
    guint64 *places;
    guint bits;
    guint64 n;
    guint64 last;
} NumberSet;

typedef struct {
    guint32 host, process;
    NumberSet code, data;
    NumberSet touched; /* pages, by records that tell no lines */
} AddressSpace;

typedef struct {
    LadTraceCensus *census;
    const LadCode *code;
    AddressSpace *space;
    GArray *executions; /* guint64 by entry, of this stream */
    guint64 page_bytes;
} Counting;

#define MAX_TOUCHED_BYTES ((guint64)1 << 46) /* by one record: more is damage, not memory */

static void
set_init(NumberSet *set, guint bits)
{
    set->bits = bits;
    set->n = 0;
    set->last = G_MAXUINT64;
    set->places = g_new(guint64, (gsize)1 << bits);
    memset(set->places, 0xff, sizeof(guint64) << bits);
}

static void set_add(NumberSet *set, guint64 number);

static void
set_grow(NumberSet *set)
{
    NumberSet grown;
    set_init(&grown, set->bits + 1);
    for (gsize i = 0; i < (gsize)1 << set->bits; i++)
        if (set->places[i] != G_MAXUINT64)
            set_add(&grown, set->places[i]);
    g_free(set->places);
    *set = grown;
}

static void
set_add(NumberSet *set, guint64 number)
{
    if (number == set->last)
        return;
    set->last = number;
    gsize mask = ((gsize)1 << set->bits) - 1;
    gsize at = (number * 0x9E3779B97F4A7C15u) >> (64 - set->bits);
    while (set->places[at] != G_MAXUINT64) {
        if (set->places[at] == number)
            return;
        at = (at + 1) & mask;
    }
    set->places[at] = number;
    if (++set->n > mask / 2)
        set_grow(set);
}

static void
add_range(NumberSet *lines, guint64 address, guint64 size)
{
    guint64 last = address + (size > 0 ? size - 1 : 0);
    if (last < address)
        last = G_MAXUINT64;
    for (guint64 line = address / LAD_CENSUS_LINE_BYTES; line <= last / LAD_CENSUS_LINE_BYTES;
         line++)
        set_add(lines, line);
}

/* Pages of `lines` and those in `others`, which may be NULL. */
static guint64
count_pages(const NumberSet *lines, const NumberSet *others, guint64 page_bytes)
{
    NumberSet pages;
    guint64 lines_per_page = MAX(page_bytes / LAD_CENSUS_LINE_BYTES, 1);
    set_init(&pages, 10);
    for (gsize i = 0; others != NULL && i < (gsize)1 << others->bits; i++)
        if (others->places[i] != G_MAXUINT64)
            set_add(&pages, others->places[i]);
    for (gsize i = 0; i < (gsize)1 << lines->bits; i++)
        if (lines->places[i] != G_MAXUINT64)
            set_add(&pages, lines->places[i] / lines_per_page);
    g_free(pages.places);
    return pages.n;
}

static void
add_access(Counting *counting, guint64 address, guint64 size)
{
    LadTraceCensus *census = counting->census;
    add_range(&counting->space->data, address, size);
    census->lowest = MIN(census->lowest, address);
    census->highest = MAX(census->highest, address + (size > 0 ? size - 1 : 0));
}

/* Records of events that are not accesses. */
static void
count_event(LadTraceCensus *census, const LadRecord *record)
{
    if (record->kind == LAD_RECORD_SWITCH) {
        census->n_turns += (record->flags & LAD_SWITCH_TURN) != 0;
        census->n_cpus += (record->flags & LAD_SWITCH_CPU) != 0;
        census->n_exits += (record->flags & LAD_SWITCH_EXIT) != 0;
    } else if (record->kind == LAD_RECORD_IDLE) {
        guint64 *n = record->flags & LAD_IDLE_WAIT ? &census->n_waits : &census->n_idle;
        *n += MAX(record->weight, 1);
    } else if (record->kind == LAD_RECORD_MARKER) {
        census->n_markers[MIN(record->flags, LAD_CENSUS_MARKERS - 1u)]++;
    }
}

/* A touch of a page, or of each page of a range; one of weight 0 says that nothing touched it. */
static void
count_touches(Counting *counting, const LadRecord *record)
{
    LadTraceCensus *census = counting->census;
    guint64 bytes = record->kind == LAD_RECORD_RANGE_TOUCH ? MAX(record->size, 1) : 1;
    if (record->weight == 0 || bytes > MAX_TOUCHED_BYTES || record->address > G_MAXUINT64 - bytes)
        return;
    guint64 first = record->address / counting->page_bytes;
    guint64 last = (record->address + bytes - 1) / counting->page_bytes;
    for (guint64 page = first; page <= last; page++)
        set_add(&counting->space->touched, page);
    census->n_touches += (last - first + 1) * record->weight;
    census->n_touch_writes += (last - first + 1) * MIN(record->value, record->weight);
    census->lowest = MIN(census->lowest, record->address);
    census->highest = MAX(census->highest, record->address + bytes - 1);
}

static void
count_record(Counting *counting, const LadRecord *record)
{
    LadTraceCensus *census = counting->census;
    guint64 size = MIN(record->size, LAD_MIB);
    if (census->n_plain[record->kind]++ == 0 && record->kind == LAD_RECORD_TIME)
        census->first_time = census->last_time = record->value;
    census->n_insns += lad_record_n_insns(record);
    if (record->kind == LAD_RECORD_FETCH) {
        add_range(&counting->space->code, record->address, size);
    } else if (record->kind >= LAD_RECORD_LOAD && record->kind <= LAD_RECORD_ATOMIC) {
        census->n_accesses[record->kind - LAD_RECORD_LOAD]++;
        add_access(counting, record->address, size);
    } else if (record->kind == LAD_RECORD_PAGE_TOUCH || record->kind == LAD_RECORD_RANGE_TOUCH) {
        count_touches(counting, record);
    } else if (record->kind == LAD_RECORD_TIME) {
        census->first_time = MIN(census->first_time, record->value);
        census->last_time = MAX(census->last_time, record->value);
    } else {
        count_event(census, record);
    }
}

static void
count_batch(Counting *counting, const LadBatch *batch)
{
    const guint64 *address = batch->addresses;
    guint32 n_entries = lad_code_n_entries(counting->code);
    if (counting->executions->len < n_entries)
        g_array_set_size(counting->executions, n_entries);
    for (guint32 t = 0; t < batch->n_tokens; t++) {
        guint32 token = batch->tokens[t];
        if (token & LAD_TOKEN_RECORD) {
            count_record(counting, &batch->records[token & ~LAD_TOKEN_RECORD]);
            continue;
        }
        const LadEntry *entry = lad_code_entry(counting->code, token);
        g_array_index(counting->executions, guint64, token)++;
        for (guint32 b = 0; b < entry->n_blocks; b++)
            for (guint i = 0; i < entry->blocks[b]->n_operands; i++)
                add_access(counting, *address++, entry->blocks[b]->operands[i].size);
    }
}

/* What a block adds, once for all its executions. */
static void
count_block(Counting *counting, const LadBlock *block, guint64 times)
{
    LadTraceCensus *census = counting->census;
    guint64 pc = block->pc;
    census->n_executions += times;
    census->n_no_fetch += block->n_insns == 0 ? times : 0;
    census->n_insns += times * block->n_insns;
    for (guint i = 0; i < block->n_insns; i++) {
        add_range(&counting->space->code, pc, block->insns[i].length);
        pc += block->insns[i].length;
    }
    for (guint i = 0; i < block->n_operands; i++) {
        const LadOperand *operand = &block->operands[i];
        census->n_accesses[operand->kind] += times;
        if (block->n_insns > 0 && !(block->insns[operand->insn].flags & LAD_INSN_DEPS_UNKNOWN))
            census->n_known += times;
    }
}

static gboolean
count_stream(Counting *counting, LadTraceReader *reader, guint number, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(LadStreamReader) cursor = lad_stream_reader_new(reader, number, error);
    if (cursor == NULL)
        return FALSE;
    g_autoptr(GArray) executions = g_array_new(FALSE, TRUE, sizeof(guint64));
    counting->executions = executions;
    const LadBatch *batch;
    while ((batch = lad_stream_reader_next(cursor, &failure)) != NULL) {
        count_batch(counting, batch);
        if (lad_interrupt_pending())
            return lad_interrupt_error(error);
    }
    if (failure != NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    for (guint32 id = 0; id < executions->len; id++) {
        guint64 times = g_array_index(executions, guint64, id);
        const LadEntry *entry = times > 0 ? lad_code_entry(counting->code, id) : NULL;
        for (guint32 b = 0; entry != NULL && b < entry->n_blocks; b++)
            count_block(counting, entry->blocks[b], times);
    }
    return TRUE;
}

static AddressSpace *
space_of(GPtrArray *spaces, const LadStreamInfo *info)
{
    for (guint i = 0; i < spaces->len; i++) {
        AddressSpace *space = spaces->pdata[i];
        if (space->host == info->host && space->process == info->process)
            return space;
    }
    AddressSpace *space = g_new0(AddressSpace, 1);
    space->host = info->host;
    space->process = info->process;
    set_init(&space->code, 12);
    set_init(&space->data, 12);
    set_init(&space->touched, 4);
    g_ptr_array_add(spaces, space);
    return space;
}

static void
space_free(gpointer data)
{
    AddressSpace *space = data;
    g_free(space->code.places);
    g_free(space->data.places);
    g_free(space->touched.places);
    g_free(space);
}

gboolean
lad_trace_census(LadTraceReader *reader, LadTraceCensus *census, GError **error)
{
    g_autoptr(GPtrArray) spaces = g_ptr_array_new_with_free_func(space_free);
    guint64 page_bytes = lad_trace_reader_header(reader)->page_bytes;
    *census = (LadTraceCensus){.lowest = G_MAXUINT64};
    Counting counting = {.census = census,
                         .code = lad_trace_reader_code(reader),
                         .page_bytes = MAX(page_bytes, LAD_CENSUS_LINE_BYTES)};
    for (guint i = 0; i < lad_trace_reader_n_streams(reader); i++) {
        counting.space = space_of(spaces, lad_trace_reader_stream_info(reader, i));
        if (!count_stream(&counting, reader, i, error))
            return FALSE;
    }
    for (guint i = 0; i < spaces->len; i++) {
        const AddressSpace *space = spaces->pdata[i];
        census->code_lines += space->code.n;
        census->data_lines += space->data.n;
        census->code_pages += count_pages(&space->code, NULL, page_bytes);
        census->data_pages += count_pages(&space->data, &space->touched, page_bytes);
    }
    return TRUE;
}
