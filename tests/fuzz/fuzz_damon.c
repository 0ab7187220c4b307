/* fuzz_damon.c - recordings as JSON, deflated and as text, mutated. */
#include "config.h"
#include "tests/fuzz/driver.h"
#include "tests/fuzz/import_case.h"
#include <gio/gio.h>
#include <string.h>

static const char json[] =
    "[\n {\"target_id\": 18446623438842320000, \"intervals\": null, \"snapshots\": [\n"
    "  {\"start_time\": \"539809434100\", \"end_time\": 539914032967, \"regions\": [\n"
    "   {\"start\": \"94,827,419,009,024\", \"end\": \"94,827,423,150,080\", \"nr_accesses\": "
    "{\"samples\": 3, \"percent\": null}, \"age\": {\"usec\": null}},\n"
    "   {\"start\": 94827423150080, \"end\": 94827427291136, \"nr_accesses\": 0}]},\n"
    "  {\"start_time\": 539914032967, \"end_time\": 540018023688, \"regions\": []}]}]\n";

static const char text[] =
    "  kdamond.0  4452 [000] 82820.952659: damon:damon_aggregated: target_id=18446623435582458880 "
    "nr_regions=2 94253027950592-94253031862272: 0\n"
    "  kdamond.0  4452 [000] 82820.952663: damon:damon_aggregated: target_id=18446623435582458880 "
    "nr_regions=2 94253031862272-94253040992256: 7 12\n"
    "  kdamond.0  4452 [001] 82821.052663123: damon:damon_aggregated: "
    "target_id=18446623435582458880 nr_regions=1 94253031862272-94253040992256: 20 1\r\n";

static const char *const words[] = {"{",          "}",  "[",           "]",          ",",
                                    "\"start\":", "-1", "nr_regions=", "\\u0000",    "\"",
                                    "null",       "\n", "1e5",         "target_id=", NULL};

static void
append_deflated(GByteArray *bytes)
{
    guint8 room[4096];
    gsize read, written;
    g_autoptr(GZlibCompressor) deflate = g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 6);
    g_assert_true(g_converter_convert(G_CONVERTER(deflate), json, strlen(json), room, sizeof room,
                                      G_CONVERTER_INPUT_AT_END, &read, &written,
                                      NULL) == G_CONVERTER_FINISHED);
    g_byte_array_append(bytes, room, (guint)written);
}

static gboolean
seed(guint index, GByteArray *bytes)
{
    if (index == 0)
        g_byte_array_append(bytes, (const guint8 *)json, (guint)strlen(json));
    else if (index == 1)
        g_byte_array_append(bytes, (const guint8 *)text, (guint)strlen(text));
    else if (index == 2)
        append_deflated(bytes);
    return index < 4;
}

static void
one(const guint8 *data, gsize size)
{
    fuzz_import("damon", NULL, data, size);
}

const LadFuzzTarget lad_fuzz_target = {"damon", 1500, seed, words, one};
