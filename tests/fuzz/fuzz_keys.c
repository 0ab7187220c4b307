/* fuzz_keys.c - whatever the bytes, they are keys or are refused. */
#include "config.h"
#include "tests/fuzz/driver.h"
#include "tests/fuzz/import_case.h"

static gboolean
seed(guint index, GByteArray *bytes)
{
    static const guint8 keys[] = {0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1};
    if (index == 0)
        g_byte_array_append(bytes, keys, sizeof keys);
    return index < 2;
}

static void
one(const guint8 *data, gsize size)
{
    static const char *const four[] = {"width=4", "order=big", NULL};
    static const char *const eight[] = {"width=8", "order=little", "unit=64 B", NULL};
    static const char *const seen[] = {"width=8", "order=big", "numbering=first-seen", NULL};
    const char *const *const settings[] = {four, eight, seen};
    fuzz_import("keys", settings[size % 3], data, size);
}

const LadFuzzTarget lad_fuzz_target = {"keys", 500, seed, NULL, one};
