/* draw.c - a figure by gnuplot, as a child process, from a table and a script left beside it. */
#include "config.h"
#include "analysis/report/plots.h"
#include "analysis/report/report.h"
#include "sim/base/publish.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

const char *
lad_report_resource(const char *name)
{
    g_autofree char *path = g_strconcat("/memladder/", name, NULL);
    g_autoptr(GBytes) bytes =
        g_resource_lookup_data(lad_plots_get_resource(), path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    g_assert(bytes != NULL);
    /* The bundle's files end with a NUL that is not counted, and stay as long as the program. */
    return g_bytes_get_data(bytes, NULL);
}

static gboolean
put(const char *directory, const char *name, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    return lad_publish(path, NULL, text, -1, 0, error);
}

static gboolean
put_script(const char *directory, const char *script, GError **error)
{
    g_autofree char *resource = g_strconcat("plots/", script, NULL);
    return put(directory, script, lad_report_resource(resource), error);
}

/* gnuplot complains in several lines; the last that says something is the reason. */
static char *
last_line(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    char *last = g_strdup("no reason given");
    for (guint i = 0; lines[i] != NULL; i++)
        if (*g_strstrip(lines[i]) != '\0' && lines[i][0] != '^') {
            g_free(last);
            last = g_strdup(lines[i]);
        }
    return last;
}

/* Run gnuplot in `directory`. */
static gboolean
run_gnuplot(const char *directory, const char *script, const char *table, const char *picture,
            const char *max, GError **error)
{
    const char *arguments[] = {"gnuplot", "-d", "-c", script, table, picture, max, NULL};
    g_autofree char *messages = NULL;
    g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "LC_ALL", "C.UTF-8", TRUE);
    GError *cause = NULL;
    int status = 0;
    gboolean started = g_spawn_sync(directory, (char **)arguments, environment,
                                    G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
                                    NULL, &messages, &status, &cause);
    if (!started && g_error_matches(cause, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT))
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                            "gnuplot was not found in PATH; it draws the figures of a report: "
                            "install it (Debian: gnuplot-nox)");
    else if (!started)
        g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED, "cannot start gnuplot: %s",
                    cause->message);
    g_clear_error(&cause);
    if (!started)
        return FALSE;
    if (g_spawn_check_wait_status(status, NULL))
        return TRUE;
    g_autofree char *reason = last_line(messages);
    g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED, "gnuplot failed on %s in %s: %s", script,
                directory, reason);
    return FALSE;
}

/* Where gnuplot fails it leaves an empty picture behind, so it draws under another name. */
static char *
take_picture(const char *directory, const char *drawn, const char *name, GError **error)
{
    g_autofree char *from = g_build_filename(directory, drawn, NULL);
    g_autofree char *to = g_build_filename(directory, name, NULL);
    char *text = NULL;
    gsize length = 0;
    if (!g_file_get_contents(from, &text, &length, NULL) || length == 0 ||
        strstr(text, "</svg>") == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                    "gnuplot has left no whole picture for %s", to);
        g_clear_pointer(&text, g_free);
        g_unlink(from);
    } else if (g_rename(from, to) != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "cannot write %s", to);
        g_clear_pointer(&text, g_free);
    }
    return text;
}

char *
lad_figure_draw(const LadFigure *figure, const char *directory, const char *stem, const char *table,
                double max, GError **error)
{
    g_autofree char *script = g_strconcat(figure->name, ".gp", NULL);
    g_autofree char *data = g_strconcat(stem, ".tsv", NULL);
    g_autofree char *drawn = g_strconcat(".", stem, ".svg", NULL);
    g_autofree char *picture = g_strconcat(stem, ".svg", NULL);
    char end[G_ASCII_DTOSTR_BUF_SIZE] = "";
    if (max > 0)
        g_ascii_formatd(end, sizeof end, "%.6g", max * 1.05);
    if (!put_script(directory, "style.gp", error) || !put_script(directory, "time.gp", error) ||
        !put_script(directory, script, error) || !put(directory, data, table, error) ||
        !run_gnuplot(directory, script, data, drawn, max > 0 ? end : NULL, error))
        return NULL;
    return take_picture(directory, drawn, picture, error);
}
