/* compressor.c - sizes of compressed pages, by the libraries themselves. */
#include "config.h"
#include <lz4.h>
#include <lzo/lzo1x.h>
#include <string.h>
#include <zstd.h>
#include "sim/base/nearest.h"
#include "traces/synth/contents.h"

/* Above the bounds of all three libraries for a page. */
#define ROOM (2 * LAD_CONTENTS_PAGE_BYTES)

enum { LZO, LZ4, ZSTD_1, ZSTD_3, ZSTD_3_LINUX, LZO_LINUX, LZO_RLE_LINUX };

#define LINUX_HASH_BITS 13

const char *const lad_compressor_names[] = {"lzo",          "lz4",       "zstd-1",        "zstd-3",
                                            "zstd-3-linux", "lzo-linux", "lzo-rle-linux", NULL};

struct LadCompressor {
    guint8 *to;
    void *lzo;
    ZSTD_CCtx *zstd;
    ZSTD_CCtx *linux_zstd;
};

GArray *
lad_compressors_parse(const char *const *names, const char *where, GError **error)
{
    g_autoptr(GArray) indices = g_array_new(FALSE, FALSE, sizeof(guint));
    for (; *names != NULL; names++) {
        guint i = 0;
        while (lad_compressor_names[i] != NULL && strcmp(lad_compressor_names[i], *names) != 0)
            i++;
        if (lad_compressor_names[i] != NULL) {
            g_array_append_val(indices, i);
            continue;
        }
        const char *nearest = lad_nearest(*names, lad_compressor_names);
        g_autofree char *all = g_strjoinv(", ", (char **)lad_compressor_names);
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "%s: there is no algorithm `%s`; %s%s%s",
                    where, *names, nearest != NULL ? "did you mean `" : "expected some of: ",
                    nearest != NULL ? nearest : all, nearest != NULL ? "`?" : "");
        return NULL;
    }
    return g_steal_pointer(&indices);
}

/* The parameters of level 3 for data of unknown size, as crypto/zstd.c of Linux asks for them. */
static ZSTD_CCtx *
new_linux_zstd(void)
{
    static const struct {
        ZSTD_cParameter parameter;
        int value;
    } settings[] = {
        {ZSTD_c_windowLog, 21},
        {ZSTD_c_chainLog, 16},
        {ZSTD_c_hashLog, 17},
        {ZSTD_c_searchLog, 1},
        {ZSTD_c_minMatch, 5},
        {ZSTD_c_targetLength, 0},
        {ZSTD_c_strategy, (int)ZSTD_dfast},
    };
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    for (guint i = 0; i < G_N_ELEMENTS(settings); i++)
        ZSTD_CCtx_setParameter(zstd, settings[i].parameter, settings[i].value);
    return zstd;
}

LadCompressor *
lad_compressor_new(void)
{
    LadCompressor *compressor = g_new0(LadCompressor, 1);
    compressor->to = g_malloc(ROOM);
    compressor->lzo = g_malloc0(LZO1X_1_MEM_COMPRESS);
    compressor->zstd = ZSTD_createCCtx();
    compressor->linux_zstd = new_linux_zstd();
    g_assert(compressor->zstd != NULL && compressor->linux_zstd != NULL);
    return compressor;
}

void
lad_compressor_free(LadCompressor *compressor)
{
    if (compressor == NULL)
        return;
    ZSTD_freeCCtx(compressor->zstd);
    ZSTD_freeCCtx(compressor->linux_zstd);
    g_free(compressor->lzo);
    g_free(compressor->to);
    g_free(compressor);
}

static guint
lzo_size(LadCompressor *compressor, const guint8 *page)
{
    lzo_uint n = ROOM;
    int status =
        lzo1x_1_compress(page, LAD_CONTENTS_PAGE_BYTES, compressor->to, &n, compressor->lzo);
    g_assert(status == LZO_E_OK);
    return (guint)n;
}

static guint
lz4_size(LadCompressor *compressor, const guint8 *page)
{
    int n = LZ4_compress_default((const char *)page, (char *)compressor->to,
                                 LAD_CONTENTS_PAGE_BYTES, ROOM);
    g_assert(n > 0);
    return (guint)n;
}

static guint
zstd_size(LadCompressor *compressor, ZSTD_CCtx *zstd, int level, const guint8 *page)
{
    gsize n = level > 0 ? ZSTD_compressCCtx(zstd, compressor->to, ROOM, page,
                                            LAD_CONTENTS_PAGE_BYTES, level)
                        : ZSTD_compress2(zstd, compressor->to, ROOM, page, LAD_CONTENTS_PAGE_BYTES);
    g_assert(!ZSTD_isError(n));
    return (guint)n;
}

guint
lad_compressor_size(LadCompressor *compressor, guint algorithm, const guint8 *page)
{
    switch (algorithm) {
    case LZO:
        return lzo_size(compressor, page);
    case LZ4:
        return lz4_size(compressor, page);
    case ZSTD_1:
        return zstd_size(compressor, compressor->zstd, 1, page);
    case ZSTD_3:
        return zstd_size(compressor, compressor->zstd, 3, page);
    case ZSTD_3_LINUX:
        return zstd_size(compressor, compressor->linux_zstd, 0, page);
    case LZO_LINUX:
        return lad_lzo_linux_size(page, LINUX_HASH_BITS, FALSE);
    case LZO_RLE_LINUX:
        return lad_lzo_linux_size(page, LINUX_HASH_BITS, TRUE);
    default:
        g_assert_not_reached();
    }
}
