/* fuzz_lackey.c - whatever a lackey text is, it is converted or refused with a message that names
 * the line; what is converted is a valid trace. */
#include "config.h"
#include "tests/fuzz/driver.h"
#include "tests/unit/trace_sample.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <memladder/import.h>
#include <string.h>
#include <unistd.h>

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
    if (index < G_N_ELEMENTS(seeds))
        g_byte_array_append(bytes, (const guint8 *)seeds[index], (guint)strlen(seeds[index]));
    else if (index == G_N_ELEMENTS(seeds))
        g_byte_array_append(bytes, gzipped, sizeof gzipped);
    return index <= G_N_ELEMENTS(seeds);
}

static void
one(const guint8 *data, gsize size)
{
    g_autofree char *in = g_strdup_printf("%s/lad-fuzz-%d.lackey", g_get_tmp_dir(), (int)getpid());
    g_autofree char *out = g_strdup_printf("%s/lad-fuzz-%d.mlt", g_get_tmp_dir(), (int)getpid());
    g_autoptr(GError) error = NULL;
    int fd = g_open(in, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    g_assert_true(fd >= 0 && write(fd, data, size) == (gssize)size && close(fd) == 0);
    const LadImportFormat *format = lad_import_find("lackey", &error);
    const char *const inputs[] = {in, NULL};
    gboolean ok = lad_import_run(format, inputs, out, NULL, NULL, &error);
    (void)g_unlink(in);
    g_assert_true(ok == (error == NULL));
    if (!ok) {
        g_assert_true(error->domain == LAD_ERROR);
        g_assert_true(strstr(error->message, "line ") != NULL ||
                      strstr(error->message, "byte ") != NULL);
        g_assert_false(g_file_test(out, G_FILE_TEST_EXISTS));
        return;
    }
    g_autoptr(GPtrArray) log = sample_read(out, LAD_TRACE_VERIFY | LAD_TRACE_NO_THREAD, &error);
    g_assert_no_error(error);
    (void)g_unlink(out);
}

const LadFuzzTarget lad_fuzz_target = {"lackey", 2000, seed, words, one};
