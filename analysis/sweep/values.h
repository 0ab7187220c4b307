/* values.h - what an axis of a sweep runs over, and how two values compare.
 *
 *   values = tpp, first-touch             a list; a value with a comma is written in double quotes
 *   values = 16 GiB .. 256 GiB x2         from .. to, each twice the one before
 *   values = 100 ns .. 300 ns +50 ns      from .. to in steps; for whole numbers +1 is understood
 *
 * Both ends of a range carry the same unit. Numbers are decimal fractions of at most nine digits
 * after the point and are worked out exactly.
 */
#ifndef LAD_SWEEP_VALUES_H
#define LAD_SWEEP_VALUES_H

#include <memladder/error.h>

#define LAD_SWEEP_MAX_VALUES 100000

/* The values of `text`, as a configuration would have them. NULL-terminated, at least one; free
 * with g_strfreev. Errors: CONFIG, saying what was expected; `where` names the key. */
char **lad_sweep_values(const char *text, const char *where, GError **error);

/* The amount that a value stands for in base units ("16 GiB": bytes, "85 ns": ps, "0.5": 0.5).
 * FALSE if it is no number. */
gboolean lad_sweep_amount(const char *value, double *amount);
/* Order of two values: by amount if both are numbers, else by name. */
int lad_sweep_compare(const char *a, const char *b);

#endif
