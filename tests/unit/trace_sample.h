/* trace_sample.h - random programs to write as traces, and what a trace says, as plain words. */
#ifndef LAD_TESTS_TRACE_SAMPLE_H
#define LAD_TESTS_TRACE_SAMPLE_H

#include <memladder/trace.h>

typedef struct {
    guint seed;
    guint n_streams;
    guint n_steps;    /* block executions and plain records per stream */
    guint n_blocks;   /* distinct */
    gboolean records; /* plain records of all kinds among them */
    gboolean wide;    /* addresses of all 64 bits, sizes 0 and 4096, blocks without instructions */
} SampleProgram;

/* Per stream a GArray of guint64: the content of each execution and record, in order. */
typedef GPtrArray SampleLog;

/* Writes the program to `path`; what it should say goes to the log, which the caller frees. */
SampleLog *sample_write(const char *path, const SampleProgram *program,
                        const LadTraceWriterOptions *options);
/* The same, read back; NULL with `error` set if a trace cannot be read to its end. */
SampleLog *sample_read(const char *path, LadTraceFlags flags, GError **error);
/* Appends what one batch says. */
void sample_append_batch(GArray *words, const LadCode *code, const LadBatch *batch);
gboolean sample_equal(const SampleLog *a, const SampleLog *b);
/* The file's identity, to be freed. */
char *sample_identity(const char *path);

#endif
