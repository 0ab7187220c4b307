/* dinero.c - the two text formats of the Dinero cache simulators: `dinero`, the extended one with
 * sizes
 * (-informat D), and `din`, the traditional one. A modify is a read and a write, as the formats
 * have none; an instruction of unknown length is written as 1 byte. */
#include "config.h"
#include "traces/export/formats.h"
#include "traces/export/text.h"

#define LINE_BYTES 40

typedef enum { READ, WRITE, FETCH, COPY_BACK = 4 } Label;

typedef gboolean (*PutLine)(LadExport *export, Label label, guint64 address, guint64 size,
                            GError **error);

static gboolean
put_extended(LadExport *export, Label label, guint64 address, guint64 size, GError **error)
{
    char *room = lad_export_room(export, LINE_BYTES, error), *at = room;
    if (room == NULL)
        return FALSE;
    *at++ = "rwimc"[label];
    *at++ = ' ';
    at = lad_write_hex(at, address, 1);
    *at++ = ' ';
    at = lad_write_hex(at, size, 1);
    *at++ = '\n';
    lad_export_wrote(export, (gsize)(at - room));
    return TRUE;
}

static gboolean
put_traditional(LadExport *export, Label label, guint64 address, G_GNUC_UNUSED guint64 size,
                GError **error)
{
    char *room = lad_export_room(export, LINE_BYTES, error), *at = room;
    if (room == NULL)
        return FALSE;
    *at++ = (char)('0' + label);
    *at++ = ' ';
    at = lad_write_hex(at, address, 1);
    *at++ = '\n';
    lad_export_wrote(export, (gsize)(at - room));
    return TRUE;
}

static gboolean
put_data(LadExport *export, PutLine put, guint kind, guint64 address, guint64 size, GError **error)
{
    lad_export_totals(export)->n_data++;
    size = MIN(size, 4096);
    return (kind == LAD_OPERAND_STORE || put(export, READ, address, size, error)) &&
           (kind == LAD_OPERAND_LOAD || put(export, WRITE, address, size, error));
}

static inline gboolean
put_block(LadExport *export, PutLine put, const LadBlock *block, const guint64 *addresses,
          GError **error)
{
    guint64 pc = block->pc;
    guint next = 0;
    lad_export_totals(export)->n_insns += block->n_insns;
    for (guint i = 0; i < MAX(block->n_insns, 1); i++) {
        guint length = block->n_insns > 0 ? block->insns[i].length : 0;
        if (block->n_insns > 0 && !put(export, FETCH, pc, MAX(length, 1), error))
            return FALSE;
        for (; next < block->n_operands && block->operands[next].insn == i; next++)
            if (!put_data(export, put, block->operands[next].kind, addresses[next],
                          block->operands[next].size, error))
                return FALSE;
        pc += length;
    }
    return TRUE;
}

static gboolean
put_record(LadExport *export, PutLine put, const LadRecord *record, GError **error)
{
    if (record->kind == LAD_RECORD_FETCH) {
        lad_export_totals(export)->n_insns++;
        return put(export, FETCH, record->address, CLAMP(record->size, 1, 255), error);
    }
    if (record->kind >= LAD_RECORD_LOAD && record->kind <= LAD_RECORD_ATOMIC)
        return put_data(export, put, record->kind - LAD_RECORD_LOAD, record->address, record->size,
                        error);
    if (record->kind == LAD_RECORD_FLUSH)
        return put(export, COPY_BACK, record->address, MIN(record->size, 4096), error);
    lad_export_totals(export)->n_skipped++;
    return TRUE;
}

static gboolean
extended_block(LadExport *export, const LadBlock *block, const guint64 *addresses, GError **error)
{
    return put_block(export, put_extended, block, addresses, error);
}

static gboolean
extended_record(LadExport *export, const LadRecord *record, GError **error)
{
    return put_record(export, put_extended, record, error);
}

static gboolean
traditional_block(LadExport *export, const LadBlock *block, const guint64 *addresses,
                  GError **error)
{
    return put_block(export, put_traditional, block, addresses, error);
}

static gboolean
traditional_record(LadExport *export, const LadRecord *record, GError **error)
{
    return put_record(export, put_traditional, record, error);
}

#define LOST                                                                                       \
    "Registers, kinds of branches and all records but accesses and flushes are not written.\n"     \
    "A modify becomes a read and a write."

const LadExportFormat lad_export_dinero = {
    .name = "dinero",
    .summary = "extended din of Dinero IV (-informat D), with sizes",
    .lost = LOST "\nInstructions of unknown length become 1 byte long.",
    .one_stream = TRUE,
    .block = extended_block,
    .record = extended_record,
};

const LadExportFormat lad_export_din = {
    .name = "din",
    .summary = "traditional din of Dinero III and IV (-informat d)",
    .lost = LOST "\nSizes are not written.",
    .one_stream = TRUE,
    .block = traditional_block,
    .record = traditional_record,
};
