/* code_section.h - a stretch of the dictionary as a section, both ways. */
#ifndef LAD_TRACE_CODE_SECTION_H
#define LAD_TRACE_CODE_SECTION_H

#include "traces/format/code.h"
#include "traces/format/section.h"

/* Packs entries [from, to) as a CODE section. */
const GByteArray *lad_code_section_pack(const LadCode *code, guint32 from, guint32 to,
                                        LadSectionPacker *packer);
/* Appends what a CODE section holds; it must start at the dictionary's end. */
gboolean lad_code_section_unpack(LadCode *code, LadReadAt read, gpointer data,
                                 const LadSection *section, GError **error);

#endif
