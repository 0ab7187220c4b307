/* loop_trace.c - small traces of loops for tests. */
#include "config.h"
#include "tests/unit/loop_trace.h"
#include <glib/gstdio.h>

static void
demand(gboolean ok, const GError *error)
{
    if (!ok)
        g_error("%s", error ? error->message : "no error was set");
}

static void
write_stream(LadTraceWriter *writer, const LoopStream *loop)
{
    GError *error = NULL;
    LadStreamInfo info = {.process = loop->process,
                          .thread = loop->process,
                          .cgroup = (char *)"",
                          .name = (char *)"loop"};
    guint stream = lad_trace_writer_add_stream(writer, &info);
    LadInsn insns[LOOP_INSNS] = {{.length = 4, .n_operands = 1}};
    for (guint i = 1; i < LOOP_INSNS; i++)
        insns[i].length = 4;
    /* Register 0 is loaded; a chase forms its next address from it, a loop from register 1. */
    LadRegisters address = loop->chases ? 1 : 2;
    insns[0].reads = address;
    insns[0].writes = loop->kind == LAD_OPERAND_STORE ? 0 : 1;
    insns[LOOP_INSNS - 1].branch = LAD_BRANCH_CONDITIONAL;
    LadOperand operand = {.kind = (guint8)loop->kind, .size = 8, .address = address};
    LadBlock block = {.pc = loop->pc,
                      .n_insns = LOOP_INSNS,
                      .n_operands = 1,
                      .insns = insns,
                      .operands = &operand};
    guint32 id = lad_trace_writer_block(writer, &block);
    for (guint i = 0; i < loop->n; i++) {
        const LadRecord fork = {.kind = LAD_RECORD_FORK, .value = loop->child, .text = ""};
        if (loop->child && i + 1 == loop->n)
            demand(lad_trace_writer_record(writer, stream, &fork, &error), error);
        guint64 at = loop->base + (i * loop->stride) % loop->span;
        gboolean ok = lad_trace_writer_execute(writer, stream, id, &at, &error);
        demand(ok, error);
    }
}

void
loop_trace_write(const char *path, const LoopStream *streams, guint n)
{
    GError *error = NULL;
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    for (guint i = 0; i < n; i++)
        if (streams[i].child)
            g_hash_table_replace(header->notes, g_strdup("processes"), g_strdup("forked"));
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(path, header, NULL, &error);
    demand(writer != NULL, error);
    for (guint i = 0; i < n; i++)
        write_stream(writer, &streams[i]);
    gboolean ok = lad_trace_writer_close(writer, &error);
    demand(ok, error);
}

char *
loop_trace_path(void)
{
    GError *error = NULL;
    g_autofree char *directory = g_dir_make_tmp("lad-test-XXXXXX", &error);
    demand(directory != NULL, error);
    return g_build_filename(directory, "loop.mlt", NULL);
}

void
loop_trace_remove(char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);
    g_unlink(path);
    g_rmdir(directory);
    g_free(path);
}
