/* sweep_slurm.c - Slurm's engine: job arrays of chunks, and a merge job after them.
 *
 * A task is a line of DIR/jobs/tasks.txt with the chunks that it runs, so that the same script
 * serves a first run, a resumed one, and a site whose arrays are short. Limits are asked from
 * `scontrol show config`: MaxArraySize bounds the index, MaxJobCount all tasks. The merge job
 * starts after any end of the arrays, since results on disk and not exit codes say what is done.
 */
#include "config.h"
#include "analysis/sweep/plan_file.h"
#include "sim/base/publish.h"
#include "sim/commands/sweep.h"
#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Used where Slurm is not asked: its defaults. */
#define MAX_ARRAY_SIZE 1001
#define MAX_JOB_COUNT  10000
/* Other jobs of the user need room too. */
#define JOB_SHARE 2
/* A task may take so many times the estimate, and some minutes at least. */
#define TIME_FACTOR 10
#define MIN_MINUTES 10

typedef struct {
    const LadSweepPlan *plan;
    const LadSweepEngineOptions *options;
    char *program;
    guint array_size; /* tasks per array at most */
    guint job_count;  /* tasks in all at most */
    guint n_tasks;
    guint chunks_per_task;
} Slurm;

static char *
run_program(const char *const *words, GError **error)
{
    GError *cause = NULL;
    g_autofree char *out = NULL, *said = NULL;
    g_autoptr(GSubprocess) child = g_subprocess_newv(
        words, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &cause);
    if (child != NULL && g_subprocess_communicate_utf8(child, NULL, NULL, &out, &said, &cause) &&
        g_subprocess_get_successful(child))
        return g_steal_pointer(&out);
    g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED, "%s: %s", words[0],
                cause != NULL ? cause->message : g_strchomp(said));
    g_clear_error(&cause);
    return NULL;
}

/* The value of "NAME = 123" in scontrol's answer. */
static guint
limit_of(const char *text, const char *name, guint standard)
{
    const char *at = strstr(text, name);
    const char *equals = at != NULL ? strchr(at, '=') : NULL;
    guint value = equals != NULL ? (guint)strtoul(equals + 1, NULL, 10) : 0;
    return value > 0 ? value : standard;
}

static gboolean
ask_limits(Slurm *slurm, gboolean submit, GError **error)
{
    static const char *const words[] = {"scontrol", "show", "config", NULL};
    GError *cause = NULL;
    g_autofree char *text = run_program(words, &cause);
    if (text == NULL && submit) {
        g_propagate_prefixed_error(error, cause, "Slurm cannot be asked for its limits: ");
        return FALSE;
    }
    g_clear_error(&cause);
    /* MaxArraySize bounds the index, which starts at 0. */
    slurm->array_size = limit_of(text != NULL ? text : "", "MaxArraySize", MAX_ARRAY_SIZE) - 1;
    slurm->job_count = limit_of(text != NULL ? text : "", "MaxJobCount", MAX_JOB_COUNT) / JOB_SHARE;
    slurm->array_size = MAX(slurm->array_size, 1);
    slurm->job_count = MAX(slurm->job_count, 1);
    return TRUE;
}

/* ---- Scripts -----------------------------------------------------------------------------------
 */

static gboolean
write_file(const Slurm *slurm, const char *name, const char *text, gboolean executable,
           GError **error)
{
    g_autofree char *path = g_build_filename(slurm->plan->directory, "jobs", name, NULL);
    return lad_publish(path, NULL, text, -1, executable ? LAD_PUBLISH_EXECUTABLE : 0, error);
}

static gboolean
write_tasks(Slurm *slurm, const GArray *chunks, GError **error)
{
    guint n = MIN(chunks->len, slurm->job_count);
    slurm->chunks_per_task = (chunks->len + n - 1) / n;
    slurm->n_tasks = (chunks->len + slurm->chunks_per_task - 1) / slurm->chunks_per_task;
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < chunks->len; i++) {
        gboolean last = (i + 1) % slurm->chunks_per_task == 0 || i + 1 == chunks->len;
        g_string_append_printf(text, "%u%s", g_array_index(chunks, guint, i), last ? "\n" : ",");
    }
    gboolean ok = write_file(slurm, "tasks.txt", text->str, FALSE, error);
    g_string_free(text, TRUE);
    return ok;
}

static void
add_option(GString *text, const char *option, const char *value)
{
    if (value != NULL && *value != '\0')
        g_string_append_printf(text, "#SBATCH --%s=%s\n", option, value);
}

static GString *
begin_script(const Slurm *slurm, const char *what)
{
    g_autofree char *name = g_path_get_basename(slurm->plan->directory);
    GString *text = g_string_new("#!/bin/sh\n");
    g_string_append_printf(text, "#SBATCH --job-name=%s-%s\n", name, what);
    add_option(text, "partition", slurm->options->partition);
    add_option(text, "account", slurm->options->account);
    add_option(text, "mem", slurm->options->memory);
    for (char **more = slurm->options->more; more != NULL && *more != NULL; more++)
        g_string_append_printf(text, "#SBATCH %s\n", *more);
    return text;
}

static char *
tasks_script(const Slurm *slurm)
{
    const LadSweepPlan *plan = slurm->plan;
    g_autofree char *directory = g_shell_quote(plan->directory);
    g_autofree char *program = g_shell_quote(slurm->program);
    GString *text = begin_script(slurm, "chunks");
    double minutes = ceil(plan->seconds_per_point * plan->chunk_points * slurm->chunks_per_task *
                          TIME_FACTOR / 60);
    g_autofree char *estimate = g_strdup_printf("%.0f", MAX(minutes, (double)MIN_MINUTES));
    add_option(text, "time", slurm->options->time != NULL ? slurm->options->time : estimate);
    /* One core; TERM comes a minute before the end; a requeued task goes on in its log. */
    g_string_append(text, "#SBATCH --ntasks=1\n#SBATCH --cpus-per-task=1\n"
                          "#SBATCH --signal=B:TERM@60\n#SBATCH --requeue\n"
                          "#SBATCH --open-mode=append\n");
    g_string_append_printf(text, "#SBATCH --output=%s/jobs/%%A_%%a.log\n", plan->directory);
    g_string_append(text,
                    "# An array is at most so long; FIRST is the number of its first task.\n");
    g_string_append_printf(text,
                           "task=$((${FIRST:-0} + ${SLURM_ARRAY_TASK_ID:-0} + 1))\n"
                           "chunks=$(sed -n \"${task}p\" %s/jobs/tasks.txt)\n"
                           "exec %s sweep work --chunk \"$chunks\" -- %s\n",
                           directory, program, directory);
    return g_string_free(text, FALSE);
}

static char *
merge_script(const Slurm *slurm)
{
    g_autofree char *directory = g_shell_quote(slurm->plan->directory);
    g_autofree char *program = g_shell_quote(slurm->program);
    GString *text = begin_script(slurm, "merge");
    add_option(text, "time", "60");
    g_string_append_printf(text,
                           "#SBATCH --ntasks=1\n#SBATCH --output=%s/jobs/merge_%%j.log\n"
                           "# Fails, and says what is missing, unless all points are there.\n"
                           "exec %s sweep merge -- %s\n",
                           slurm->plan->directory, program, directory);
    return g_string_free(text, FALSE);
}

static gboolean
write_scripts(Slurm *slurm, const GArray *chunks, GError **error)
{
    g_autofree char *jobs = g_build_filename(slurm->plan->directory, "jobs", NULL);
    if (g_mkdir_with_parents(jobs, 0777) != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "cannot make %s: %s", jobs, g_strerror(errno));
        return FALSE;
    }
    if (!write_tasks(slurm, chunks, error))
        return FALSE;
    g_autofree char *tasks = tasks_script(slurm), *merge = merge_script(slurm);
    return write_file(slurm, "chunks.sh", tasks, TRUE, error) &&
           write_file(slurm, "merge.sh", merge, TRUE, error);
}

/* ---- Submission --------------------------------------------------------------------------------
 */

/* The command that submits one array of tasks. */
static GPtrArray *
array_command(const Slurm *slurm, guint first)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    guint last = MIN(slurm->n_tasks - first, slurm->array_size) - 1;
    g_ptr_array_add(words, g_strdup("sbatch"));
    g_ptr_array_add(words, g_strdup("--parsable"));
    g_ptr_array_add(words,
                    slurm->options->array_limit > 0
                        ? g_strdup_printf("--array=0-%u%%%d", last, slurm->options->array_limit)
                        : g_strdup_printf("--array=0-%u", last));
    g_ptr_array_add(words, g_strdup_printf("--export=ALL,FIRST=%u", first));
    g_ptr_array_add(words, g_strdup_printf("%s/jobs/chunks.sh", slurm->plan->directory));
    g_ptr_array_add(words, NULL);
    return words;
}

static void
print_command(const GPtrArray *words)
{
    for (guint i = 0; words->pdata[i] != NULL; i++) {
        const char *word = words->pdata[i];
        gboolean plain = word[strspn(word, "-_=./:,+@%ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                           "abcdefghijklmnopqrstuvwxyz0123456789")] == '\0';
        g_autofree char *quoted = plain ? g_strdup(word) : g_shell_quote(word);
        printf("%s%s", i > 0 ? " " : "", quoted);
    }
    putchar('\n');
}

/* Prints a command and runs it; appends the job's number to `jobs`. */
static gboolean
submit_command(const GPtrArray *words, gboolean submit, GString *jobs, GError **error)
{
    print_command(words);
    fflush(stdout);
    if (!submit)
        return TRUE;
    g_autofree char *answer = run_program((const char *const *)words->pdata, error);
    if (answer == NULL)
        return FALSE;
    /* "123" or "123;cluster" */
    answer[strcspn(answer, ";\n")] = '\0';
    printf("  job %s\n", answer);
    g_string_append_printf(jobs, ":%s", answer);
    return TRUE;
}

static gboolean
submit_all(const Slurm *slurm, gboolean submit, GError **error)
{
    GString *jobs = g_string_new(NULL);
    gboolean ok = TRUE;
    for (guint first = 0; ok && first < slurm->n_tasks; first += slurm->array_size) {
        g_autoptr(GPtrArray) words = array_command(slurm, first);
        ok = submit_command(words, submit, jobs, error);
    }
    g_autoptr(GPtrArray) merge = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(merge, g_strdup("sbatch"));
    g_ptr_array_add(merge, g_strdup("--parsable"));
    g_ptr_array_add(
        merge, g_strdup_printf("--dependency=afterany%s", submit ? jobs->str : ":JOB[:JOB...]"));
    g_ptr_array_add(merge, g_strdup_printf("%s/jobs/merge.sh", slurm->plan->directory));
    g_ptr_array_add(merge, NULL);
    ok = ok && submit_command(merge, submit, jobs, error);
    g_string_free(jobs, TRUE);
    return ok;
}

gboolean
lad_sweep_run_slurm(const LadSweepPlan *plan, const GArray *chunks,
                    const LadSweepEngineOptions *options, gboolean submit, GError **error)
{
    Slurm slurm = {.plan = plan, .options = options};
    slurm.program = lad_sweep_program(error);
    gboolean ok = slurm.program != NULL && ask_limits(&slurm, submit, error) &&
                  write_scripts(&slurm, chunks, error);
    if (ok)
        printf("%u chunks in %u tasks; scripts in %s/jobs\n", chunks->len, slurm.n_tasks,
               plan->directory);
    ok = ok && submit_all(&slurm, submit, error);
    g_free(slurm.program);
    return ok;
}
