/* recording.c - see recording.h. */
#include "config.h"
#include "analysis/study/recording.h"
#include "sim/base/publish.h"
#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT           "{port}"
#define LISTEN_WAIT_US (60 * G_USEC_PER_SEC) /* until a server listens: it runs in an emulator */
#define LOOK_US        50000                 /* between two looks whether it does */
#define END_WAIT_US    (10 * G_USEC_PER_SEC) /* between SIGTERM and SIGKILL */

static char *
file_of(const LadRecording *recording, const char *folder, const char *ending)
{
    g_autofree char *name = g_strconcat(recording->name, ending, NULL);
    return g_build_filename(folder, name, NULL);
}

/* ---- What is there ------------------------------------------------------------------------------
 */

/* A name without a slash is a program in PATH, one with a slash any file. */
static gboolean
is_installed(const char *name)
{
    g_autofree char *found = g_find_program_in_path(name);
    return found || (strchr(name, '/') && g_file_test(name, G_FILE_TEST_EXISTS));
}

/* The first word as it is written; NULL if the shell makes it. */
static char *
program_of(const LadRecording *recording)
{
    g_auto(GStrv) words = NULL;
    if (!g_shell_parse_argv(recording->capture, NULL, &words, NULL) || strchr(words[0], '$'))
        return NULL;
    return g_strdup(words[0]);
}

char *
lad_recording_missing(const LadRecording *recording)
{
    g_autofree char *program = program_of(recording);
    for (guint i = 0; recording->needs[i]; i++)
        if (!is_installed(recording->needs[i]))
            return g_strdup(recording->needs[i]);
    if (program && !is_installed(program))
        return g_steal_pointer(&program);
    return is_installed("qemu-x86_64") ? NULL : g_strdup("qemu-x86_64");
}

/* Everything that makes the recording what it is, as text. */
static char *
describe(const LadRecording *recording)
{
    g_autofree char *program = program_of(recording);
    g_autofree char *path = program ? g_find_program_in_path(program) : NULL;
    g_autofree char *environment = g_strjoinv(" ", recording->environment);
    GStatBuf status = {0};
    if (path)
        g_stat(path, &status);
    return g_strdup_printf(
        "# how %s.mlt was recorded, by memladder " PACKAGE_VERSION "\n"
        "capture = %s\nprepare = %s\nbeside = %s\nenvironment = %s\n"
        "skip-instructions = %" G_GUINT64_FORMAT "\nmax-instructions = %" G_GUINT64_FORMAT
        "\nlevel = %s, clock %" G_GUINT64_FORMAT ", interval %" G_GUINT64_FORMAT
        "\nprogram = %s, %" G_GINT64_FORMAT " bytes, of %" G_GINT64_FORMAT "\n",
        recording->name, recording->capture, recording->prepare, recording->beside, environment,
        recording->skip, recording->max,
        recording->level == LAD_CAPTURE_LEVEL_PAGE ? "page" : "instruction", recording->clock,
        recording->interval, path ? path : "-", (gint64)status.st_size, (gint64)status.st_mtime);
}

gboolean
lad_recording_is_there(const LadRecording *recording, const char *folder)
{
    g_autofree char *trace = file_of(recording, folder, ".mlt");
    g_autofree char *note = file_of(recording, folder, ".recorded");
    g_autofree char *wanted = describe(recording);
    g_autofree char *was = NULL;
    return g_file_test(trace, G_FILE_TEST_IS_REGULAR) &&
           g_file_get_contents(note, &was, NULL, NULL) && strcmp(was, wanted) == 0;
}

/* ---- Commands -----------------------------------------------------------------------------------
 */

static gboolean
failed(const LadRecording *recording, const char *folder, const char *what, int status,
       GError **error)
{
    g_autofree char *log = file_of(recording, folder, ".log");
    g_autofree char *how = WIFSIGNALED(status)
                               ? g_strdup_printf("was ended by signal %d", WTERMSIG(status))
                               : g_strdup_printf("exited with status %d", WEXITSTATUS(status));
    g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED, "%s %s; what was printed is in %s", what,
                how, log);
    return FALSE;
}

static char *
with_port(const char *text, guint port)
{
    g_auto(GStrv) parts = g_strsplit(text, PORT, -1);
    g_autofree char *number = g_strdup_printf("%u", port);
    return g_strjoinv(number, parts);
}

/* Start a command for the shell in the folder, as the leader of a group of its own; what it prints
 * goes to the end of the log. 0 on failure. */
static pid_t
start_shell(const char *folder, const char *log, const char *command, GError **error)
{
    g_autofree char *absolute = g_canonicalize_filename(log, NULL);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        if (freopen("/dev/null", "r", stdin) && freopen(absolute, "a", stdout) &&
            dup2(STDOUT_FILENO, STDERR_FILENO) >= 0 && chdir(folder) == 0)
            execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    if (pid > 0)
        return pid;
    g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "fork: %s", g_strerror(errno));
    return 0;
}

static gboolean
prepare(const LadRecording *recording, const char *folder, GError **error)
{
    g_autofree char *log = file_of(recording, folder, ".log");
    int status = 0;
    if (!recording->prepare[0])
        return TRUE;
    pid_t pid = start_shell(folder, log, recording->prepare, error);
    if (pid == 0)
        return FALSE;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status == 0 || failed(recording, folder, "prepare", status, error);
}

/* The words of `capture` as the shell sees them, each with a NUL behind it. */
static char **
expand(const LadRecording *recording, const char *folder, guint port, GError **error)
{
    g_autofree char *quoted = g_shell_quote(folder);
    g_autofree char *text =
        recording->beside[0] ? with_port(recording->capture, port) : g_strdup(recording->capture);
    g_autofree char *command = g_strdup_printf("cd %s && printf '%%s\\0' %s", quoted, text);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    guint8 part[4096];
    gsize n;
    FILE *pipe = popen(command, "r");
    while (pipe && (n = fread(part, 1, sizeof part, pipe)) > 0)
        g_byte_array_append(bytes, part, (guint)n);
    int status = pipe ? pclose(pipe) : -1;
    for (gsize at = 0; at < bytes->len; at += strlen((const char *)bytes->data + at) + 1)
        g_ptr_array_add(words, g_strdup((const char *)bytes->data + at));
    if (status != 0 || words->len == 0 || !((const char *)words->pdata[0])[0]) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "capture = %s: the shell finds no program in that", recording->capture);
        return NULL;
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_steal(words, NULL);
}

/* ---- A server and its client --------------------------------------------------------------------
 */

static struct sockaddr_in
local_port(guint port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((guint16)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* One that was free a moment ago; 0: there is none. */
static guint
free_port(void)
{
    struct sockaddr_in address = local_port(0);
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    gboolean ok = fd >= 0 && bind(fd, (struct sockaddr *)&address, length) == 0 &&
                  getsockname(fd, (struct sockaddr *)&address, &length) == 0;
    if (fd >= 0)
        close(fd);
    return ok ? ntohs(address.sin_port) : 0;
}

static gboolean
is_listening(guint port)
{
    struct sockaddr_in address = local_port(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    gboolean ok = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

typedef struct {
    const LadRecording *recording;
    const char *folder, *log;
    char *command; /* with the port put in; NULL: there is none */
    guint port;
    gboolean needs_port;
    pid_t pid;      /* 0: not running */
    gboolean ended; /* by itself */
    int status;
    gint64 started, looked, told, waited;
} Beside;

/* Start it when its time has come; note its end. */
static gboolean
step_beside(Beside *beside, GError **error)
{
    gint64 now = g_get_monotonic_time();
    if (beside->ended || !beside->command)
        return TRUE;
    if (beside->pid > 0) {
        beside->ended = waitpid(beside->pid, &beside->status, WNOHANG) == beside->pid;
        beside->pid = beside->ended ? 0 : beside->pid;
        return TRUE;
    }
    if (now - beside->looked < LOOK_US)
        return TRUE;
    beside->looked = now;
    if (!beside->needs_port || is_listening(beside->port)) {
        beside->pid = start_shell(beside->folder, beside->log, beside->command, error);
        return beside->pid > 0;
    }
    if (now - beside->started < LISTEN_WAIT_US)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                "nothing listens on port %u of 127.0.0.1 after a minute; what was printed is in %s",
                beside->port, beside->log);
    return FALSE;
}

/* Once its client has ended, the program is to end, too; not before it has begun. */
static void
end_program(Beside *beside, LadCapture *capture)
{
    gint64 now = g_get_monotonic_time();
    if (!beside->ended || lad_capture_insns(capture) == 0)
        return;
    if (beside->told == 0) {
        beside->told = now;
        lad_capture_signal(capture, SIGTERM);
    } else if (now - beside->told > END_WAIT_US) {
        lad_capture_signal(capture, SIGKILL);
    }
}

static void
stop_beside(Beside *beside)
{
    if (beside->pid > 0) {
        kill(-beside->pid, SIGKILL);
        waitpid(beside->pid, NULL, 0);
    }
    g_free(beside->command);
}

static gboolean
record(const LadCaptureOptions *options, Beside *beside, LadCaptureResult *result, GError **error)
{
    g_autoptr(LadCapture) capture = lad_capture_new(options, error);
    gboolean ended = FALSE;
    if (!capture)
        return FALSE;
    while (!ended) {
        if (!lad_capture_step(capture, &ended, error) || (!ended && !step_beside(beside, error)))
            return FALSE;
        /* A client whose server is ended at the limit fails; before, that is its own fault. */
        if (beside->ended && beside->status != 0 && !lad_capture_at_limit(capture))
            return failed(beside->recording, beside->folder, "beside", beside->status, error);
        end_program(beside, capture);
    }
    return lad_capture_finish(capture, result, error);
}

/* A program that failed has been recorded failing. */
static gboolean
check(const LadRecording *recording, const char *folder, const Beside *beside,
      const LadCaptureResult *result, GError **error)
{
    if (result->end != LAD_CAPTURE_WHOLE)
        return TRUE;
    if (result->wait_status != 0 && beside->told == 0)
        return failed(recording, folder, "the program", result->wait_status, error);
    return TRUE;
}

gboolean
lad_recording_make(const LadRecording *recording, const char *folder, GError **error)
{
    g_autofree char *trace = file_of(recording, folder, ".mlt");
    g_autofree char *note = file_of(recording, folder, ".recorded");
    g_autofree char *log = file_of(recording, folder, ".log");
    g_autofree char *text = describe(recording);
    guint port = recording->beside[0] ? free_port() : 0;
    g_unlink(note);
    g_unlink(log);
    if (!prepare(recording, folder, error))
        return FALSE;
    g_auto(GStrv) words = expand(recording, folder, port, error);
    if (!words)
        return FALSE;
    const LadCaptureOptions options = {.output = trace,
                                       .argv = words,
                                       .folder = folder,
                                       .log = log,
                                       .environment = recording->environment,
                                       .follow_fork = TRUE,
                                       .level = recording->level,
                                       .clock_rate = recording->clock,
                                       .interval_ns = recording->interval / 1000,
                                       .skip_insns = recording->skip,
                                       .max_insns = recording->max};
    Beside beside = {.recording = recording,
                     .folder = folder,
                     .log = log,
                     .command = recording->beside[0] ? with_port(recording->beside, port) : NULL,
                     .port = port,
                     .needs_port = strstr(recording->beside, PORT) != NULL,
                     .started = g_get_monotonic_time()};
    LadCaptureResult result;
    gboolean ok = record(&options, &beside, &result, error);
    stop_beside(&beside);
    return ok && check(recording, folder, &beside, &result, error) &&
           lad_publish(note, NULL, text, -1, 0, error);
}
