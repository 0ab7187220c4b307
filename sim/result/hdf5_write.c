/* hdf5_write.c - HDF5 in memory. */
#include "config.h"
#include "sim/result/hdf5_write.h"
#include "sim/result/layout.h"
#include <string.h>

/* Larger datasets are cut into chunks of at most so many elements. */
#define CHUNK_ELEMENTS 65536

void
lad_hdf5_check(LadHdf5Writer *writer, gint64 status)
{
    if (status < 0)
        writer->failed = TRUE;
}

/* ---- The file ----------------------------------------------------------------------------------
 */

void
lad_hdf5_writer_init(LadHdf5Writer *writer, gboolean ordered, gsize step)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    writer->ordered = ordered;
    writer->failed = FALSE;
    H5Pset_fapl_core(access, step, 0);
    H5Pset_obj_track_times(creation, 0);
    if (ordered)
        H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    writer->file = H5Fcreate("memory", H5F_ACC_TRUNC, creation, access);
    lad_hdf5_check(writer, writer->file);
    H5Pclose(creation);
    H5Pclose(access);
}

char *
lad_hdf5_image(LadHdf5Writer *writer, gsize *length)
{
    char *image = NULL;
    if (writer->file < 0)
        return NULL;
    lad_hdf5_check(writer, H5Fflush(writer->file, H5F_SCOPE_GLOBAL));
    ssize_t size = H5Fget_file_image(writer->file, NULL, 0);
    lad_hdf5_check(writer, size);
    if (!writer->failed) {
        image = g_malloc((gsize)size + LAD_RESULT_SEAL_BYTES);
        lad_hdf5_check(writer, H5Fget_file_image(writer->file, image, (size_t)size));
        lad_result_seal(image, (gsize)size, (guint8 *)image + size);
        *length = (gsize)size + LAD_RESULT_SEAL_BYTES;
    }
    lad_hdf5_check(writer, H5Fclose(writer->file));
    if (writer->failed)
        g_clear_pointer(&image, g_free);
    return image;
}

/* ---- Attributes --------------------------------------------------------------------------------
 */

hid_t
lad_hdf5_text_type(gsize longest)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, longest + 1);
    H5Tset_cset(type, H5T_CSET_UTF8);
    H5Tset_strpad(type, H5T_STR_NULLTERM);
    return type;
}

void
lad_hdf5_attribute(LadHdf5Writer *writer, hid_t object, const char *name, hid_t type,
                   const void *value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    lad_hdf5_check(writer, attribute);
    lad_hdf5_check(writer, H5Awrite(attribute, type, value));
    H5Aclose(attribute);
    H5Sclose(space);
}

void
lad_hdf5_text_attribute(LadHdf5Writer *writer, hid_t object, const char *name, const char *text)
{
    hid_t type = lad_hdf5_text_type(strlen(text));
    lad_hdf5_attribute(writer, object, name, type, text);
    H5Tclose(type);
}

/* ---- Datasets ----------------------------------------------------------------------------------
 */

static hid_t
creation_list(guint rank, const hsize_t *dims, size_t element)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(list, 0);
    hsize_t chunk[LAD_HDF5_MAX_RANK], total = 1;
    gboolean empty = rank == 0;
    for (guint i = 0; i < rank; i++) {
        chunk[i] = dims[i];
        total *= dims[i];
        empty = empty || dims[i] == 0;
    }
    if (empty)
        return list;
    for (guint i = 0; i < rank; i++)
        while (total > CHUNK_ELEMENTS && chunk[i] > 1) {
            total = total / chunk[i] * ((chunk[i] + 1) / 2);
            chunk[i] = (chunk[i] + 1) / 2;
        }
    H5Pset_chunk(list, (int)rank, chunk);
    if (element > 1)
        H5Pset_shuffle(list);
    H5Pset_deflate(list, 1);
    H5Pset_fletcher32(list);
    return list;
}

hid_t
lad_hdf5_dataset(LadHdf5Writer *writer, hid_t group, const char *name, hid_t type, guint rank,
                 const hsize_t *dims, const void *values)
{
    g_assert(rank <= LAD_HDF5_MAX_RANK);
    hid_t space = rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple((int)rank, dims, NULL);
    hid_t list = creation_list(rank, dims, H5Tget_size(type));
    hid_t dataset = H5Dcreate2(group, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    lad_hdf5_check(writer, dataset);
    lad_hdf5_check(writer, H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
    H5Pclose(list);
    H5Sclose(space);
    return dataset;
}

hid_t
lad_hdf5_texts(LadHdf5Writer *writer, hid_t group, const char *name, guint rank,
               const hsize_t *dims, const char *const *texts, gsize n)
{
    gsize longest = 0;
    for (gsize i = 0; i < n; i++)
        longest = MAX(longest, strlen(texts[i]));
    gsize width = longest + 1;
    hid_t type = lad_hdf5_text_type(longest);
    g_autofree char *cells = g_malloc0(width * MAX(n, 1));
    for (gsize i = 0; i < n; i++)
        memcpy(cells + i * width, texts[i], strlen(texts[i]));
    hid_t dataset = lad_hdf5_dataset(writer, group, name, type, rank, dims, cells);
    H5Tclose(type);
    return dataset;
}

hid_t
lad_hdf5_group(LadHdf5Writer *writer, const char *name)
{
    hid_t list = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_obj_track_times(list, 0);
    if (writer->ordered)
        H5Pset_link_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    hid_t group = H5Gcreate2(writer->file, name, H5P_DEFAULT, list, H5P_DEFAULT);
    lad_hdf5_check(writer, group);
    H5Pclose(list);
    return group;
}
