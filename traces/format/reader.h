/* reader.h - what the cursors of a trace share: the file, its index, the dictionary. */
#ifndef LAD_TRACE_READER_H
#define LAD_TRACE_READER_H

#include "traces/format/chunk.h"
#include "traces/format/index.h"
#include "traces/format/source.h"

struct LadTraceReader {
    int references; /* atomic */
    char *name;
    LadTraceFlags flags;
    LadSource *source;
    LadTraceHeader *header;
    LadCode *code;

    GRecMutex lock;     /* of all that follows */
    GPtrArray *streams; /* LadReaderStream */
    GArray *code_rows;  /* LadIndexRow of CODE sections */
    guint n_code_loaded;
    guint64 scan_at;   /* the next section to look at, where the index is not known yet */
    guint64 n_scanned; /* entries of the dictionary in the sections seen */
    gboolean complete; /* all sections are known */
    char *identity;    /* NULL: not known */
    guint n_verified;  /* streams whose hash is complete */
};

typedef struct {
    LadStreamInfo *info;
    GArray *chunks; /* LadIndexRow */
    LadStreamTotals totals;
    LadStreamHash hash;
    gboolean verified;
} LadReaderStream;

/* Reads the index of a file that ends properly; what was found before must have been forgotten. */
gboolean lad_reader_read_index(LadTraceReader *reader, GError **error);
/* Takes note of the next section; at the end of the trace sets `complete`. */
gboolean lad_reader_scan_next(LadTraceReader *reader, GError **error);
gboolean lad_reader_scan_to_end(LadTraceReader *reader, GError **error);

/* The row of chunk `number` of a stream, looking for it on a pipe. FALSE at the end of the stream
 * with `error` unset, or on failure with it set. */
gboolean lad_reader_chunk(LadTraceReader *reader, guint stream, guint number, LadIndexRow *row,
                          GError **error);
/* Makes sure that the dictionary has `n_entries`. */
gboolean lad_reader_need_entries(LadTraceReader *reader, guint64 n_entries, GError **error);
/* Takes a stream's complete hash; with the last one, compares the identity. */
gboolean lad_reader_verify(LadTraceReader *reader, guint stream, const LadStreamHash *hash,
                           GError **error);

#endif
