/* fuzz_champsim.c - whatever records of ChampSim are, they are converted or refused with the byte.
 * The first byte says which of the two layouts it is. */
#include "config.h"
#include "tests/fuzz/driver.h"
#include "tests/fuzz/import_case.h"
#include <string.h>

static void
add_record(GByteArray *bytes, gsize size, guint8 pc, guint8 taken, guint8 store, guint8 load)
{
    guint8 record[96] = {pc, 0x10, 0x40};
    gsize stores = size == 64 ? 16 : 24, loads = size == 64 ? 32 : 56;
    record[8] = record[9] = taken;
    record[10] = taken ? 26 : 10;
    record[size == 64 ? 12 : 14] = taken ? 26 : 9;
    record[stores] = store;
    record[loads] = load;
    g_byte_array_append(bytes, record, (guint)size);
}

static gboolean
seed(guint index, GByteArray *bytes)
{
    const gsize size = index == 0 ? 64 : 96;
    if (index > 1)
        return FALSE;
    g_byte_array_append(bytes, (const guint8 *)(index == 0 ? "p" : "c"), 1);
    for (guint i = 0; i < 40; i++) {
        add_record(bytes, size, 1, 0, 0, 8);
        add_record(bytes, size, 4, 0, 16, 16);
        add_record(bytes, size, 9, (guint8)(i % 3 == 0), 0, 0);
        if (i % 3 != 0)
            add_record(bytes, size, 11, 1, 24, 0);
    }
    return TRUE;
}

static void
one(const guint8 *data, gsize size)
{
    if (size > 0)
        fuzz_import(data[0] == 'c' ? "champsim-cloudsuite" : "champsim", NULL, data + 1, size - 1);
}

const LadFuzzTarget lad_fuzz_target = {"champsim", 1200, seed, NULL, one};
