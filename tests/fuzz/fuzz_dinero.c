/* fuzz_dinero.c - whatever a din text is, it is converted or refused with its line. */
#include "config.h"
#include "tests/fuzz/driver.h"
#include "tests/fuzz/import_case.h"

static const char *const seeds[] = {
    "2 1000\n0 7ffe0010 comment\n2 1004\n1 7ffe0018\n4 0\n2 2000\n3 0x40\n5 44\n",
    "i 1000 4\nr 7ffe0010 8\ni 1004 4\nw 7ffe0018 4\nm 40 8\nc 80 40\nv 0 0\n",
    "0 1\n",
};

static const char *const words[] = {
    "0 ", "1 ",   "2 ", "i ", "r ", "w ", "c ", "0x", "\n", "\r\n", " ", "\t", "ffffffffffffffff",
    "6",  "1001", NULL};

static gboolean
seed(guint index, GByteArray *bytes)
{
    return lad_fuzz_seed_text(seeds, G_N_ELEMENTS(seeds), index, bytes);
}

static void
one(const guint8 *data, gsize size)
{
    fuzz_import("dinero", NULL, data, size);
}

const LadFuzzTarget lad_fuzz_target = {"dinero", 1500, seed, words, one};
