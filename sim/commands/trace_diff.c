/* trace_diff.c - memladder trace diff: whether two traces hold the same, and where not. */
#include "config.h"
#include <stdio.h>
#include <string.h>
#include "sim/commands/interrupt.h"
#include "sim/commands/trace.h"
#include "sim/commands/trace_work.h"
#include "traces/toolbox/diff.h"

#define TROUBLE 2 /* the exit status; 1 says that they differ */

typedef struct {
    const char *paths[2];
    LadTraceReader *readers[2];
    gboolean brief;
    gboolean salvage;
    gboolean differ;
    guint stream; /* being compared */
} Diff;

static const char operand_letters[] = "LSMA";

static void
say(Diff *diff, const char *what, const char *first, const char *second)
{
    diff->differ = TRUE;
    if (!diff->brief)
        printf("%s: %s / %s\n", what, first, second);
}

static void
say_number(Diff *diff, const char *what, guint64 first, guint64 second)
{
    if (first == second)
        return;
    g_autofree char *a = g_strdup_printf("%" G_GUINT64_FORMAT, first);
    g_autofree char *b = g_strdup_printf("%" G_GUINT64_FORMAT, second);
    say(diff, what, a, b);
}

static void
compare_headers(Diff *diff)
{
    const LadTraceHeader *a = lad_trace_reader_header(diff->readers[0]);
    const LadTraceHeader *b = lad_trace_reader_header(diff->readers[1]);
    if (a->level != b->level)
        say(diff, "level", lad_trace_level_name(a->level), lad_trace_level_name(b->level));
    if (a->address_space != b->address_space)
        say(diff, "address space", lad_address_space_name(a->address_space),
            lad_address_space_name(b->address_space));
    if (a->isa != b->isa)
        say(diff, "instruction set", lad_isa_name(a->isa), lad_isa_name(b->isa));
    say_number(diff, "page size in bytes", a->page_bytes, b->page_bytes);
    say_number(diff, "unit of time stamps in ps", a->tick_ps, b->tick_ps);
}

static void
print_record(const char *mark, const LadStreamRecord *at)
{
    if (at->ended) {
        printf("  %s ends here\n", mark);
        return;
    }
    printf("  %s ", mark);
    if (at->block == NULL) {
        const LadRecord *plain = at->plain;
        printf("%s address %" G_GINT64_MODIFIER "x size %" G_GUINT64_FORMAT
               " value %" G_GUINT64_FORMAT " weight %" G_GUINT64_FORMAT " flags %u",
               lad_record_kind_name(plain->kind), plain->address, plain->size, plain->value,
               plain->weight, plain->flags);
        if (*plain->text != '\0')
            printf(" `%s`", plain->text);
        printf("\n");
        return;
    }
    printf("block %" G_GINT64_MODIFIER "x of %u instructions", at->block->pc, at->block->n_insns);
    for (guint i = 0; i < at->block->n_operands; i++)
        printf(" %c %" G_GINT64_MODIFIER "x,%u", operand_letters[at->block->operands[i].kind],
               at->addresses[i], at->block->operands[i].size);
    printf("\n");
}

static void
print_difference(gpointer data, const LadStreamRecord *a, const LadStreamRecord *b)
{
    Diff *diff = data;
    const LadStreamRecord *at = a->ended ? b : a;
    diff->differ = TRUE;
    if (diff->brief)
        return;
    printf("stream %u: first difference at record %" G_GUINT64_FORMAT
           ", instruction %" G_GUINT64_FORMAT "\n",
           diff->stream, at->number, at->insn);
    print_record("<", a);
    print_record(">", b);
}

static void
compare_stream_info(Diff *diff)
{
    const LadStreamInfo *a = lad_trace_reader_stream_info(diff->readers[0], diff->stream);
    const LadStreamInfo *b = lad_trace_reader_stream_info(diff->readers[1], diff->stream);
    if (a->host != b->host || a->process != b->process || a->thread != b->thread) {
        diff->differ = TRUE;
        if (!diff->brief)
            printf("stream %u: host %u process %u thread %u / host %u process %u thread %u\n",
                   diff->stream, a->host, a->process, a->thread, b->host, b->process, b->thread);
    }
}

typedef guint64 (*StreamCount)(const LadTraceReader *reader, guint stream);

static char *
count_text(const Diff *diff, guint side, guint stream, StreamCount count)
{
    if (stream >= lad_trace_reader_n_streams(diff->readers[side]))
        return g_strdup("-");
    return g_strdup_printf("%" G_GUINT64_FORMAT, count(diff->readers[side], stream));
}

static void
print_counts(const Diff *diff)
{
    static const StreamCount counts[] = {lad_trace_reader_n_insns, lad_trace_reader_n_data,
                                         lad_trace_reader_n_records};
    static const char *const names[] = {"instructions", "data accesses", "records"};
    guint n[2] = {lad_trace_reader_n_streams(diff->readers[0]),
                  lad_trace_reader_n_streams(diff->readers[1])};
    printf("counts by stream (%s / %s):\n", diff->paths[0], diff->paths[1]);
    for (guint i = 0; i < MAX(n[0], n[1]); i++) {
        printf("  %-6u", i);
        for (guint k = 0; k < G_N_ELEMENTS(counts); k++) {
            g_autofree char *first = count_text(diff, 0, i, counts[k]);
            g_autofree char *second = count_text(diff, 1, i, counts[k]);
            printf("%s%s / %s %s", k > 0 ? ", " : "", first, second, names[k]);
        }
        printf("\n");
    }
}

static gboolean
compare_streams(Diff *diff, GError **error)
{
    LadTraceWork work;
    guint n[2] = {lad_trace_reader_n_streams(diff->readers[0]),
                  lad_trace_reader_n_streams(diff->readers[1])};
    gboolean ok = TRUE, same;
    say_number(diff, "streams", n[0], n[1]);
    if (!lad_trace_work_begin(&work, "diff", lad_trace_work_references(diff->readers[0]), error))
        return FALSE;
    for (guint i = 0; ok && i < MIN(n[0], n[1]) && !(diff->brief && diff->differ); i++) {
        diff->stream = i;
        compare_stream_info(diff);
        ok = lad_trace_diff(diff->readers[0], i, diff->readers[1], i, &same, print_difference, diff,
                            &work.toolbox, error);
    }
    lad_trace_work_end(&work);
    return ok;
}

static gboolean
compare(Diff *diff, GError **error)
{
    LadTraceFlags flags = diff->salvage ? LAD_TRACE_SALVAGE : 0;
    for (guint i = 0; i < 2; i++) {
        diff->readers[i] = lad_trace_work_open(diff->paths[i], flags, error);
        if (diff->readers[i] == NULL)
            return FALSE;
    }
    compare_headers(diff);
    if (!compare_streams(diff, error))
        return FALSE;
    if (diff->differ && diff->brief)
        printf("%s and %s differ\n", diff->paths[0], diff->paths[1]);
    else if (diff->differ)
        print_counts(diff);
    return TRUE;
}

static int
run(int argc, char **argv, GError **error)
{
    Diff diff = {0};
    const GOptionEntry entries[] = {
        {"brief", 'q', 0, G_OPTION_ARG_NONE, &diff.brief, "say only whether they differ", NULL},
        {"salvage", 0, 0, G_OPTION_ARG_NONE, &diff.salvage,
         "compare what is whole of traces cut off", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    char *files[2] = {NULL, NULL};
    g_autoptr(GError) failure = NULL;
    gboolean ok =
        lad_trace_arguments(argc, argv, entries, "FIRST SECOND",
                            "Compare two traces record by record. Prints nothing if they "
                            "hold the same; else what differs\nbetween their headers, the "
                            "first record that differs in each stream, and counts. The "
                            "exit\nstatus is 0 if they are the same, 1 if not, 2 in case "
                            "of trouble.",
                            2, 0, files, &failure);
    diff.paths[0] = files[0];
    diff.paths[1] = files[1];
    ok = ok && compare(&diff, &failure);
    for (guint i = 0; i < 2; i++)
        if (diff.readers[i] != NULL)
            lad_trace_reader_unref(diff.readers[i]);
    if (ok)
        return diff.differ ? 1 : 0;
    if (lad_error_exit_status(failure) != 1) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return TROUBLE;
    }
    fprintf(stderr, "memladder: %s\n", failure->message);
    return TROUBLE;
}

const LadCommand lad_trace_command_diff = {
    "diff",
    "compare two traces record by record",
    run,
};
