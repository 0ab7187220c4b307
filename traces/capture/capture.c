/* capture.c - a recording from its start to the closed trace.
 *
 * The program runs under QEMU's user-mode emulator with our plugin in it (plugin.c), which fills
 * rings in memory that both share. This side outlives it, however it dies, and needs nothing from
 * it but that memory. The emulator inherits one descriptor, of the shared memory, which the plugin
 * closes, so that the program finds its own descriptors only.
 */
#include "config.h"
#include "traces/capture/capture.h"
#include "traces/capture/program.h"
#include "traces/capture/recipe.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SECOND    1000000000u
#define NAP_NS           4000000 /* longest wait for work */
#define REAP_PERIOD_US   200000
#define TERM_PATIENCE_US 1000000 /* between SIGTERM and SIGKILL at a limit */

struct LadCapture {
    LadCaptureArea *area;
    LadTraceWriter *writer;
    LadEncoder *encoder;
    struct stat emulator; /* to know a process that runs it */
    char *program, *output;
    pid_t child;
    gboolean child_ended;
    int wait_status;
    gboolean follow_fork;
    LadCaptureEnd end;
    gint64 reaped_us;
    gint64 told_to_end_us; /* when SIGTERM was sent at a limit; 0: not */
};

/* ---- Start ------------------------------------------------------------------------------------
 */

static gboolean
share_area(LadCapture *capture, int *fd, GError **error)
{
    void *memory = MAP_FAILED;

    *fd = memfd_create("memladder-capture", MFD_CLOEXEC);
    if (*fd >= 0 && ftruncate(*fd, (off_t)LAD_CAPTURE_BYTES) == 0)
        memory = mmap(NULL, LAD_CAPTURE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
                      *fd, 0);
    if (memory == MAP_FAILED) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO,
                    "capture: no shared memory of %lu MiB for the rings (reserved, not used): %s",
                    LAD_CAPTURE_BYTES >> 20, g_strerror(errno));
        return FALSE;
    }
    capture->area = memory;
    return TRUE;
}

static void
set_up_area(LadCapture *capture, const LadCaptureOptions *options)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    capture->area->magic = LAD_CAPTURE_MAGIC;
    capture->area->start_ns = (guint64)now.tv_sec * 1000000000u + (guint64)now.tv_nsec;
    capture->area->recorder = (guint32)getpid();
    capture->area->follow_fork = options->follow_fork != 0;
    capture->area->count = options->count != 0;
    capture->area->schedule = lad_capture_schedule(options);
}

/* Whether the plugin counts time and heeds what is wanted when. */
static gboolean
is_scheduled(const LadCapture *capture)
{
    const LadCaptureSchedule *schedule = &capture->area->schedule;

    return schedule->mode != LAD_CAPTURE_ALL || schedule->content > 0;
}

static gboolean
open_trace(LadCapture *capture, const LadCaptureOptions *options, const char *emulator,
           GError **error)
{
    const LadTraceWriterOptions writer_options = {.max_bytes = options->max_bytes};
    g_autofree char *name = g_path_get_basename(capture->program);
    const LadEncoderOptions encoder_options = {
        .skip_insns = is_scheduled(capture) ? 0 : options->skip_insns,
        .max_insns = options->max_insns != 0 ? options->max_insns : G_MAXUINT64,
        .clock_rate =
            is_scheduled(capture) && options->clock_rate != 0 ? options->clock_rate : NS_PER_SECOND,
        .name = name};
    LadTraceHeader *header = lad_capture_header(options, emulator);

    capture->writer = lad_trace_writer_new(options->output, header, &writer_options, error);
    lad_trace_header_free(header);
    if (capture->writer == NULL)
        return FALSE;
    capture->encoder = lad_encoder_new(capture->area, capture->writer, &encoder_options, error);
    return capture->encoder != NULL;
}

/* What the child between fork and exec needs. */
typedef struct {
    char **argv, **environment;
    const char *folder, *log; /* may be NULL */
    int area_fd, report_fd;
} Start;

static gboolean
move_streams(const char *log)
{
    int from = open("/dev/null", O_RDONLY);
    int to = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0666);

    return from >= 0 && to >= 0 && dup2(from, 0) == 0 && dup2(to, 1) == 1 && dup2(to, 2) == 2 &&
           (from < 3 || close(from) == 0) && (to < 3 || close(to) == 0);
}

/* In the child: only what is safe there. */
static void
become_emulator(const Start *start)
{
    sigset_t none;
    int problem;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    fcntl(start->area_fd, F_SETFD, 0);
    if ((start->log == NULL || move_streams(start->log)) &&
        (start->folder == NULL || chdir(start->folder) == 0))
        execve(start->argv[0], start->argv, start->environment);
    problem = errno;
    if (write(start->report_fd, &problem, sizeof problem) < 0)
        _exit(126);
    _exit(127);
}

/* The emulator hands the environment on in reverse order. The strings are ours and `more`'s still.
 */
static char **
reversed_environment(char **more)
{
    guint n = 0, n_more = more != NULL ? g_strv_length(more) : 0, k = 0;
    char **reversed;

    while (environ[n] != NULL)
        n++;
    reversed = g_new0(char *, n + n_more + 1);
    for (guint i = 0; i < n_more; i++)
        reversed[k++] = more[n_more - 1 - i];
    for (guint i = 0; i < n; i++) {
        char *one = environ[n - 1 - i];
        gsize length = strcspn(one, "=") + 1;
        gboolean replaced = FALSE;
        for (guint j = 0; j < n_more; j++)
            replaced = replaced || strncmp(one, more[j], length) == 0;
        if (!replaced)
            reversed[k++] = one;
    }
    return reversed;
}

static gboolean
start_child(LadCapture *capture, const LadCaptureOptions *options, char **argv, int area_fd,
            GError **error)
{
    g_autofree char **environment = reversed_environment(options->environment);
    int pipe_fds[2], problem = 0;
    ssize_t n;

    if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "capture: %s", g_strerror(errno));
        return FALSE;
    }
    capture->child = fork();
    if (capture->child == 0)
        become_emulator(
            &(const Start){argv, environment, options->folder, options->log, area_fd, pipe_fds[1]});
    problem = capture->child < 0 ? errno : 0;
    close(pipe_fds[1]);
    do
        n = capture->child < 0 ? 0 : read(pipe_fds[0], &problem, sizeof problem);
    while (n < 0 && errno == EINTR);
    close(pipe_fds[0]);
    if (problem == 0)
        return TRUE;
    if (capture->child > 0)
        waitpid(capture->child, NULL, 0);
    capture->child = 0;
    g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED, "capture: cannot start %s: %s", argv[0],
                g_strerror(problem));
    return FALSE;
}

/* -0 keeps the program's own argv[0]; a comma in an option's value is written twice. */
static GPtrArray *
emulator_arguments(const LadCapture *capture, const LadCaptureOptions *options,
                   const char *emulator, const char *plugin, int area_fd)
{
    char **argv = options->argv;
    GPtrArray *arguments = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) parts = g_strsplit(plugin, ",", -1);
    g_autofree char *escaped = g_strjoinv(",,", parts);

    g_ptr_array_add(arguments, g_strdup(emulator));
    g_ptr_array_add(arguments, g_strdup("-plugin"));
    g_ptr_array_add(arguments, g_strdup_printf("%s,fd=%d", escaped, area_fd));
    if (options->cpu != NULL) {
        g_ptr_array_add(arguments, g_strdup("-cpu"));
        g_ptr_array_add(arguments, g_strdup(options->cpu));
    }
    g_ptr_array_add(arguments, g_strdup("-0"));
    g_ptr_array_add(arguments, g_strdup(argv[0]));
    g_ptr_array_add(arguments, g_strdup(capture->program));
    for (guint i = 1; argv[i] != NULL; i++)
        g_ptr_array_add(arguments, g_strdup(argv[i]));
    g_ptr_array_add(arguments, NULL);
    return arguments;
}

static gboolean
start(LadCapture *capture, const LadCaptureOptions *options, GError **error)
{
    g_autofree char *emulator = NULL, *plugin = NULL;
    g_autoptr(GPtrArray) arguments = NULL;
    gboolean ok;
    int fd = -1;

    capture->program = lad_capture_find_program(options->argv[0], error);
    if (capture->program == NULL)
        return FALSE;
    if (options->folder != NULL) {
        char *named = capture->program;
        capture->program = g_canonicalize_filename(named, NULL);
        g_free(named);
    }
    emulator = lad_capture_find_emulator(options->emulator, error);
    plugin = emulator != NULL ? lad_capture_find_plugin(error) : NULL;
    if (plugin == NULL || stat(emulator, &capture->emulator) != 0)
        return FALSE;
    ok = share_area(capture, &fd, error);
    if (ok) {
        set_up_area(capture, options);
        arguments = emulator_arguments(capture, options, emulator, plugin, fd);
        ok = open_trace(capture, options, emulator, error) &&
             start_child(capture, options, (char **)arguments->pdata, fd, error);
    }
    if (fd >= 0)
        close(fd);
    return ok;
}

LadCapture *
lad_capture_new(const LadCaptureOptions *options, GError **error)
{
    LadCapture *capture = g_new0(LadCapture, 1);

    capture->follow_fork = options->follow_fork;
    capture->output = g_strdup(options->output);
    if (options->follow_fork)
        prctl(PR_SET_CHILD_SUBREAPER, 1); /* to see orphaned children end */
    if (!start(capture, options, error)) {
        lad_capture_free(capture);
        return NULL;
    }
    return capture;
}

/* ---- While it runs ----------------------------------------------------------------------------
 */

static gboolean
is_zombie(guint32 process)
{
    g_autofree char *path = g_strdup_printf("/proc/%u/stat", process);
    g_autofree char *text = NULL;
    const char *after_name;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return TRUE;
    after_name = strrchr(text, ')');
    return after_name != NULL && after_name[1] == ' ' &&
           (after_name[2] == 'Z' || after_name[2] == 'X');
}

/* Whether a process still runs in the emulator; one that has called execve does not. */
static gboolean
is_recorded(guint32 process, gpointer data)
{
    const LadCapture *capture = data;
    g_autofree char *path = g_strdup_printf("/proc/%u/exe", process);
    struct stat status;

    if ((pid_t)process == capture->child)
        return !capture->child_ended;
    if (waitpid((pid_t)process, NULL, WNOHANG) == (pid_t)process)
        return FALSE;
    if (stat(path, &status) != 0)
        return FALSE;
    return !is_zombie(process) && status.st_dev == capture->emulator.st_dev &&
           status.st_ino == capture->emulator.st_ino;
}

/* Those that the program has forked, and that still run in the emulator. */
static guint
signal_children(LadCapture *capture, int number)
{
    guint n_running = 0;
    guint bound = atomic_load(&capture->area->ring_bound);

    for (guint i = 0; capture->follow_fork && i < bound; i++) {
        const LadRing *ring = &capture->area->rings[i];
        if (atomic_load(&ring->state) < LAD_RING_LIVE || (pid_t)ring->process == capture->child ||
            !is_recorded(ring->process, capture))
            continue;
        kill((pid_t)ring->process, number);
        n_running++;
    }
    return n_running;
}

static void
nap(LadCapture *capture)
{
    const struct timespec limit = {.tv_sec = 0, .tv_nsec = NAP_NS};
    LadCaptureArea *area = capture->area;
    guint32 rung = atomic_load(&area->doorbell);

    atomic_store(&area->recorder_sleeps, 1);
    syscall(SYS_futex, &area->doorbell, FUTEX_WAIT, rung, &limit, NULL, 0);
    atomic_store(&area->recorder_sleeps, 0);
}

static void
look_for_end(LadCapture *capture)
{
    int status;

    if (!capture->child_ended && waitpid(capture->child, &status, WNOHANG) == capture->child) {
        capture->child_ended = TRUE;
        capture->wait_status = status;
        capture->reaped_us = 0;
    }
}

/* At a limit: what is still running is told to end, and ended. */
static void
end_program(LadCapture *capture, gboolean *ended)
{
    gint64 now = g_get_monotonic_time();
    guint n_children;
    int number = 0;

    lad_encoder_discard(capture->encoder);
    if (capture->told_to_end_us == 0) {
        capture->told_to_end_us = now;
        number = SIGTERM;
    } else if (now - capture->told_to_end_us > TERM_PATIENCE_US) {
        number = SIGKILL;
    }
    lad_capture_signal(capture, number);
    n_children = signal_children(capture, number);
    look_for_end(capture);
    *ended = capture->child_ended && n_children == 0;
    if (!*ended)
        nap(capture);
}

static gboolean
drain(LadCapture *capture, gboolean final, gboolean *busy, GError **error)
{
    GError *problem = NULL;

    if (lad_encoder_drain(capture->encoder, final, busy, &problem)) {
        if (lad_encoder_is_done(capture->encoder))
            capture->end = LAD_CAPTURE_MAX_INSNS;
        return TRUE;
    }
    if (!g_error_matches(problem, LAD_ERROR, LAD_ERROR_CAPACITY)) {
        g_propagate_error(error, problem);
        return FALSE;
    }
    g_error_free(problem);
    capture->end = LAD_CAPTURE_MAX_BYTES;
    return TRUE;
}

gboolean
lad_capture_step(LadCapture *capture, gboolean *ended, GError **error)
{
    gboolean busy = FALSE;
    gint64 now;

    *ended = FALSE;
    if (capture->end != LAD_CAPTURE_WHOLE) {
        end_program(capture, ended);
        return TRUE;
    }
    if (!drain(capture, FALSE, &busy, error))
        return FALSE;
    if (busy)
        return TRUE;
    look_for_end(capture);
    now = g_get_monotonic_time();
    if (capture->child_ended && !capture->follow_fork) {
        *ended = TRUE;
        return drain(capture, TRUE, NULL, error);
    }
    if (capture->follow_fork && now - capture->reaped_us > REAP_PERIOD_US) {
        capture->reaped_us = now;
        *ended =
            lad_encoder_reap(capture->encoder, is_recorded, capture) == 0 && capture->child_ended;
        if (*ended)
            return drain(capture, TRUE, NULL, error);
    }
    nap(capture);
    return TRUE;
}

void
lad_capture_signal(LadCapture *capture, int number)
{
    if (capture->child > 0 && !capture->child_ended)
        kill(capture->child, number);
}

gboolean
lad_capture_at_limit(const LadCapture *capture)
{
    return capture->end != LAD_CAPTURE_WHOLE;
}

guint64
lad_capture_insns(LadCapture *capture)
{
    return is_scheduled(capture) ? atomic_load(&capture->area->insns)
                                 : lad_encoder_counts(capture->encoder)->n_insns;
}

guint64
lad_capture_bytes(const LadCapture *capture)
{
    return lad_trace_writer_bytes(capture->writer);
}

const char *
lad_capture_notes(const LadCapture *capture)
{
    return lad_encoder_notes(capture->encoder);
}

void
lad_capture_free(LadCapture *capture)
{
    if (capture->child > 0 && !capture->child_ended) {
        signal_children(capture, SIGKILL);
        kill(capture->child, SIGKILL);
        waitpid(capture->child, NULL, 0);
    }
    g_clear_pointer(&capture->encoder, lad_encoder_free);
    g_clear_pointer(&capture->writer, lad_trace_writer_free);
    if (capture->area != NULL)
        munmap(capture->area, LAD_CAPTURE_BYTES);
    g_free(capture->program);
    g_free(capture->output);
    g_free(capture);
}

/* ---- End --------------------------------------------------------------------------------------
 */

static gboolean
has_begun(const LadCapture *capture, const LadCaptureResult *result, GError **error)
{
    if (result->counts.n_blocks > 0 || result->executed_insns > 0)
        return TRUE;
    if (capture->area->base == 0)
        g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                    "capture: the emulator ended before it had loaded the plugin; it must be a "
                    "qemu-x86_64 that supports plugins (interface version 1)");
    else
        g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                    "capture: the emulator ended before it had run any of %s", capture->program);
    return FALSE;
}

/* At max_bytes the writer has taken more than it could write. */
static gboolean
count_written(const LadCapture *capture, LadCaptureResult *result, GError **error)
{
    g_autoptr(LadTraceReader) reader = NULL;

    if (capture->end != LAD_CAPTURE_MAX_BYTES || strcmp(capture->output, "-") == 0)
        return TRUE;
    reader = lad_trace_reader_open(capture->output, 0, error);
    if (reader == NULL)
        return FALSE;
    result->counts.n_written_insns = result->counts.n_written_data = 0;
    for (guint i = 0; i < lad_trace_reader_n_streams(reader); i++) {
        result->counts.n_written_insns += lad_trace_reader_n_insns(reader, i);
        result->counts.n_written_data += lad_trace_reader_n_data(reader, i);
    }
    return TRUE;
}

gboolean
lad_capture_finish(LadCapture *capture, LadCaptureResult *result, GError **error)
{
    const LadCaptureArea *area = capture->area;

    memset(result, 0, sizeof *result);
    result->counts = *lad_encoder_counts(capture->encoder);
    result->end = capture->end;
    result->wait_status = capture->wait_status;
    result->unfollowed = atomic_load(&area->unfollowed);
    result->no_ring = atomic_load(&area->no_ring);
    result->executed_insns = atomic_load(&area->insns);
    result->counted_insns = area->counted_insns;
    result->counted_operands = area->counted_operands;
    if (!has_begun(capture, result, error) || !lad_trace_writer_close(capture->writer, error))
        return FALSE;
    result->bytes = lad_trace_writer_bytes(capture->writer);
    return count_written(capture, result, error);
}

gboolean
lad_capture_run(const LadCaptureOptions *options, LadCaptureResult *result, GError **error)
{
    g_autoptr(LadCapture) capture = lad_capture_new(options, error);
    gboolean ended = FALSE;

    if (capture == NULL)
        return FALSE;
    while (!ended)
        if (!lad_capture_step(capture, &ended, error))
            return FALSE;
    return lad_capture_finish(capture, result, error);
}
