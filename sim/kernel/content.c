/* content.c - how far pages compress, as the trace tells it.
 *
 * Page-compressibility records name an algorithm; several may stand for one of Linux's compressors,
 * and the best known that the trace has counts. Sizes are kept by address space and virtual page,
 * two bytes each in runs of 512, so that they are found whichever page of memory holds the content.
 * A forked child's pages are as its parent's until told otherwise.
 */
#include "config.h"
#include "sim/kernel/content.h"
#include "sim/kernel/state.h"
#include <string.h>

#define RUN     512
#define N_NAMES 4

const char *const lad_compressor_kinds[] = {"lzo", "lzo-rle", "lz4", "zstd", NULL};

/* Algorithms of traces that stand for a compressor, best first. */
static const char *const stand_ins[LAD_N_COMPRESSORS][N_NAMES + 1] = {
    [LAD_COMPRESSOR_LZO] = {"lzo-linux", "lzo"},
    [LAD_COMPRESSOR_LZO_RLE] = {"lzo-rle-linux", "lzo-rle", "lzo-linux", "lzo"},
    [LAD_COMPRESSOR_LZ4] = {"lz4"},
    [LAD_COMPRESSOR_ZSTD] = {"zstd-3-linux", "zstd-3", "zstd", "zstd-1"},
};

typedef struct {
    guint64 key; /* process << 36 | virtual page of the first, / RUN */
    guint16 sizes[RUN];
} Run;

typedef struct {
    gboolean wanted;
    guint best;       /* index in stand_ins of what is kept; N_NAMES: nothing yet */
    GHashTable *runs; /* of Run, by its key */
    Run *recent;
} Sizes;

struct LadContents {
    Sizes sizes[LAD_N_COMPRESSORS];
    GArray *parents; /* of guint32: process whose contents a process began with, + 1; 0: none */
};

LadContents *
lad_contents_new(void)
{
    LadContents *contents = g_new0(LadContents, 1);
    contents->parents = g_array_new(FALSE, TRUE, sizeof(guint32));
    return contents;
}

void
lad_contents_free(LadContents *contents)
{
    if (!contents)
        return;
    for (guint i = 0; i < LAD_N_COMPRESSORS; i++)
        g_clear_pointer(&contents->sizes[i].runs, g_hash_table_destroy);
    g_array_unref(contents->parents);
    g_free(contents);
}

void
lad_content_want(LadHost *host, LadCompressorKind compressor)
{
    if (!host->contents)
        host->contents = lad_contents_new();
    Sizes *sizes = &host->contents->sizes[compressor];
    if (sizes->wanted)
        return;
    sizes->wanted = TRUE;
    sizes->best = N_NAMES;
    sizes->runs = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
}

static guint64
key_of(guint32 process, guint64 vpage)
{
    return ((guint64)process << LAD_OWNER_SHIFT | (vpage & LAD_OWNER_VPAGE_MASK)) / RUN;
}

static Run *
find_run(Sizes *sizes, guint64 key)
{
    if (!sizes->recent || sizes->recent->key != key) {
        Run *found = g_hash_table_lookup(sizes->runs, &key);
        if (!found)
            return NULL;
        sizes->recent = found;
    }
    return sizes->recent;
}

static Run *
make_run(Sizes *sizes, guint64 key)
{
    Run *run = find_run(sizes, key);
    if (run)
        return run;
    run = g_new(Run, 1);
    run->key = key;
    memset(run->sizes, 0xff, sizeof run->sizes);
    g_hash_table_insert(sizes->runs, &run->key, run);
    sizes->recent = run;
    return run;
}

static guint
rank_of(guint compressor, const char *name)
{
    guint rank = 0;
    while (rank < N_NAMES && stand_ins[compressor][rank] &&
           strcmp(stand_ins[compressor][rank], name) != 0)
        rank++;
    return rank < N_NAMES && stand_ins[compressor][rank] ? rank : N_NAMES;
}

void
lad_contents_tell(LadHost *host, const LadProcess *process, guint64 address, const char *algorithm,
                  guint64 bytes)
{
    LadContents *contents = host->contents;
    if (!contents)
        return;
    guint64 vpage = address >> LAD_PAGE_SHIFT;
    for (guint i = 0; i < LAD_N_COMPRESSORS; i++) {
        Sizes *sizes = &contents->sizes[i];
        guint rank = sizes->wanted ? rank_of(i, algorithm) : N_NAMES;
        if (rank == N_NAMES || rank > sizes->best)
            continue;
        if (rank < sizes->best) {
            sizes->best = rank;
            sizes->recent = NULL;
            g_hash_table_remove_all(sizes->runs);
        }
        Run *run = make_run(sizes, key_of(process->id, vpage));
        run->sizes[vpage % RUN] = (guint16)MIN(bytes, LAD_CONTENT_UNKNOWN - 1);
    }
}

void
lad_contents_fork(LadHost *host, const LadProcess *parent, const LadProcess *child)
{
    LadContents *contents = host->contents;
    if (!contents)
        return;
    if (contents->parents->len <= child->id)
        g_array_set_size(contents->parents, child->id + 1);
    g_array_index(contents->parents, guint32, child->id) = parent->id + 1;
}

static gboolean
owner_of(const LadKernel *kernel, LadPage page, guint32 *process, guint64 *vpage)
{
    LadOwner owner = kernel->owners[page];
    if (owner & LAD_OWNER_SHARED)
        owner = g_array_index(kernel->mappings, LadMapping, (guint32)owner).owner;
    *process = (guint32)((owner & ~LAD_OWNER_ONE) >> LAD_OWNER_SHIFT);
    *vpage = owner & LAD_OWNER_VPAGE_MASK;
    return owner != 0;
}

guint16
lad_content_size(LadHost *host, LadPage page, LadCompressorKind compressor)
{
    LadContents *contents = host->contents;
    guint32 process;
    guint64 vpage;
    if (!contents || !contents->sizes[compressor].wanted ||
        !owner_of(host->kernel, page, &process, &vpage))
        return LAD_CONTENT_UNKNOWN;
    for (;;) {
        const Run *run = find_run(&contents->sizes[compressor], key_of(process, vpage));
        if (run && run->sizes[vpage % RUN] != LAD_CONTENT_UNKNOWN)
            return run->sizes[vpage % RUN];
        guint32 parent = process < contents->parents->len
                             ? g_array_index(contents->parents, guint32, process)
                             : 0;
        if (parent == 0)
            return LAD_CONTENT_UNKNOWN;
        process = parent - 1;
    }
}

/* The finaliser of splitmix64. */
static guint64
mix(guint64 x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

guint32
lad_content_draw(LadHost *host, LadPage page)
{
    guint32 process;
    guint64 vpage;
    owner_of(host->kernel, page, &process, &vpage);
    return (guint32)(mix(mix(host->seed + process) + vpage) >> 32);
}
