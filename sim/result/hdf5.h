/* hdf5.h - what the reader, writer and dump share of HDF5: errors kept off standard error, opening.
 */
#ifndef LAD_RESULT_HDF5_H
#define LAD_RESULT_HDF5_H

#include <glib.h>
#include <hdf5.h>
#include <hdf5_hl.h>

typedef struct {
    H5E_auto2_t report;
    void *data;
} LadHdf5Quiet;

/* Errors are no longer printed, until _loud. */
void lad_hdf5_quiet(LadHdf5Quiet *quiet);
void lad_hdf5_loud(const LadHdf5Quiet *quiet);
/* The innermost reason of the last error, e.g. "file signature not found". Free with g_free. */
char *lad_hdf5_reason(void);

/* Open a result file for reading: refuses what is none, or not complete. Errors: IO, RESULT. */
hid_t lad_result_open(const char *path, GError **error);

#endif
