/* index.c - packing and unpacking of the index. */
#include "config.h"
#include "traces/format/index.h"

#define IDENTITY_DIGITS 32

/* Both row types are made of 64-bit numbers only; each is stored by column, as the differences of a
 * number to the row before compress best that way. */
static void
pack_numbers(LadSectionPacker *packer, guint32 id, const GArray *rows, gsize row_bytes)
{
    gsize n_numbers = row_bytes / 8;
    gsize bytes = rows->len * row_bytes;
    g_autofree guint8 *to = g_malloc(bytes + 1);
    guint8 *at = to;
    for (gsize c = 0; c < n_numbers; c++) {
        guint64 last = 0;
        for (guint r = 0; r < rows->len; r++, at += 8) {
            guint64 number;
            memcpy(&number, rows->data + r * row_bytes + 8 * c, 8);
            lad_put_u64(at, number - last);
            last = number;
        }
    }
    lad_section_add(packer, id, to, bytes, FALSE);
}

static void
unpack_numbers(const GByteArray *from, GArray *rows, gsize row_bytes)
{
    guint n = (guint)(from->len / row_bytes);
    g_array_set_size(rows, n);
    const guint8 *at = from->data;
    for (gsize c = 0; c < row_bytes / 8; c++) {
        guint64 last = 0;
        for (guint r = 0; r < n; r++, at += 8) {
            last += lad_get_u64(at);
            memcpy(rows->data + r * row_bytes + 8 * c, &last, 8);
        }
    }
}

const GByteArray *
lad_index_pack(LadSectionPacker *packer, const GArray *rows, const GArray *totals,
               const char *identity)
{
    lad_section_begin(packer);
    pack_numbers(packer, LAD_COLUMN_INDEX_SECTIONS, rows, sizeof(LadIndexRow));
    pack_numbers(packer, LAD_COLUMN_INDEX_STREAMS, totals, sizeof(LadStreamTotals));
    lad_section_add(packer, LAD_COLUMN_INDEX_IDENTITY, identity, strlen(identity), TRUE);
    return lad_section_end(packer, LAD_SECTION_INDEX);
}

char *
lad_index_unpack(LadReadAt read, gpointer data, const LadSection *section, GArray *rows,
                 GArray *totals, GError **error)
{
    g_autoptr(GByteArray) row_bytes = g_byte_array_new();
    g_autoptr(GByteArray) total_bytes = g_byte_array_new();
    g_autoptr(GByteArray) identity = g_byte_array_new();
    if (!lad_section_column(read, data, section, LAD_COLUMN_INDEX_SECTIONS, row_bytes, error) ||
        !lad_section_column(read, data, section, LAD_COLUMN_INDEX_STREAMS, total_bytes, error) ||
        !lad_section_column(read, data, section, LAD_COLUMN_INDEX_IDENTITY, identity, error))
        return NULL;
    gboolean hex = identity->len == IDENTITY_DIGITS;
    for (guint i = 0; hex && i < identity->len; i++)
        hex = g_ascii_isxdigit((char)identity->data[i]);
    if (row_bytes->len % sizeof(LadIndexRow) != 0 ||
        total_bytes->len % sizeof(LadStreamTotals) != 0 || !hex) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                    "at offset %" G_GUINT64_FORMAT ": the index is damaged", section->offset);
        return NULL;
    }
    unpack_numbers(row_bytes, rows, sizeof(LadIndexRow));
    unpack_numbers(total_bytes, totals, sizeof(LadStreamTotals));
    return g_strndup((const char *)identity->data, IDENTITY_DIGITS);
}
