/* section.h - a section of the container: its columns packed to bytes, and unpacked from them. */
#ifndef LAD_TRACE_SECTION_H
#define LAD_TRACE_SECTION_H

#include <memladder/error.h>
#include <zstd.h>
#include "traces/format/layout.h"

/* Packs sections one after another, reusing its memory. */
typedef struct {
    ZSTD_CCtx *zstd;
    int level;
    guint32 n_columns;
    guint8 table[LAD_MAX_COLUMNS * LAD_COLUMN_BYTES];
    GByteArray *columns; /* stored bytes of all columns */
    GByteArray *packed;  /* the whole section */
} LadSectionPacker;

LadSectionPacker *lad_section_packer_new(int zstd_level);
void lad_section_packer_free(LadSectionPacker *packer);
void lad_section_begin(LadSectionPacker *packer);
/* Adds a column, stored as it is if that is shorter (or `raw` is asked for). */
void lad_section_add(LadSectionPacker *packer, guint32 id, const void *bytes, gsize n,
                     gboolean raw);
/* The packed section, valid until the next begin. */
const GByteArray *lad_section_end(LadSectionPacker *packer, guint32 kind);

/* One section's header and table of columns, as read. */
typedef struct {
    guint32 id;
    guint32 coding;
    guint64 offset; /* in the file */
    guint64 stored;
    guint64 raw;
    guint64 checksum;
} LadColumn;

typedef struct {
    guint32 kind;
    guint32 n_columns;
    guint64 offset; /* of the section in the file */
    guint64 bytes;  /* header, table and columns */
    LadColumn columns[LAD_MAX_COLUMNS];
} LadSection;

/* Reads `n` bytes at `offset` of a file into `to`; an end of the file before that is an error. */
typedef gboolean (*LadReadAt)(gpointer data, guint64 offset, void *to, gsize n, GError **error);

/* The header and table at `offset`. Errors: TRACE with the offset, or what `read` reports. */
gboolean lad_section_read(LadReadAt read, gpointer data, guint64 offset, LadSection *section,
                          GError **error);
/* The raw bytes of column `id`, followed by 8 zero bytes; an absent column is empty. `to` is
 * resized and its length excludes the padding. */
gboolean lad_section_column(LadReadAt read, gpointer data, const LadSection *section, guint32 id,
                            GByteArray *to, GError **error);
/* Adds a column of another file's section to the one being packed, as it is stored there; an absent
 * one is left out. Its checksum is verified. */
gboolean lad_section_add_stored(LadSectionPacker *packer, LadReadAt read, gpointer data,
                                const LadSection *section, guint32 id, GError **error);
/* Whether the stored bytes of all columns match their checksums, known columns or not. */
gboolean lad_section_verify(LadReadAt read, gpointer data, const LadSection *section,
                            GError **error);

#endif
