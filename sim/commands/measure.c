/* measure.c - time and memory of one decoding or replay, in a process of its own. */
#include "config.h"
#include "sim/commands/measure.h"
#include <memladder/run.h>
#include <memladder/trace.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a child tells its parent. */
typedef struct {
    guint64 references, insns;
    int code; /* of the error, -1: none */
    char message[500];
} Report;

static gboolean
decode(const char *path, Report *report, GError **error)
{
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, LAD_TRACE_NO_THREAD, error);
    if (reader == NULL)
        return FALSE;
    for (guint i = 0; i < lad_trace_reader_n_streams(reader); i++) {
        g_autoptr(LadStreamReader) stream = lad_stream_reader_new(reader, i, error);
        if (stream == NULL)
            return FALSE;
        GError *cause = NULL;
        for (const LadBatch *batch = lad_stream_reader_next(stream, &cause); batch != NULL;
             batch = lad_stream_reader_next(stream, &cause)) {
            report->insns += batch->n_insns;
            report->references += batch->n_insns + batch->n_data;
        }
        if (cause != NULL) {
            g_propagate_error(error, cause);
            return FALSE;
        }
    }
    return TRUE;
}

/* What the run counts under "run". */
static guint64
total(const LadRun *run, const char *counter)
{
    guint n;
    const LadMetrics *metrics = lad_run_metrics(run, &n);
    for (guint i = 0; i < n; i++) {
        if (strcmp(metrics[i].part, "run") != 0)
            continue;
        for (guint row = 0; metrics[i].table[row].name != NULL; row++)
            if (strcmp(metrics[i].table[row].name, counter) == 0)
                return lad_run_value(run, i, row, LAD_PHASE_MEASURED);
    }
    g_assert_not_reached();
}

static gboolean
replay(const char *path, const char *trace, Report *report, GError **error)
{
    g_autoptr(LadModels) models = lad_models_new(NULL, error);
    g_autoptr(LadConfig) config = lad_config_new();
    g_autofree char *assignment = g_strdup_printf("run.trace=%s", trace);
    if (models == NULL || !lad_config_read(config, path, error) ||
        !lad_config_set(config, assignment, error))
        return FALSE;
    g_autoptr(LadRun) run = lad_run_new(config, models, 0, error);
    gboolean done;
    if (run == NULL || !lad_run_step(run, 0, &done, error))
        return FALSE;
    report->insns = total(run, "instructions");
    report->references = total(run, "references");
    return TRUE;
}

static void G_GNUC_NORETURN
child(const char *config, const char *trace, int to_parent)
{
    Report report = {.code = -1};
    GError *error = NULL;
    gboolean ok =
        config == NULL ? decode(trace, &report, &error) : replay(config, trace, &report, &error);
    if (!ok) {
        report.code = error->code;
        g_strlcpy(report.message, error->message, sizeof report.message);
    }
    ssize_t written = write(to_parent, &report, sizeof report);
    _exit(written == sizeof report ? 0 : 1);
}

static double
seconds(const struct rusage *usage)
{
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

/* Wait for a child and take its times. */
static int
wait_for(pid_t pid, gint64 begin, LadMeasure *measure)
{
    struct rusage usage;
    int status;
    while (wait4(pid, &status, 0, &usage) < 0)
        g_assert(errno == EINTR);
    measure->wall_seconds = (double)(g_get_monotonic_time() - begin) / G_USEC_PER_SEC;
    measure->cpu_seconds = seconds(&usage);
    measure->peak_bytes = (guint64)usage.ru_maxrss * 1024;
    return status;
}

static gboolean
system_error(const char *what, GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "%s: %s", what, g_strerror(errno));
    return FALSE;
}

gboolean
lad_measure_replay(const char *config, const char *trace, LadMeasure *measure, GError **error)
{
    int ends[2];
    if (pipe(ends) != 0)
        return system_error("pipe", error);
    fflush(NULL);
    gint64 begin = g_get_monotonic_time();
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        child(config, trace, ends[1]);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return system_error("fork", error);
    }
    Report report;
    ssize_t got = read(ends[0], &report, sizeof report);
    close(ends[0]);
    int status = wait_for(pid, begin, measure);
    if (got != sizeof report || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED, "%s: the measured process died",
                    trace);
        return FALSE;
    }
    if (report.code >= 0) {
        g_set_error_literal(error, LAD_ERROR, report.code, report.message);
        return FALSE;
    }
    measure->references = report.references;
    measure->insns = report.insns;
    return TRUE;
}

gboolean
lad_measure_program(const char *const *argv, LadMeasure *measure, GError **error)
{
    fflush(NULL);
    gint64 begin = g_get_monotonic_time();
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        if (null >= 0)
            dup2(null, STDOUT_FILENO);
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    if (pid < 0)
        return system_error("fork", error);
    int status = wait_for(pid, begin, measure);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return TRUE;
    g_autofree char *line = g_strjoinv(" ", (char **)argv);
    g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED, "`%s` failed", line);
    return FALSE;
}

static int
compare(const void *a, const void *b)
{
    const LadMeasure *left = a, *right = b;
    double x = (double)left->references / left->cpu_seconds;
    double y = (double)right->references / right->cpu_seconds;
    return (x > y) - (x < y);
}

void
lad_measure_sort(LadMeasure *measures, guint n)
{
    qsort(measures, n, sizeof *measures, compare);
}
