/* import_case.h - one input of a fuzz target that imports: converted, or refused with its place. */
#ifndef LAD_TESTS_FUZZ_IMPORT_CASE_H
#define LAD_TESTS_FUZZ_IMPORT_CASE_H

#include <glib.h>

/* Imports `data` as `format` with `settings` ("name=value", ended by NULL; NULL: none), plainly and
 * with salvage. What is refused has a message with the place and leaves no file; what is converted
 * is a valid trace. */
void fuzz_import(const char *format, const char *const *settings, const guint8 *data, gsize size);

#endif
