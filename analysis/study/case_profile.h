/* case_profile.h - cases that are profiles of their traces instead of runs: made, kept, looked up.
 *
 * What a profile found is kept as DIRECTORY/NAME.json, in the form of `memladder profile --json`.
 * In a formula its values go by their names (CASE:coverage_l2), cells of its tables by table, row
 * from 0 and column (CASE:windows.0.share_90).
 */
#ifndef LAD_CASE_PROFILE_H
#define LAD_CASE_PROFILE_H

#include <memladder/model.h>

/* In the order of the option's choices. */
typedef enum { LAD_CASE_RUN, LAD_CASE_BANDWIDTH, LAD_CASE_LATENCY } LadCaseProfile;

typedef struct {
    guint kind;               /* LadCaseProfile, not RUN */
    const char *const *paths; /* of the traces, NULL-terminated */
    const char *machine;      /* file */
    const char *prefetchers;  /* file; "": as the profile has them */
    char *const *sets;        /* NULL-terminated */
    char *const *windows;     /* of BANDWIDTH: times; empty: as the profile has them */
    LadBytes capacity;        /* of BANDWIDTH: of memory; 0: no shares of it */
} LadCaseProfileOptions;

/* Make one and write it to `path`. Errors: CONFIG (windows), those of profiles, IO. */
gboolean lad_case_profile(const LadCaseProfileOptions *options, const LadModels *models,
                          const char *path, GError **error);

typedef struct LadCaseFound LadCaseFound;
/* Errors: RESULT if it is no such file, IO. */
LadCaseFound *lad_case_found_read(const char *path, GError **error);
void lad_case_found_free(LadCaseFound *found);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadCaseFound, lad_case_found_free)
/* A table as TSV with its headings; free with g_free. Errors: RESULT if there is none. */
char *lad_case_found_table(const LadCaseFound *found, const char *name, GError **error);
/* FALSE: there is no such number. */
gboolean lad_case_found_value(const LadCaseFound *found, const char *metric, double *value);

#endif
