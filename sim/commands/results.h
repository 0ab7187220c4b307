/* results.h - several result files named on a command line. */
#ifndef LAD_RESULTS_H
#define LAD_RESULTS_H

#include <memladder/result.h>

typedef struct {
    guint n;
    LadResult **all;
    char **names; /* as short as they can be while they differ: "a", "b" of x/a.h5, x/b.h5 */
} LadResults;

/* Read all files of a NULL-terminated list. Errors: IO, RESULT. */
LadResults *lad_results_read(char *const *paths, GError **error);
void lad_results_free(LadResults *results);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadResults, lad_results_free)

#endif
