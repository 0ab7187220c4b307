/* export.h - .mlt traces written in other tools' formats, so that a peer can be run on the same
 * accesses.
 *
 * A format is one file in traces/export/ with one LadExportFormat, and one row of the table in
 * traces/export/formats.c. It is handed the blocks and plain records of a stream in order and
 * writes bytes; compression is chosen by the output's suffix.
 */
#ifndef MEMLADDER_EXPORT_H
#define MEMLADDER_EXPORT_H

#include <memladder/trace.h>

G_BEGIN_DECLS

typedef struct LadExport LadExport;

typedef struct {
    const char *name;    /* as given to --to */
    const char *summary; /* one line: who reads it */
    const char *lost;    /* what the format cannot hold, one sentence per line */
    gboolean one_stream; /* it has no threads: one stream per file */
    size_t state_size;   /* of its state, zeroed when a stream begins; 0: none */
    /* A stream begins; `first`: of the file. Optional. Errors of all hooks: what lad_export_put
     * reports, UNSUPPORTED. */
    gboolean (*begin)(LadExport *export, const LadStreamInfo *info, gboolean first, GError **error);
    /* A block is executed, with one address per operand. Required. */
    gboolean (*block)(LadExport *export, const LadBlock *block, const guint64 *addresses,
                      GError **error);
    /* A plain record. Required. */
    gboolean (*record)(LadExport *export, const LadRecord *record, GError **error);
    /* The stream ends. Optional. */
    gboolean (*end)(LadExport *export, GError **error);
} LadExportFormat;

/* All formats, ended by NULL. */
extern const LadExportFormat *const lad_export_formats[];

/* The format of this name, or NULL with USAGE naming the nearest one. */
const LadExportFormat *lad_export_find(const char *name, GError **error);

/* Asked now and then with the bytes of the trace read so far and in all (0: unknown); FALSE with
 * `error` set stops the export. */
typedef gboolean (*LadExportProgress)(gpointer data, guint64 done, guint64 total, GError **error);

typedef struct {
    gint64 stream;              /* the only one to write; -1: all, or the only one there is */
    guint compression;          /* level of the compressor that the suffix names; 0: its default */
    LadExportProgress progress; /* NULL: none */
    gpointer progress_data;
} LadExportOptions;

typedef struct {
    guint64 n_insns, n_data; /* written */
    guint64 n_skipped;       /* records that the format cannot hold */
} LadExportTotals;

/* Writes the trace at `input` ("-": standard input) to `output` ("-": standard output), packed by
 * gzip, xz, bzip2 or zstd if its name ends in .gz, .xz, .bz2 or .zst. `totals` may be NULL. On
 * failure nothing appears under `output`. Errors: TRACE, IO, USAGE (no such stream; several streams
 * for a format that holds one), UNSUPPORTED, what `progress` sets. */
gboolean lad_export_run(const LadExportFormat *format, const char *input, const char *output,
                        const LadExportOptions *options, LadExportTotals *totals, GError **error);

/* ---- What a format may call --------------------------------------------------------------------
 */

/* The format's state. */
gpointer lad_export_state(LadExport *export);
/* The trace's header, and the totals, which the format counts; both owned by `export`. */
const LadTraceHeader *lad_export_header(const LadExport *export);
LadExportTotals *lad_export_totals(LadExport *export);
/* Room for `n` (at most 4096) bytes, valid until the next call; NULL on failure. Of it,
 * lad_export_wrote says how many were filled, from the first on. Errors: IO. */
char *lad_export_room(LadExport *export, gsize n, GError **error);
void lad_export_wrote(LadExport *export, gsize n);

G_END_DECLS
#endif
