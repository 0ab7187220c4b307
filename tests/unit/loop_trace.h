/* loop_trace.h - small traces of loops for tests, written through the trace writer. */
#ifndef LAD_TESTS_LOOP_TRACE_H
#define LAD_TESTS_LOOP_TRACE_H

#include <memladder/trace.h>

/* Instructions of an iteration, 4 bytes each; the first accesses memory. */
#define LOOP_INSNS 4

/* One stream: iteration i accesses 8 bytes at base + (i * stride) % span; its code is at pc. */
typedef struct {
    guint32 process;
    guint64 pc, base, stride, span;
    guint n; /* iterations */
    LadOperandKind kind;
    gboolean chases; /* each address comes from the load before */
    guint32 child;   /* process that it forks before its last iteration; 0: none */
} LoopStream;

/* Write a trace of `n` such streams to `path`; aborts the test on failure. */
void loop_trace_write(const char *path, const LoopStream *streams, guint n);
/* A path in a new directory of the test's own, removed by loop_trace_remove. */
char *loop_trace_path(void);
void loop_trace_remove(char *path);

#endif
