/* error.c - the error domain and its exit statuses. */
#include "config.h"
#include <memladder/error.h>

G_DEFINE_QUARK(lad - error - quark, lad_error)

int
lad_error_exit_status(const GError *error)
{
    if (error->domain != LAD_ERROR)
        return 1;
    switch (error->code) {
    case LAD_ERROR_USAGE:
    case LAD_ERROR_CONFIG:
        return 2;
    case LAD_ERROR_INTERRUPTED:
        return 130;
    default:
        return 1;
    }
}
