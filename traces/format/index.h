/* index.h - the section that ends a trace: where everything is, and what it adds up to. */
#ifndef LAD_TRACE_INDEX_H
#define LAD_TRACE_INDEX_H

#include "traces/format/chunk.h"

/* One section of the file. `counts` of a CODE section has n_entries alone: those known after it. */
typedef struct {
    guint64 kind;
    guint64 offset;
    guint64 bytes;
    guint64 stream;
    LadChunkCounts counts;
} LadIndexRow;

typedef struct {
    guint64 n_insns;
    guint64 n_data;
    guint64 n_records;
} LadStreamTotals;

const GByteArray *lad_index_pack(LadSectionPacker *packer, const GArray *rows, const GArray *totals,
                                 const char *identity);
/* Fills `rows` and `totals`; returns the identity, to be freed, or NULL. */
char *lad_index_unpack(LadReadAt read, gpointer data, const LadSection *section, GArray *rows,
                       GArray *totals, GError **error);

#endif
