/* verify.c - the bytes of a whole trace against their checksums, known sections and columns or not.
 */
#include "config.h"
#include <memladder/trace.h>
#include "traces/format/reader.h"
#include "traces/format/section.h"

gboolean
lad_trace_reader_verify_bytes(LadTraceReader *reader, guint64 *n_sections, GError **error)
{
    guint64 size = lad_source_size(reader->source);
    guint64 at = LAD_PREAMBLE_BYTES;
    g_autoptr(GError) failure = NULL;
    *n_sections = 0;
    g_assert(lad_source_seekable(reader->source));
    gboolean ended = FALSE;
    while (!ended) {
        LadSection section;
        if (!lad_section_read(lad_source_read_at, reader->source, at, &section, &failure) ||
            !lad_section_verify(lad_source_read_at, reader->source, &section, &failure)) {
            g_prefix_error(&failure, "%s: ", reader->name);
            g_propagate_error(error, g_steal_pointer(&failure));
            return FALSE;
        }
        at += section.bytes;
        ended = section.kind == LAD_SECTION_INDEX;
        ++*n_sections;
    }
    if (at + LAD_TAIL_BYTES == size)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                "%s: at offset %" G_GUINT64_FORMAT ": %" G_GUINT64_FORMAT
                " bytes follow the index; the end mark of %d was expected",
                reader->name, at, size - at, LAD_TAIL_BYTES);
    return FALSE;
}
