/* script_trace.c - traces written access by access, for tests of timed cores. */
#include "config.h"
#include "tests/unit/script_trace.h"

static void
demand(gboolean ok, const GError *error)
{
    if (!ok)
        g_error("%s", error ? error->message : "no error was set");
}

static void
write_step(LadTraceWriter *writer, guint stream, guint64 pc, const ScriptStep *step)
{
    GError *error = NULL;
    LadInsn insn = {.length = 4,
                    .n_operands = step->address ? 1 : 0,
                    .flags = step->unknown ? LAD_INSN_DEPS_UNKNOWN : 0,
                    .reads = step->from,
                    .writes = step->to};
    LadOperand operand = {.kind = (guint8)step->kind,
                          .size = (guint16)(step->size ? step->size : 8),
                          .address = step->from};
    LadBlock block = {.pc = step->pc ? step->pc : pc,
                      .n_insns = 1,
                      .n_operands = insn.n_operands,
                      .insns = &insn,
                      .operands = &operand};
    guint32 id = lad_trace_writer_block(writer, &block);
    gboolean ok = lad_trace_writer_execute(writer, stream, id, &step->address, &error);
    demand(ok, error);
}

void
script_trace_write(const char *path, const ScriptStream *streams, guint n)
{
    GError *error = NULL;
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(path, header, NULL, &error);
    demand(writer != NULL, error);
    for (guint i = 0; i < n; i++) {
        LadStreamInfo info = {.process = streams[i].process,
                              .thread = i,
                              .cgroup = (char *)"",
                              .name = (char *)"script"};
        guint stream = lad_trace_writer_add_stream(writer, &info);
        for (guint k = 0; k < streams[i].n; k++)
            write_step(writer, stream, streams[i].pc, &streams[i].steps[k]);
    }
    gboolean ok = lad_trace_writer_close(writer, &error);
    demand(ok, error);
}
