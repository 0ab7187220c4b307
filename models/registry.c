/* registry.c - the models of the library, one line each: declare the class, list its head.
 *
 * A kind that other kinds name by default comes with its simplest model first.
 */
#include "config.h"
#include <memladder/core.h>
#include <memladder/replacement.h>
#include <memladder/tier.h>

const LadModel *const lad_models_builtin[] = {
    &lad_replacement_lru.base,
    &lad_replacement_tree_plru.base,
    &lad_replacement_fifo.base,
    &lad_replacement_random.base,
    NULL,
};
