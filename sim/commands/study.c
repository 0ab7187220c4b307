/* study.c - memladder study: every placement policy over a set of traces, compared. */
#include "config.h"
#include "analysis/study/cases.h"
#include "analysis/study/study.h"
#include "sim/commands/command.h"
#include "sim/commands/interrupt.h"
#include "sim/commands/study_cases.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_JOBS 256

typedef struct {
    char **configs, **sets;
    char *output;
    int jobs;
    gboolean quiet, fresh;
} Arguments;

static void
arguments_clear(Arguments *arguments)
{
    g_strfreev(arguments->configs);
    g_strfreev(arguments->sets);
    g_free(arguments->output);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Arguments, arguments_clear)

static gboolean
parse_arguments(Arguments *arguments, int argc, char **argv, GError **error)
{
    arguments->jobs = (int)g_get_num_processors();
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &arguments->output,
         "write table, picture, page and generated traces to this folder", "DIR"},
        {"set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &arguments->sets,
         "change one value of the study; may be repeated", "GROUP.KEY=VALUE"},
        {"jobs", 'j', 0, G_OPTION_ARG_INT, &arguments->jobs,
         "runs side by side (one per processor); results do not depend on it", "N"},
        {"fresh", 0, 0, G_OPTION_ARG_NONE, &arguments->fresh,
         "record programs again whose recordings are in DIR", NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &arguments->quiet, "no progress on standard error",
         NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments->configs, NULL,
         "CONFIG -o DIR"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(
        context, "Replay every trace of a study under every placement policy at every ratio of\n"
                 "near to far memory, print the table and draw it; or replay the named cases of a\n"
                 "study, and print what comes of them beside what was published. Examples:\n"
                 "  memladder study configs/studies/placement.conf -o placement\n"
                 "  memladder study configs/studies/bandwidth-tiering.conf -o tiering");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, error))
        return FALSE;
    const char *problem = NULL;
    if (!arguments->configs || arguments->configs[1])
        problem = "expected one configuration, for example configs/studies/placement.conf";
    else if (!arguments->output)
        problem = "-o DIR is missing";
    else if (arguments->jobs < 1 || arguments->jobs > MOST_JOBS)
        problem = "--jobs: expected 1 to 256";
    if (problem)
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE, problem);
    return problem == NULL;
}

/* ---- Runs side by side, each in a process of its own ------------------------------------------
 */

typedef struct {
    LadStudyRun *run;
    pid_t pid;
    gsize got;
} Child;

typedef struct {
    Child child[MOST_JOBS];
    struct pollfd ends[MOST_JOBS];
    guint n;
} Pool;

static gboolean
system_error(const char *what, GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "%s: %s", what, g_strerror(errno));
    return FALSE;
}

static gboolean
start(Pool *pool, const LadStudy *study, LadStudyRun *run, const LadModels *models, GError **error)
{
    int ends[2];
    if (pipe(ends) != 0)
        return system_error("pipe", error);
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0)
        return system_error("fork", error);
    if (pid == 0) {
        close(ends[0]);
        lad_study_replay(study, run, models);
        const char *data = (const char *)&run->outcome;
        gsize left = sizeof run->outcome;
        ssize_t n;
        while (left > 0 && (n = write(ends[1], data, left)) > 0) {
            data += n;
            left -= (gsize)n;
        }
        _exit(left == 0 ? 0 : 1);
    }
    close(ends[1]);
    pool->child[pool->n] = (Child){run, pid, 0};
    pool->ends[pool->n++] = (struct pollfd){.fd = ends[0], .events = POLLIN};
    return TRUE;
}

/* A child has written all, or died. */
static void
finish(Pool *pool, guint i, gboolean quiet)
{
    Child *child = &pool->child[i];
    LadStudyOutcome *outcome = &child->run->outcome;
    int status;
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        ;
    close(pool->ends[i].fd);
    if (child->got < sizeof *outcome) {
        memset(outcome, 0, sizeof *outcome);
        g_strlcpy(outcome->message, "its process died", sizeof outcome->message);
    }
    if (!quiet)
        fprintf(stderr, "run %u: %s%s%s\n", child->run->trace,
                child->run->policy ? child->run->policy : "all near",
                outcome->done ? "" : " failed: ", outcome->message);
    pool->child[i] = pool->child[--pool->n];
    pool->ends[i] = pool->ends[pool->n];
}

static void
collect(Pool *pool, gboolean quiet)
{
    if (poll(pool->ends, pool->n, -1) < 0)
        return;
    for (guint i = pool->n; i-- > 0;) {
        Child *child = &pool->child[i];
        if (!pool->ends[i].revents)
            continue;
        char *to = (char *)&child->run->outcome + child->got;
        ssize_t n = read(pool->ends[i].fd, to, sizeof child->run->outcome - child->got);
        if (n > 0)
            child->got += (gsize)n;
        if (n == 0 || (n < 0 && errno != EINTR))
            finish(pool, i, quiet);
    }
}

/* The all-near runs, or the others. */
static gboolean
run_all(LadStudy *study, const LadModels *models, gboolean all_near, const Arguments *arguments,
        GError **error)
{
    Pool pool = {.n = 0};
    gboolean ok = TRUE;
    for (guint i = 0; ok && i < study->runs->len; i++) {
        LadStudyRun *run = &g_array_index(study->runs, LadStudyRun, i);
        if ((run->policy == NULL) != all_near)
            continue;
        while (pool.n >= (guint)arguments->jobs)
            collect(&pool, arguments->quiet);
        ok = !lad_interrupt_pending() ? start(&pool, study, run, models, error)
                                      : lad_interrupt_error(error);
    }
    while (pool.n > 0)
        collect(&pool, arguments->quiet);
    return ok;
}

/* The study fails if a run did. */
static gboolean
check_runs(const LadStudy *study, gboolean all_near, GError **error)
{
    for (guint i = 0; i < study->runs->len; i++) {
        const LadStudyRun *run = &g_array_index(study->runs, LadStudyRun, i);
        if ((run->policy == NULL) != all_near || run->outcome.done)
            continue;
        const LadStudyTrace *trace = study->traces->pdata[run->trace];
        g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED, "trace %s under %s: %s",
                    trace->source.name, run->policy ? run->policy : "first-touch, all near",
                    run->outcome.message);
        return FALSE;
    }
    return TRUE;
}

static gboolean
say_all(const char *sentence, gboolean needed, GError **error)
{
    (void)needed;
    fprintf(stderr, "memladder: %s\n", sentence);
    return !lad_interrupt_pending() || lad_interrupt_error(error);
}

static gboolean
say_needed(const char *sentence, gboolean needed, GError **error)
{
    return needed ? say_all(sentence, needed, error)
                  : !lad_interrupt_pending() || lad_interrupt_error(error);
}

static int
command_study(int argc, char **argv, GError **error)
{
    g_auto(Arguments) arguments = {0};
    if (!parse_arguments(&arguments, argc, argv, error))
        return 2;
    g_autoptr(LadModels) models = lad_models_new(NULL, error);
    g_autoptr(LadConfig) config = lad_config_new();
    if (!models || !lad_config_read(config, arguments.configs[0], error))
        return 2;
    for (guint i = 0; arguments.sets && arguments.sets[i]; i++)
        if (!lad_config_set(config, arguments.sets[i], error))
            return 2;
    if (g_mkdir_with_parents(arguments.output, 0777) != 0 ||
        g_access(arguments.output, W_OK | X_OK) != 0) {
        system_error(arguments.output, error);
        return 1;
    }
    const LadTraceMaking making = {.directory = arguments.output,
                                   .fresh = arguments.fresh,
                                   .say = arguments.quiet ? say_needed : say_all};
    if (lad_cases_are_in(config))
        return lad_study_cases(config, models, &making, (guint)arguments.jobs, arguments.quiet,
                               error);
    g_autoptr(LadStudy) study = lad_study_new(config, models, error);
    if (!study)
        return 2;
    lad_interrupt_install();
    if (!lad_study_make_traces(study, &making, error) ||
        !run_all(study, models, TRUE, &arguments, error) || !check_runs(study, TRUE, error) ||
        !run_all(study, models, FALSE, &arguments, error) ||
        !lad_study_show(study, arguments.output, error))
        return 1;
    g_autofree char *text = lad_study_text(study);
    fputs(text, stdout);
    return check_runs(study, FALSE, error) ? 0 : 1;
}

const LadCommand lad_command_study = {
    .name = "study",
    .summary = "compare all placement policies over a set of traces",
    .run = command_study,
};
