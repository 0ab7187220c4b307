/* publish.c - write under a temporary name, rename. */
#include "config.h"
#include "sim/base/publish.h"

gboolean
lad_publish(const char *path, const char *what, const void *bytes, gssize length, guint flags,
            GError **error)
{
    GFileSetContentsFlags how = G_FILE_SET_CONTENTS_CONSISTENT;
    if ((flags & LAD_PUBLISH_DURABLE) != 0)
        how |= G_FILE_SET_CONTENTS_DURABLE;
    GError *cause = NULL;
    if (g_file_set_contents_full(path, bytes, length, how,
                                 (flags & LAD_PUBLISH_EXECUTABLE) != 0 ? 0777 : 0666, &cause))
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "cannot write %s%s%s: %s", what != NULL ? what : "",
                what != NULL ? " to " : "", path, cause->message);
    g_error_free(cause);
    return FALSE;
}
