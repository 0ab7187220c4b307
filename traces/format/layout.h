/* layout.h - the bytes of the container: constants, limits, and the packing of numbers.
 *
 * A file is a preamble, then sections. A section is a header, a table of its columns, and the
 * columns, each stored raw or as one zstd frame. memladder-trace(5) says what each one holds; a
 * reader skips sections and columns that it does not know. All numbers are little-endian.
 */
#ifndef LAD_TRACE_LAYOUT_H
#define LAD_TRACE_LAYOUT_H

#include <glib.h>
#include <string.h>

#define LAD_MLT_MAGIC     "\x89MLT\r\n\x1a\n"
#define LAD_MLT_END_MAGIC "\x89MLTend\n"
#define LAD_MLT_VERSION   1

#define LAD_PREAMBLE_BYTES 16 /* magic, u32 version, u32 zero */
#define LAD_SECTION_BYTES  32 /* u32 kind, u32 columns, u64 body, u64 zero, u64 checksum */
#define LAD_COLUMN_BYTES   32 /* u32 id, u32 coding, u64 stored, u64 raw, u64 checksum */
#define LAD_TAIL_BYTES     24 /* u64 offset of the index, u64 checksum of that, end magic */

#define LAD_FOURCC(a, b, c, d)                                                                     \
    ((guint32)(a) | (guint32)(b) << 8 | (guint32)(c) << 16 | (guint32)(d) << 24)

typedef enum {
    LAD_SECTION_HEAD = LAD_FOURCC('H', 'E', 'A', 'D'),
    LAD_SECTION_STREAM = LAD_FOURCC('S', 'T', 'R', 'M'),
    LAD_SECTION_CODE = LAD_FOURCC('C', 'O', 'D', 'E'),
    LAD_SECTION_CHUNK = LAD_FOURCC('C', 'H', 'N', 'K'),
    LAD_SECTION_INDEX = LAD_FOURCC('I', 'N', 'D', 'X'),
} LadSectionKind;

typedef enum { LAD_CODING_RAW, LAD_CODING_ZSTD } LadColumnCoding;

/* Columns of HEAD and STRM. */
#define LAD_COLUMN_ATTRIBUTES 1

/* Columns of CODE. */
enum {
    LAD_COLUMN_CODE_COUNTS = 1,
    LAD_COLUMN_CODE_KINDS,
    LAD_COLUMN_CODE_BLOCKS,
    LAD_COLUMN_CODE_INSNS,
    LAD_COLUMN_CODE_INSN_REGISTERS,
    LAD_COLUMN_CODE_OPERANDS,
    LAD_COLUMN_CODE_OPERAND_REGISTERS,
    LAD_COLUMN_CODE_FIRST,
    LAD_COLUMN_CODE_PATHS,
};

/* Columns of CHNK. */
enum {
    LAD_COLUMN_CHUNK_COUNTS = 1,
    LAD_COLUMN_TOKENS,
    LAD_COLUMN_TOKENS_HIGH,
    LAD_COLUMN_LENGTHS,
    LAD_COLUMN_ADDRESSES,
    LAD_COLUMN_RECORDS,
};

/* Columns of INDX. */
enum {
    LAD_COLUMN_INDEX_SECTIONS = 1,
    LAD_COLUMN_INDEX_STREAMS,
    LAD_COLUMN_INDEX_IDENTITY,
};

/* Bounds that every reader may rely on, and that bound what a damaged file can make it allocate. */
#define LAD_MAX_COLUMNS        64
#define LAD_MAX_COLUMN_BYTES   ((guint64)64 << 20) /* raw */
#define LAD_MAX_ENTRIES        (1u << 24)
#define LAD_MAX_SLOTS          (1u << 26)
#define LAD_MAX_CODE_BYTES     ((guint64)1 << 30)
#define LAD_MAX_STREAMS        (1u << 16)
#define LAD_MAX_OPERAND_BYTES  4096
#define LAD_MAX_BLOCK_OPERANDS 255
#define LAD_MAX_PATH_BLOCKS    96

static inline guint32
lad_get_u32(const guint8 *at)
{
    guint32 value;
    memcpy(&value, at, sizeof value);
    return GUINT32_FROM_LE(value);
}

static inline guint64
lad_get_u64(const guint8 *at)
{
    guint64 value;
    memcpy(&value, at, sizeof value);
    return GUINT64_FROM_LE(value);
}

static inline void
lad_put_u32(guint8 *at, guint32 value)
{
    value = GUINT32_TO_LE(value);
    memcpy(at, &value, sizeof value);
}

static inline void
lad_put_u64(guint8 *at, guint64 value)
{
    value = GUINT64_TO_LE(value);
    memcpy(at, &value, sizeof value);
}

static inline guint64
lad_zigzag(guint64 delta)
{
    return (delta << 1) ^ (guint64)((gint64)delta >> 63);
}

static inline guint64
lad_unzigzag(guint64 code)
{
    return (code >> 1) ^ (0 - (code & 1));
}

/* Appends `value` in LEB128 (seven bits a byte, low ones first; the top bit says that more follow).
 */
static inline void
lad_append_varint(GByteArray *to, guint64 value)
{
    guint8 bytes[10];
    guint n = 0;
    while (value >= 0x80) {
        bytes[n++] = (guint8)(value | 0x80);
        value >>= 7;
    }
    bytes[n++] = (guint8)value;
    g_byte_array_append(to, bytes, n);
}

/* A column being read; `at` never passes `end`. */
typedef struct {
    const guint8 *at;
    const guint8 *end;
} LadBytesReader;

/* FALSE if the column ends within the number or it has more than 64 bits. */
static inline gboolean
lad_read_varint(LadBytesReader *from, guint64 *value)
{
    guint64 sum = 0;
    for (guint shift = 0; shift < 64 && from->at < from->end; shift += 7) {
        guint8 byte = *from->at++;
        if (shift == 63 && byte > 1)
            return FALSE;
        sum |= (guint64)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value = sum;
            return TRUE;
        }
    }
    return FALSE;
}

#endif
