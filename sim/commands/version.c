/* version.c - memladder --version. */
#include "config.h"
#include "sim/commands/version.h"
#include <memladder/version.h>
#include <archive.h>
#include <capstone/capstone.h>
#include <glib.h>
#include <hdf5.h>
#include <json-glib/json-glib.h>
#include <zstd.h>

void
lad_version_print(FILE *stream)
{
    unsigned major = 0, minor = 0, release = 0;
    int cs_major = 0, cs_minor = 0;
    H5get_libversion(&major, &minor, &release);
    cs_version(&cs_major, &cs_minor);
    fprintf(stream,
            "memladder %s (%s)\n"
            "Compiler: %s\n"
            "Libraries: GLib %u.%u.%u, zstd %s, HDF5 %u.%u.%u, %s, capstone %d.%d, "
            "json-glib %d.%d.%d\n"
            "Licence: MIT\n",
            lad_version(), lad_version_revision(), lad_version_compiler(), glib_major_version,
            glib_minor_version, glib_micro_version, ZSTD_versionString(), major, minor, release,
            archive_version_string(), cs_major, cs_minor, JSON_MAJOR_VERSION, JSON_MINOR_VERSION,
            JSON_MICRO_VERSION);
}
