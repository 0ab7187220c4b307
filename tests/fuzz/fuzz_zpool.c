/* fuzz_zpool.c - whatever objects come and go, in whatever order: a compressed pool holds as many
 * pages as it took, its objects fit into them, and when all are gone so are its pages. */
#include "config.h"
#include "tests/fuzz/driver.h"
#include <memladder/zpool.h>

#define MOST_OBJECTS 512

typedef struct {
    guint64 used, limit;
} Frames;

typedef struct {
    LadZsmalloc *zsmalloc; /* or */
    LadZbud *zbud;
    Frames frames;
    LadZHandle handles[MOST_OBJECTS];
    guint16 sizes[MOST_OBJECTS]; /* 0: none */
    guint64 bytes;
} Pool;

static gboolean
take(void *data, guint n)
{
    Frames *frames = data;
    if (frames->used + n > frames->limit)
        return FALSE;
    frames->used += n;
    return TRUE;
}

static void
give(void *data, guint n)
{
    Frames *frames = data;
    g_assert(frames->used >= n);
    frames->used -= n;
}

static void
drop(Pool *pool, guint at)
{
    if (pool->zbud)
        lad_zbud_drop(pool->zbud, pool->handles[at]);
    else
        lad_zsmalloc_drop(pool->zsmalloc, pool->handles[at]);
    pool->bytes -= pool->sizes[at];
    pool->sizes[at] = 0;
}

static void
store(Pool *pool, guint at, guint bytes)
{
    LadZHandle handle =
        pool->zbud ? lad_zbud_store(pool->zbud, bytes) : lad_zsmalloc_store(pool->zsmalloc, bytes);
    guint most = pool->zbud ? LAD_ZBUD_MAX_BYTES : 4096;
    g_assert((handle == LAD_Z_REFUSED) == (bytes > most));
    if (handle == LAD_Z_REFUSED)
        return;
    if (handle == LAD_Z_NO_ROOM) {
        g_assert(pool->frames.used + LAD_ZS_MAX_CHAIN > pool->frames.limit);
        return;
    }
    pool->handles[at] = handle;
    pool->sizes[at] = (guint16)bytes;
    pool->bytes += bytes;
}

static gboolean
seed(guint index, GByteArray *bytes)
{
    if (index >= 3)
        return FALSE;
    for (guint i = 0; i < 600; i++) {
        const guint8 step[] = {(guint8)(i * 37), (guint8)(i * 11), (guint8)(i * 101)};
        if (i == 0) {
            const guint8 head[] = {(guint8)index, 4, 200};
            g_byte_array_append(bytes, head, sizeof head);
        }
        g_byte_array_append(bytes, step, sizeof step);
    }
    return TRUE;
}

/* Kind, chain and limit; then three bytes per step: which object, and its size if it is to come. */
static void
one(const guint8 *data, gsize size)
{
    Pool pool = {0};
    if (size < 3)
        return;
    pool.frames.limit = (guint64)data[2] * 4;
    const LadZFrames source = {take, give, &pool.frames};
    if (data[0] % 3 == 2)
        pool.zbud = lad_zbud_new(&source);
    else
        pool.zsmalloc =
            lad_zsmalloc_new((LadZsRules)(data[0] % 3), 1 + data[1] % LAD_ZS_MAX_CHAIN, &source);
    for (gsize i = 3; i + 3 <= size; i += 3) {
        guint at = (data[i] | (guint)(data[i + 1] & 0x80) << 1) % MOST_OBJECTS;
        if (pool.sizes[at])
            drop(&pool, at);
        else
            store(&pool, at, 1 + ((guint)(data[i + 1] & 0x3f) << 8 | data[i + 2]) % 4200);
        guint64 pages =
            pool.zbud ? lad_zbud_n_pages(pool.zbud) : lad_zsmalloc_n_pages(pool.zsmalloc);
        g_assert(pages == pool.frames.used && pool.bytes <= pages * 4096);
    }
    for (guint at = 0; at < MOST_OBJECTS; at++)
        if (pool.sizes[at])
            drop(&pool, at);
    g_assert(pool.frames.used == 0);
    lad_zsmalloc_free(pool.zsmalloc);
    lad_zbud_free(pool.zbud);
}

const LadFuzzTarget lad_fuzz_target = {"zpool", 20000, seed, NULL, one};
