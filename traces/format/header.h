/* header.h - what a trace and a stream say of themselves, as attributes.
 *
 * Attributes are key and value, each ended by a zero byte, one pair after another, stored as they
 * are: `strings app.mlt | head` tells a stranger what the file is.
 */
#ifndef LAD_TRACE_HEADER_H
#define LAD_TRACE_HEADER_H

#include <memladder/trace.h>
#include "traces/format/layout.h"

GByteArray *lad_header_pack(const LadTraceHeader *header);
/* NULL with `error` (TRACE) set, its text without an offset. */
LadTraceHeader *lad_header_unpack(const guint8 *bytes, gsize n, GError **error);

GByteArray *lad_stream_info_pack(const LadStreamInfo *info);
LadStreamInfo *lad_stream_info_unpack(const guint8 *bytes, gsize n, GError **error);
LadStreamInfo *lad_stream_info_copy(const LadStreamInfo *info);
void lad_stream_info_free(LadStreamInfo *info);

#endif
