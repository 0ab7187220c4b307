/* import.c - a conversion: its inputs, its settings, the trace being written. */
#include "config.h"
#include "sim/base/nearest.h"
#include "traces/import/input.h"
#include <glib/gstdio.h>
#include <memladder/import.h>
#include <string.h>
#include <sys/stat.h>

struct LadImport {
    const LadImportFormat *format;
    GPtrArray *paths;      /* of char * */
    LadImportInput *first; /* input 0, opened to see its format; NULL once it is handed out */
    LadImportShare share;
    gboolean salvage;
    GPtrArray *damage; /* of char * */

    const char *output;
    const LadTraceWriterOptions *options;
    LadTraceHeader *header;
    LadTraceWriter *writer;
};

/* ---- Inputs --------------------------------------------------------------------------------- */

static int
by_bytes(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Whether `name` is that of a file that lies beside recordings and is none. */
static gboolean
lies_beside(const LadImport *import, const char *name)
{
    for (guint i = 0; lad_import_formats[i] != NULL; i++) {
        const LadImportFormat *format = lad_import_formats[i];
        gboolean asked = import->format == NULL || import->format == format;
        for (guint k = 0; asked && format->beside != NULL && format->beside[k] != NULL; k++)
            if (g_pattern_match_simple(format->beside[k], name))
                return TRUE;
    }
    return FALSE;
}

/* Regular files below `folder`; links to folders are not followed, as they may go in circles. */
static gboolean
list_folder(const LadImport *import, const char *folder, GPtrArray *found, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &failure);
    if (dir == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "%s: %s", folder, failure->message);
        return FALSE;
    }
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        struct stat info;
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_lstat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
            if (!list_folder(import, path, found, error))
                return FALSE;
        } else if (g_stat(path, &info) == 0 && S_ISREG(info.st_mode) &&
                   !lies_beside(import, name)) {
            g_ptr_array_add(found, g_steal_pointer(&path));
        }
    }
    return TRUE;
}

static gboolean
is_same_file(const char *path, const char *other)
{
    struct stat a, b;
    return g_stat(path, &a) == 0 && g_stat(other, &b) == 0 && S_ISREG(a.st_mode) &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static gboolean
add_input(LadImport *import, const char *input, GError **error)
{
    if (!g_file_test(input, G_FILE_TEST_IS_DIR) || strcmp(input, "-") == 0) {
        g_ptr_array_add(import->paths, g_strdup(input));
        return TRUE;
    }
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
    if (!list_folder(import, input, found, error))
        return FALSE;
    if (found->len == 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE, "%s: there are no files in this directory",
                    input);
        return FALSE;
    }
    g_ptr_array_sort(found, by_bytes);
    g_ptr_array_extend_and_steal(import->paths, g_steal_pointer(&found));
    return TRUE;
}

static gboolean
add_inputs(LadImport *import, const char *const *inputs, GError **error)
{
    for (guint i = 0; inputs[i] != NULL; i++)
        if (!add_input(import, inputs[i], error))
            return FALSE;
    guint64 total = 0;
    gboolean known = TRUE;
    guint pipes = 0;
    for (guint i = 0; i < import->paths->len; i++) {
        const char *path = import->paths->pdata[i];
        struct stat info;
        gboolean pipe = strcmp(path, "-") == 0;
        pipes += pipe ? 1 : 0;
        if (!pipe && is_same_file(path, import->output)) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                        "%s: is an input and cannot be the output too", path);
            return FALSE;
        }
        known = known && !pipe && g_stat(path, &info) == 0 && S_ISREG(info.st_mode);
        total += known ? (guint64)info.st_size : 0;
    }
    import->share.total = known ? total : 0;
    if (pipes <= 1)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "standard input was named more than once");
    return FALSE;
}

guint
lad_import_n_inputs(const LadImport *import)
{
    return import->paths->len;
}

const char *
lad_import_input_path(const LadImport *import, guint i)
{
    return import->paths->pdata[i];
}

LadImportInput *
lad_import_open(LadImport *import, guint i, GError **error)
{
    if (i == 0 && import->first != NULL)
        return g_steal_pointer(&import->first);
    return lad_import_input_new(lad_import_input_path(import, i), &import->share, error);
}

/* ---- The format ----------------------------------------------------------------------------- */

/* Opens the first input and looks at it: chooses the format, or makes sure that it can be the one
 * that was named. */
static gboolean
look_at_input(LadImport *import, GError **error)
{
    LadImportSample sample;
    g_autoptr(GError) failure = NULL;
    import->first = lad_import_open(import, 0, &failure);
    if (import->first == NULL) {
        gboolean later = import->format != NULL && import->salvage;
        if (!later)
            g_propagate_error(error, g_steal_pointer(&failure));
        return later;
    }
    lad_import_input_sample(import->first, &sample);
    g_autofree char *where = lad_import_where(import->first);
    if (import->format == NULL) {
        import->format = lad_import_recognise(&sample, where, error);
        return import->format != NULL;
    }
    if (sample.n == 0 || import->format->recognise(&sample) > LAD_LOOKS_IMPOSSIBLE)
        return TRUE;
    const LadImportFormat *other = lad_import_recognise(&sample, where, NULL);
    if (other == NULL)
        return TRUE; /* the importer will name the place */
    g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                "%sthis is not %s; it looks like %s (%s): try --from %s", where,
                import->format->name, other->name, other->summary, other->name);
    return FALSE;
}

static const LadOption *
find_option(const LadImportFormat *format, const char *name, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (const LadOption *option = format->options; option != NULL && option->name != NULL;
         option++) {
        if (strcmp(option->name, name) == 0)
            return option;
        g_ptr_array_add(names, (gpointer)option->name);
    }
    g_ptr_array_add(names, NULL);
    const char *nearest = lad_nearest(name, (const char *const *)names->pdata);
    g_autofree char *known = g_strjoinv(", ", (char **)names->pdata);
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--option %s: %s has no such option%s%s%s%s",
                name, format->name, nearest != NULL ? "; did you mean " : "",
                nearest != NULL ? nearest : "", known[0] != '\0' ? "? Known: " : "", known);
    return NULL;
}

static gboolean
set_option(const LadOption *option, const char *text, char *values, GError **error)
{
    g_autoptr(GError) failure = NULL;
    char *value = values + option->offset;
    if (option->type == LAD_OPTION_STRING)
        g_clear_pointer((char **)value, g_free);
    if (option->type == LAD_OPTION_LIST)
        g_clear_pointer((char ***)value, g_strfreev);
    if (option->type == LAD_OPTION_TABLE)
        g_clear_pointer((LadTable **)value, lad_table_free);
    if (lad_option_parse(option, text, value, &failure))
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--option %s: %s", option->name,
                failure->message);
    return FALSE;
}

static gboolean
fill_options(const LadImportFormat *format, const char *const *settings, char *values,
             GError **error)
{
    for (const LadOption *option = format->options; option != NULL && option->name != NULL;
         option++)
        if (option->def != NULL && !set_option(option, option->def, values, error))
            return FALSE;
    g_autoptr(GHashTable) given = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; settings != NULL && settings[i] != NULL; i++) {
        const char *equals = strchr(settings[i], '=');
        g_autofree char *name =
            equals != NULL ? g_strndup(settings[i], (gsize)(equals - settings[i])) : NULL;
        if (name == NULL) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--option %s: expected NAME=VALUE",
                        settings[i]);
            return FALSE;
        }
        const LadOption *option = find_option(format, name, error);
        if (option == NULL || !set_option(option, equals + 1, values, error))
            return FALSE;
        if (!g_hash_table_add(given, (gpointer)option->name)) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--option %s: given twice", name);
            return FALSE;
        }
    }
    for (const LadOption *option = format->options; option != NULL && option->name != NULL;
         option++)
        if (option->def == NULL && !g_hash_table_contains(given, option->name)) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--option %s=...: %s needs it: %s",
                        option->name, format->name, option->help);
            return FALSE;
        }
    return TRUE;
}

static void
clear_options(const LadImportFormat *format, char *values)
{
    for (const LadOption *option = format->options; option != NULL && option->name != NULL;
         option++) {
        char *value = values + option->offset;
        if (option->type == LAD_OPTION_STRING)
            g_free(*(char **)value);
        if (option->type == LAD_OPTION_LIST)
            g_strfreev(*(char ***)value);
        if (option->type == LAD_OPTION_TABLE)
            lad_table_free(*(LadTable **)value);
    }
    g_free(values);
}

/* ---- The trace ------------------------------------------------------------------------------ */

LadTraceHeader *
lad_import_header(LadImport *import)
{
    return import->header;
}

void
lad_import_lost(LadImport *import, const char *sentence)
{
    char *old = import->header->lost;
    import->header->lost =
        old == NULL || *old == '\0' ? g_strdup(sentence) : g_strjoin("\n", old, sentence, NULL);
    g_free(old);
}

LadTraceWriter *
lad_import_begin(LadImport *import, GError **error)
{
    if (import->writer == NULL)
        import->writer =
            lad_trace_writer_new(import->output, import->header, import->options, error);
    return import->writer;
}

gboolean
lad_import_salvage(LadImport *import, GError **error)
{
    if (!import->salvage || !g_error_matches(*error, LAD_ERROR, LAD_ERROR_TRACE))
        return FALSE;
    g_ptr_array_add(import->damage, g_strdup((*error)->message));
    g_clear_error(error);
    return TRUE;
}

/* All members of one input; stops at the first that is damaged. */
static gboolean
read_input(LadImport *import, guint i, LadImportMember read, gpointer data, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(LadImportInput) input = lad_import_open(import, i, &failure);
    gboolean ok = input != NULL;
    for (gboolean more = TRUE; ok && more;) {
        ok = read(import, input, data, &failure);
        more = ok && lad_import_next_member(input, &failure);
        ok = failure == NULL;
    }
    if (ok || lad_import_salvage(import, &failure)) {
        if (i + 1 < import->paths->len || import->writer != NULL || import->damage->len > 0)
            return TRUE;
        return lad_import_bad(input, error, "the input ends without a record");
    }
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

gboolean
lad_import_members(LadImport *import, LadImportMember read, gpointer data, GError **error)
{
    for (guint i = 0; i < import->paths->len; i++)
        if (!read_input(import, i, read, data, error))
            return FALSE;
    if (import->writer != NULL)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE, "%s; nothing before that can be salvaged",
                (const char *)import->damage->pdata[0]);
    return FALSE;
}

static void
preset_header(LadImport *import)
{
    g_free(import->header->tool);
    import->header->tool = g_strdup_printf("memladder %s, trace convert --from %s", PACKAGE_VERSION,
                                           import->format->name);
    g_free(import->header->lost);
    import->header->lost = g_strdup(import->format->lost);
}

/* The conversion proper: inputs are known and so is the format. */
static gboolean
convert(LadImport *import, const char *const *settings, GError **error)
{
    char *values = g_malloc0(MAX(import->format->options_size, 1));
    preset_header(import);
    gboolean ok = fill_options(import->format, settings, values, error) &&
                  import->format->convert(import, values, error) &&
                  lad_trace_writer_close(import->writer, error);
    clear_options(import->format, values);
    return ok;
}

gboolean
lad_import_run(const LadImportFormat *format, const char *const *inputs, const char *output,
               const LadImportOptions *options, LadImportReport *report, GError **error)
{
    const LadImportOptions none = {0};
    const LadImportOptions *with = options != NULL ? options : &none;
    LadImport import = {
        .format = format,
        .paths = g_ptr_array_new_with_free_func(g_free),
        .share = {.max_expansion =
                      with->max_expansion > 0 ? with->max_expansion : LAD_IMPORT_MAX_EXPANSION,
                  .progress = with->progress,
                  .progress_data = with->progress_data},
        .salvage = with->salvage,
        .damage = g_ptr_array_new_with_free_func(g_free),
        .output = output,
        .options = with->writer,
        .header = lad_trace_header_new(),
    };
    gboolean ok = add_inputs(&import, inputs, error) && look_at_input(&import, error) &&
                  convert(&import, with->settings, error);
    lad_trace_writer_free(import.writer);
    lad_trace_header_free(import.header);
    lad_import_input_free(import.first);
    g_ptr_array_unref(import.paths);
    if (report != NULL) {
        report->format = import.format;
        g_ptr_array_extend_and_steal(report->damage, import.damage);
    } else {
        g_ptr_array_unref(import.damage);
    }
    return ok;
}

LadImportReport *
lad_import_report_new(void)
{
    LadImportReport *report = g_new0(LadImportReport, 1);
    report->damage = g_ptr_array_new_with_free_func(g_free);
    return report;
}

void
lad_import_report_free(LadImportReport *report)
{
    if (report == NULL)
        return;
    g_ptr_array_unref(report->damage);
    g_free(report);
}
