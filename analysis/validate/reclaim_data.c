/* reclaim_data.c - reading the measured runs of Linux 6.1 under memory limits and Senpai. */
#include "config.h"
#include "analysis/validate/reclaim_data.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_PAGES     32768 /* of the runs that come with the program */
#define ENDED_BELOW 1e6   /* memory.current of a log row after the workload's end, bytes */

static char **
read_lines(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    return g_strsplit(g_strchomp(text), "\n", -1);
}

/* ---- The log -----------------------------------------------------------------------------------
 */

static int
column_of(const LadReclaimRun *run, const char *name)
{
    for (guint i = 0; i < run->columns->len; i++)
        if (strcmp(run->columns->pdata[i], name) == 0)
            return (int)i;
    return -1;
}

double
lad_reclaim_value(const LadReclaimRun *run, guint row, const char *column)
{
    int at = column_of(run, column);
    if (at < 0 || row >= run->n_rows)
        return (double)NAN;
    return g_array_index(run->cells, double, (gsize)row * run->columns->len + (guint)at);
}

double
lad_reclaim_mean(const LadReclaimRun *run, guint from, const char *column)
{
    double sum = 0;
    for (guint row = from; row < run->n_rows; row++)
        sum += lad_reclaim_value(run, row, column);
    return sum / (run->n_rows - from);
}

static gboolean
read_log(LadReclaimRun *run, const char *path, GError **error)
{
    g_auto(GStrv) lines = read_lines(path, error);
    if (!lines)
        return FALSE;
    g_auto(GStrv) headings = g_strsplit(lines[0] ? lines[0] : "", ",", -1);
    for (guint i = 0; headings[i]; i++)
        g_ptr_array_add(run->columns, g_strdup(headings[i]));
    for (guint line = 1; lines[0] && lines[line]; line++) {
        g_auto(GStrv) cells = g_strsplit(lines[line], ",", -1);
        if (g_strv_length(cells) != run->columns->len) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "%s: line %u: %u cells; expected %u",
                        path, line + 1, g_strv_length(cells), run->columns->len);
            return FALSE;
        }
        for (guint i = 0; cells[i]; i++) {
            char *end;
            double value = g_ascii_strtod(cells[i], &end);
            if (end == cells[i] || *end != '\0')
                value = (double)NAN;
            g_array_append_val(run->cells, value);
        }
        run->n_rows++;
    }
    if (run->n_rows >= 2)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "%s: %u rows; expected at least two", path,
                run->n_rows);
    return FALSE;
}

/* A controller's log may go on after the program that it watches has ended; the pool is empty then,
 * too, though memory.current of that row may have been read before. */
static void
drop_what_came_after(LadReclaimRun *run)
{
    guint last = run->n_rows - 1;
    double before = lad_reclaim_value(run, last - 1, "cg_anon_b");
    if (lad_reclaim_value(run, last, "memory_current_b") < ENDED_BELOW ||
        (before > ENDED_BELOW && lad_reclaim_value(run, last, "cg_anon_b") == 0))
        run->n_rows--;
}

/* ---- What was run ------------------------------------------------------------------------------
 */

static gboolean
read_settings(LadReclaimRun *run, const char *path, GError **error)
{
    g_auto(GStrv) lines = read_lines(path, error);
    if (!lines)
        return FALSE;
    for (guint i = 0; lines[i]; i++) {
        char *value = strchr(lines[i], '=');
        if (value)
            g_hash_table_insert(run->settings, g_strndup(lines[i], (gsize)(value - lines[i])),
                                g_strdup(value + 1));
    }
    return TRUE;
}

static gboolean
read_summary(LadReclaimRun *run, const char *path, GError **error)
{
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return TRUE;
    g_auto(GStrv) lines = read_lines(path, error);
    if (!lines)
        return FALSE;
    g_auto(GStrv) headings = g_strsplit(lines[0] ? lines[0] : "", ",", -1);
    for (guint line = 1; lines[0] && lines[line]; line++) {
        g_auto(GStrv) cells = g_strsplit(lines[line], ",", -1);
        if (strcmp(cells[0] ? cells[0] : "", run->name) != 0)
            continue;
        for (guint i = 0; headings[i] && cells[i]; i++)
            g_hash_table_insert(run->summary, g_strdup(headings[i]), g_strdup(cells[i]));
    }
    return TRUE;
}

static const char *
text_in(GHashTable *texts, const char *key)
{
    const char *text = g_hash_table_lookup(texts, key);
    return text ? text : "";
}

const char *
lad_reclaim_setting(const LadReclaimRun *run, const char *name)
{
    return text_in(run->settings, name);
}

const char *
lad_reclaim_summary(const LadReclaimRun *run, const char *column)
{
    return text_in(run->summary, column);
}

/* Which of the words is in the summary's column, or else in the name; -1: none. */
static int
find_word(const LadReclaimRun *run, const char *column, const char *const *words)
{
    const char *const texts[] = {lad_reclaim_summary(run, column), run->name};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        for (guint k = 0; words[k]; k++)
            if (strstr(texts[i], words[k]))
                return (int)k;
    return -1;
}

static gboolean
find_contents(LadReclaimRun *run, GError **error)
{
    static const char *const patterns[] = {"uni", "zipf", "hot", "loop", NULL};
    int pattern = find_word(run, "pattern", patterns);
    int fill = find_word(run, "fill", lad_fill_names + 1);
    const char *seed = strstr(run->name, "seed");
    /* sc_ runs are named after their contents; all of them are zipf. */
    if (pattern < 0 && g_str_has_prefix(run->name, "sc_"))
        pattern = LAD_ACCESSGEN_ZIPF;
    run->fill = fill < 0 ? LAD_FILL_TOUCH : (LadFill)(fill + 1);
    run->seed = seed ? g_ascii_strtoull(seed + 4, NULL, 10) : 1;
    if (pattern < 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "run %s: no pattern; expected it in the summary, or zipf, uni, hot or loop in "
                    "the name",
                    run->name);
        return FALSE;
    }
    run->pattern = (LadAccessgenPattern)pattern;
    return TRUE;
}

/* How many pages the program has: from its own log, in a run under a controller NAME_workload.csv,
 * by where they were after the fill; else as many as in all runs that came with the program. */
static guint32
find_n_pages(const LadReclaimRun *run, const char *folder, const char *kind)
{
    static const char *const places[] = {"resident_node0_pages", "resident_node1_pages",
                                         "swapped_pages"};
    g_autofree char *file = g_strconcat(run->name, "_workload.csv", NULL);
    g_autofree char *path = g_build_filename(folder, kind, file, NULL);
    g_autoptr(LadReclaimRun) own = g_new0(LadReclaimRun, 1);
    const LadReclaimRun *log = run;
    double n = 0;
    own->columns = g_ptr_array_new_with_free_func(g_free);
    own->cells = g_array_new(FALSE, FALSE, sizeof(double));
    if (column_of(run, places[0]) < 0 && g_file_test(path, G_FILE_TEST_EXISTS) &&
        read_log(own, path, NULL))
        log = own;
    for (guint i = 0; i < G_N_ELEMENTS(places); i++)
        n += lad_reclaim_value(log, 0, places[i]);
    return n >= 1 ? (guint32)n : N_PAGES; /* NAN is not */
}

LadReclaimRun *
lad_reclaim_run_read(const char *folder, const char *kind, const char *name, GError **error)
{
    g_autoptr(LadReclaimRun) run = g_new0(LadReclaimRun, 1);
    g_autofree char *log_file = g_strconcat(name, ".csv", NULL);
    g_autofree char *log = g_build_filename(folder, kind, log_file, NULL);
    g_autofree char *settings_file = g_strconcat(name, ".txt", NULL);
    g_autofree char *settings = g_build_filename(folder, "settings", settings_file, NULL);
    g_autofree char *summary_file = g_strconcat("summary_", kind, ".csv", NULL);
    g_autofree char *summary = g_build_filename(folder, summary_file, NULL);
    run->name = g_strdup(name);
    run->columns = g_ptr_array_new_with_free_func(g_free);
    run->cells = g_array_new(FALSE, FALSE, sizeof(double));
    run->settings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    run->summary = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (!read_log(run, log, error) || !read_settings(run, settings, error) ||
        !read_summary(run, summary, error) || !find_contents(run, error))
        return NULL;
    run->n_pages = find_n_pages(run, folder, kind);
    if (strcmp(kind, "senpai") == 0)
        drop_what_came_after(run);
    return g_steal_pointer(&run);
}

void
lad_reclaim_run_free(LadReclaimRun *run)
{
    if (!run)
        return;
    g_clear_pointer(&run->columns, g_ptr_array_unref);
    g_clear_pointer(&run->cells, g_array_unref);
    g_clear_pointer(&run->settings, g_hash_table_destroy);
    g_clear_pointer(&run->summary, g_hash_table_destroy);
    g_free(run->name);
    g_free(run);
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **
lad_reclaim_run_names(const char *folder, const char *kind, const char *prefix)
{
    g_autofree char *path = g_build_filename(folder, kind, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    GPtrArray *names = g_ptr_array_new();
    const char *file;
    while (dir && (file = g_dir_read_name(dir)) != NULL)
        if (g_str_has_prefix(file, prefix) && g_str_has_suffix(file, ".csv") &&
            !g_str_has_suffix(file, "_workload.csv"))
            g_ptr_array_add(names, g_strndup(file, strlen(file) - 4));
    qsort(names->pdata, names->len, sizeof *names->pdata, by_name);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}
