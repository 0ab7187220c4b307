/* stack.c - the stack of stack.h. */
#include "config.h"
#include "analysis/profile/stack.h"
#include <string.h>

#define TOP       8    /* things in the list at the top */
#define AHEAD     8    /* accesses whose entry is fetched ahead */
#define BLOCK     256u /* times of a leaf of the tree */
#define FREE      G_MAXUINT64
#define NO_TIME   G_MAXUINT32 /* in the list */
#define MIN_TIMES (1u << 16)

typedef struct {
    guint64 key;
    guint32 time;
    guint32 reserved;
} Entry;

struct LadReuseStack {
    Entry *entries; /* open addressing */
    guint bits;
    guint32 n;

    guint64 top_keys[TOP]; /* latest first */
    guint32 top_entries[TOP];
    guint n_top;

    guint32 now, n_times;
    guint64 *alive;   /* a bit per time: the latest access of some thing */
    guint32 *at;      /* entry by time */
    guint32 *tree;    /* Fenwick's, over blocks before the current one */
    guint32 n_alive;  /* things below the top */
    guint32 in_block; /* of them in the current block */
};

static inline guint
count_bits(guint64 x)
{
    x -= (x >> 1) & G_GUINT64_CONSTANT(0x5555555555555555);
    x = (x & G_GUINT64_CONSTANT(0x3333333333333333)) +
        ((x >> 2) & G_GUINT64_CONSTANT(0x3333333333333333));
    x = (x + (x >> 4)) & G_GUINT64_CONSTANT(0x0f0f0f0f0f0f0f0f);
    return (guint)((x * G_GUINT64_CONSTANT(0x0101010101010101)) >> 56);
}

static inline gsize
home(const LadReuseStack *stack, guint64 key)
{
    return (gsize)((key * G_GUINT64_CONSTANT(0x9E3779B97F4A7C15)) >> (64 - stack->bits));
}

/* ---- Times ------------------------------------------------------------------------------------
 */

static void
tree_add(LadReuseStack *stack, guint32 block, guint32 n)
{
    for (guint32 i = block + 1; i <= stack->n_times / BLOCK; i += i & -i)
        stack->tree[i] += n;
}

/* Bits before `block`, which is not after the current one. */
static guint32
tree_sum(const LadReuseStack *stack, guint32 block)
{
    guint32 sum = 0;
    for (guint32 i = block; i > 0; i -= i & -i)
        sum += stack->tree[i];
    return sum;
}

/* Things whose time is up to `time`. */
static guint32
rank_of(const LadReuseStack *stack, guint32 time)
{
    guint32 block = time / BLOCK, sum = tree_sum(stack, block), word = block * (BLOCK / 64);
    for (; word < time / 64; word++)
        sum += count_bits(stack->alive[word]);
    return sum + count_bits(stack->alive[word] << (63 - time % 64));
}

static void
forget_time(LadReuseStack *stack, guint32 time)
{
    stack->alive[time / 64] &= ~((guint64)1 << (time % 64));
    stack->n_alive--;
    if (time / BLOCK == stack->now / BLOCK)
        stack->in_block--;
    else
        tree_add(stack, time / BLOCK, G_MAXUINT32); /* less one */
}

static void
append(LadReuseStack *stack, guint32 entry)
{
    guint32 time = stack->now++;
    stack->entries[entry].time = time;
    stack->at[time] = entry;
    stack->alive[time / 64] |= (guint64)1 << (time % 64);
    stack->n_alive++;
    stack->in_block++;
    if (stack->now % BLOCK != 0)
        return;
    tree_add(stack, time / BLOCK, stack->in_block);
    stack->in_block = 0;
}

/* Gives the things below the top new times, in the same order, from 0 on. */
static void
renumber(LadReuseStack *stack)
{
    guint32 n = 0, wanted = MIN_TIMES;
    g_autofree guint32 *order = g_new(guint32, MAX(stack->n_alive, 1));
    for (guint32 word = 0; word < (stack->now + 63) / 64; word++)
        for (guint64 left = stack->alive[word]; left != 0; left &= left - 1)
            order[n++] = stack->at[word * 64 + (guint32)__builtin_ctzll(left)];
    while (wanted < 1u << 31 && wanted / 4 < n)
        wanted *= 2;
    if (wanted != stack->n_times) {
        stack->n_times = wanted;
        stack->alive = g_renew(guint64, stack->alive, wanted / 64 + 1);
        stack->at = g_renew(guint32, stack->at, wanted);
        stack->tree = g_renew(guint32, stack->tree, wanted / BLOCK + 1);
    }
    memset(stack->alive, 0, sizeof(guint64) * (wanted / 64 + 1));
    memset(stack->tree, 0, sizeof(guint32) * (wanted / BLOCK + 1));
    stack->now = stack->n_alive = stack->in_block = 0;
    for (guint32 i = 0; i < n; i++)
        append(stack, order[i]);
}

/* ---- Things -----------------------------------------------------------------------------------
 */

static Entry *
new_entries(guint bits)
{
    Entry *entries = g_new(Entry, (gsize)1 << bits);
    for (gsize i = 0; i < (gsize)1 << bits; i++)
        entries[i] = (Entry){.key = FREE, .time = NO_TIME};
    return entries;
}

static gsize
find(const LadReuseStack *stack, guint64 key)
{
    gsize mask = ((gsize)1 << stack->bits) - 1, at = home(stack, key);
    while (stack->entries[at].key != key && stack->entries[at].key != FREE)
        at = (at + 1) & mask;
    return at;
}

static void
grow(LadReuseStack *stack)
{
    Entry *old = stack->entries;
    gsize n_old = (gsize)1 << stack->bits;
    stack->entries = new_entries(++stack->bits);
    for (gsize i = 0; i < n_old; i++) {
        if (old[i].key == FREE)
            continue;
        gsize at = find(stack, old[i].key);
        stack->entries[at] = old[i];
        if (old[i].time != NO_TIME)
            stack->at[old[i].time] = (guint32)at;
    }
    for (guint i = 0; i < stack->n_top; i++)
        stack->top_entries[i] = (guint32)find(stack, stack->top_keys[i]);
    g_free(old);
}

LadReuseStack *
lad_reuse_stack_new(void)
{
    LadReuseStack *stack = g_new0(LadReuseStack, 1);
    stack->bits = 10;
    stack->entries = new_entries(stack->bits);
    renumber(stack);
    return stack;
}

void
lad_reuse_stack_free(LadReuseStack *stack)
{
    if (stack == NULL)
        return;
    g_free(stack->entries);
    g_free(stack->alive);
    g_free(stack->at);
    g_free(stack->tree);
    g_free(stack);
}

/* Puts a thing on top; the last of a full list falls out of it. */
static void
push(LadReuseStack *stack, guint64 key, guint32 entry)
{
    if (stack->n_top == TOP) {
        append(stack, stack->top_entries[TOP - 1]);
        stack->n_top--;
    }
    memmove(stack->top_keys + 1, stack->top_keys, stack->n_top * sizeof(guint64));
    memmove(stack->top_entries + 1, stack->top_entries, stack->n_top * sizeof(guint32));
    stack->top_keys[0] = key;
    stack->top_entries[0] = entry;
    stack->n_top++;
}

/* An access below the top. */
static guint32
access_below(LadReuseStack *stack, guint64 key)
{
    if (stack->now == stack->n_times)
        renumber(stack);
    gsize at = find(stack, key);
    guint32 distance = LAD_REUSE_FIRST;
    Entry *entry = &stack->entries[at];
    if (entry->key == FREE) {
        entry->key = key;
        if (++stack->n > ((guint32)1 << stack->bits) / 8 * 5) {
            grow(stack);
            at = find(stack, key);
            entry = &stack->entries[at];
        }
    } else {
        distance = stack->n_top + stack->n_alive - rank_of(stack, entry->time);
        forget_time(stack, entry->time);
    }
    entry->time = NO_TIME;
    push(stack, key, (guint32)at);
    return distance;
}

void
lad_reuse_stack_access(LadReuseStack *stack, const guint64 *keys, guint n, guint32 *distances)
{
    for (guint i = 0; i < n; i++) {
        guint64 key = keys[i];
        guint depth = 0;
        if (i + AHEAD < n)
            __builtin_prefetch(&stack->entries[home(stack, keys[i + AHEAD])]);
        while (depth < stack->n_top && stack->top_keys[depth] != key)
            depth++;
        if (depth == stack->n_top) {
            distances[i] = access_below(stack, key);
            continue;
        }
        distances[i] = depth;
        guint32 entry = stack->top_entries[depth];
        for (; depth > 0; depth--) {
            stack->top_keys[depth] = stack->top_keys[depth - 1];
            stack->top_entries[depth] = stack->top_entries[depth - 1];
        }
        stack->top_keys[0] = key;
        stack->top_entries[0] = entry;
    }
}

guint64
lad_reuse_stack_n(const LadReuseStack *stack)
{
    return stack->n;
}

void
lad_reuse_stack_foreach(const LadReuseStack *stack, void (*each)(guint64 key, gpointer data),
                        gpointer data)
{
    for (gsize i = 0; i < (gsize)1 << stack->bits; i++)
        if (stack->entries[i].key != FREE)
            each(stack->entries[i].key, data);
}
