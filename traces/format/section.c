/* section.c - packing and unpacking of sections; memladder-trace(5) has the layout. */
#include "config.h"
#include "traces/format/section.h"
#include "traces/format/hash.h"

LadSectionPacker *
lad_section_packer_new(int zstd_level)
{
    LadSectionPacker *packer = g_new0(LadSectionPacker, 1);
    packer->zstd = ZSTD_createCCtx();
    g_assert(packer->zstd != NULL);
    packer->level = zstd_level;
    packer->columns = g_byte_array_new();
    packer->packed = g_byte_array_new();
    return packer;
}

void
lad_section_packer_free(LadSectionPacker *packer)
{
    if (packer == NULL)
        return;
    ZSTD_freeCCtx(packer->zstd);
    g_byte_array_unref(packer->columns);
    g_byte_array_unref(packer->packed);
    g_free(packer);
}

void
lad_section_begin(LadSectionPacker *packer)
{
    packer->n_columns = 0;
    g_byte_array_set_size(packer->columns, 0);
}

static void
add_row(LadSectionPacker *packer, const LadColumn *column)
{
    guint8 *row = packer->table + packer->n_columns++ * LAD_COLUMN_BYTES;
    lad_put_u32(row, column->id);
    lad_put_u32(row + 4, column->coding);
    lad_put_u64(row + 8, column->stored);
    lad_put_u64(row + 16, column->raw);
    lad_put_u64(row + 24, column->checksum);
}

void
lad_section_add(LadSectionPacker *packer, guint32 id, const void *bytes, gsize n, gboolean raw)
{
    g_assert(packer->n_columns < LAD_MAX_COLUMNS);
    g_assert(n <= LAD_MAX_COLUMN_BYTES);
    guint start = packer->columns->len;
    gsize stored = n;
    LadColumnCoding coding = LAD_CODING_RAW;
    if (!raw && n > 0) {
        gsize room = ZSTD_compressBound(n);
        g_byte_array_set_size(packer->columns, start + (guint)room);
        stored = ZSTD_compressCCtx(packer->zstd, packer->columns->data + start, room, bytes, n,
                                   packer->level);
        g_assert(!ZSTD_isError(stored));
        coding = LAD_CODING_ZSTD;
    }
    if (coding == LAD_CODING_RAW || stored >= n) {
        coding = LAD_CODING_RAW;
        stored = n;
        g_byte_array_set_size(packer->columns, start);
        if (n > 0)
            g_byte_array_append(packer->columns, bytes, (guint)n);
    }
    g_byte_array_set_size(packer->columns, start + (guint)stored);
    LadColumn column = {.id = id, .coding = coding, .stored = stored, .raw = n};
    column.checksum = lad_hash_bytes(packer->columns->data + start, stored);
    add_row(packer, &column);
}

/* The checksum of a section covers its header's first 24 bytes and its table. */
static guint64
table_checksum(const guint8 *header, const guint8 *table, guint32 n_columns)
{
    guint8 bytes[24 + LAD_MAX_COLUMNS * LAD_COLUMN_BYTES];
    memcpy(bytes, header, 24);
    memcpy(bytes + 24, table, n_columns * LAD_COLUMN_BYTES);
    return lad_hash_bytes(bytes, 24 + n_columns * LAD_COLUMN_BYTES);
}

const GByteArray *
lad_section_end(LadSectionPacker *packer, guint32 kind)
{
    guint8 header[LAD_SECTION_BYTES] = {0};
    guint table_bytes = packer->n_columns * LAD_COLUMN_BYTES;
    lad_put_u32(header, kind);
    lad_put_u32(header + 4, packer->n_columns);
    lad_put_u64(header + 8, table_bytes + packer->columns->len);
    lad_put_u64(header + 24, table_checksum(header, packer->table, packer->n_columns));
    g_byte_array_set_size(packer->packed, 0);
    g_byte_array_append(packer->packed, header, sizeof header);
    g_byte_array_append(packer->packed, packer->table, table_bytes);
    g_byte_array_append(packer->packed, packer->columns->data, packer->columns->len);
    return packer->packed;
}

static gboolean
fail_at(GError **error, guint64 offset, const char *what)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE, "at offset %" G_GUINT64_FORMAT ": %s", offset,
                what);
    return FALSE;
}

static gboolean
unpack_columns(LadSection *section, const guint8 *table, GError **error)
{
    guint64 at = section->offset + LAD_SECTION_BYTES + section->n_columns * LAD_COLUMN_BYTES;
    guint64 end = section->offset + section->bytes;
    for (guint32 i = 0; i < section->n_columns; i++) {
        const guint8 *row = table + i * LAD_COLUMN_BYTES;
        LadColumn *column = &section->columns[i];
        column->id = lad_get_u32(row);
        column->coding = lad_get_u32(row + 4);
        column->stored = lad_get_u64(row + 8);
        column->raw = lad_get_u64(row + 16);
        column->checksum = lad_get_u64(row + 24);
        column->offset = at;
        if (column->stored > end - at)
            return fail_at(error, section->offset, "a column is longer than its section");
        at += column->stored;
    }
    if (at != end)
        return fail_at(error, section->offset, "the columns do not fill their section");
    return TRUE;
}

gboolean
lad_section_read(LadReadAt read, gpointer data, guint64 offset, LadSection *section, GError **error)
{
    guint8 header[LAD_SECTION_BYTES];
    guint8 table[LAD_MAX_COLUMNS * LAD_COLUMN_BYTES];
    if (!read(data, offset, header, sizeof header, error))
        return FALSE;
    section->kind = lad_get_u32(header);
    section->n_columns = lad_get_u32(header + 4);
    section->offset = offset;
    guint64 body = lad_get_u64(header + 8);
    if (section->n_columns > LAD_MAX_COLUMNS || body > G_MAXINT64 - offset - LAD_SECTION_BYTES ||
        body < (guint64)section->n_columns * LAD_COLUMN_BYTES)
        return fail_at(error, offset, "no section begins here (damaged header)");
    section->bytes = LAD_SECTION_BYTES + body;
    if (!read(data, offset + LAD_SECTION_BYTES, table, section->n_columns * LAD_COLUMN_BYTES,
              error))
        return FALSE;
    if (table_checksum(header, table, section->n_columns) != lad_get_u64(header + 24))
        return fail_at(error, offset, "the checksum of the section's header does not match");
    return unpack_columns(section, table, error);
}

/* Reads stored bytes and checks them. */
static gboolean
read_stored(LadReadAt read, gpointer data, const LadColumn *column, guint8 *to, GError **error)
{
    if (!read(data, column->offset, to, column->stored, error))
        return FALSE;
    if (lad_hash_bytes(to, column->stored) != column->checksum)
        return fail_at(error, column->offset, "the checksum of the column does not match");
    return TRUE;
}

static gboolean
unpack_zstd(LadReadAt read, gpointer data, const LadColumn *column, GByteArray *to, GError **error)
{
    g_autofree guint8 *stored = g_try_malloc(column->stored + 1);
    if (stored == NULL)
        return fail_at(error, column->offset, "not enough memory for the column");
    if (!read_stored(read, data, column, stored, error))
        return FALSE;
    if (ZSTD_getFrameContentSize(stored, column->stored) != column->raw)
        return fail_at(error, column->offset, "the zstd frame is not of the stated length");
    gsize n = ZSTD_decompress(to->data, column->raw, stored, column->stored);
    if (ZSTD_isError(n) || n != column->raw)
        return fail_at(error, column->offset, "the zstd frame is damaged");
    return TRUE;
}

static const LadColumn *
find_column(const LadSection *section, guint32 id)
{
    for (guint32 i = 0; i < section->n_columns; i++)
        if (section->columns[i].id == id)
            return &section->columns[i];
    return NULL;
}

gboolean
lad_section_add_stored(LadSectionPacker *packer, LadReadAt read, gpointer data,
                       const LadSection *section, guint32 id, GError **error)
{
    const LadColumn *column = find_column(section, id);
    if (column == NULL)
        return TRUE;
    g_assert(packer->n_columns < LAD_MAX_COLUMNS);
    if (column->stored > LAD_MAX_COLUMN_BYTES)
        return fail_at(error, column->offset, "a column of more than 64 MiB");
    guint start = packer->columns->len;
    g_byte_array_set_size(packer->columns, start + (guint)column->stored);
    if (!read_stored(read, data, column, packer->columns->data + start, error))
        return FALSE;
    add_row(packer, column);
    return TRUE;
}

gboolean
lad_section_column(LadReadAt read, gpointer data, const LadSection *section, guint32 id,
                   GByteArray *to, GError **error)
{
    const LadColumn *column = find_column(section, id);
    guint64 raw = column != NULL ? column->raw : 0;
    if (raw > LAD_MAX_COLUMN_BYTES || (column != NULL && column->stored > LAD_MAX_COLUMN_BYTES))
        return fail_at(error, column->offset, "a column of more than 64 MiB");
    g_byte_array_set_size(to, (guint)raw + 8);
    memset(to->data + raw, 0, 8);
    g_byte_array_set_size(to, (guint)raw);
    if (column == NULL)
        return TRUE;
    switch (column->coding) {
    case LAD_CODING_RAW:
        if (column->stored != raw)
            return fail_at(error, column->offset, "a raw column of two lengths");
        return raw == 0 || read_stored(read, data, column, to->data, error);
    case LAD_CODING_ZSTD:
        return unpack_zstd(read, data, column, to, error);
    default:
        return fail_at(error, column->offset, "a column in a coding that this version lacks");
    }
}

gboolean
lad_section_verify(LadReadAt read, gpointer data, const LadSection *section, GError **error)
{
    for (guint32 i = 0; i < section->n_columns; i++) {
        const LadColumn *column = &section->columns[i];
        if (column->stored > LAD_MAX_COLUMN_BYTES)
            return fail_at(error, column->offset, "a column of more than 64 MiB");
        g_autofree guint8 *stored = g_try_malloc(column->stored + 1);
        if (stored == NULL)
            return fail_at(error, column->offset, "not enough memory for the column");
        if (!read_stored(read, data, column, stored, error))
            return FALSE;
    }
    return TRUE;
}
