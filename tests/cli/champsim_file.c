/* champsim_file.c - for tests: writes a ChampSim trace, or counts what is in one, by itself.
 *
 *     champsim_file chase|stream N     N loads, a page apart, each from the address that the one
 * before loaded, or each from a constant champsim_file count [RECORD]     standard input:
 * instructions, loads, stores, modifies, distinct lines of 64 bytes of data; RECORD 64 or 96 bytes
 */
#include "config.h"
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static guint64
word(const guint8 *record, gsize at)
{
    guint64 value;
    memcpy(&value, record + at, sizeof value);
    return GUINT64_FROM_LE(value);
}

static void
put_word(guint8 *record, gsize at, guint64 value)
{
    value = GUINT64_TO_LE(value);
    memcpy(record + at, &value, sizeof value);
}

static void
write_loads(gboolean chase, guint64 n)
{
    for (guint64 i = 0; i < n; i++) {
        guint8 load[64] = {0}, jump[64] = {0};
        put_word(load, 0, 0x401000);
        load[10] = 10;             /* rax is loaded */
        load[12] = chase ? 10 : 9; /* from where rax, or rcx, points */
        put_word(load, 32, 0x10000000 + 64 * (i * 7919 % n));
        put_word(jump, 0, 0x401004);
        jump[8] = jump[9] = 1;
        jump[10] = jump[12] = 26;
        fwrite(load, sizeof load, 1, stdout);
        fwrite(jump, sizeof jump, 1, stdout);
    }
}

static void
count(gsize bytes)
{
    guint8 record[96];
    guint64 n = 0, loads = 0, stores = 0, modifies = 0;
    const guint n_stores = bytes == 64 ? 2 : 4;
    const gsize at_stores = bytes == 64 ? 16 : 24, at_loads = bytes == 64 ? 32 : 56;
    g_autoptr(GHashTable) lines = g_hash_table_new(NULL, NULL);
    while (fread(record, bytes, 1, stdin) == 1) {
        n++;
        for (guint i = 0; i < 4; i++)
            if (word(record, at_loads + 8 * i) != 0) {
                loads++;
                g_hash_table_add(lines, (gpointer)(word(record, at_loads + 8 * i) / 64 + 1));
            }
        for (guint i = 0; i < n_stores; i++) {
            guint64 address = word(record, at_stores + 8 * i);
            gboolean both = FALSE;
            for (guint k = 0; k < 4 && address != 0; k++)
                both = both || word(record, at_loads + 8 * k) == address;
            stores += address != 0;
            modifies += both ? 1 : 0;
            if (address != 0)
                g_hash_table_add(lines, (gpointer)(address / 64 + 1));
        }
    }
    printf("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
           " %u\n",
           n, loads - modifies, stores - modifies, modifies, g_hash_table_size(lines));
}

int
main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "count") == 0)
        count(argc > 2 ? (gsize)atoi(argv[2]) : 64);
    else if (argc > 2)
        write_loads(strcmp(argv[1], "chase") == 0, (guint64)atoi(argv[2]));
    else
        return 2;
    return 0;
}
