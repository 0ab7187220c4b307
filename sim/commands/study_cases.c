/* study_cases.c - memladder study for a configuration of named cases: each a process of its own. */
#include "config.h"
#include "sim/commands/study_cases.h"
#include "analysis/study/cases.h"
#include "sim/commands/interrupt.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    pid_t *pids; /* per case; 0: not begun, or done */
    guint n_running, n_failed;
} Children;

static gboolean
start(const LadCases *cases, guint number, const LadModels *models, const char *directory,
      Children *children, GError **error)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "fork: %s", g_strerror(errno));
        return FALSE;
    }
    if (pid == 0) {
        g_autoptr(GError) problem = NULL;
        const LadCase *one = cases->cases->pdata[number];
        gboolean ok = lad_cases_replay(cases, number, models, directory, &problem);
        if (!ok)
            fprintf(stderr, "case %s: %s\n", one->name, problem->message);
        _exit(ok ? 0 : 1);
    }
    children->pids[number] = pid;
    children->n_running++;
    return TRUE;
}

/* Wait for one. */
static void
reap(const LadCases *cases, Children *children, gboolean quiet)
{
    int status;
    pid_t pid = waitpid(-1, &status, 0);
    if (pid < 0 && errno != EINTR)
        children->n_running = 0;
    for (guint i = 0; pid > 0 && i < cases->cases->len; i++) {
        if (children->pids[i] != pid)
            continue;
        gboolean ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        children->pids[i] = 0;
        children->n_running--;
        children->n_failed += ok ? 0 : 1;
        if (!quiet)
            fprintf(stderr, "case %s: %s\n", ((const LadCase *)cases->cases->pdata[i])->name,
                    ok ? "done" : "failed");
    }
}

static gboolean
replay_all(const LadCases *cases, const LadModels *models, const char *directory, guint jobs,
           gboolean quiet, GError **error)
{
    g_autofree pid_t *pids = g_new0(pid_t, cases->cases->len + 1);
    Children children = {.pids = pids};
    gboolean ok = TRUE;
    for (guint i = 0; ok && i < cases->cases->len; i++) {
        if (((const LadCase *)cases->cases->pdata[i])->missing)
            continue;
        while (children.n_running >= jobs)
            reap(cases, &children, quiet);
        ok = lad_interrupt_pending() ? lad_interrupt_error(error)
                                     : start(cases, i, models, directory, &children, error);
    }
    while (children.n_running > 0)
        reap(cases, &children, quiet);
    if (ok && children.n_failed > 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED, "%u of %u cases failed",
                    children.n_failed, cases->cases->len);
        return FALSE;
    }
    return ok;
}

int
lad_study_cases(LadConfig *config, const LadModels *models, const LadTraceMaking *making,
                guint jobs, gboolean quiet, GError **error)
{
    g_autoptr(LadCases) cases = lad_cases_new(config, error);
    if (!cases)
        return 2;
    lad_interrupt_install();
    if (!lad_cases_make_traces(cases, making, error) ||
        !replay_all(cases, models, making->directory, jobs, quiet, error))
        return 1;
    g_autofree char *text = lad_cases_show(cases, making->directory, error);
    if (!text)
        return 1;
    fputs(text, stdout);
    return 0;
}
