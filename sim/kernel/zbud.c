/* zbud.c - Linux's zbud as far as it decides how many pages its objects take.
 *
 * A page holds at most two objects, one from each end, in chunks of 64 bytes (mm/zbud.c). A new
 * object goes to the page whose free chunks fit best, the latest that came to have so many, else to
 * a page of its own. Left out: locks; its own order of eviction by pages (zswap's is by objects).
 */
#include "config.h"
#include <memladder/zpool.h>

#define NONE G_MAXUINT32

typedef struct {
    guint32 prev, next; /* among the pages with one object and as many free chunks */
    guint8 chunks[2];   /* of the first and the last object; 0: none */
} Bud;

struct LadZbud {
    LadZFrames frames;
    guint32 heads[LAD_ZBUD_N_CHUNKS]; /* by free chunks */
    GArray *buds;                     /* of Bud */
    guint32 free;
    guint64 n_pages;
};

LadZbud *
lad_zbud_new(const LadZFrames *frames)
{
    LadZbud *pool = g_new0(LadZbud, 1);
    pool->frames = *frames;
    pool->buds = g_array_new(FALSE, FALSE, sizeof(Bud));
    pool->free = NONE;
    for (guint i = 0; i < LAD_ZBUD_N_CHUNKS; i++)
        pool->heads[i] = NONE;
    return pool;
}

void
lad_zbud_free(LadZbud *pool)
{
    if (!pool)
        return;
    g_array_unref(pool->buds);
    g_free(pool);
}

static Bud *
bud_at(LadZbud *pool, guint32 index)
{
    return &g_array_index(pool->buds, Bud, index);
}

static guint
free_chunks(const Bud *bud)
{
    return LAD_ZBUD_N_CHUNKS - (guint)bud->chunks[0] - bud->chunks[1];
}

static void
insert(LadZbud *pool, guint32 index)
{
    Bud *bud = bud_at(pool, index);
    guint32 *head = &pool->heads[free_chunks(bud)];
    bud->prev = NONE;
    bud->next = *head;
    if (*head != NONE)
        bud_at(pool, *head)->prev = index;
    *head = index;
}

static void
take_out(LadZbud *pool, guint32 index)
{
    const Bud *bud = bud_at(pool, index);
    if (bud->prev != NONE)
        bud_at(pool, bud->prev)->next = bud->next;
    else
        pool->heads[free_chunks(bud)] = bud->next;
    if (bud->next != NONE)
        bud_at(pool, bud->next)->prev = bud->prev;
}

static guint32
new_bud(LadZbud *pool)
{
    if (!pool->frames.take(pool->frames.data, 1))
        return NONE;
    pool->n_pages++;
    guint32 index = pool->free;
    if (index != NONE)
        pool->free = bud_at(pool, index)->next;
    else {
        index = pool->buds->len;
        g_array_set_size(pool->buds, index + 1);
    }
    *bud_at(pool, index) = (Bud){.prev = NONE, .next = NONE};
    return index;
}

LadZHandle
lad_zbud_store(LadZbud *pool, guint bytes)
{
    g_assert(bytes > 0);
    if (bytes > LAD_ZBUD_MAX_BYTES)
        return LAD_Z_REFUSED;
    guint chunks = (bytes + LAD_ZBUD_CHUNK - 1) / LAD_ZBUD_CHUNK;
    guint32 index = NONE;
    for (guint i = chunks; i < LAD_ZBUD_N_CHUNKS && index == NONE; i++)
        index = pool->heads[i];
    if (index != NONE)
        take_out(pool, index);
    else
        index = new_bud(pool);
    if (index == NONE)
        return LAD_Z_NO_ROOM;
    Bud *bud = bud_at(pool, index);
    guint which = bud->chunks[0] ? 1 : 0;
    bud->chunks[which] = (guint8)chunks;
    if (!bud->chunks[0] || !bud->chunks[1])
        insert(pool, index);
    return index << 1 | which;
}

void
lad_zbud_drop(LadZbud *pool, LadZHandle handle)
{
    guint32 index = handle >> 1;
    guint which = handle & 1;
    Bud *bud = bud_at(pool, index);
    g_assert(bud->chunks[which] > 0);
    if (!bud->chunks[!which])
        take_out(pool, index);
    bud->chunks[which] = 0;
    if (bud->chunks[!which]) {
        insert(pool, index);
        return;
    }
    pool->frames.give(pool->frames.data, 1);
    pool->n_pages--;
    bud->next = pool->free;
    pool->free = index;
}

guint64
lad_zbud_n_pages(const LadZbud *pool)
{
    return pool->n_pages;
}
