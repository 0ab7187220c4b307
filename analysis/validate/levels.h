/* levels.h - a generated service at level page against itself at level instruction. */
#ifndef LAD_VALIDATE_LEVELS_H
#define LAD_VALIDATE_LEVELS_H

#include "analysis/validate/validate.h"
#include <memladder/model.h>

/* Rows for configs/workloads/`name`.conf. Traces are written to `directory`, and gone again. */
gboolean lad_validate_levels(LadValidate *validate, const LadModels *models, const char *name,
                             const char *directory, GError **error);

#endif
