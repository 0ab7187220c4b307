/* hdf5_write.h - what everything that writes HDF5 shares: text, attributes, datasets, and a file
 * that is made in memory and sealed.
 *
 * HDF5 cannot recover from a write that fails half way, so a file is made by the core driver and
 * goes to disk in one piece (sim/base/publish.h). No object carries a time: equal content gives
 * equal bytes. A call that fails sets `failed` and the rest may go on; lad_hdf5_image then gives
 * nothing.
 */
#ifndef LAD_RESULT_HDF5_WRITE_H
#define LAD_RESULT_HDF5_WRITE_H

#include "sim/result/hdf5.h"

/* Dimensions that a dataset may have. */
#define LAD_HDF5_MAX_RANK 32

typedef struct {
    hid_t file;
    gboolean ordered; /* groups list their members as they were made, not by name */
    gboolean failed;
} LadHdf5Writer;

/* An empty file in memory, grown by `step` bytes. */
void lad_hdf5_writer_init(LadHdf5Writer *writer, gboolean ordered, gsize step);
/* Closes the file and gives its bytes with the seal behind them; NULL if anything failed. Free with
 * g_free. */
char *lad_hdf5_image(LadHdf5Writer *writer, gsize *length);

/* Takes what an HDF5 function returned: below 0 it has failed. */
void lad_hdf5_check(LadHdf5Writer *writer, gint64 status);

/* For texts of up to `longest` bytes, UTF-8; the end is marked, or h5dump would print the padding.
 * Close with H5Tclose. */
hid_t lad_hdf5_text_type(gsize longest);
/* A scalar attribute. */
void lad_hdf5_attribute(LadHdf5Writer *writer, hid_t object, const char *name, hid_t type,
                        const void *value);
void lad_hdf5_text_attribute(LadHdf5Writer *writer, hid_t object, const char *name,
                             const char *text);

/* A dataset of `rank` dimensions (0: a scalar), filled: in chunks, shuffled, deflated, with a
 * checksum each. Close with H5Dclose. */
hid_t lad_hdf5_dataset(LadHdf5Writer *writer, hid_t group, const char *name, hid_t type, guint rank,
                       const hsize_t *dims, const void *values);
/* `n` texts, padded to the longest. */
hid_t lad_hdf5_texts(LadHdf5Writer *writer, hid_t group, const char *name, guint rank,
                     const hsize_t *dims, const char *const *texts, gsize n);
/* Close with H5Gclose. */
hid_t lad_hdf5_group(LadHdf5Writer *writer, const char *name);

#endif
