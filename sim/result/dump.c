/* dump.c - a result file as text: every dataset, one row of its last dimension per line.
 *
 * It walks the file and knows nothing of metrics, so nothing can be forgotten. A line is the path,
 * the indices or names along the scales, and the value; equal files give equal text.
 */
#include "config.h"
#include <memladder/result.h>
#include "sim/result/hdf5.h"
#include "sim/result/layout.h"
#include <math.h>
#include <string.h>

typedef struct {
    hid_t file;
    gboolean canonical;
    GString *text;
    gboolean failed;
} Dump;

static gboolean
is_canonical(hid_t object)
{
    guint8 value = 1;
    if (H5Aexists(object, "canonical") <= 0)
        return TRUE;
    hid_t attribute = H5Aopen(object, "canonical", H5P_DEFAULT);
    H5Aread(attribute, H5T_NATIVE_UINT8, &value);
    H5Aclose(attribute);
    return value != 0;
}

/* A text on one line: backslashes, line ends and tabs are escaped. */
static void
append_escaped(GString *to, const char *text, gsize length)
{
    for (gsize i = 0; i < length && text[i] != '\0'; i++) {
        if (text[i] == '\n')
            g_string_append(to, "\\n");
        else if (text[i] == '\t')
            g_string_append(to, "\\t");
        else if (text[i] == '\\')
            g_string_append(to, "\\\\");
        else
            g_string_append_c(to, text[i]);
    }
}

static void
append_value(GString *to, hid_t type, const char *value)
{
    if (H5Tget_class(type) == H5T_STRING) {
        append_escaped(to, value, H5Tget_size(type));
    } else if (H5Tget_class(type) == H5T_FLOAT) {
        double number = 0;
        char buffer[G_ASCII_DTOSTR_BUF_SIZE];
        memcpy(&number, value, sizeof number);
        g_string_append(to, isnan(number) ? "nan" : g_ascii_dtostr(buffer, sizeof buffer, number));
    } else {
        guint64 number = 0;
        memcpy(&number, value, sizeof number);
        if (number == LAD_RESULT_FILL)
            g_string_append_c(to, '-');
        else
            g_string_append_printf(to, "%" G_GUINT64_FORMAT, number);
    }
}

/* How values of a stored type are held in memory; to be closed. */
static hid_t
memory_type(hid_t stored)
{
    switch (H5Tget_class(stored)) {
    case H5T_STRING:
        return H5Tcopy(stored);
    case H5T_FLOAT:
        return H5Tcopy(H5T_NATIVE_DOUBLE);
    default:
        return H5Tcopy(H5T_NATIVE_UINT64);
    }
}

static void
dump_attribute(Dump *dump, hid_t object, const char *path, const char *name)
{
    if (H5Aexists(object, name) <= 0)
        return;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    hid_t stored = H5Aget_type(attribute), type = memory_type(stored);
    g_autofree char *value = g_malloc0(H5Tget_size(type) + 1);
    if (H5Aread(attribute, type, value) < 0)
        dump->failed = TRUE;
    g_string_append_printf(dump->text, "%s@%s\t", path, name);
    append_value(dump->text, type, value);
    g_string_append_c(dump->text, '\n');
    H5Tclose(type);
    H5Tclose(stored);
    H5Aclose(attribute);
}

static void
append_indices(GString *to, guint64 row, int rank, const hsize_t *dims)
{
    guint64 indices[H5S_MAX_RANK];
    for (int i = rank - 2; i >= 0; i--) {
        indices[i] = row % dims[i];
        row /= dims[i];
    }
    for (int i = 0; i < rank - 1; i++)
        g_string_append_printf(to, "[%" G_GUINT64_FORMAT "]", indices[i]);
}

static void
dump_values(Dump *dump, hid_t dataset, const char *path)
{
    hid_t space = H5Dget_space(dataset);
    hid_t stored = H5Dget_type(dataset), type = memory_type(stored);
    hsize_t dims[H5S_MAX_RANK] = {1};
    int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    hssize_t n = H5Sget_simple_extent_npoints(space);
    size_t size = H5Tget_size(type);
    g_autofree char *values = n < 0 ? NULL : g_try_malloc0_n((gsize)n + 1, size);
    if (values == NULL || rank < 0 ||
        H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
        dump->failed = TRUE;
        n = 0;
    }
    hsize_t width = rank > 0 ? MAX(dims[rank - 1], 1) : 1;
    for (hsize_t row = 0; row < (hsize_t)n / width; row++) {
        g_string_append(dump->text, path);
        append_indices(dump->text, row, rank, dims);
        for (hsize_t i = 0; i < width; i++) {
            g_string_append_c(dump->text, '\t');
            append_value(dump->text, type, values + (row * width + i) * size);
        }
        g_string_append_c(dump->text, '\n');
    }
    H5Tclose(type);
    H5Tclose(stored);
    H5Sclose(space);
}

static herr_t
visit(hid_t parent, const char *name, const H5O_info_t *info, void *data)
{
    static const char *const attributes[] = {
        "Conventions", "program", "format_version", "complete",    "units",       "long_name",
        "type",        "formula", "bin_units",      "range_pages", "epoch_length"};
    Dump *dump = data;
    hid_t object = H5Oopen(parent, name, H5P_DEFAULT);
    if (object < 0)
        return -1;
    g_autofree char *path = g_str_equal(name, ".") ? g_strdup("/") : g_strconcat("/", name, NULL);
    if (!dump->canonical || is_canonical(object)) {
        for (guint i = 0; i < G_N_ELEMENTS(attributes); i++)
            dump_attribute(dump, object, path, attributes[i]);
        if (info->type == H5O_TYPE_DATASET)
            dump_values(dump, object, path);
    }
    H5Oclose(object);
    return 0;
}

char *
lad_result_dump(const char *path, gboolean canonical, GError **error)
{
    LadHdf5Quiet quiet;
    lad_hdf5_quiet(&quiet);
    Dump dump = {lad_result_open(path, error), canonical, g_string_new(NULL), FALSE};
    gboolean opened = dump.file >= 0;
    if (opened) {
        if (H5Ovisit2(dump.file, H5_INDEX_NAME, H5_ITER_INC, visit, &dump, H5O_INFO_BASIC) < 0)
            dump.failed = TRUE;
        H5Fclose(dump.file);
    }
    lad_hdf5_loud(&quiet);
    if (opened && !dump.failed)
        return g_string_free(dump.text, FALSE);
    if (opened)
        g_set_error(error, LAD_ERROR, LAD_ERROR_RESULT,
                    "%s is damaged: it cannot be read to its end", path);
    g_string_free(dump.text, TRUE);
    return NULL;
}
