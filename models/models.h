/* models.h - checks of a class table before anything uses it. */
#ifndef LAD_MODELS_H
#define LAD_MODELS_H

#include <memladder/error.h>
#include <memladder/model.h>

/* The head is complete, the tables are well formed, and every hook its kind requires is there.
 * Fails with LAD_ERROR_CONFIG and a sentence that names the model. */
gboolean lad_model_check(const LadModel *model, GError **error);

#endif
