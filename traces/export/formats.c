/* formats.c - the formats that can be written: one row each. */
#include "config.h"
#include "traces/export/formats.h"
#include "sim/base/nearest.h"
#include <string.h>

const LadExportFormat *const lad_export_formats[] = {
    &lad_export_champsim, &lad_export_csv,    &lad_export_din,
    &lad_export_dinero,   &lad_export_lackey, NULL,
};

const LadExportFormat *
lad_export_find(const char *name, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; lad_export_formats[i] != NULL; i++) {
        if (strcmp(lad_export_formats[i]->name, name) == 0)
            return lad_export_formats[i];
        g_ptr_array_add(names, (gpointer)lad_export_formats[i]->name);
    }
    g_ptr_array_add(names, NULL);
    const char *nearest = lad_nearest(name, (const char *const *)names->pdata);
    g_autofree char *known = g_strjoinv(", ", (char **)names->pdata);
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                "--to %s: there is no such format%s%s%s known: %s", name,
                nearest != NULL ? "; did you mean " : ";", nearest != NULL ? nearest : "",
                nearest != NULL ? "?" : "", known);
    return NULL;
}
