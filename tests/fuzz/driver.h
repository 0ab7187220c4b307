/* driver.h - what a fuzz target says of itself; driver.c has main.
 *
 * A target is one file that defines lad_fuzz_target and is linked with driver.c. In the tests it
 * runs a bounded number of inputs, mutated from its seeds by a fixed random stream, so a failure
 * comes back with the same program. `fuzz_NAME FILE...` runs files instead, LAD_FUZZ_CASES and
 * LAD_FUZZ_SEED make it run longer or elsewhere, LAD_FUZZ_TRACE=1 prints each case's number before
 * it runs, and LAD_FUZZ_SAVE=N writes case N to the file fuzz-case.
 */
#ifndef LAD_TESTS_FUZZ_DRIVER_H
#define LAD_TESTS_FUZZ_DRIVER_H

#include <glib.h>

typedef struct {
    const char *name;
    guint n_cases; /* in the tests; chosen to take a second or two */
    /* Appends seed number `index` (from 0) to `bytes`; FALSE when there are no more. At least one.
     */
    gboolean (*seed)(guint index, GByteArray *bytes);
    /* Words of the format that are inserted here and there; ends with NULL; NULL: none. */
    const char *const *words;
    /* Feeds one input to the code under test. Must neither crash nor leak; asserts what must hold.
     */
    void (*one)(const guint8 *data, gsize size);
} LadFuzzTarget;

extern const LadFuzzTarget lad_fuzz_target;

/* For `seed`, where seeds are texts: appends number `index` of `n`; FALSE when there is none. */
gboolean lad_fuzz_seed_text(const char *const *seeds, guint n, guint index, GByteArray *bytes);

#endif
