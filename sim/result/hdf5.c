/* hdf5.c - HDF5's error stack as a sentence. */
#include "config.h"
#include "sim/result/hdf5.h"

void
lad_hdf5_quiet(LadHdf5Quiet *quiet)
{
    H5Eget_auto2(H5E_DEFAULT, &quiet->report, &quiet->data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void
lad_hdf5_loud(const LadHdf5Quiet *quiet)
{
    H5Eset_auto2(H5E_DEFAULT, quiet->report, quiet->data);
}

static herr_t
take_first(unsigned n, const H5E_error2_t *entry, void *data)
{
    char **reason = data;
    if (n == 0 && entry->desc)
        *reason = g_strdup(entry->desc);
    return 0;
}

char *
lad_hdf5_reason(void)
{
    char *reason = NULL;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &reason);
    return reason ? reason : g_strdup("unknown reason");
}
