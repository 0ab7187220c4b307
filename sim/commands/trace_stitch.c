/* trace_stitch.c - memladder trace stitch: burst recordings as one representative trace. */
#include "config.h"
#include <stdio.h>
#include "sim/commands/profile.h"
#include "sim/commands/trace.h"
#include "sim/commands/trace_work.h"
#include "traces/toolbox/stitch.h"

typedef struct {
    char *output, *warm;
    gint64 shortest;
    gboolean hosts, salvage;
    char **inputs;
} Arguments;

static gboolean
check(const Arguments *arguments, LadStitchOptions *options, GError **error)
{
    options->warm = 0.2;
    options->shortest = (guint64)MAX(arguments->shortest, 0);
    if (arguments->inputs == NULL || arguments->output == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "memladder trace stitch: expected -o OUT.mlt and one or more traces");
        return FALSE;
    }
    if (arguments->shortest < 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--shortest: expected a number of instructions, at least 0");
        return FALSE;
    }
    if (g_strcmp0(arguments->warm, "0") == 0)
        options->warm = 0;
    else if (arguments->warm != NULL &&
             !lad_profile_parse_share("--warm", arguments->warm, &options->warm, error))
        return FALSE;
    if (options->warm < 1)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                "--warm %s: nothing of a window would be measured; expected less than all of it",
                arguments->warm);
    return FALSE;
}

static gboolean
stitch(const Arguments *arguments, GError **error)
{
    LadStitchOptions options;
    LadStitchResult result;
    LadTraceWork work;
    guint64 references = 0;
    if (!check(arguments, &options, error))
        return FALSE;
    g_autoptr(GPtrArray) readers =
        g_ptr_array_new_with_free_func((GDestroyNotify)lad_trace_reader_unref);
    for (guint i = 0; arguments->inputs[i] != NULL; i++) {
        LadTraceFlags flags = LAD_TRACE_NO_THREAD | (arguments->salvage ? LAD_TRACE_SALVAGE : 0);
        if (!lad_trace_work_apart(arguments->inputs[i], arguments->output, error))
            return FALSE;
        LadTraceReader *reader = lad_trace_work_open(arguments->inputs[i], flags, error);
        if (reader == NULL)
            return FALSE;
        g_ptr_array_add(readers, reader);
        references += 2 * lad_trace_work_references(reader);
    }
    if (!lad_trace_work_begin(&work, "stitch", references, error))
        return FALSE;
    gboolean ok =
        lad_trace_stitch((LadTraceReader *const *)readers->pdata, readers->len, arguments->hosts,
                         arguments->output, &options, &work.toolbox, &result, error);
    lad_trace_work_end(&work);
    if (ok)
        fprintf(stderr,
                "memladder: %" G_GUINT64_FORMAT " windows (%" G_GUINT64_FORMAT
                " left out) of %u threads, %u processes, %u hosts: %" G_GUINT64_FORMAT
                " instructions; %" G_GUINT64_FORMAT " are missing between them\n",
                result.n_windows, result.n_dropped, result.n_streams, result.n_processes,
                result.n_hosts, result.n_insns, result.n_missing);
    return ok;
}

static int
run(int argc, char **argv, GError **error)
{
    Arguments arguments = {.shortest = 1};
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &arguments.output,
         "the trace to write (- is standard output)", "OUT.mlt"},
        {"warm", 0, 0, G_OPTION_ARG_STRING, &arguments.warm,
         "share of each window that only warms caches and TLBs (20%)", "SHARE"},
        {"shortest", 0, 0, G_OPTION_ARG_INT64, &arguments.shortest,
         "leave out windows of fewer instructions of a thread", "N"},
        {"hosts", 0, 0, G_OPTION_ARG_NONE, &arguments.hosts, "each trace is of a host of its own",
         NULL},
        {"salvage", 0, 0, G_OPTION_ARG_NONE, &arguments.salvage,
         "take what is whole of traces cut off", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments.inputs, NULL, NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("TRACE...");
    g_option_context_set_summary(
        context, "Write the windows of burst recordings (capture --burst), of one or several "
                 "processes or hosts, as\none trace: window after window of each thread, in turns. "
                 "Its figures with their confidence\nintervals are printed by `memladder profile "
                 "burst`.");
    g_option_context_add_main_entries(context, entries, NULL);
    g_autofree char **words = g_memdup2(argv, ((gsize)argc + 1) * sizeof *argv);
    words[0] = (char *)"memladder trace stitch";
    gboolean ok =
        g_option_context_parse(context, &argc, &words, error) && stitch(&arguments, error);
    g_free(arguments.output);
    g_free(arguments.warm);
    g_strfreev(arguments.inputs);
    return ok ? 0 : 1;
}

const LadCommand lad_trace_command_stitch = {
    "stitch",
    "write the windows of burst recordings as one trace",
    run,
};
