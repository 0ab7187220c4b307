/* zsmalloc.c - Linux's zsmalloc as far as it decides how many pages its objects take.
 *
 * Objects of a size class, 16 bytes apart, lie one after the other across the pages of a zspage;
 * classes whose zspages have as many pages and as many objects are one (mm/zsmalloc.c
 * zs_create_pool). A new object goes to a zspage with room, from the fullest group, at its head;
 * by 6.1's rules, one that has fewer objects than its group's head comes second (insert_zspage).
 * Left out: compaction, which the shrinker does under global reclaim; which place in a zspage an
 * object has; locks.
 */
#include "config.h"
#include <memladder/zpool.h>

#define NONE     G_MAXUINT32
#define N_GROUPS 12 /* 0: empty, last: full */

typedef struct {
    guint32 prev, next; /* in its group's list; `next` also links free entries */
    guint16 class;
    guint16 n_used;
    guint16 group;
} Zspage;

typedef struct {
    LadZsClass base;
    guint32 heads[N_GROUPS];
} Class;

struct LadZsmalloc {
    LadZFrames frames;
    LadZsRules rules;
    guint16 class_of[LAD_ZS_N_CLASSES]; /* which of `classes` takes this size */
    Class classes[LAD_ZS_N_CLASSES];
    GArray *zspages; /* of Zspage */
    guint32 free;
    guint64 n_pages;
};

static guint
chain_by_percent(guint size, guint longest)
{
    guint best = 1, most = 0;
    for (guint n = 1; n <= longest; n++) {
        guint bytes = n * 4096;
        guint percent = (bytes - bytes % size) * 100 / bytes;
        if (percent > most) {
            most = percent;
            best = n;
        }
    }
    return best;
}

static guint
chain_by_rest(guint size, guint longest)
{
    guint best = 1, least = G_MAXUINT;
    if ((size & (size - 1)) == 0)
        return 1;
    for (guint n = 1; n <= longest; n++) {
        guint rest = n * 4096 % size;
        if (rest < least) {
            least = rest;
            best = n;
        }
    }
    return best;
}

/* From the largest down, as the kernel does: a class that would be like its larger neighbour is
 * that one. */
static void
make_classes(LadZsmalloc *pool, guint chain)
{
    guint n = 0;
    for (guint i = LAD_ZS_N_CLASSES; i-- > 0;) {
        LadZsClass class = {.size = MIN(LAD_ZS_MIN_CLASS + i * LAD_ZS_CLASS_STEP, 4096)};
        class.n_pages = pool->rules == LAD_ZS_RULES_6_1 ? chain_by_percent(class.size, chain)
                                                        : chain_by_rest(class.size, chain);
        class.n_objects = class.n_pages * 4096 / class.size;
        if (n == 0 || pool->classes[n - 1].base.n_pages != class.n_pages ||
            pool->classes[n - 1].base.n_objects != class.n_objects) {
            pool->classes[n].base = class;
            for (guint group = 0; group < N_GROUPS; group++)
                pool->classes[n].heads[group] = NONE;
            n++;
        }
        pool->class_of[i] = (guint16)(n - 1);
    }
}

LadZsmalloc *
lad_zsmalloc_new(LadZsRules rules, guint chain, const LadZFrames *frames)
{
    g_assert(chain >= 1 && chain <= LAD_ZS_MAX_CHAIN);
    LadZsmalloc *pool = g_new0(LadZsmalloc, 1);
    pool->frames = *frames;
    pool->rules = rules;
    pool->zspages = g_array_new(FALSE, FALSE, sizeof(Zspage));
    pool->free = NONE;
    make_classes(pool, chain);
    return pool;
}

void
lad_zsmalloc_free(LadZsmalloc *pool)
{
    if (!pool)
        return;
    g_array_unref(pool->zspages);
    g_free(pool);
}

static guint
class_of(const LadZsmalloc *pool, guint bytes)
{
    guint size = bytes + LAD_ZS_HANDLE_BYTES;
    guint index = size <= LAD_ZS_MIN_CLASS
                      ? 0
                      : (size - LAD_ZS_MIN_CLASS + LAD_ZS_CLASS_STEP - 1) / LAD_ZS_CLASS_STEP;
    return pool->class_of[MIN(index, LAD_ZS_N_CLASSES - 1)];
}

const LadZsClass *
lad_zsmalloc_class(const LadZsmalloc *pool, guint bytes)
{
    return &pool->classes[class_of(pool, bytes)].base;
}

/* 6.1: almost empty up to three quarters, almost full above. Later: by tenths, 1 below a tenth. */
static guint
group_of(const LadZsmalloc *pool, const LadZsClass *class, guint n_used)
{
    if (n_used == 0)
        return 0;
    if (n_used == class->n_objects)
        return N_GROUPS - 1;
    if (pool->rules == LAD_ZS_RULES_6_1)
        return n_used <= 3 * class->n_objects / 4 ? 1 : 2;
    return 100 * n_used / class->n_objects / 10 + 1;
}

static Zspage *
zspage_at(LadZsmalloc *pool, guint32 index)
{
    return &g_array_index(pool->zspages, Zspage, index);
}

static void
insert(LadZsmalloc *pool, guint32 index, guint group)
{
    Zspage *zspage = zspage_at(pool, index);
    guint32 *head = &pool->classes[zspage->class].heads[group];
    zspage->group = (guint16)group;
    zspage->prev = zspage->next = NONE;
    if (*head == NONE) {
        *head = index;
        return;
    }
    Zspage *first = zspage_at(pool, *head);
    if (pool->rules == LAD_ZS_RULES_6_1 && zspage->n_used < first->n_used) {
        zspage->prev = *head;
        zspage->next = first->next;
        if (first->next != NONE)
            zspage_at(pool, first->next)->prev = index;
        first->next = index;
        return;
    }
    zspage->next = *head;
    first->prev = index;
    *head = index;
}

static void
take_out(LadZsmalloc *pool, guint32 index)
{
    const Zspage *zspage = zspage_at(pool, index);
    if (zspage->prev != NONE)
        zspage_at(pool, zspage->prev)->next = zspage->next;
    else
        pool->classes[zspage->class].heads[zspage->group] = zspage->next;
    if (zspage->next != NONE)
        zspage_at(pool, zspage->next)->prev = zspage->prev;
}

static guint32
new_zspage(LadZsmalloc *pool, guint class)
{
    guint n_pages = pool->classes[class].base.n_pages;
    if (!pool->frames.take(pool->frames.data, n_pages))
        return NONE;
    pool->n_pages += n_pages;
    guint32 index = pool->free;
    if (index != NONE)
        pool->free = zspage_at(pool, index)->next;
    else {
        index = pool->zspages->len;
        g_array_set_size(pool->zspages, index + 1);
    }
    *zspage_at(pool, index) = (Zspage){.class = (guint16) class};
    return index;
}

LadZHandle
lad_zsmalloc_store(LadZsmalloc *pool, guint bytes)
{
    g_assert(bytes > 0);
    if (bytes > 4096)
        return LAD_Z_REFUSED;
    guint class = class_of(pool, bytes);
    guint32 index = NONE;
    for (guint group = N_GROUPS - 1; group-- > 1 && index == NONE;)
        index = pool->classes[class].heads[group];
    gboolean fresh = index == NONE;
    if (fresh)
        index = new_zspage(pool, class);
    if (index == NONE)
        return LAD_Z_NO_ROOM;
    Zspage *zspage = zspage_at(pool, index);
    guint group = group_of(pool, &pool->classes[class].base, ++zspage->n_used);
    if (fresh || group != zspage->group) {
        if (!fresh)
            take_out(pool, index);
        insert(pool, index, group);
    }
    return index;
}

void
lad_zsmalloc_drop(LadZsmalloc *pool, LadZHandle handle)
{
    Zspage *zspage = zspage_at(pool, handle);
    g_assert(zspage->n_used > 0);
    const LadZsClass *class = &pool->classes[zspage->class].base;
    guint group = group_of(pool, class, --zspage->n_used);
    if (group == zspage->group)
        return;
    take_out(pool, handle);
    if (group > 0) {
        insert(pool, handle, group);
        return;
    }
    pool->frames.give(pool->frames.data, class->n_pages);
    pool->n_pages -= class->n_pages;
    zspage->next = pool->free;
    pool->free = handle;
}

guint64
lad_zsmalloc_n_pages(const LadZsmalloc *pool)
{
    return pool->n_pages;
}
