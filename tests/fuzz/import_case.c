/* import_case.c - the promises of every importer. */
#include "config.h"
#include "tests/fuzz/import_case.h"
#include "tests/unit/trace_sample.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <memladder/import.h>
#include <string.h>
#include <unistd.h>

static gboolean
convert(const LadImportFormat *format, const char *const *inputs, const char *out,
        const LadImportOptions *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LadImportReport) report = lad_import_report_new();
    gboolean ok = lad_import_run(format, inputs, out, options, report, &error);
    g_assert_true(ok == (error == NULL));
    if (!ok) {
        g_assert_true(error->domain == LAD_ERROR);
        g_assert_true(strstr(error->message, "line ") != NULL ||
                      strstr(error->message, "byte ") != NULL);
        g_assert_false(g_file_test(out, G_FILE_TEST_EXISTS));
        return FALSE;
    }
    g_autoptr(GPtrArray) log = sample_read(out, LAD_TRACE_VERIFY | LAD_TRACE_NO_THREAD, &error);
    g_assert_no_error(error);
    (void)g_unlink(out);
    return TRUE;
}

static void
recognise_by_all(const guint8 *data, gsize size)
{
    LadImportSample sample = {.name = "fuzz",
                              .bytes = data,
                              .n = MIN(size, LAD_IMPORT_SAMPLE_BYTES),
                              .whole = size <= LAD_IMPORT_SAMPLE_BYTES};
    for (guint i = 0; lad_import_formats[i] != NULL; i++)
        g_assert_cmpuint(lad_import_formats[i]->recognise(&sample), <=, LAD_LOOKS_CERTAIN);
}

void
fuzz_import(const char *format_name, const char *const *settings, const guint8 *data, gsize size)
{
    g_autofree char *in = g_strdup_printf("%s/lad-fuzz-%d.in", g_get_tmp_dir(), (int)getpid());
    g_autofree char *out = g_strdup_printf("%s/lad-fuzz-%d.mlt", g_get_tmp_dir(), (int)getpid());
    const char *const inputs[] = {in, NULL};
    LadImportOptions options = {.settings = settings};
    const LadImportFormat *format = lad_import_find(format_name, NULL);
    int fd = g_open(in, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    g_assert_true(fd >= 0 && write(fd, data, size) == (gssize)size && close(fd) == 0);
    recognise_by_all(data, size);
    gboolean plain = convert(format, inputs, out, &options);
    options.salvage = TRUE;
    gboolean salvaged = convert(format, inputs, out, &options);
    g_assert_true(salvaged || !plain);
    (void)g_unlink(in);
}
