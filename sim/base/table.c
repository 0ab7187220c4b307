/* table.c - rows of numbers, from a file or written in line. */
#include "config.h"
#include <memladder/error.h>
#include <memladder/option.h>
#include <math.h>
#include <string.h>

/* More than any measured curve; a wrong file is found out before it fills memory. */
#define MAX_ROWS (1u << 20)

typedef struct {
    const char *origin;
    guint line; /* from 1 */
    guint n_rows, n_columns;
    GArray *cells; /* of double */
} Reader;

static gboolean
read_row(Reader *reader, char *row, GError **error)
{
    guint n_columns = 0;
    char *state = NULL;
    for (char *word = strtok_r(row, " \t\r,", &state); word != NULL;
         word = strtok_r(NULL, " \t\r,", &state)) {
        char *end = NULL;
        double cell = g_ascii_strtod(word, &end);
        if (*end != '\0' || !isfinite(cell)) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "%s:%u: `%s` is not a number; expected rows of numbers", reader->origin,
                        reader->line, word);
            return FALSE;
        }
        g_array_append_val(reader->cells, cell);
        n_columns++;
    }
    if (n_columns == 0)
        return TRUE;
    if (reader->n_rows > 0 && n_columns != reader->n_columns) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s:%u: a row of %u numbers, expected %u as in the rows above", reader->origin,
                    reader->line, n_columns, reader->n_columns);
        return FALSE;
    }
    if (reader->n_rows == MAX_ROWS) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "%s:%u: more than %u rows", reader->origin,
                    reader->line, MAX_ROWS);
        return FALSE;
    }
    reader->n_columns = n_columns;
    reader->n_rows++;
    return TRUE;
}

static gboolean
read_line(Reader *reader, char *line, GError **error)
{
    char *comment = strchr(line, '#');
    if (comment != NULL)
        *comment = '\0';
    g_auto(GStrv) rows = g_strsplit(line, ";", -1);
    for (guint i = 0; rows[i] != NULL; i++)
        if (!read_row(reader, rows[i], error))
            return FALSE;
    return TRUE;
}

LadTable *
lad_table_parse(const char *text, const char *origin, GError **error)
{
    g_autoptr(GArray) cells = g_array_new(FALSE, FALSE, sizeof(double));
    Reader reader = {.origin = origin, .cells = cells};
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        g_autofree char *line = g_strndup(text, length);
        reader.line++;
        if (!read_line(&reader, line, error))
            return NULL;
        text += length + (text[length] == '\n');
    }
    LadTable *table = g_new0(LadTable, 1);
    table->n_rows = reader.n_rows;
    table->n_columns = reader.n_columns;
    table->origin = g_strdup(origin);
    table->cells = (double *)g_array_free(g_steal_pointer(&cells), FALSE);
    return table;
}

/* ---- A family of curves ------------------------------------------------------------------------
 */

typedef struct {
    guint percent;
    char *name;
} FamilyFile;

static void
family_file_clear(gpointer data)
{
    g_free(((FamilyFile *)data)->name);
}

static gint
by_falling_percent(gconstpointer a, gconstpointer b)
{
    const FamilyFile *x = a, *y = b;
    return (x->percent < y->percent) - (x->percent > y->percent);
}

/* The files bwlat_PERCENT.txt of a folder. */
static GArray *
family_files(const char *path, GError **error)
{
    g_autoptr(GDir) folder = g_dir_open(path, 0, error);
    if (folder == NULL)
        return NULL;
    GArray *files = g_array_new(FALSE, FALSE, sizeof(FamilyFile));
    g_array_set_clear_func(files, family_file_clear);
    for (const char *name; (name = g_dir_read_name(folder)) != NULL;) {
        char *end = NULL;
        if (!g_str_has_prefix(name, "bwlat_") || !g_ascii_isdigit(name[6]))
            continue;
        guint64 percent = g_ascii_strtoull(name + 6, &end, 10);
        if (strcmp(end, ".txt") != 0 || percent > 100)
            continue;
        FamilyFile file = {(guint)percent, g_strdup(name)};
        g_array_append_val(files, file);
    }
    g_array_sort(files, by_falling_percent);
    return files;
}

/* Rows of read share, bandwidth in GB/s, latency as it stands in the file, by rising load. Files
 * are as Mess and PROFET write them: MB/s and latency, by falling load. */
static LadTable *
read_family(const char *path, const char *origin, GError **error)
{
    g_autoptr(GArray) files = family_files(path, error);
    if (files == NULL)
        return NULL;
    g_autoptr(GArray) cells = g_array_new(FALSE, FALSE, sizeof(double));
    guint n_without_latency = 0;
    for (guint i = 0; i < files->len; i++) {
        const FamilyFile *file = &g_array_index(files, FamilyFile, i);
        g_autofree char *name = g_build_filename(path, file->name, NULL);
        g_autofree char *shown = g_build_filename(origin, file->name, NULL);
        g_autoptr(LadTable) curve = lad_table_read(name, shown, error);
        if (curve == NULL)
            return NULL;
        if (curve->n_columns == 1) {
            n_without_latency++;
            continue;
        }
        if (curve->n_columns != 2) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "%s: rows of %u numbers; expected 2: bandwidth in MB/s, latency", shown,
                        curve->n_columns);
            return NULL;
        }
        gboolean rises = curve->n_rows > 1 && curve->cells[1] < curve->cells[curve->n_rows * 2 - 1];
        for (guint r = 0; r < curve->n_rows; r++) {
            const double *from = curve->cells + (rises ? r : curve->n_rows - 1 - r) * 2;
            double row[3] = {file->percent / 100.0, from[0] / 1000, from[1]};
            g_array_append_vals(cells, row, 3);
        }
    }
    if (cells->len == 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: a folder without files bwlat_PERCENT.txt; expected one per read share",
                    origin);
        return NULL;
    }
    LadTable *table = g_new0(LadTable, 1);
    table->n_rows = cells->len / 3;
    table->n_columns = 3;
    table->n_without_latency = n_without_latency;
    table->origin = g_strdup(origin);
    table->cells = (double *)g_array_free(g_steal_pointer(&cells), FALSE);
    return table;
}

LadTable *
lad_table_read(const char *path, const char *origin, GError **error)
{
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        return read_family(path, origin, error);
    g_autofree char *text = NULL;
    gsize length = 0;
    g_autoptr(GError) cause = NULL;
    if (!g_file_get_contents(path, &text, &length, &cause)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "table: %s", cause->message);
        return NULL;
    }
    if (strlen(text) != length) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: a binary file; expected rows of numbers", path);
        return NULL;
    }
    return lad_table_parse(text, origin, error);
}

void
lad_table_free(LadTable *table)
{
    if (table == NULL)
        return;
    g_free((gpointer)table->cells);
    g_free((gpointer)table->origin);
    g_free(table);
}
