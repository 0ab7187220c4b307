/* registry.c - the models of the library, one line each: declare the class, list its head.
 *
 * A kind that other kinds name by default comes with its simplest model first.
 */
#include "config.h"
#include <memladder/core.h>
#include <memladder/tier.h>

const LadModel *const lad_models_builtin[] = {
    NULL,
};
