/* draw.c - a figure by gnuplot, as a child process, from a table and a script left beside it. */
#include "config.h"
#include "analysis/report/draw.h"
#include "analysis/report/plots.h"
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

/* The script is called with table, picture, end of the y axis and mark. Stems and scripts need no
 * quoting (draw.h); of a mark quotes are doubled, as gnuplot has it. */
static char *
call_script(const LadDrawing *drawing, const char *ending)
{
    char end[G_ASCII_DTOSTR_BUF_SIZE] = "";
    g_autoptr(GString) mark = g_string_new(drawing->mark);
    g_string_replace(mark, "'", "''", 0);
    if (drawing->max > 0)
        g_ascii_formatd(end, sizeof end, "%.6g", drawing->max * 1.05);
    return g_strdup_printf("call '%s.gp' '%s.tsv' '.%s.%s' '%s' '%s'", drawing->script,
                           drawing->stem, drawing->stem, ending, end, mark->str);
}

/* One gnuplot draws all pictures, each in a session of its own. */
static char **
command_line(const LadDrawing *drawing, const char *const *endings)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_ptr_array_add(words, g_strdup("gnuplot"));
    g_ptr_array_add(words, g_strdup("-d"));
    for (guint i = 0; endings[i] != NULL; i++) {
        g_ptr_array_add(words, g_strdup("-e"));
        g_ptr_array_add(words, g_strdup("reset session"));
        g_ptr_array_add(words, g_strdup("-e"));
        g_ptr_array_add(words, call_script(drawing, endings[i]));
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_steal(words, NULL);
}

/* Run gnuplot in `directory`. */
static gboolean
run_gnuplot(const char *directory, const LadDrawing *drawing, const char *const *endings,
            GError **error)
{
    g_auto(GStrv) arguments = command_line(drawing, endings);
    g_autofree char *messages = NULL;
    g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "LC_ALL", "C.UTF-8", TRUE);
    GError *cause = NULL;
    int status = 0;
    gboolean started = g_spawn_sync(directory, arguments, environment,
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
    g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED, "gnuplot failed on %s.tsv in %s: %s",
                drawing->stem, directory, reason);
    return FALSE;
}

static gboolean
is_whole(const char *path, const char *ending)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    if (!g_file_get_contents(path, &text, &length, NULL) || length == 0)
        return FALSE;
    return strcmp(ending, "svg") != 0 || strstr(text, "</svg>") != NULL;
}

/* Where gnuplot fails it leaves an empty picture behind, so it draws under another name. */
static gboolean
take_picture(const char *directory, const char *stem, const char *ending, GError **error)
{
    g_autofree char *from = g_strdup_printf("%s/.%s.%s", directory, stem, ending);
    g_autofree char *to = g_strdup_printf("%s/%s.%s", directory, stem, ending);
    if (!is_whole(from, ending)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                    "gnuplot has left no whole picture for %s", to);
        g_unlink(from);
        return FALSE;
    }
    if (g_rename(from, to) == 0)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "cannot write %s", to);
    return FALSE;
}

char *
lad_draw(const LadDrawing *drawing, const char *directory, GError **error)
{
    static const char *const endings[] = {"svg", "png", "pdf", NULL};
    g_autofree char *script = g_strconcat(drawing->script, ".gp", NULL);
    g_autofree char *data = g_strconcat(drawing->stem, ".tsv", NULL);
    if (!put_script(directory, "style.gp", error) || !put_script(directory, "time.gp", error) ||
        !put_script(directory, script, error) || !put(directory, data, drawing->table, error) ||
        !run_gnuplot(directory, drawing, endings, error))
        return NULL;
    for (guint i = 0; endings[i] != NULL; i++)
        if (!take_picture(directory, drawing->stem, endings[i], error))
            return NULL;
    g_autofree char *path = g_strdup_printf("%s/%s.svg", directory, drawing->stem);
    char *svg = NULL;
    GError *cause = NULL;
    if (g_file_get_contents(path, &svg, NULL, &cause))
        return svg;
    g_set_error_literal(error, LAD_ERROR, LAD_ERROR_IO, cause->message);
    g_error_free(cause);
    return NULL;
}
