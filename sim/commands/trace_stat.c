/* trace_stat.c - memladder trace stat: what windows of a trace touch. */
#include "config.h"
#include <stdio.h>
#include <string.h>
#include "sim/base/units.h"
#include "sim/commands/trace.h"
#include "sim/commands/trace_work.h"
#include "traces/toolbox/windows.h"

typedef enum { FORMAT_TEXT, FORMAT_CSV, FORMAT_JSON } Format;

static const char *const formats[] = {"text", "csv", "json"};

typedef struct {
    char *window;
    char *streams;
    char *format;
    gboolean salvage;
} Arguments;

typedef struct {
    Format format;
    const LadWindowing *windowing;
    guint64 n; /* windows printed */
} Output;

static gboolean
parse_window(const char *text, const LadTraceHeader *header, LadWindowing *windowing,
             GError **error)
{
    guint64 ps;
    *windowing = (LadWindowing){.page_bytes = header->page_bytes};
    if (header->page_bytes < 64 || (header->page_bytes & (header->page_bytes - 1)) != 0)
        windowing->page_bytes = 4096;
    if (text == NULL ||
        g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT64, &windowing->length, NULL))
        return TRUE;
    windowing->by_time = TRUE;
    if (!lad_units_parse(LAD_OPTION_TIME, text, &ps, NULL) || ps == 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--window %s: expected a number of references or a time, such as 1000000 or "
                    "'10 ms'",
                    text);
        return FALSE;
    }
    if (header->tick_ps > 0 && ps % header->tick_ps != 0) {
        g_set_error(
            error, LAD_ERROR, LAD_ERROR_USAGE,
            "--window %s: expected a multiple of the trace's unit of time, %" G_GUINT64_FORMAT
            " ps",
            text, header->tick_ps);
        return FALSE;
    }
    windowing->length = header->tick_ps > 0 ? ps / header->tick_ps : 1;
    return TRUE;
}

static gboolean
parse_format(const char *text, Format *format, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(formats); i++)
        if (text == NULL || strcmp(text, formats[i]) == 0) {
            *format = (Format)i;
            return TRUE;
        }
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--format %s: expected text, csv or json", text);
    return FALSE;
}

/* "1.77", or "-" without writes. */
static void
ratio_text(const LadTraceWindow *window, const char *none, char text[32])
{
    if (window->n_writes > 0)
        g_snprintf(text, 32, "%.3f", (double)window->n_reads / (double)window->n_writes);
    else
        g_strlcpy(text, none, 32);
}

static void
print_head(const Output *output)
{
    const char *start = output->windowing->by_time ? "start_ticks" : "start_reference";
    if (output->format == FORMAT_TEXT)
        printf("%8s %16s %12s %12s %12s %12s %9s %10s %10s %10s %9s\n", "window", start,
               "instructions", "accesses", "reads", "writes", "read:wr", "data_pages", "new_pages",
               "code_pages", "entropy");
    else if (output->format == FORMAT_CSV)
        printf("window,%s,instructions,accesses,reads,writes,reads_per_write,data_pages,new_pages,"
               "code_pages,entropy_bits\n",
               start);
    else
        printf("[");
}

static gboolean
print_window(gpointer data, const LadTraceWindow *window, GError **error)
{
    static const char *const rows[] = {
        "%8" G_GUINT64_FORMAT " %16" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT
        " %12" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT
        " %9s %10" G_GUINT64_FORMAT " %10" G_GUINT64_FORMAT " %10" G_GUINT64_FORMAT " %9.4f\n",
        "%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT
        ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%s,%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT
        ",%" G_GUINT64_FORMAT ",%.6f\n",
        "{\"window\": %" G_GUINT64_FORMAT ", \"start\": %" G_GUINT64_FORMAT
        ", \"instructions\": %" G_GUINT64_FORMAT ", \"accesses\": %" G_GUINT64_FORMAT
        ", \"reads\": %" G_GUINT64_FORMAT ", \"writes\": %" G_GUINT64_FORMAT
        ", \"reads_per_write\": %s, \"data_pages\": %" G_GUINT64_FORMAT
        ", \"new_pages\": %" G_GUINT64_FORMAT ", \"code_pages\": %" G_GUINT64_FORMAT
        ", \"entropy_bits\": %.6f}",
    };
    static const char *const none[] = {"-", "", "null"};
    (void)error;
    Output *output = data;
    char ratio[32];
    ratio_text(window, none[output->format], ratio);
    if (output->format == FORMAT_JSON)
        printf(output->n > 0 ? ",\n " : "\n ");
    output->n++;
    printf(rows[output->format], window->number, window->start, window->n_insns, window->n_accesses,
           window->n_reads, window->n_writes, ratio, window->data_pages, window->new_pages,
           window->code_pages, window->entropy_bits);
    return TRUE;
}

static gboolean
stat_trace(const Arguments *arguments, const char *path, GError **error)
{
    LadWindowing windowing;
    Output output = {.windowing = &windowing};
    LadTraceWork work;
    LadTraceFlags flags = LAD_TRACE_NO_THREAD | (arguments->salvage ? LAD_TRACE_SALVAGE : 0);
    if (!parse_format(arguments->format, &output.format, error))
        return FALSE;
    g_autoptr(LadTraceReader) reader = lad_trace_work_open(path, flags, error);
    if (reader == NULL ||
        !parse_window(arguments->window, lad_trace_reader_header(reader), &windowing, error))
        return FALSE;
    g_autofree gboolean *in = lad_trace_work_streams("--streams", arguments->streams,
                                                     lad_trace_reader_n_streams(reader), error);
    if (in == NULL ||
        !lad_trace_work_begin(&work, "stat", lad_trace_work_references(reader), error))
        return FALSE;
    print_head(&output);
    gboolean ok =
        lad_trace_windows(reader, in, &windowing, print_window, &output, &work.toolbox, error);
    if (output.format == FORMAT_JSON)
        printf("\n]\n");
    lad_trace_work_end(&work);
    return ok;
}

static int
run(int argc, char **argv, GError **error)
{
    Arguments arguments = {0};
    const GOptionEntry entries[] = {
        {"window", 'w', 0, G_OPTION_ARG_STRING, &arguments.window,
         "references per stream, or a time such as '10 ms' (one window over all)", "LENGTH"},
        {"streams", 's', 0, G_OPTION_ARG_STRING, &arguments.streams, "these streams", "0,2-5"},
        {"format", 'f', 0, G_OPTION_ARG_STRING, &arguments.format, "text, csv or json", "FORMAT"},
        {"salvage", 0, 0, G_OPTION_ARG_NONE, &arguments.salvage,
         "read what is whole of a trace cut off", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    char *file = NULL;
    gboolean ok = lad_trace_arguments(
                      argc, argv, entries, "FILE",
                      "Print what each window of a trace touches: accesses, reads and writes, "
                      "working set in pages,\npages touched for the first time, entropy of "
                      "the touches over the pages in bits. FILE may be -.",
                      1, 0, &file, error) &&
                  stat_trace(&arguments, file, error);
    g_free(arguments.window);
    g_free(arguments.streams);
    g_free(arguments.format);
    return ok ? 0 : 1;
}

const LadCommand lad_trace_command_stat = {
    "stat",
    "print working set, reads and writes by window",
    run,
};
