/* hdf5_read.h - what everything that reads HDF5 files of ours shares. The first failure is kept in
 * `error`, and the rest may go on: later ones follow from it. */
#ifndef LAD_RESULT_HDF5_READ_H
#define LAD_RESULT_HDF5_READ_H

#include "sim/result/hdf5.h"
#include <memladder/error.h>

typedef struct {
    hid_t file;
    GError *error;
} LadHdf5Reader;

/* Opens a file whose attribute Conventions is `conventions`, and checks its seal if it has one.
 * `expected`: "a result of memladder run". Below 0 on failure. Errors: IO, RESULT. */
hid_t lad_hdf5_open(const char *path, const char *conventions, const char *expected,
                    GError **error);
/* Whether `path` is an HDF5 file with these conventions; nothing else of it is checked. */
gboolean lad_hdf5_follows(const char *path, const char *conventions);

/* Notes that `what` could not be read. */
void lad_hdf5_fail(LadHdf5Reader *reader, const char *what);

/* A text attribute; NULL if there is none. Free with g_free. */
char *lad_hdf5_text_of(LadHdf5Reader *reader, hid_t object, const char *name);
char *lad_hdf5_text_of_dataset(LadHdf5Reader *reader, const char *dataset, const char *name);
guint64 lad_hdf5_number_of(LadHdf5Reader *reader, hid_t object, const char *name);
guint64 lad_hdf5_number_of_dataset(LadHdf5Reader *reader, const char *dataset, const char *name);

/* All values of a dataset, as `type`, and how many there are; one more is zero. NULL on failure.
 * Free with g_free. */
void *lad_hdf5_read_values(LadHdf5Reader *reader, hid_t group, const char *name, hid_t type,
                           gsize *n);
/* All texts of a dataset, `width` bytes each, the last of which is NUL. */
char *lad_hdf5_read_texts(LadHdf5Reader *reader, hid_t group, const char *name, gsize *n,
                          gsize *width);
/* The names in a group of the file, in the order in which they were made if it is known; NULL if
 * there is no such group. Free with g_strfreev.
 */
char **lad_hdf5_members(LadHdf5Reader *reader, const char *group);

#endif
