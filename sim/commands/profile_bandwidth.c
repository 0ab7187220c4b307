/* profile_bandwidth.c - memladder profile bandwidth: which pages carry the traffic. */
#include "config.h"
#include "analysis/profile/bandwidth.h"
#include "sim/base/units.h"
#include "sim/commands/profile.h"

typedef struct {
    char *windows, *capacity;
    gboolean accesses, reads;
} Arguments;

/* "30 s, 60 s" or "1000000": all times, or all numbers of references. */
static gboolean
parse_windows(const char *text, GArray *windows, gboolean *by_time, GError **error)
{
    g_auto(GStrv) words = g_strsplit(text != NULL ? text : "", ",", -1);
    for (guint i = 0; words[i] != NULL; i++) {
        guint64 length = 0;
        const char *word = g_strstrip(words[i]);
        gboolean count = g_ascii_string_to_unsigned(word, 10, 1, G_MAXINT64, &length, NULL);
        gboolean time =
            !count && lad_units_parse(LAD_OPTION_TIME, word, &length, NULL) && length > 0;
        if ((!count && !time) || (i > 0 && time != *by_time)) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                        "--windows: `%s`; expected times such as `30 s, 60 s`, or numbers of "
                        "references, not both",
                        word);
            return FALSE;
        }
        *by_time = time;
        g_array_append_val(windows, length);
    }
    return TRUE;
}

/* Those of the paper (Figure 18). */
static void
standard_windows(GArray *windows, gboolean *by_time)
{
    static const guint64 seconds[] = {30, 60, 120};
    for (guint i = 0; i < G_N_ELEMENTS(seconds); i++) {
        guint64 length = seconds[i] * LAD_S;
        g_array_append_val(windows, length);
    }
    *by_time = TRUE;
}

static gboolean
profile(const Arguments *arguments, LadProfileCommand *command, GError **error)
{
    g_autoptr(GArray) windows = g_array_new(FALSE, FALSE, sizeof(guint64));
    LadBandwidthOptions options = {
        .accesses = arguments->accesses, .reads = arguments->reads, .machine = &command->machine};
    gboolean standard = g_strcmp0(arguments->windows, "published") == 0;
    if (standard)
        standard_windows(windows, &options.by_time);
    else if (!parse_windows(arguments->windows, windows, &options.by_time, error))
        return FALSE;
    if (arguments->capacity != NULL &&
        (!lad_units_parse(LAD_OPTION_BYTES, arguments->capacity, &options.capacity_bytes, NULL) ||
         options.capacity_bytes < LAD_PAGE_BYTES)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--capacity %s: expected a size of a page or more, such as '64 GiB'",
                    arguments->capacity);
        return FALSE;
    }
    options.windows = (const guint64 *)(gconstpointer)windows->data;
    options.n_windows = windows->len;
    options.models = command->models;
    g_autoptr(LadFindings) findings =
        lad_profile_bandwidth(command->sources, &options, &command->work.toolbox, error);
    lad_trace_work_end(&command->work);
    return findings != NULL &&
           lad_profile_command_show(command, findings, "bandwidth-by-pages", "curve", error);
}

static int
run(int argc, char **argv, GError **error)
{
    Arguments arguments = {0};
    LadProfileCommand command = {.on_machine = TRUE};
    const GOptionEntry entries[] = {
        {"windows", 'w', 0, G_OPTION_ARG_STRING, &arguments.windows,
         "times such as '30 s, 60 s', or numbers of references; published: 30, 60 and 120 s "
         "(default: an eighth, half and all)",
         "LENGTHS"},
        {"capacity", 0, 0, G_OPTION_ARG_STRING, &arguments.capacity,
         "of memory, for shares of that, too", "SIZE"},
        {"accesses", 0, 0, G_OPTION_ARG_NONE, &arguments.accesses,
         "of the accesses themselves, without a machine", NULL},
        {"reads", 0, 0, G_OPTION_ARG_NONE, &arguments.reads,
         "on a machine: of lines read alone, not of those written back", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    gboolean ok =
        lad_profile_command_begin(&command, "bandwidth", argc, argv, entries,
                                  "Print which share of the pages carries the memory traffic, and "
                                  "whether these are the same\npages from one window to the next. "
                                  "Samples and traces of pages are taken as they are.",
                                  error) &&
        profile(&arguments, &command, error);
    lad_profile_command_end(&command);
    g_free(arguments.windows);
    g_free(arguments.capacity);
    return ok ? 0 : 1;
}

const LadCommand lad_profile_command_bandwidth = {
    .name = "bandwidth",
    .summary = "share of the pages that carries the traffic, window by window",
    .run = run,
};
