/* fuzz_csv.c - whatever a table is, it is converted or refused with its line. */
#include "config.h"
#include "tests/fuzz/driver.h"
#include "tests/fuzz/import_case.h"

static const char *const seeds[] = {
    "kind,address,size_bytes,pc,process,thread,time_us\n"
    "fetch,0x1000,4,,7,7,\nload,0x7ffe0010,8,0x1000,7,7,1.25\nstore,64,4,,7,8,2\n"
    "modify,4096,1,0x2000,7,7,2.5\nprefetch,1,1,,7,7,3\nflush,1,64,,7,7,3\n",
    "# a comment\naddress\n1\n2\n3\n",
    "address\ttime_ns\n1\t5\n2\t6\n",
};

static const char *const words[] = {
    ",",      "\n",     "\r\n", "fetch",      "load",
    "store",  "atomic", "0x",   ".",          "#",
    "time_s", "thread", "pc",   "size_bytes", "18446744073709551615",
    "\t",     NULL};

static gboolean
seed(guint index, GByteArray *bytes)
{
    return lad_fuzz_seed_text(seeds, G_N_ELEMENTS(seeds), index, bytes);
}

static void
one(const guint8 *data, gsize size)
{
    fuzz_import("csv", NULL, data, size);
}

const LadFuzzTarget lad_fuzz_target = {"csv", 1500, seed, words, one};
