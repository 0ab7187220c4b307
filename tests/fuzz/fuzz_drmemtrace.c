/* fuzz_drmemtrace.c - whatever the records are, they are converted or refused with a message that
 * names the place, with and without salvage; what is converted is a valid trace. */
#include "config.h"
#include "tests/fuzz/driver.h"
#include "tests/unit/trace_sample.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <memladder/import.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    guint16 type, size;
    guint64 address;
} Record;

/* Every kind of record, in an order that makes sense. */
static const Record x86[] = {
    {25, 0, 7},        {28, 12, 7},     {28, 9, 0xe40},   {22, 4, 5},      {24, 4, 5},
    {28, 10, 64},      {28, 20, 9},     {28, 18, 4096},   {28, 2, 1000},   {28, 3, 0},
    {47, 3, 0xe78948}, {10, 3, 0x1000}, {47, 2, 0x038b},  {10, 2, 0x1003}, {0, 4, 0x5000},
    {47, 3, 0x0148f0}, {10, 3, 0x1005}, {0, 8, 0x5008},   {1, 8, 0x5008},  {47, 2, 0xf7eb},
    {48, 2, 0x1008},   {10, 3, 0x1000}, {10, 2, 0x1003},  {0, 4, 0x5010},  {10, 3, 0x1005},
    {0, 8, 0x5018},    {1, 8, 0x5018},  {49, 2, 0x1008},  {10, 2, 0x100a}, {29, 2, 0x100a},
    {0, 1, 0x6000},    {1, 1, 0x7000},  {29, 2, 0x100a},  {0, 1, 0x6001},  {1, 1, 0x7001},
    {3, 1, 0x8000},    {46, 1, 0x8040}, {18, 64, 0x1000}, {20, 0, 0x8000}, {21, 0, 0x8100},
    {28, 33, 0},       {28, 33, 0},     {28, 32, 0},      {28, 0, 0x1003}, {28, 40, 11},
    {28, 21, 0},       {28, 22, 9},     {28, 2, 1000},    {28, 3, 0},      {10, 0, 0x2000},
    {1, 0, 0x9000},    {17, 2, 0x0302}, {28, 2, 2000},    {28, 3, 1},      {22, 4, 6},
    {24, 4, 5},        {30, 3, 0x3000}, {30, 3, 0x3000},  {23, 4, 6},      {22, 4, 5},
    {23, 4, 5},        {26, 0, 0},
};

static const Record aarch64[] = {
    {25, 0, 5},          {28, 12, 5},
    {28, 9, 0x208},      {22, 4, 9},
    {24, 4, 9},          {28, 2, 5},
    {28, 3, 2},          {47, 4, 0xf9400001},
    {10, 4, 0x400000},   {0, 8, 0xffffffffe000},
    {47, 4, 0x17ffffff}, {11, 4, 0x400004},
    {10, 4, 0x400000},   {0, 8, 0xffffffffe008},
    {11, 4, 0x400004},   {23, 4, 9},
    {26, 0, 0},
};

static const Record oldest[] = {
    {25, 0, 1},    {22, 0, 1},      {24, 0, 1}, {28, 2, 1}, {28, 3, 0},
    {13, 2, 0x10}, {0, 64, 0xffff}, {23, 4, 1}, {26, 0, 0},
};

static const char *const words[] = {"\x1c", "\x16\x00\x04", "\x2f\x00\x04", "\x0a\x00\x03", NULL};

static void
append(GByteArray *bytes, const Record *records, guint n)
{
    for (guint i = 0; i < n; i++) {
        guint16 head[2] = {GUINT16_TO_LE(records[i].type), GUINT16_TO_LE(records[i].size)};
        guint64 address = GUINT64_TO_LE(records[i].address);
        g_byte_array_append(bytes, (const guint8 *)head, sizeof head);
        g_byte_array_append(bytes, (const guint8 *)&address, sizeof address);
    }
}

static gboolean
seed(guint index, GByteArray *bytes)
{
    if (index == 0)
        append(bytes, x86, G_N_ELEMENTS(x86));
    else if (index == 1)
        append(bytes, aarch64, G_N_ELEMENTS(aarch64));
    else if (index == 2)
        append(bytes, oldest, G_N_ELEMENTS(oldest));
    return index < 3;
}

static void
one(const guint8 *data, gsize size)
{
    g_autofree char *in = g_strdup_printf("%s/lad-fuzz-%d.dr", g_get_tmp_dir(), (int)getpid());
    g_autofree char *out = g_strdup_printf("%s/lad-fuzz-%d.mlt", g_get_tmp_dir(), (int)getpid());
    int fd = g_open(in, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    g_assert_true(fd >= 0 && write(fd, data, size) == (gssize)size && close(fd) == 0);
    /* The same input twice, as if a thread each, has to be put in order by time. */
    const char *const once[] = {in, NULL}, *const twice[] = {in, in, NULL};
    for (guint way = 0; way < 3; way++) {
        g_autoptr(GError) error = NULL;
        const LadImportFormat *format = lad_import_find("drmemtrace", &error);
        LadImportOptions options = {.salvage = way > 0};
        gboolean ok = lad_import_run(format, way == 2 ? twice : once, out, &options, NULL, &error);
        g_assert_true(ok == (error == NULL));
        if (!ok) {
            g_assert_true(error->domain == LAD_ERROR);
            g_assert_nonnull(strstr(error->message, "byte "));
            g_assert_false(g_file_test(out, G_FILE_TEST_EXISTS));
            continue;
        }
        g_autoptr(GPtrArray) log = sample_read(out, LAD_TRACE_VERIFY | LAD_TRACE_NO_THREAD, &error);
        g_assert_no_error(error);
        (void)g_unlink(out);
    }
    (void)g_unlink(in);
}

const LadFuzzTarget lad_fuzz_target = {"drmemtrace", 1500, seed, words, one};
