/* study_cases.h - memladder study for a configuration of named cases. */
#ifndef LAD_STUDY_CASES_H
#define LAD_STUDY_CASES_H

#include <memladder/configuration.h>
#include <memladder/model.h>

/* Replay all cases of `config`, `jobs` at a time, into `directory`, and print their table. Returns
 * the exit status. Errors: CONFIG, IO, TRACE, RESULT. */
int lad_study_cases(LadConfig *config, const LadModels *models, const char *directory, guint jobs,
                    gboolean quiet, GError **error);

#endif
