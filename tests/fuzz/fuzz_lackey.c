/* fuzz_lackey.c - whatever a lackey text is, it is converted or refused with a message that names
 * the line; what is converted is a valid trace. */
#include "config.h"
#include "tests/fuzz/driver.h"
#include "tests/fuzz/import_case.h"
#include <string.h>

static const char *const seeds[] = {
    "==7== Lackey, an example Valgrind tool\n==7== Command: ls -l\n==7== \n"
    "I  0401ab70,3\nI  0401ab73,5\n S 1fff0006f8,8\nI  0401b770,1\n L 1fff0006f0,8\n"
    "I  0401b771,7\n M 0000000000404040,4\n==7== \n==7== Counted 0 calls to main()\n",
    " L 0,0\nI  ffffffffffffffff,15\nI  e,2\n S ffffffffffffffff,4096\n",
    "",
};

/* Compressed seeds follow the plain ones: the first, by gzip. */
static const guint8 gzipped[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
                                 0x03, 0xf3, 0x54, 0x50, 0x30, 0xd0, 0x31, 0xe6, 0x02,
                                 0x00, 0xed, 0x0e, 0x50, 0x5f, 0x07, 0x00, 0x00, 0x00};

static const char *const words[] = {
    "I  ", " L ", " S ", " M ", ",", "\n", "==7== ", "\r\n", "0x", "-1", "4097", " ", "\t\n", NULL};

static gboolean
seed(guint index, GByteArray *bytes)
{
    if (!lad_fuzz_seed_text(seeds, G_N_ELEMENTS(seeds), index, bytes) &&
        index == G_N_ELEMENTS(seeds))
        g_byte_array_append(bytes, gzipped, sizeof gzipped);
    return index <= G_N_ELEMENTS(seeds);
}

static void
one(const guint8 *data, gsize size)
{
    fuzz_import("lackey", NULL, data, size);
}

const LadFuzzTarget lad_fuzz_target = {"lackey", 1500, seed, words, one};
