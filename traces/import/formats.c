/* formats.c - the formats that can be converted: one row each. */
#include "config.h"
#include <memladder/import.h>
#include <string.h>
#include "sim/base/nearest.h"
#include "traces/import/formats.h"

const LadImportFormat *const lad_import_formats[] = {
    &lad_import_lackey,
    NULL,
};

const LadImportFormat *
lad_import_find(const char *name, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; lad_import_formats[i] != NULL; i++) {
        if (strcmp(lad_import_formats[i]->name, name) == 0)
            return lad_import_formats[i];
        g_ptr_array_add(names, (gpointer)lad_import_formats[i]->name);
    }
    g_ptr_array_add(names, NULL);
    const char *nearest = lad_nearest(name, (const char *const *)names->pdata);
    g_autofree char *known = g_strjoinv(", ", (char **)names->pdata);
    if (nearest != NULL)
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--from %s: there is no such format; did you mean %s? Known: %s", name, nearest,
                    known);
    else
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--from %s: there is no such format; known: %s", name, known);
    return NULL;
}
