/* lackey.c - the text that Valgrind's lackey writes, for tools that read it. An instruction of
 * unknown length is written as 1 byte, an atomic access as a modify. */
#include "config.h"
#include "traces/export/formats.h"
#include "traces/export/text.h"

#define LINE_BYTES 32

static gboolean
put_line(LadExport *export, const char *mark, guint64 address, guint64 size, GError **error)
{
    char *room = lad_export_room(export, LINE_BYTES, error), *at = room;
    if (room == NULL)
        return FALSE;
    at = lad_write_text(at, mark);
    at = lad_write_hex(at, address, 8);
    *at++ = ',';
    at = lad_write_decimal(at, size);
    *at++ = '\n';
    lad_export_wrote(export, (gsize)(at - room));
    return TRUE;
}

static gboolean
put_insn(LadExport *export, guint64 pc, guint64 length, GError **error)
{
    lad_export_totals(export)->n_insns++;
    return put_line(export, "I  ", pc, CLAMP(length, 1, 255), error);
}

static gboolean
put_data(LadExport *export, guint kind, guint64 address, guint64 size, GError **error)
{
    static const char *const marks[] = {" L ", " S ", " M ", " M "};
    lad_export_totals(export)->n_data++;
    return put_line(export, marks[kind], address, MIN(size, 4096), error);
}

static gboolean
begin(LadExport *export, const LadStreamInfo *info, G_GNUC_UNUSED gboolean first, GError **error)
{
    const char *command = lad_export_header(export)->command;
    g_autofree char *clean = g_strdelimit(g_strndup(command, 2000), "\n\r", ' ');
    char *room = lad_export_room(export, 4096, error);
    if (room == NULL)
        return FALSE;
    lad_export_wrote(export,
                     (gsize)g_snprintf(room, 4096, "==%u== Command: %s\n", info->process, clean));
    return TRUE;
}

static gboolean
block(LadExport *export, const LadBlock *block_, const guint64 *addresses, GError **error)
{
    guint64 pc = block_->pc;
    guint next = 0;
    for (guint i = 0; i < MAX(block_->n_insns, 1); i++) {
        if (block_->n_insns > 0 && !put_insn(export, pc, block_->insns[i].length, error))
            return FALSE;
        for (; next < block_->n_operands && block_->operands[next].insn == i; next++)
            if (!put_data(export, block_->operands[next].kind, addresses[next],
                          block_->operands[next].size, error))
                return FALSE;
        pc += block_->n_insns > 0 ? block_->insns[i].length : 0;
    }
    return TRUE;
}

static gboolean
record(LadExport *export, const LadRecord *plain, GError **error)
{
    if (plain->kind == LAD_RECORD_FETCH)
        return put_insn(export, plain->address, plain->size, error);
    if (plain->kind >= LAD_RECORD_LOAD && plain->kind <= LAD_RECORD_ATOMIC)
        return put_data(export, plain->kind - LAD_RECORD_LOAD, plain->address, plain->size, error);
    lad_export_totals(export)->n_skipped++;
    return TRUE;
}

const LadExportFormat lad_export_lackey = {
    .name = "lackey",
    .summary = "text as of valgrind --tool=lackey --trace-mem=yes",
    .lost = "Registers, kinds of branches and all records that are no accesses are not written.\n"
            "Atomic accesses become modifies, instructions of unknown length 1 byte long.",
    .one_stream = TRUE,
    .begin = begin,
    .block = block,
    .record = record,
};
