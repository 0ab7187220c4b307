/* fuzz_oracle_general.c - requests in order of time, or a refusal with the byte. */
#include "config.h"
#include "tests/fuzz/driver.h"
#include "tests/fuzz/import_case.h"

static gboolean
seed(guint index, GByteArray *bytes)
{
    for (guint8 i = 0; index == 0 && i < 6; i++) {
        const guint8 request[24] = {i, 0, 0, 0, (guint8)(i % 3), 0, 0, 0, 0, 0, 0, 0,
                                    0, 2, 0, 0, (guint8)(i + 4), 0, 0, 0, 0, 0, 0, 0};
        g_byte_array_append(bytes, request, sizeof request);
    }
    return index < 2;
}

static void
one(const guint8 *data, gsize size)
{
    static const char *const direct[] = {"numbering=object", "kind=store", NULL};
    fuzz_import("oracle-general", size % 2 == 0 ? NULL : direct, data, size);
}

const LadFuzzTarget lad_fuzz_target = {"oracle-general", 500, seed, NULL, one};
