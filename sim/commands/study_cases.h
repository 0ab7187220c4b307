/* study_cases.h - memladder study for a configuration of named cases. */
#ifndef LAD_STUDY_CASES_H
#define LAD_STUDY_CASES_H

#include "analysis/study/source.h"
#include <memladder/model.h>

/* Make the traces of `config`, replay all its cases, `jobs` at a time, into the same folder, and
 * print their table. Returns the exit status. Errors: CONFIG, IO, TRACE, RESULT. */
int lad_study_cases(LadConfig *config, const LadModels *models, const LadTraceMaking *making,
                    guint jobs, gboolean quiet, GError **error);

#endif
