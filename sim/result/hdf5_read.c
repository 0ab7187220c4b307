/* hdf5_read.c - open, check and read HDF5 files of ours. */
#include "config.h"
#include "sim/result/hdf5_read.h"
#include "sim/result/layout.h"
#include <string.h>

void
lad_hdf5_fail(LadHdf5Reader *reader, const char *what)
{
    if (reader->error == NULL) {
        g_autofree char *reason = lad_hdf5_reason();
        g_set_error(&reader->error, LAD_ERROR, LAD_ERROR_RESULT, "%s: %s", what, reason);
    }
}

/* ---- Attributes --------------------------------------------------------------------------------
 */

char *
lad_hdf5_text_of(LadHdf5Reader *reader, hid_t object, const char *name)
{
    if (H5Aexists(object, name) <= 0)
        return NULL;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    hid_t type = H5Aget_type(attribute);
    char *text = NULL;
    if (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) <= 0)
        text = g_malloc0(H5Tget_size(type) + 1);
    if (text == NULL || H5Aread(attribute, type, text) < 0) {
        lad_hdf5_fail(reader, name);
        g_clear_pointer(&text, g_free);
    }
    H5Tclose(type);
    H5Aclose(attribute);
    return text;
}

guint64
lad_hdf5_number_of(LadHdf5Reader *reader, hid_t object, const char *name)
{
    guint64 value = 0;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0 || H5Aread(attribute, H5T_NATIVE_UINT64, &value) < 0)
        lad_hdf5_fail(reader, name);
    if (attribute >= 0)
        H5Aclose(attribute);
    return value;
}

char *
lad_hdf5_text_of_dataset(LadHdf5Reader *reader, const char *dataset, const char *name)
{
    hid_t object = H5Dopen2(reader->file, dataset, H5P_DEFAULT);
    char *text = object >= 0 ? lad_hdf5_text_of(reader, object, name) : NULL;
    if (text == NULL)
        lad_hdf5_fail(reader, dataset);
    if (object >= 0)
        H5Dclose(object);
    return text;
}

guint64
lad_hdf5_number_of_dataset(LadHdf5Reader *reader, const char *dataset, const char *name)
{
    guint64 value = 0;
    hid_t object = H5Dopen2(reader->file, dataset, H5P_DEFAULT);
    if (object < 0) {
        lad_hdf5_fail(reader, dataset);
        return 0;
    }
    value = lad_hdf5_number_of(reader, object, name);
    H5Dclose(object);
    return value;
}

/* ---- Datasets ----------------------------------------------------------------------------------
 */

/* Deflate packs 1032 bytes into one at most: a dataset that claims more is damaged. */
static void *
room_for(hid_t dataset, gsize n, gsize width)
{
    gsize stored = H5Dget_storage_size(dataset);
    if (n > (stored + 1) * 1032)
        return NULL;
    return g_try_malloc0_n(n + 1, width);
}

static void *
read_whole(LadHdf5Reader *reader, hid_t dataset, const char *name, hid_t type, gsize *n)
{
    hid_t space = H5Dget_space(dataset);
    hssize_t points = H5Sget_simple_extent_npoints(space);
    *n = points < 0 ? 0 : (gsize)points;
    void *values = room_for(dataset, *n, H5Tget_size(type));
    if (points < 0 || values == NULL ||
        H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
        lad_hdf5_fail(reader, name);
        g_clear_pointer(&values, g_free);
    }
    H5Sclose(space);
    return values;
}

void *
lad_hdf5_read_values(LadHdf5Reader *reader, hid_t group, const char *name, hid_t type, gsize *n)
{
    hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
    if (dataset < 0) {
        lad_hdf5_fail(reader, name);
        return NULL;
    }
    void *values = read_whole(reader, dataset, name, type, n);
    H5Dclose(dataset);
    return values;
}

char *
lad_hdf5_read_texts(LadHdf5Reader *reader, hid_t group, const char *name, gsize *n, gsize *width)
{
    hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
    if (dataset < 0) {
        lad_hdf5_fail(reader, name);
        return NULL;
    }
    hid_t stored = H5Dget_type(dataset);
    char *cells = NULL;
    if (H5Tget_class(stored) == H5T_STRING && H5Tis_variable_str(stored) <= 0) {
        *width = H5Tget_size(stored) + 1;
        hid_t type = H5Tcopy(stored);
        H5Tset_size(type, *width);
        cells = read_whole(reader, dataset, name, type, n);
        H5Tclose(type);
    } else {
        lad_hdf5_fail(reader, name);
    }
    H5Tclose(stored);
    H5Dclose(dataset);
    return cells;
}

static herr_t
take_name(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
    (void)group;
    (void)info;
    g_ptr_array_add(data, g_strdup(name));
    return 0;
}

char **
lad_hdf5_members(LadHdf5Reader *reader, const char *group)
{
    if (H5Lexists(reader->file, group, H5P_DEFAULT) <= 0)
        return NULL;
    hid_t object = H5Gopen2(reader->file, group, H5P_DEFAULT);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    if (object < 0 ||
        (H5Literate(object, H5_INDEX_CRT_ORDER, H5_ITER_INC, NULL, take_name, names) < 0 &&
         H5Literate(object, H5_INDEX_NAME, H5_ITER_INC, NULL, take_name, names) < 0))
        lad_hdf5_fail(reader, group);
    if (object >= 0)
        H5Gclose(object);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_steal(names, NULL);
}

/* ---- The file ----------------------------------------------------------------------------------
 */

/* FALSE if the file cannot be read, or has a seal that does not fit. */
static gboolean
check_seal(const char *path, GError **error)
{
    GError *cause = NULL;
    GMappedFile *file = g_mapped_file_new(path, FALSE, &cause);
    if (file == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "cannot read %s: %s", path, cause->message);
        g_error_free(cause);
        return FALSE;
    }
    const char *bytes = g_mapped_file_get_contents(file);
    gsize length = g_mapped_file_get_length(file);
    gboolean fits = TRUE;
    if (length >= LAD_RESULT_SEAL_BYTES) {
        guint8 seal[LAD_RESULT_SEAL_BYTES];
        const char *end = bytes + length - LAD_RESULT_SEAL_BYTES;
        if (memcmp(end, LAD_RESULT_SEAL, 8) == 0) {
            lad_result_seal(bytes, length - LAD_RESULT_SEAL_BYTES, seal);
            fits = memcmp(end, seal, sizeof seal) == 0;
        }
    }
    g_mapped_file_unref(file);
    if (!fits)
        g_set_error(error, LAD_ERROR, LAD_ERROR_RESULT,
                    "%s is damaged: its content does not fit its checksum", path);
    return fits;
}

hid_t
lad_hdf5_open(const char *path, const char *conventions, const char *expected, GError **error)
{
    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "%s is a directory; expected %s", path,
                    expected);
        return -1;
    }
    if (!check_seal(path, error))
        return -1;
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0) {
        g_autofree char *reason = lad_hdf5_reason();
        g_set_error(error, LAD_ERROR, LAD_ERROR_RESULT,
                    "%s is no readable HDF5 file (%s); expected %s", path, reason, expected);
        return -1;
    }
    LadHdf5Reader reader = {.file = file};
    g_autofree char *found = lad_hdf5_text_of(&reader, file, "Conventions");
    g_clear_error(&reader.error);
    if (g_strcmp0(found, conventions) == 0)
        return file;
    g_set_error(error, LAD_ERROR, LAD_ERROR_RESULT, "%s follows `%s`; expected %s (`%s`)", path,
                found != NULL ? found : "no conventions", expected, conventions);
    H5Fclose(file);
    return -1;
}

gboolean
lad_hdf5_follows(const char *path, const char *conventions)
{
    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return FALSE;
    LadHdf5Quiet quiet;
    lad_hdf5_quiet(&quiet);
    LadHdf5Reader reader = {.file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT)};
    g_autofree char *found =
        reader.file >= 0 ? lad_hdf5_text_of(&reader, reader.file, "Conventions") : NULL;
    g_clear_error(&reader.error);
    if (reader.file >= 0)
        H5Fclose(reader.file);
    lad_hdf5_loud(&quiet);
    return g_strcmp0(found, conventions) == 0;
}
