/* import.h - traces of other tools, converted to .mlt.
 *
 * A format is one file in traces/import/ with one LadImportFormat, and one row of the table in
 * traces/import/formats.c. It reads its input through LadImport, which unpacks what is compressed,
 * and writes what it finds with the writer that lad_import_begin gives it.
 */
#ifndef MEMLADDER_IMPORT_H
#define MEMLADDER_IMPORT_H

#include <memladder/trace.h>

G_BEGIN_DECLS

typedef struct LadImport LadImport;

typedef struct {
    const char *name;    /* as given to --from */
    const char *summary; /* one line: what writes it */
    const char *lost;    /* what the format does not tell, one sentence per line */
    /* Reads all of the input and writes it; called once. Errors: TRACE with the line or offset and
     * what was expected, what the input or the writer reports. Must call lad_import_begin, unless
     * it fails; an input without records is an error. */
    gboolean (*convert)(LadImport *import, GError **error);
} LadImportFormat;

/* All formats, ended by NULL. */
extern const LadImportFormat *const lad_import_formats[];

/* The format of this name, or NULL with USAGE naming the nearest one. */
const LadImportFormat *lad_import_find(const char *name, GError **error);

/* Asked now and then with the bytes of input read so far and in all (0: unknown); FALSE with
 * `error` set stops the conversion. */
typedef gboolean (*LadImportProgress)(gpointer data, guint64 done, guint64 total, GError **error);

/* Converts `input` ("-": standard input) to the trace `output` ("-": standard output). `options`
 * and `progress` may be NULL. On failure nothing appears under `output`. Errors: IO, TRACE, what
 * `progress` sets. */
gboolean lad_import_run(const LadImportFormat *format, const char *input, const char *output,
                        const LadTraceWriterOptions *options, LadImportProgress progress,
                        gpointer data, GError **error);

/* ---- What a format's `convert` may call -------------------------------------------------------
 */

/* The next line without its end, NUL-terminated, valid until the next call; NULL at the end of the
 * input with `error` unset. A line of more than 64 KiB is an error, and so is a zero byte in one.
 * Errors: TRACE, IO. */
const char *lad_import_line(LadImport *import, gsize *length, GError **error);
/* The next `n` bytes into `to`; how many there were (less at the end), -1 on failure. */
gssize lad_import_bytes(LadImport *import, void *to, gsize n, GError **error);
/* "FILE: line N: " with the line read last. */
char *lad_import_where(const LadImport *import);
/* The header to fill before lad_import_begin; `tool` and `lost` are preset. */
LadTraceHeader *lad_import_header(LadImport *import);
/* The writer, made at the first call; NULL on failure. */
LadTraceWriter *lad_import_begin(LadImport *import, GError **error);

G_END_DECLS
#endif
