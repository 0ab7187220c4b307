/* script_trace.h - traces written access by access, for tests of timed cores. */
#ifndef LAD_TESTS_SCRIPT_TRACE_H
#define LAD_TESTS_SCRIPT_TRACE_H

#include <memladder/trace.h>

/* One instruction of 4 bytes with at most one access. */
typedef struct {
    guint64 address; /* 0: no access */
    guint64 pc;      /* 0: the stream's */
    LadOperandKind kind;
    guint size;        /* 0: 8 */
    LadRegisters from; /* registers that form the address */
    LadRegisters to;   /* register that is written */
    gboolean unknown;  /* registers are not known */
} ScriptStep;

typedef struct {
    guint32 process;
    guint64 pc;
    const ScriptStep *steps;
    guint n;
} ScriptStream;

/* Write a trace of `n` streams to `path`; aborts on failure. */
void script_trace_write(const char *path, const ScriptStream *streams, guint n);

#endif
