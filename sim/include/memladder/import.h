/* import.h - traces of other tools, converted to .mlt.
 *
 * A format is one file in traces/import/ with one LadImportFormat, and one row of the table in
 * traces/import/formats.c. It is given a list of inputs, each a file or a pipe; a directory stands
 * for the files in it, in plain byte-wise order of their paths. What is compressed or archived is
 * unpacked on the way, in bounded memory; nothing is ever extracted to disk.
 *
 *     input --> member(s): the file itself, or each regular file in a zip or tar --> bytes, lines
 */
#ifndef MEMLADDER_IMPORT_H
#define MEMLADDER_IMPORT_H

#include <memladder/option.h>
#include <memladder/trace.h>

G_BEGIN_DECLS

typedef struct LadImport LadImport;
typedef struct LadImportInput LadImportInput;

/* The beginning of an input, unpacked, to tell its format by. */
typedef struct {
    const char *name;    /* last part of the path of the file, or of the member in an archive */
    const guint8 *bytes; /* of the first member */
    gsize n;             /* at most LAD_IMPORT_SAMPLE_BYTES */
    gboolean whole;      /* there is no more than this */
} LadImportSample;

#define LAD_IMPORT_SAMPLE_BYTES ((gsize)64 << 10)

/* What `recognise` answers: how sure the format is that the sample is its own. Values between are
 * allowed. A format is only chosen by its content from LAD_LOOKS_LIKE on, if no other is as sure.
 */
enum {
    LAD_LOOKS_IMPOSSIBLE = 0, /* cannot be this format: --from is refused with the nearest one */
    LAD_LOOKS_POSSIBLE = 20,  /* nothing speaks against it: raw numbers without a mark */
    LAD_LOOKS_LIKE = 60,      /* all of the sample parses, and a rule of the format is seen in it */
    LAD_LOOKS_CERTAIN = 100,  /* it begins with the format's own mark and all parses */
};

/* For formats of text: looks at the whole lines of a sample, at most 1000. `judge` answers 1 for a
 * line that only this format (or one close to it) has, 0 for one that may occur anywhere in it
 * (empty, comment), -1 for one that it cannot have; `number` counts from 1. Returns how many
 * answers were 1, or 0 if one was -1 or a line holds a zero byte. */
typedef int (*LadImportJudge)(const char *line, gsize length, guint number, gpointer data);
guint lad_import_sample_lines(const LadImportSample *sample, LadImportJudge judge, gpointer data);

typedef struct {
    const char *name;          /* as given to --from */
    const char *summary;       /* one line: what writes it */
    const char *level;         /* of the trace it becomes: "instruction", "miss", "page" */
    const char *kept;          /* what becomes part of the trace, one sentence per line */
    const char *lost;          /* what the format does not tell, one sentence per line */
    const char *evidence;      /* the real recordings it was run on, or LAD_IMPORT_FORMAT_ONLY */
    const char *const *beside; /* names (with *) of files that lie beside recordings in a directory
                                * and are none, ended by NULL; NULL: there are none */
    const LadOption *options;  /* of --option NAME=VALUE, ends with LAD_OPTIONS_END; NULL: none */
    size_t options_size;       /* of the struct they fill */
    /* How much `sample` looks like this format; 0 to 100, see above. Must be quick and must not
     * fail: the sample may be anything. Required. */
    guint (*recognise)(const LadImportSample *sample);
    /* Reads all inputs and writes what they hold; called once. `options` is the filled struct
     * (NULL: no option table). Errors: TRACE with the place (lad_import_where) and what was
     * expected, what the inputs or the writer report. Must call lad_import_begin, unless it fails;
     * inputs without records are an error. Where an input turns out damaged it asks
     * lad_import_salvage. */
    gboolean (*convert)(LadImport *import, gconstpointer options, GError **error);
} LadImportFormat;

#define LAD_IMPORT_FORMAT_ONLY "format only, no real recording seen"

/* All formats, ended by NULL. */
extern const LadImportFormat *const lad_import_formats[];

/* The format of this name, or NULL with USAGE naming the nearest one. */
const LadImportFormat *lad_import_find(const char *name, GError **error);
/* The format that is surest of `sample`. NULL if none is sure enough or two are equally sure, with
 * TRACE naming the nearest; `where` begins the message. */
const LadImportFormat *lad_import_recognise(const LadImportSample *sample, const char *where,
                                            GError **error);

/* Asked now and then with the bytes of input read so far and in all (0: unknown); FALSE with
 * `error` set stops the conversion. */
typedef gboolean (*LadImportProgress)(gpointer data, guint64 done, guint64 total, GError **error);

#define LAD_IMPORT_MAX_EXPANSION 1000

typedef struct {
    const LadTraceWriterOptions *writer; /* NULL: defaults */
    const char *const *settings;         /* "name=value" for the format; NULL: none */
    gboolean salvage;                    /* keep all whole records before damage */
    guint64 max_expansion; /* unpacked bytes per packed byte, beyond 64 MiB; 0: the default above */
    LadImportProgress progress; /* NULL: none */
    gpointer progress_data;
} LadImportOptions;

typedef struct {
    const LadImportFormat *format; /* that was used */
    GPtrArray *damage;             /* of char *: what --salvage passed over, in order of inputs */
} LadImportReport;

/* An empty report, for lad_import_run to fill. */
LadImportReport *lad_import_report_new(void);
void lad_import_report_free(LadImportReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadImportReport, lad_import_report_free)

/* Converts `inputs` (NULL-terminated; "-": standard input, once) to the trace `output` ("-":
 * standard output). `format` NULL: by the content of the first input. `options` and `report` may be
 * NULL. On failure nothing appears under `output`. Errors: IO, TRACE, USAGE (settings, output is an
 * input), what `progress` sets. */
gboolean lad_import_run(const LadImportFormat *format, const char *const *inputs,
                        const char *output, const LadImportOptions *options,
                        LadImportReport *report, GError **error);

/* ---- What a format's `convert` may call: the trace ---------------------------------------------
 */

/* The header to fill before lad_import_begin; `tool` and `lost` are preset. */
LadTraceHeader *lad_import_header(LadImport *import);
/* Appends a sentence to the header's `lost`, before lad_import_begin. */
void lad_import_lost(LadImport *import, const char *sentence);
/* The writer, made at the first call; NULL on failure. */
LadTraceWriter *lad_import_begin(LadImport *import, GError **error);
/* An input is damaged as `*error` says. TRUE if the user asked to salvage and it is damage (TRACE):
 * it is noted for the report, `*error` is cleared, and the caller goes on as if the input ended
 * there, flushing what it holds. FALSE otherwise: the caller fails. */
gboolean lad_import_salvage(LadImport *import, GError **error);

/* Calls `read` for each member of each input, in order: for formats in which each is complete in
 * itself (a stream, say). Where `read` fails with damage that the user wants salvaged, the next
 * input is next; `read` must have flushed what it holds. Inputs without a record (lad_import_begin
 * was never called) are an error. */
typedef gboolean (*LadImportMember)(LadImport *import, LadImportInput *input, gpointer data,
                                    GError **error);
gboolean lad_import_members(LadImport *import, LadImportMember read, gpointer data, GError **error);

/* ---- ... and the inputs -------------------------------------------------------------------------
 */

/* Files to read, at least one; directories stand for the files in them, "-" for standard input. */
guint lad_import_n_inputs(const LadImport *import);
/* The path of input `i` as given or found, "-" for standard input. */
const char *lad_import_input_path(const LadImport *import, guint i);
/* Opens input `i` at its first member. Several may be open at the same time, also of the same file;
 * standard input only once. Errors: IO, TRACE. */
LadImportInput *lad_import_open(LadImport *import, guint i, GError **error);
void lad_import_input_free(LadImportInput *input);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadImportInput, lad_import_input_free)

/* The path of the current member inside its archive, "" if the input is none. Links, devices and
 * paths that lead out of the archive have been refused. */
const char *lad_import_member(const LadImportInput *input);
/* Goes to the next member (passing over what is left of this one); FALSE at the end of the input
 * with `error` unset. Lines and offsets count from its beginning again. Errors: TRACE. */
gboolean lad_import_next_member(LadImportInput *input, GError **error);

/* What follows reads the current member, and ends at its end. */

/* Bytes behind a line's NUL that may be read, whatever they hold: parsers take eight at a time. */
#define LAD_IMPORT_LINE_SLACK 8

/* The next line without its end (LF or CR LF), NUL-terminated, valid until the next call; NULL at
 * the end with `error` unset. A line of more than 64 KiB is an error, and so is a zero byte in one.
 * Errors: TRACE, IO. */
const char *lad_import_line(LadImportInput *input, gsize *length, GError **error);
/* The next `n` bytes into `to`; how many there were (less at the end), -1 on failure. */
gssize lad_import_bytes(LadImportInput *input, void *to, gsize n, GError **error);
/* A view of what comes next, without consuming it: at least `n` bytes (n <= 64 KiB), fewer only at
 * the end; `*available` gets how many, often many more. One zero byte follows them. Valid until the
 * next call. NULL on failure. */
const guint8 *lad_import_view(LadImportInput *input, gsize n, gsize *available, GError **error);
/* Consumes `n` bytes of the view. */
void lad_import_consume(LadImportInput *input, gsize n);
/* Bytes of the member consumed so far. */
guint64 lad_import_offset(const LadImportInput *input);
/* "FILE: line N: " with the line read last, or "FILE: byte N: " where no line has been read; with
 * the member after the file if it is an archive. Free with g_free. */
char *lad_import_where(const LadImportInput *input);
/* A TRACE error of this input: its place, then what is wrong, in printf style. Returns FALSE. */
gboolean lad_import_bad(const LadImportInput *input, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

G_END_DECLS
#endif
