/* csv.c - a table of accesses, as the importer of this name reads it: kind, address, size_bytes,
 * pc, process, thread, and time_ns or time_ps if the trace has times. A cell of the time is empty
 * before the first time stamp; a cell of the pc is empty for accesses of no instruction. Streams
 * come one after another. */
#include "config.h"
#include "traces/export/formats.h"
#include "traces/export/text.h"

#define LINE_BYTES 160
#define TAIL_BYTES 64

typedef struct {
    char ids[TAIL_BYTES]; /* ",process,thread" */
    gboolean time;        /* there is a column of it */
    gboolean has_time;
    guint64 now;
    guint64 tick; /* in units of the column */
} State;

static const char *const kinds[] = {"load,0x", "store,0x", "modify,0x", "atomic,0x"};

static gboolean
begin(LadExport *export, const LadStreamInfo *info, gboolean first, GError **error)
{
    State *state = lad_export_state(export);
    guint64 tick_ps = lad_export_header(export)->tick_ps;
    gboolean ps = tick_ps % 1000 != 0;
    g_snprintf(state->ids, sizeof state->ids, ",%u,%u", info->process, info->thread);
    state->time = tick_ps > 0;
    state->tick = ps ? tick_ps : tick_ps / 1000;
    if (!first)
        return TRUE;
    char *room = lad_export_room(export, LINE_BYTES, error);
    if (room == NULL)
        return FALSE;
    lad_export_wrote(export, (gsize)g_snprintf(room, LINE_BYTES,
                                               "kind,address,size_bytes,pc,process,thread%s\n",
                                               !state->time ? ""
                                               : ps         ? ",time_ps"
                                                            : ",time_ns"));
    return TRUE;
}

/* A row; `kind` with its comma and 0x. */
static gboolean
put_row(LadExport *export, const char *kind, guint64 address, guint64 size, gboolean has_pc,
        guint64 pc, GError **error)
{
    const State *state = lad_export_state(export);
    char *room = lad_export_room(export, LINE_BYTES, error), *at = room;
    if (room == NULL)
        return FALSE;
    at = lad_write_text(at, kind);
    at = lad_write_hex(at, address, 1);
    *at++ = ',';
    at = lad_write_decimal(at, size);
    *at++ = ',';
    if (has_pc) {
        at = lad_write_text(at, "0x");
        at = lad_write_hex(at, pc, 1);
    }
    at = lad_write_text(at, state->ids);
    if (state->time)
        *at++ = ',';
    if (state->has_time)
        at = lad_write_decimal(at, state->now);
    *at++ = '\n';
    lad_export_wrote(export, (gsize)(at - room));
    return TRUE;
}

static gboolean
block(LadExport *export, const LadBlock *block_, const guint64 *addresses, GError **error)
{
    guint64 pc = block_->pc;
    guint next = 0;
    gboolean coded = block_->n_insns > 0;
    lad_export_totals(export)->n_insns += block_->n_insns;
    lad_export_totals(export)->n_data += block_->n_operands;
    for (guint i = 0; i < MAX(block_->n_insns, 1); i++) {
        guint length = coded ? block_->insns[i].length : 0;
        if (coded && !put_row(export, "fetch,0x", pc, length, FALSE, 0, error))
            return FALSE;
        for (; next < block_->n_operands && block_->operands[next].insn == i; next++)
            if (!put_row(export, kinds[block_->operands[next].kind], addresses[next],
                         block_->operands[next].size, coded, pc, error))
                return FALSE;
        pc += length;
    }
    return TRUE;
}

static gboolean
set_time(LadExport *export, guint64 ticks, GError **error)
{
    State *state = lad_export_state(export);
    if (state->tick > 0 && ticks > G_MAXUINT64 / state->tick) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                    "the time stamp of %" G_GUINT64_FORMAT " ticks is too large for the table",
                    ticks);
        return FALSE;
    }
    state->has_time = state->time;
    state->now = ticks * state->tick;
    return TRUE;
}

static gboolean
record(LadExport *export, const LadRecord *plain, GError **error)
{
    LadExportTotals *totals = lad_export_totals(export);
    guint64 size = MIN(plain->size, 4096);
    switch (plain->kind) {
    case LAD_RECORD_TIME:
        return set_time(export, plain->value, error);
    case LAD_RECORD_FETCH:
        totals->n_insns++;
        return put_row(export, "fetch,0x", plain->address, MIN(size, 255), FALSE, 0, error);
    case LAD_RECORD_LOAD:
    case LAD_RECORD_STORE:
    case LAD_RECORD_MODIFY:
    case LAD_RECORD_ATOMIC:
        totals->n_data++;
        return put_row(export, kinds[plain->kind - LAD_RECORD_LOAD], plain->address, size, FALSE, 0,
                       error);
    case LAD_RECORD_PREFETCH:
        return put_row(export, "prefetch,0x", plain->address, size, FALSE, 0, error);
    case LAD_RECORD_FLUSH:
        return put_row(export, "flush,0x", plain->address, size, FALSE, 0, error);
    default:
        totals->n_skipped++;
        return TRUE;
    }
}

const LadExportFormat lad_export_csv = {
    .name = "csv",
    .summary = "a table of accesses with a header, as the importer of this name reads it",
    .lost =
        "Registers, kinds of branches and all records but accesses, prefetches, flushes and times "
        "are not written.\n"
        "Streams come one after another: the order between threads is kept only by time.",
    .state_size = sizeof(State),
    .begin = begin,
    .block = block,
    .record = record,
};
