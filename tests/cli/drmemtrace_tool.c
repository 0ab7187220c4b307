/* drmemtrace_tool.c - makes small drmemtrace files, and counts what is in any: for tests.
 *
 *     drmemtrace_tool make < LIST > FILE   LIST is text: (type,size,address) ...
 *     drmemtrace_tool count FILE...        records by type and marker, distinct lines
 *
 * It shares nothing with the importer: it only knows that a record is three numbers. */
#include "config.h"
#include <archive.h>
#include <archive_entry.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    guint64 n, n_types[64], n_markers[64];
    guint64 n_insns, n_no_fetch;
    GHashTable *code, *data; /* lines */
} Counts;

static int
make(void)
{
    unsigned type, size;
    unsigned long long address;
    while (scanf(" ( %u , %u , %lli )", &type, &size, (long long *)&address) == 3) {
        guint8 record[12];
        guint16 head[2] = {GUINT16_TO_LE((guint16)type), GUINT16_TO_LE((guint16)size)};
        guint64 value = GUINT64_TO_LE((guint64)address);
        memcpy(record, head, 4);
        memcpy(record + 4, &value, 8);
        if (fwrite(record, sizeof record, 1, stdout) != 1)
            return 1;
    }
    return fflush(stdout) == 0 && feof(stdin) ? 0 : 1;
}

static void
touch(GHashTable *lines, guint64 address, guint64 size)
{
    address = (guint64)((gint64)(address << 16) >> 16);
    for (guint64 line = address / 64; line <= (address + MAX(size, 1) - 1) / 64; line++)
        g_hash_table_add(lines, GSIZE_TO_POINTER((gsize)line));
}

static void
count_record(Counts *counts, const guint8 *record)
{
    guint16 head[2];
    guint64 address;
    memcpy(head, record, 4);
    memcpy(&address, record + 4, 8);
    guint type = GUINT16_FROM_LE(head[0]), size = GUINT16_FROM_LE(head[1]);
    address = GUINT64_FROM_LE(address);
    counts->n++;
    counts->n_types[MIN(type, 63u)]++;
    if (type == 28)
        counts->n_markers[MIN(size, 63u)]++;
    if (type <= 1)
        touch(counts->data, address, size);
    gboolean insn = (type >= 10 && type <= 16) || type == 31 || type == 48 || type == 49;
    if (insn && size > 0) {
        counts->n_insns++;
        touch(counts->code, address, size);
    }
}

static int
count_file(Counts *counts, const char *path)
{
    struct archive *archive = archive_read_new();
    struct archive_entry *entry;
    guint8 record[12];
    archive_read_support_filter_gzip(archive);
    archive_read_support_format_zip(archive);
    archive_read_support_format_raw(archive);
    if (archive_read_open_filename(archive, path, 1 << 16) != ARCHIVE_OK)
        return 1;
    while (archive_read_next_header(archive, &entry) == ARCHIVE_OK)
        while (archive_read_data(archive, record, sizeof record) == (la_ssize_t)sizeof record)
            count_record(counts, record);
    archive_read_free(archive);
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "make") == 0)
        return make();
    if (argc < 3 || strcmp(argv[1], "count") != 0)
        return 2;
    Counts counts = {.code = g_hash_table_new(NULL, NULL), .data = g_hash_table_new(NULL, NULL)};
    for (int i = 2; i < argc; i++)
        if (count_file(&counts, argv[i]) != 0)
            return 1;
    printf("records %" G_GUINT64_FORMAT "\n", counts.n);
    printf("instructions %" G_GUINT64_FORMAT "\n", counts.n_insns);
    printf("code-lines %u\n", g_hash_table_size(counts.code));
    printf("data-lines %u\n", g_hash_table_size(counts.data));
    for (guint i = 0; i < 64; i++)
        if (counts.n_types[i] > 0)
            printf("type-%u %" G_GUINT64_FORMAT "\n", i, counts.n_types[i]);
    for (guint i = 0; i < 64; i++)
        if (counts.n_markers[i] > 0)
            printf("marker-%u %" G_GUINT64_FORMAT "\n", i, counts.n_markers[i]);
    g_hash_table_unref(counts.code);
    g_hash_table_unref(counts.data);
    return 0;
}
