/* touches.c - streams of single touches. */
#include "config.h"
#include "traces/import/touches.h"

#define TOUCH_BYTES 8 /* the size of the access that stands for a touch */

void
lad_touch_header(LadImport *import, guint64 page_bytes)
{
    LadTraceHeader *header = lad_import_header(import);
    header->level = LAD_LEVEL_PAGE;
    header->page_bytes = page_bytes;
    g_hash_table_insert(header->notes, g_strdup(LAD_NOTE_ORDER), g_strdup("exact"));
}

gboolean
lad_touch_stream_begin(LadTouchStream *touches, LadImport *import, const LadImportInput *input,
                       guint number, LadOperandKind kind, GError **error)
{
    touches->writer = lad_import_begin(import, error);
    if (touches->writer == NULL)
        return FALSE;
    g_autofree char *name = g_path_get_basename(number < lad_import_n_inputs(import) &&
                                                        *lad_import_member(input) == '\0'
                                                    ? lad_import_input_path(import, number)
                                                    : lad_import_member(input));
    LadStreamInfo info = {
        .process = number + 1, .thread = number + 1, .cgroup = (char *)"", .name = name};
    touches->stream = lad_trace_writer_add_stream(touches->writer, &info);
    LadOperand operand = {.kind = (guint8)kind, .size = TOUCH_BYTES};
    LadBlock block = {.n_operands = 1, .operands = &operand};
    touches->block = lad_trace_writer_block(touches->writer, &block);
    return TRUE;
}
