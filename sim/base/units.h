/* units.h - amounts with units, exactly: "38.4 GB/s" is 38400000000 bytes per second.
 *
 * No floating point is involved: digits are multiplied out in 128 bits, and an amount that is not a
 * whole number of the base unit (ps, B, B/s, Hz, cycles) is an error. KiB is binary, kB decimal.
 */
#ifndef LAD_UNITS_H
#define LAD_UNITS_H

#include <memladder/error.h>
#include <memladder/option.h>

/* The units of a type, as a message lists them: "ps, ns, us, ms, s, min, h"; NULL if the type has
 * no unit. */
const char *lad_units_list(LadOptionType type);
/* What the type is called in a message: "a time", "a size". */
const char *lad_units_noun(LadOptionType type);
/* An example of the type for a message: "85 ns". */
const char *lad_units_example(LadOptionType type);

/* Read an amount of a type that has units, or of UINT. Errors: CONFIG, saying what was expected. */
gboolean lad_units_parse(LadOptionType type, const char *text, guint64 *value, GError **error);
/* The shortest text that reads back to exactly `value`; among equals the one without a fraction,
 * then the smaller unit. Free with g_free. */
char *lad_units_print(LadOptionType type, guint64 value);

#endif
