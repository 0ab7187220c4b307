/* results.c - several result files named on a command line, and short names for them. */
#include "config.h"
#include "sim/commands/results.h"
#include <string.h>

static char *
short_name(const char *path)
{
    char *name = g_path_get_basename(path);
    if (g_str_has_suffix(name, ".h5"))
        name[strlen(name) - 3] = '\0';
    return name;
}

static gboolean
all_differ(char *const *names, guint n)
{
    for (guint i = 0; i < n; i++)
        for (guint j = 0; j < i; j++)
            if (g_str_equal(names[i], names[j]))
                return FALSE;
    return TRUE;
}

LadResults *
lad_results_read(char *const *paths, GError **error)
{
    g_autoptr(LadResults) results = g_new0(LadResults, 1);
    guint n = g_strv_length((char **)paths);
    results->all = g_new0(LadResult *, n + 1);
    results->names = g_new0(char *, n + 1);
    for (; results->n < n; results->n++) {
        results->all[results->n] = lad_result_read(paths[results->n], error);
        if (results->all[results->n] == NULL)
            return NULL;
        results->names[results->n] = short_name(paths[results->n]);
    }
    if (!all_differ(results->names, n)) {
        g_strfreev(results->names);
        results->names = g_strdupv((char **)paths);
    }
    return g_steal_pointer(&results);
}

void
lad_results_free(LadResults *results)
{
    if (results == NULL)
        return;
    for (guint i = 0; i < results->n; i++)
        lad_result_free(results->all[i]);
    g_free(results->all);
    g_strfreev(results->names);
    g_free(results);
}
