/* fuzz_perf_script.c - lines of perf script, mutated. */
#include "config.h"
#include "tests/fuzz/driver.h"
#include "tests/fuzz/import_case.h"
#include <string.h>

static const char text[] =
    "# a comment\n"
    "  ls  8867/8867  [000] 14007.028118768:  1 page-faults:  55eeb3ea05c0  1e05080021 |OP N/A|LVL "
    "N/A or N/A|SNP N/A|TLB N/A|LCK N/A|BLK  N/A   0   0\n"
    " Web Content  12/13 [001] 14007.528118768: 1009 cpu/mem-stores/P:  7ffdf1391b0c  10268100144 "
    "|OP STORE|LVL L1 hit|SNP None|TLB L1 or L2 hit|LCK No|BLK  N/A  43  1a2b3c4d5\r\n"
    " x -1/-1 14008.000001: 7 ibs_op//: ffff888100000000 0 0";

static const char *const words[] = {"|",  "[",  "]",  "/",  ":", " ",
                                    "\t", "\n", "-1", "0x", ".", NULL};

static gboolean
seed(guint index, GByteArray *bytes)
{
    if (index == 0)
        g_byte_array_append(bytes, (const guint8 *)text, (guint)strlen(text));
    return index < 2;
}

static void
one(const guint8 *data, gsize size)
{
    static const char *const physical[] = {"address-space=physical", NULL};
    fuzz_import("perf-script", size % 2 == 0 ? NULL : physical, data, size);
}

const LadFuzzTarget lad_fuzz_target = {"perf-script", 1000, seed, words, one};
