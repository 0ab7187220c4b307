/* recipe.c - from the options of a recording to the plugin's schedule and the trace's header. */
#include "config.h"
#include "traces/capture/recipe.h"
#include "traces/capture/program.h"
#include <string.h>
#include <sys/utsname.h>

#define NS_PER_SECOND 1000000000u

/* ---- The schedule -----------------------------------------------------------------------------
 */

static guint64
in_clock_units(const LadCaptureOptions *options, guint64 ns)
{
    guint64 rate = options->clock_rate == 0 ? NS_PER_SECOND : options->clock_rate;

    if (ns == 0)
        return 0;
    return MAX(1, ns / NS_PER_SECOND * rate + ns % NS_PER_SECOND * rate / NS_PER_SECOND);
}

LadCaptureSchedule
lad_capture_schedule(const LadCaptureOptions *options)
{
    LadCaptureSchedule schedule = {.mode = LAD_CAPTURE_ALL,
                                   .wall = options->clock_rate == 0,
                                   .content = in_clock_units(options, options->content_ns)};

    if (options->level == LAD_CAPTURE_LEVEL_PAGE) {
        schedule.mode = LAD_CAPTURE_PAGES;
        schedule.interval = in_clock_units(options, options->interval_ns);
    } else if (options->every_ns > 0) {
        schedule.mode = LAD_CAPTURE_BURSTS;
        schedule.burst = in_clock_units(options, options->burst_ns);
        schedule.every = in_clock_units(options, options->every_ns);
        schedule.skip = options->skip_insns;
    }
    return schedule;
}

/* ---- The header -------------------------------------------------------------------------------
 */

static char *
join_command(char **argv)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; argv[i] != NULL; i++) {
        gboolean plain =
            argv[i][0] != 0 && strpbrk(argv[i], " \t\n\"'\\$&;|<>(){}*?[]#~`!") == NULL;
        g_autofree char *word = plain ? g_strdup(argv[i]) : g_shell_quote(argv[i]);
        g_string_append_printf(text, "%s%s", i > 0 ? " " : "", word);
    }
    return g_utf8_make_valid(text->str, -1);
}

static void
add_note(LadTraceHeader *header, const char *name, char *value)
{
    g_hash_table_insert(header->notes, g_strdup(name), value);
}

static void
add_number(LadTraceHeader *header, const char *name, guint64 value)
{
    add_note(header, name, g_strdup_printf("%" G_GUINT64_FORMAT, value));
}

static char *
list_losses(const LadCaptureOptions *options)
{
    GString *lost = g_string_new("Accesses that the kernel makes for the program in system calls "
                                 "are missing.\n");
    gboolean scheduled = options->level == LAD_CAPTURE_LEVEL_PAGE || options->every_ns > 0 ||
                         options->content_ns > 0;

    if (scheduled && options->clock_rate != 0)
        g_string_append(lost, "Time stamps count instructions of all threads, not time.");
    else
        g_string_append(lost, "Time stamps are those of the emulated run, which is slower than the "
                              "program's own.");
    if (options->level == LAD_CAPTURE_LEVEL_PAGE)
        g_string_append(lost, "\nOf instructions and data accesses, only their number by page and "
                              "interval is kept.");
    if (options->every_ns > 0)
        g_string_append(lost, "\nWhat was executed between the bursts is missing.");
    if (!options->follow_fork)
        g_string_append(lost, "\nChild processes are missing.");
    if (options->skip_insns > 0)
        g_string_append(lost, "\nThe first instructions were skipped.");
    return g_string_free(lost, FALSE);
}

/* What a schedule means, in ticks, which are nanoseconds. */
static void
add_schedule_notes(LadTraceHeader *header, const LadCaptureOptions *options)
{
    double share =
        options->every_ns > 0 ? (double)options->every_ns / (double)options->burst_ns : 1;

    if (options->level == LAD_CAPTURE_LEVEL_PAGE)
        add_number(header, LAD_NOTE_INTERVAL, options->interval_ns);
    if (options->every_ns > 0) {
        add_number(header, "burst", options->burst_ns);
        add_number(header, "every", options->every_ns);
        add_note(header, LAD_NOTE_SAMPLED,
                 g_strdup_printf("1 of %.6g instructions, in bursts", share));
        add_note(header, LAD_NOTE_SCALING, g_strdup_printf("counts of bursts times %.6g", share));
    }
    if (options->content_ns > 0)
        add_number(header, "page-content", options->content_ns);
    add_note(header, "clock",
             options->clock_rate == 0
                 ? g_strdup("wall")
                 : g_strdup_printf("%" G_GUINT64_FORMAT " instructions per second",
                                   options->clock_rate));
}

LadTraceHeader *
lad_capture_header(const LadCaptureOptions *options, const char *emulator)
{
    LadTraceHeader *header = lad_trace_header_new();
    g_autofree char *version = lad_capture_emulator_version(emulator);
    struct utsname system;

    header->isa = LAD_ISA_X86_64;
    header->tick_ps = 1000;
    g_free(header->command);
    header->command = join_command(options->argv);
    if (uname(&system) == 0) {
        g_free(header->machine);
        header->machine =
            g_strdup_printf("%s %s %s", system.sysname, system.release, system.machine);
    }
    g_free(header->tool);
    header->tool = g_strdup_printf("memladder capture %s, %s", PACKAGE_VERSION, version);
    g_free(header->lost);
    header->lost = list_losses(options);
    if (options->level == LAD_CAPTURE_LEVEL_PAGE)
        header->level = LAD_LEVEL_PAGE;
    if (options->level == LAD_CAPTURE_LEVEL_PAGE || options->every_ns > 0 ||
        options->content_ns > 0)
        add_schedule_notes(header, options);
    /* A replay holds their streams back until the fork. */
    if (options->follow_fork)
        add_note(header, "processes", g_strdup("forked"));
    if (options->cpu != NULL)
        add_note(header, "cpu", g_strdup(options->cpu));
    if (options->skip_insns > 0)
        add_number(header, "skipped-instructions", options->skip_insns);
    return header;
}
