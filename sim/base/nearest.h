/* nearest.h - "did you mean": the closest of a list of names. */
#ifndef LAD_NEAREST_H
#define LAD_NEAREST_H

#include <glib.h>

/* Number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`
 * (optimal string alignment; bytes, case apart costs nothing). */
guint lad_edit_distance(const char *a, const char *b);

/* The candidate closest to `word`, or NULL if none is close: at most one edit per three letters,
 * and at least one allowed; a candidate that `word` begins also counts. The first of equals.
 * `candidates` ends with NULL. */
const char *lad_nearest(const char *word, const char *const *candidates);

#endif
