/* quantity.h - numbers for people: a value and its unit in few characters. */
#ifndef LAD_RESULT_QUANTITY_H
#define LAD_RESULT_QUANTITY_H

#include <glib.h>

/* "12.35 ms", "3.2 GB/s", "64 MiB", "12.5 %" ("1" with `share`), "8.00 M": four significant digits,
 * a prefix where the unit has them. NaN gives "-". Free with g_free. */
char *lad_quantity(double value, const char *unit);
/* The unit in which values up to `most` (in `unit`) are short numbers, and what to divide them by:
 * 3.2e9 "byte s-1" gives "GB/s" and 1e9. Static text, "" for numbers without a unit. */
const char *lad_quantity_scale(double most, const char *unit, double *divisor);
/* A share in [0, 1] as "12.5 %". */
char *lad_quantity_share(double value);
/* Columns that `text` (UTF-8) takes on a terminal. */
guint lad_quantity_width(const char *text);

#endif
