/* fuzz_ramulator.c - whatever a text of Ramulator is, it is converted or refused with its line. */
#include "config.h"
#include "tests/fuzz/driver.h"
#include "tests/fuzz/import_case.h"

static const char *const seeds[] = {
    "0 9618752\n89 89618496 89619008\n13 0x7fff0040\n",
    "LD 0x12345680\nST 64\n",
    "0x12345680 R\n0x40 W\n",
};

static const char *const words[] = {
    " ", "\n", "\r\n", "R", "W", "LD ", "ST ", "0x", ",", "281474976710656", "18446744073709551616",
    NULL};

static gboolean
seed(guint index, GByteArray *bytes)
{
    return lad_fuzz_seed_text(seeds, G_N_ELEMENTS(seeds), index, bytes);
}

static void
one(const guint8 *data, gsize size)
{
    fuzz_import("ramulator", NULL, data, size);
}

const LadFuzzTarget lad_fuzz_target = {"ramulator", 1500, seed, words, one};
