/* capture.c - memladder capture -o TRACE -- PROGRAM [ARG...]: record a live program.
 *
 * The recorded program keeps this command's standard streams, so nothing but it writes there while
 * it runs, except progress where that is asked for. An interrupt ends the program, not the
 * recording: what it did up to its end is closed as a valid trace. A second one kills the program.
 */
#include "config.h"
#include "sim/base/progress.h"
#include "sim/base/units.h"
#include "sim/commands/command.h"
#include "traces/capture/capture.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_INTERVAL_NS 100000000
#define DEFAULT_CLOCK_RATE  1000000000
#define MAX_CLOCK_RATE      10000000000
#define SHORTEST_NS         1000

typedef struct {
    char *output, *emulator, *cpu, *level, *progress;
    char *skip_insns, *max_insns, *max_output;
    char *burst, *every, *interval, *page_content, *clock;
    gboolean follow_fork, verify;
    char **program;
    LadProgressMode progress_mode;
    LadCaptureOptions options;
} Arguments;

/* A handler reaches nothing but static memory. */
static volatile sig_atomic_t n_interrupts, interrupt_number, interrupt_is_ours;

/* A terminal's Ctrl-C reaches the program by itself; a signal sent to us alone does not. */
static void
on_interrupt(int number, siginfo_t *info, void *context)
{
    (void)context;
    n_interrupts++;
    interrupt_number = number;
    interrupt_is_ours = info->si_code <= 0; /* from a process, not from the terminal */
}

static void
handle_interrupts(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {0}, old;

    sigemptyset(&action.sa_mask);
    action.sa_sigaction = on_interrupt;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
}

/* ---- Arguments --------------------------------------------------------------------------------
 */

/* A whole number, with k, M, G or T behind it if it is thousands, millions, ... */
static gboolean
parse_count(const char *name, const char *text, guint64 *value, GError **error)
{
    static const struct {
        char suffix;
        guint64 factor;
    } prefixes[] = {{'k', 1000}, {'M', 1000000}, {'G', 1000000000}, {'T', 1000000000000}};
    guint64 factor = 1;
    char *end;

    if (text == NULL)
        return TRUE;
    *value = g_ascii_strtoull(text, &end, 10);
    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (end[0] == prefixes[i].suffix && end[1] == 0)
            factor = prefixes[i].factor;
    if (g_ascii_isdigit(text[0]) && (*end == 0 || factor > 1) && *value > 0 &&
        *value <= G_MAXINT64 / factor) {
        *value *= factor;
        return TRUE;
    }
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                "--%s=%s: expected a whole number above 0, such as 5000000 or 5M", name, text);
    return FALSE;
}

static gboolean
parse_size(const char *name, const char *text, guint64 *value, GError **error)
{
    GError *problem = NULL;

    if (text == NULL || lad_units_parse(LAD_OPTION_BYTES, text, value, &problem))
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--%s=%s: %s", name, text, problem->message);
    g_error_free(problem);
    return FALSE;
}

static gboolean
parse_time(const char *name, const char *text, guint64 *ns, GError **error)
{
    GError *problem = NULL;
    guint64 ps = 0;

    if (text == NULL)
        return TRUE;
    if (!lad_units_parse(LAD_OPTION_TIME, text, &ps, &problem)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--%s=%s: %s", name, text, problem->message);
        g_error_free(problem);
        return FALSE;
    }
    *ns = ps / 1000;
    if (*ns >= SHORTEST_NS)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--%s=%s: expected at least 1us", name, text);
    return FALSE;
}

static gboolean
parse_clock(const char *text, guint64 *rate, GError **error)
{
    *rate = DEFAULT_CLOCK_RATE;
    if (text != NULL && strcmp(text, "wall") == 0) {
        *rate = 0;
        return TRUE;
    }
    if (!parse_count("clock", text, rate, NULL) || *rate < 1000 || *rate > MAX_CLOCK_RATE) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--clock=%s: expected wall, or how many instructions are a second, from 1k to "
                    "10G",
                    text);
        return FALSE;
    }
    return TRUE;
}

static gboolean
parse_level(const char *text, LadCaptureLevel *level, GError **error)
{
    *level = LAD_CAPTURE_LEVEL_INSTRUCTION;
    if (text == NULL || strcmp(text, "instruction") == 0)
        return TRUE;
    *level = LAD_CAPTURE_LEVEL_PAGE;
    if (strcmp(text, "page") == 0)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--level=%s: expected instruction or page",
                text);
    return FALSE;
}

/* Options that mean nothing, or no good, together. */
static gboolean
check_schedule(const Arguments *arguments, GError **error)
{
    const LadCaptureOptions *options = &arguments->options;
    gboolean page = options->level == LAD_CAPTURE_LEVEL_PAGE, bursts = options->every_ns > 0;
    gboolean scheduled = page || bursts || options->content_ns > 0;
    const char *problem = NULL;

    if (arguments->burst != NULL && arguments->every == NULL)
        problem = "--burst needs --every: how often a burst begins";
    else if (arguments->every != NULL && arguments->burst == NULL)
        problem = "--every needs --burst: how long a burst lasts";
    else if (bursts && page)
        problem = "--burst is of level instruction: --level=page records all the time";
    else if (bursts && options->burst_ns > options->every_ns)
        problem = "--burst is longer than --every";
    else if (arguments->interval != NULL && !page)
        problem = "--interval is of --level=page";
    else if (arguments->clock != NULL && !scheduled)
        problem = "--clock is for --burst, --level=page and --page-content, which are missing";
    else if (page && (options->skip_insns > 0 || options->max_insns > 0))
        problem = "--skip-instructions and --max-instructions are of level instruction";
    else if (bursts && options->skip_insns > 0 && options->clock_rate == 0)
        problem = "--skip-instructions counts instructions, and --clock=wall does not";
    else if (options->count && scheduled)
        problem = "--verify compares a full recording, without --burst, --level=page and "
                  "--page-content";
    if (problem != NULL)
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "capture: %s", problem);
    return problem == NULL;
}

static gboolean
check_arguments(Arguments *arguments, GError **error)
{
    LadCaptureOptions *options = &arguments->options;

    if (arguments->output == NULL || arguments->program == NULL || arguments->program[0] == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "capture: %s is missing (memladder capture -o TRACE -- PROGRAM [ARG...])",
                    arguments->output == NULL ? "-o TRACE" : "the program to record");
        return FALSE;
    }
    options->output = arguments->output;
    options->argv = arguments->program;
    options->emulator = arguments->emulator;
    options->cpu = arguments->cpu;
    options->follow_fork = arguments->follow_fork;
    options->count = arguments->verify;
    options->interval_ns = DEFAULT_INTERVAL_NS;
    return parse_level(arguments->level, &options->level, error) &&
           parse_time("burst", arguments->burst, &options->burst_ns, error) &&
           parse_time("every", arguments->every, &options->every_ns, error) &&
           parse_time("interval", arguments->interval, &options->interval_ns, error) &&
           parse_time("page-content", arguments->page_content, &options->content_ns, error) &&
           parse_clock(arguments->clock, &options->clock_rate, error) &&
           parse_count("skip-instructions", arguments->skip_insns, &options->skip_insns, error) &&
           parse_count("max-instructions", arguments->max_insns, &options->max_insns, error) &&
           parse_size("max-output", arguments->max_output, &options->max_bytes, error) &&
           lad_progress_parse(arguments->progress != NULL ? arguments->progress : "none", stderr,
                              &arguments->progress_mode, error) &&
           check_schedule(arguments, error);
}

static gboolean
parse_arguments(Arguments *arguments, int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &arguments->output, "the trace to write",
         "TRACE"},
        {"follow-fork", 0, 0, G_OPTION_ARG_NONE, &arguments->follow_fork,
         "record the program's children too", NULL},
        {"skip-instructions", 0, 0, G_OPTION_ARG_STRING, &arguments->skip_insns,
         "do not write the first N", "N"},
        {"max-instructions", 0, 0, G_OPTION_ARG_STRING, &arguments->max_insns,
         "end the program when N are written", "N"},
        {"max-output", 0, 0, G_OPTION_ARG_STRING, &arguments->max_output,
         "end the program before the trace grows past this, e.g. 100MiB", "SIZE"},
        {"level", 0, 0, G_OPTION_ARG_STRING, &arguments->level,
         "instruction (default), or page: counts by page and interval", "LEVEL"},
        {"interval", 0, 0, G_OPTION_ARG_STRING, &arguments->interval,
         "of level page (100ms by default)", "TIME"},
        {"burst", 0, 0, G_OPTION_ARG_STRING, &arguments->burst,
         "record windows of this length only ...", "TIME"},
        {"every", 0, 0, G_OPTION_ARG_STRING, &arguments->every,
         "... one of which begins every TIME", "TIME"},
        {"page-content", 0, 0, G_OPTION_ARG_STRING, &arguments->page_content,
         "compress the pages touched every TIME, and write how well that went", "TIME"},
        {"clock", 0, 0, G_OPTION_ARG_STRING, &arguments->clock,
         "what those times are: instructions per second (1G by default), or wall", "RATE"},
        {"emulator", 0, 0, G_OPTION_ARG_FILENAME, &arguments->emulator,
         "QEMU's user-mode emulator (qemu-x86_64)", "PROGRAM"},
        {"cpu", 0, 0, G_OPTION_ARG_STRING, &arguments->cpu,
         "the processor to emulate, e.g. max (the emulator's default has no AVX)", "MODEL"},
        {"verify", 0, 0, G_OPTION_ARG_NONE, &arguments->verify,
         "count also in the emulator, and compare", NULL},
        {"progress", 0, 0, G_OPTION_ARG_STRING, &arguments->progress,
         "none (default), line or json, on standard error", "MODE"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments->program, NULL,
         "-- PROGRAM [ARG...]"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_set_strict_posix(context, TRUE);
    g_option_context_set_summary(
        context, "Record a real program's instructions and data accesses as a trace, by running it "
                 "under QEMU's\nuser-mode emulator. The program and its libraries are used as they "
                 "are.");
    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse(context, &argc, &argv, error) &&
           check_arguments(arguments, error);
}

/* ---- What is printed at the end ---------------------------------------------------------------
 */

static void
print_program_status(const Arguments *arguments, const LadCaptureResult *result)
{
    const char *name = arguments->program[0];
    int status = result->wait_status;

    if (result->end != LAD_CAPTURE_WHOLE)
        fprintf(stderr, "memladder: %s was ended at the limit of --max-%s\n", name,
                result->end == LAD_CAPTURE_MAX_INSNS ? "instructions" : "output");
    else if (WIFSIGNALED(status))
        fprintf(stderr, "memladder: %s was killed by SIG%s\n", name,
                sigabbrev_np(WTERMSIG(status)) != NULL ? sigabbrev_np(WTERMSIG(status)) : "?");
    else
        fprintf(stderr, "memladder: %s exited with status %d\n", name, WEXITSTATUS(status));
}

static void
print_notes(LadCapture *capture, const LadCaptureResult *result)
{
    const LadCaptureCounts *counts = &result->counts;
    g_auto(GStrv) lines = g_strsplit(lad_capture_notes(capture), "\n", -1);

    for (guint i = 0; lines[i] != NULL; i++)
        if (lines[i][0] != 0)
            fprintf(stderr, "memladder: %s\n", lines[i]);
    if (counts->n_cuts > 0)
        fprintf(stderr,
                "memladder: %" G_GUINT64_FORMAT " blocks were left in the middle by a fault\n",
                counts->n_cuts);
    if (result->unfollowed > 0)
        fprintf(stderr, "memladder: %u child processes were not recorded (see --follow-fork)\n",
                result->unfollowed);
    if (result->no_ring > 0)
        fprintf(stderr, "memladder: %u threads were not recorded: more than %d at once\n",
                result->no_ring, LAD_RINGS);
    if (counts->n_lost_streams > 0)
        fprintf(stderr, "memladder: %u threads were not recorded: more than a trace holds\n",
                counts->n_lost_streams);
    if (counts->n_overruns > 0)
        fprintf(stderr, "memladder: %" G_GUINT64_FORMAT " data accesses were lost\n",
                counts->n_overruns);
}

static void
print_pages(const Arguments *arguments, const LadCaptureResult *result)
{
    const LadCaptureCounts *counts = &result->counts;
    g_autofree char *touches = lad_progress_count((double)counts->n_touches);
    g_autofree char *pages = lad_progress_count((double)counts->n_page_touches);
    g_autofree char *bytes = lad_progress_count((double)result->bytes);

    fprintf(
        stderr,
        "memladder: %s: %s instructions and data accesses as %s page touches in %" G_GUINT64_FORMAT
        " intervals, %u stream%s, %sB\n",
        arguments->output, touches, pages, counts->n_intervals, counts->n_streams,
        counts->n_streams == 1 ? "" : "s", bytes);
}

static void
print_bursts(const Arguments *arguments, const LadCaptureResult *result)
{
    g_autofree char *executed = lad_progress_count((double)result->executed_insns);

    fprintf(stderr, "memladder: %" G_GUINT64_FORMAT " bursts, out of %s instructions executed\n",
            result->counts.n_bursts, executed);
    if (arguments->options.clock_rate == 0)
        fprintf(stderr,
                "memladder: the bursts were cut by wall time, so that another recording will "
                "have others\n");
}

static void
print_result(const Arguments *arguments, LadCapture *capture, const LadCaptureResult *result)
{
    const LadCaptureCounts *counts = &result->counts;
    g_autofree char *insns = lad_progress_count((double)counts->n_written_insns);
    g_autofree char *data = lad_progress_count((double)counts->n_written_data);
    g_autofree char *bytes = lad_progress_count((double)result->bytes);

    if (arguments->options.level == LAD_CAPTURE_LEVEL_PAGE)
        print_pages(arguments, result);
    else
        fprintf(stderr, "memladder: %s: %s instructions, %s data accesses, %u stream%s, %sB\n",
                arguments->output, insns, data, counts->n_streams,
                counts->n_streams == 1 ? "" : "s", bytes);
    if (arguments->options.every_ns > 0)
        print_bursts(arguments, result);
    if (arguments->options.content_ns > 0)
        fprintf(stderr,
                "memladder: contents of pages were compressed %" G_GUINT64_FORMAT " times\n",
                counts->n_contents);
    print_notes(capture, result);
    print_program_status(arguments, result);
}

/* An instruction that faults is counted by the emulator, but was not executed. */
static gboolean
verify(const LadCaptureResult *result, GError **error)
{
    const LadCaptureCounts *counts = &result->counts;

    fprintf(stderr,
            "memladder: verify: %" G_GUINT64_FORMAT " instructions recorded, %" G_GUINT64_FORMAT
            " faulted, %" G_GUINT64_FORMAT " counted; %" G_GUINT64_FORMAT
            " operand callbacks recorded, %" G_GUINT64_FORMAT " counted\n",
            counts->n_insns, counts->n_cuts, result->counted_insns, counts->n_words,
            result->counted_operands);
    if (counts->n_streams != 1 || result->end != LAD_CAPTURE_WHOLE) {
        fprintf(stderr, "memladder: verify: not compared: the counters are exact only for one "
                        "thread that runs to its end\n");
        return TRUE;
    }
    if (counts->n_insns + counts->n_cuts == result->counted_insns &&
        counts->n_words == result->counted_operands)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                "capture: the recording disagrees with the emulator's own counters");
    return FALSE;
}

/* ---- The command ------------------------------------------------------------------------------
 */

static gboolean
record(LadCapture *capture, const Arguments *arguments, GError **error)
{
    g_autoptr(LadProgress) progress =
        lad_progress_new(arguments->progress_mode, "capture", "instructions", stderr);
    sig_atomic_t seen = 0;
    gboolean ended = FALSE;

    while (!ended) {
        if (!lad_capture_step(capture, &ended, error))
            return FALSE;
        if (n_interrupts != seen) {
            seen = n_interrupts;
            if (seen > 1)
                lad_capture_signal(capture, SIGKILL);
            else if (interrupt_is_ours || interrupt_number != SIGINT)
                lad_capture_signal(capture, interrupt_number);
        }
        lad_progress_update(progress, 0, lad_capture_insns(capture));
    }
    lad_progress_finish(progress);
    return TRUE;
}

static gboolean
capture_program(const Arguments *arguments, GError **error)
{
    g_autoptr(LadCapture) capture = NULL;
    LadCaptureResult result;

    handle_interrupts();
    capture = lad_capture_new(&arguments->options, error);
    if (capture == NULL || !record(capture, arguments, error) ||
        !lad_capture_finish(capture, &result, error))
        return FALSE;
    print_result(arguments, capture, &result);
    return !arguments->verify || verify(&result, error);
}

static int
run(int argc, char **argv, GError **error)
{
    Arguments arguments = {0};
    gboolean ok =
        parse_arguments(&arguments, argc, argv, error) && capture_program(&arguments, error);

    g_free(arguments.output);
    g_free(arguments.emulator);
    g_free(arguments.cpu);
    g_free(arguments.level);
    g_free(arguments.progress);
    g_free(arguments.skip_insns);
    g_free(arguments.max_insns);
    g_free(arguments.max_output);
    g_free(arguments.burst);
    g_free(arguments.every);
    g_free(arguments.interval);
    g_free(arguments.page_content);
    g_free(arguments.clock);
    g_strfreev(arguments.program);
    return ok ? 0 : 1;
}

const LadCommand lad_command_capture = {
    "capture",
    "record a live program as a trace",
    run,
};
