/* zswap.c - compressed memory before a swap device: Linux's zswap.
 *
 * A page that is swapped out is compressed into a pool that lies in a byte-addressable tier, and is
 * decompressed by the fault that wants it back; both are CPU time of whoever asks. How far it
 * compresses comes from the trace's page-compressibility records, else from a histogram, else from
 * a named distribution; a page keeps its size. Room in the pool follows the packing rules of
 * zsmalloc and zbud. Pages filled with one word take none; pages that do not compress are refused,
 * and all are while the pool is above its limit, until it is below the acceptance threshold. Where
 * the group names a `next` tier, refused pages and then the oldest go there
 * (sim/kernel/swapchain.c). The cgroup pays for compressed bytes, the tier for the pool's pages.
 *
 * Source: Linux 6.1 mm/zswap.c, checked against a guest's counters; tests/unit/check_zswap.c.
 * Left out: see `leaves_out` below.
 */
#include "config.h"
#include "models/tier/backend.h"
#include "models/tier/compression.h"
#include <memladder/tier.h>
#include <memladder/zpool.h>
#include <string.h>

typedef enum { ZSMALLOC, ZBUD } Allocator;
typedef enum { WRITE_BACK_NONE, WRITE_BACK_ONE, WRITE_BACK_UNTIL_ACCEPTED } WriteBack;

typedef struct {
    LadCompression page;
    guint allocator;
    guint rules; /* LadZsRules */
    guint64 chain;
    char *pool_tier;
    LadBytes size;
    double max_pool_percent, accept_threshold_percent;
    guint write_back;
    gboolean exclusive, same_filled;
    LadBytes max_object;
    LadTime same_time;
} Params;

/* A page that is here, by its slot. */
typedef struct {
    LadZHandle handle;
    guint16 bytes;  /* 0: same-filled */
    guint16 holder; /* cgroup + 1; 0: no page here */
} Entry;

typedef struct {
    LadZsmalloc *zsmalloc;
    LadZbud *zbud;
    Entry *entries;
    guint32 n_entries;
    guint pool_tier;
    guint64 max_pages, accept_pages;
    gboolean reached_full;
    guint asked_to_shrink; /* write-back = one: hits of the limit not yet answered */
} State;

typedef enum {
    ZSWPOUT,
    ZSWPIN,
    WRITTEN_BACK,
    REFUSED_INCOMPRESSIBLE,
    REJECT_COMPRESS_POOR,
    REJECT_ALLOC_FAIL,
    POOL_LIMIT_HIT,
    DRAWN,
    COMPRESS_PS,
    DECOMPRESS_PS,
    STORED_PAGES,
    SAME_FILLED_PAGES,
    POOL_TOTAL_SIZE,
    COMPRESSED_BYTES,
    OBJECT_BYTES,
    N_COUNTERS
} Counter;

static const char *const allocators[] = {"zsmalloc", "zbud", NULL};
static const char *const rules[] = {"6.1", "6.4", NULL};
static const char *const write_backs[] = {"none", "one", "until-accepted", NULL};

#define OPT(field, name, type, def, min, max, help)                                                \
    LAD_OPT(Params, field, name, type, def, min, max, help)

static const LadOption options[] = {
    LAD_OPT_ENUM(Params, page.compressor, "compressor", "lzo", lad_compressor_kinds,
                 "whose sizes and times are taken"),
    LAD_OPT_ENUM(Params, allocator, "allocator", "zsmalloc", allocators,
                 "how objects are packed into pages"),
    LAD_OPT_ENUM(Params, rules, "zsmalloc-rules", "6.1", rules,
                 "of which Linux zsmalloc's size classes are"),
    OPT(chain, "chain", UINT, "4", "1", "16",
        "most pages that zsmalloc links into one zspage (Linux 6.1: 4; from 6.3 on 8 unless "
        "configured)"),
    OPT(pool_tier, "pool-tier", STRING, "", NULL, NULL,
        "byte-addressable tier whose frames the pool takes; empty: the first"),
    OPT(max_pool_percent, "max-pool-percent", DOUBLE, "20", "0.001", "100",
        "limit of the pool, in percent of the byte-addressable tiers"),
    OPT(size, "size", BYTES, "16384 GiB", "4 KiB", "16384 GiB",
        "the pool takes no more than this either"),
    OPT(accept_threshold_percent, "accept-threshold-percent", DOUBLE, "90", "0", "100",
        "after the limit was hit, percent of it below which pages are taken again"),
    LAD_OPT_ENUM(
        Params, write_back, "write-back", "until-accepted", write_backs,
        "what goes to `next` after the limit was hit: nothing (zsmalloc before Linux 6.2), "
        "one page per hit (zbud before 6.5), or the oldest until below the threshold"),
    OPT(exclusive, "exclusive", BOOL, "false", NULL, NULL,
        "a page brought back leaves no copy (an option from Linux 6.5 on, the rule from 6.8 on)"),
    OPT(same_filled, "same-filled-pages", BOOL, "true", NULL, NULL,
        "pages filled with one word are kept as that word"),
    OPT(max_object, "max-object", BYTES, "4 KiB", "32 B", "4 KiB",
        "pages that compress to more are refused (2990 B: software-defined far memory)"),
    OPT(page.sizes, "sizes", TABLE, "", NULL, NULL,
        "histogram for pages of which the trace tells nothing: rows of largest compressed bytes "
        "and pages, rising; 0 bytes: same-filled; above 4096: incompressible"),
    LAD_OPT_ENUM(Params, page.distribution, "distribution", "none", lad_compression_distributions,
                 "for pages of which neither trace nor histogram tells: 4096 B / ratio for all, or "
                 "evenly around it by `spread`"),
    OPT(page.ratio, "ratio", DOUBLE, "3", "1", "128",
        "of the distribution: page bytes / compressed bytes"),
    OPT(page.spread, "spread", DOUBLE, "0.5", "0", "1",
        "of the distribution `uniform`: largest deviation from 4096 B / ratio, relative"),
    OPT(page.same_share, "same-filled-share", DOUBLE, "0", "0", "1",
        "of the distribution: share of pages filled with one word"),
    OPT(page.incompressible_share, "incompressible-share", DOUBLE, "0", "0", "1",
        "of the distribution: share of pages that do not compress"),
    OPT(page.compress_times, "compress-times", TABLE, "", NULL, NULL,
        "rows of compressed bytes and microseconds to compress a page to so many, rising, straight "
        "lines in between; empty: as measured for the compressor"),
    OPT(page.decompress_times, "decompress-times", TABLE, "", NULL, NULL,
        "the same to decompress one"),
    OPT(same_time, "same-filled-time", TIME, "300 ns", "0 s", "1 ms",
        "to find that a page is filled with one word, or to fill it (assumed)"),
    LAD_OPTIONS_END};

#define EVENT(row, name, help)       [row] = {name, "page", LAD_COUNT, LAD_SCOPE_TIER, help}
#define LEVEL(row, name, unit, help) [row] = {name, unit, LAD_GAUGE, LAD_SCOPE_TIER, help}

static const LadCounter counters[] = {
    EVENT(ZSWPOUT, "zswpout", "a page stored"),
    EVENT(ZSWPIN, "zswpin", "a page brought back"),
    EVENT(WRITTEN_BACK, "written_back_pages", "a page decompressed to be moved on to `next`"),
    EVENT(REFUSED_INCOMPRESSIBLE, "refused_incompressible",
          "a page refused since it compresses to more than a page or `max-object`"),
    EVENT(REJECT_COMPRESS_POOR, "reject_compress_poor",
          "one of them that the allocator refused (zbud; with zsmalloc Linux 6.1 counts none)"),
    EVENT(REJECT_ALLOC_FAIL, "reject_alloc_fail", "a page refused for lack of frames"),
    EVENT(POOL_LIMIT_HIT, "pool_limit_hit", "a page refused since the pool was at its limit"),
    EVENT(DRAWN, "drawn_sizes", "a page stored whose size was drawn, the trace not telling it"),
    [COMPRESS_PS] = {"compress_time", "ps", LAD_COUNT, LAD_SCOPE_TIER,
                     "CPU time of compressing, refused pages included"},
    [DECOMPRESS_PS] = {"decompress_time", "ps", LAD_COUNT, LAD_SCOPE_TIER,
                       "CPU time of decompressing, write-back included"},
    LEVEL(STORED_PAGES, "stored_pages", "page", "pages in the pool, same-filled ones included"),
    LEVEL(SAME_FILLED_PAGES, "same_filled_pages", "page", "same-filled pages among them"),
    LEVEL(POOL_TOTAL_SIZE, "pool_total_size", "byte", "memory that the pool takes"),
    LEVEL(COMPRESSED_BYTES, "compressed_bytes", "byte", "sum of the compressed sizes"),
    LEVEL(OBJECT_BYTES, "zswapped_bytes", "byte", "the stored pages' bytes uncompressed"),
    [N_COUNTERS] = LAD_COUNTERS_END};

/* ---- Making ---------------------------------------------------------------------------------- */

static gboolean
take_frames(void *data, guint n)
{
    const LadTier *tier = data;
    const State *state = tier->state;
    return lad_pool_take(tier->host, state->pool_tier, n);
}

static void
give_frames(void *data, guint n)
{
    const LadTier *tier = data;
    const State *state = tier->state;
    lad_pool_give(tier->host, state->pool_tier, n);
}

static gboolean
init(LadTier *tier, GError **error)
{
    const Params *params = tier->params;
    State *state = tier->state;
    if (!lad_compression_check(&params->page, tier, error))
        return FALSE;
    if (params->pool_tier[0] != '\0') {
        LadHost *host = tier->host;
        while (state->pool_tier < host->n_tiers &&
               strcmp(host->tiers[state->pool_tier]->name, params->pool_tier) != 0)
            state->pool_tier++;
        if (state->pool_tier >= host->n_tiers || host->tiers[state->pool_tier]->class->faulting)
            return lad_backend_refuse(tier, "pool-tier", "the name of a byte-addressable tier",
                                      error);
    }
    const LadZFrames frames = {take_frames, give_frames, tier};
    if (params->allocator == ZBUD)
        state->zbud = lad_zbud_new(&frames);
    else
        state->zsmalloc =
            lad_zsmalloc_new((LadZsRules)params->rules, (guint)params->chain, &frames);
    tier->exclusive = params->exclusive;
    lad_content_want(tier->host, (LadCompressorKind)params->page.compressor);
    return TRUE;
}

static gboolean
setup(LadTier *tier, GError **error)
{
    const Params *params = tier->params;
    State *state = tier->state;
    double memory = (double)(lad_pool_memory(tier->host) >> LAD_PAGE_SHIFT);
    state->max_pages = (guint64)(memory * params->max_pool_percent / 100);
    double most = (double)(params->size >> LAD_PAGE_SHIFT) * lad_host_capacity_scale(tier->host);
    state->max_pages = MIN(state->max_pages, (guint64)most);
    if (state->max_pages == 0)
        return lad_backend_refuse(tier, "max-pool-percent, size", "a pool of at least one page",
                                  error);
    state->accept_pages =
        (guint64)((double)state->max_pages * params->accept_threshold_percent / 100);
    tier->common[LAD_TIER_FREE_BYTES] = state->max_pages << LAD_PAGE_SHIFT;
    return TRUE;
}

static void
clear(LadTier *tier)
{
    State *state = tier->state;
    lad_zsmalloc_free(state->zsmalloc);
    lad_zbud_free(state->zbud);
    g_free(state->entries);
}

/* ---- Pages in and out --------------------------------------------------------------------------
 */

static guint64
pool_pages(const State *state)
{
    return state->zbud ? lad_zbud_n_pages(state->zbud) : lad_zsmalloc_n_pages(state->zsmalloc);
}

static void
note_pool(LadTier *tier)
{
    const State *state = tier->state;
    guint64 pages = pool_pages(state);
    tier->counters[POOL_TOTAL_SIZE] = pages << LAD_PAGE_SHIFT;
    tier->common[LAD_TIER_USED_BYTES] = pages << LAD_PAGE_SHIFT;
    tier->common[LAD_TIER_FREE_BYTES] = (state->max_pages > pages ? state->max_pages - pages : 0)
                                        << LAD_PAGE_SHIFT;
}

/* zswap_is_full, zswap_can_accept. */
static gboolean
is_accepting(State *state)
{
    guint64 pages = pool_pages(state);
    if (pages > state->max_pages) {
        state->reached_full = TRUE;
        return FALSE;
    }
    if (state->reached_full && pages >= state->accept_pages)
        return FALSE;
    state->reached_full = FALSE;
    return TRUE;
}

static LadTime
refuse_page(LadTier *tier, LadRefusal why, Counter counter, LadTime spent)
{
    State *state = tier->state;
    tier->counters[counter]++;
    tier->counters[COMPRESS_PS] += spent;
    tier->refusal = why;
    tier->refused_after = spent;
    if (counter == POOL_LIMIT_HIT)
        state->asked_to_shrink = 1;
    return LAD_TIME_MAX;
}

static Entry *
entry_at(State *state, guint64 slot)
{
    guint32 index = (guint32)slot;
    if (index >= state->n_entries) {
        guint32 n = MAX(MAX(index + 1, 1024), state->n_entries + state->n_entries / 2);
        state->entries = g_renew(Entry, state->entries, n);
        memset(state->entries + state->n_entries, 0, (n - state->n_entries) * sizeof(Entry));
        state->n_entries = n;
    }
    return &state->entries[index];
}

static void
count_entry(LadTier *tier, const Entry *entry, gint64 sign)
{
    guint64 n = (guint64)sign;
    tier->counters[STORED_PAGES] += n;
    tier->counters[OBJECT_BYTES] += n * LAD_PAGE_BYTES;
    tier->counters[COMPRESSED_BYTES] += n * entry->bytes;
    if (entry->bytes == 0)
        tier->counters[SAME_FILLED_PAGES] += n;
    lad_pool_charge(tier->host, entry->holder - 1u, sign * (gint64)entry->bytes, sign);
    note_pool(tier);
}

/* Room for an object; LAD_Z_REFUSED counts as Linux counts it. */
static LadZHandle
find_room(LadTier *tier, guint bytes)
{
    const Params *params = tier->params;
    State *state = tier->state;
    if (bytes > MIN(params->max_object, LAD_COMPRESSION_MAX_BYTES))
        return LAD_Z_REFUSED;
    if (!state->zbud)
        return lad_zsmalloc_store(state->zsmalloc, bytes);
    LadZHandle handle = lad_zbud_store(state->zbud, bytes + LAD_ZBUD_HEADER_BYTES);
    if (handle == LAD_Z_REFUSED)
        tier->counters[REJECT_COMPRESS_POOR]++;
    return handle;
}

/* FALSE: nothing is known (host->error says so). */
static gboolean
find_size(LadTier *tier, LadPage page, guint *bytes)
{
    const LadCompression *known = &((const Params *)tier->params)->page;
    const LadCompressorKind compressor = (LadCompressorKind)known->compressor;
    *bytes = lad_content_size(tier->host, page, compressor);
    if (*bytes != LAD_CONTENT_UNKNOWN)
        return TRUE;
    double share = (double)lad_content_draw(tier->host, page) / 4294967296.0;
    tier->counters[DRAWN]++;
    if (!lad_compression_size(known, share, bytes) && !tier->host->error)
        g_set_error(
            &tier->host->error, LAD_ERROR, LAD_ERROR_CONFIG,
            "[tier.%s]: a page is to be compressed by %s, and the trace does not tell how far; "
            "expected page-compressibility records in the trace (trace synth and capture "
            "write them), or `sizes` or `distribution` in the tier's group",
            tier->name, lad_compressor_kinds[compressor]);
    return tier->host->error == NULL;
}

static LadTime
store(LadTier *tier, LadTime now, const LadTransfer *transfer)
{
    const Params *params = tier->params;
    State *state = tier->state;
    Entry entry = {.holder = (guint16)(transfer->group + 1)};
    guint bytes;
    if (!is_accepting(state))
        return refuse_page(tier, LAD_REFUSED_FULL, POOL_LIMIT_HIT, 0);
    if (!find_size(tier, transfer->page, &bytes))
        return refuse_page(tier, LAD_REFUSED_INCOMPRESSIBLE, REFUSED_INCOMPRESSIBLE, 0);
    LadTime spent = params->same_time;
    if (bytes == LAD_CONTENT_SAME && !params->same_filled)
        bytes = LAD_ZS_MIN_CLASS - LAD_ZS_HANDLE_BYTES;
    if (bytes != LAD_CONTENT_SAME) {
        spent = lad_compression_time(&params->page, bytes);
        entry.handle = find_room(tier, bytes);
        if (entry.handle == LAD_Z_REFUSED)
            return refuse_page(tier, LAD_REFUSED_INCOMPRESSIBLE, REFUSED_INCOMPRESSIBLE, spent);
        if (entry.handle == LAD_Z_NO_ROOM)
            return refuse_page(tier, LAD_REFUSED_FULL, REJECT_ALLOC_FAIL, spent);
        entry.bytes = (guint16)bytes;
    }
    Entry *place = entry_at(state, transfer->slot);
    g_assert(place->holder == 0);
    *place = entry;
    tier->counters[ZSWPOUT]++;
    tier->counters[COMPRESS_PS] += spent;
    count_entry(tier, place, 1);
    return now + spent;
}

static LadTime
load(LadTier *tier, LadTime now, const LadTransfer *transfer)
{
    const Params *params = tier->params;
    State *state = tier->state;
    const Entry *entry = entry_at(state, transfer->slot);
    g_assert(entry->holder != 0);
    LadTime spent =
        entry->bytes == 0 ? params->same_time : lad_decompression_time(&params->page, entry->bytes);
    tier->counters[transfer->page == LAD_PAGE_NONE ? WRITTEN_BACK : ZSWPIN]++;
    tier->counters[DECOMPRESS_PS] += spent;
    return now + spent;
}

static void
discard(LadTier *tier, LadPage page G_GNUC_UNUSED, guint64 slot)
{
    State *state = tier->state;
    Entry *entry = entry_at(state, slot);
    g_assert(entry->holder != 0);
    if (entry->bytes > 0 && state->zbud)
        lad_zbud_drop(state->zbud, entry->handle);
    else if (entry->bytes > 0)
        lad_zsmalloc_drop(state->zsmalloc, entry->handle);
    count_entry(tier, entry, -1);
    entry->holder = 0;
}

static gboolean
wants_room(LadTier *tier)
{
    const Params *params = tier->params;
    State *state = tier->state;
    gboolean asked = state->asked_to_shrink > 0;
    switch ((WriteBack)params->write_back) {
    case WRITE_BACK_NONE:
        return FALSE;
    case WRITE_BACK_ONE:
        state->asked_to_shrink = 0;
        return asked;
    case WRITE_BACK_UNTIL_ACCEPTED:
        break;
    }
    return state->reached_full && pool_pages(state) >= state->accept_pages;
}

const LadTierClass lad_tier_zswap = {
    .base =
        {LAD_MODEL_HEAD(LAD_KIND_TIER, LadTierClass, "zswap",
                        "compressed pages in a pool that itself takes memory"),
         .models =
             "Compressed size per page from the trace, a histogram or a distribution; packing by "
             "zsmalloc's size classes and zbud's pairs; frames of a byte-addressable tier, "
             "charges of the cgroup; CPU time per page by compressor and size; same-filled and "
             "incompressible pages; pool limit, acceptance threshold, write-back of the oldest; "
             "copies kept or freed on swap-in.",
         .leaves_out =
             "Traffic of compressing on the memory's channels; compaction by the shrinker under "
             "global reclaim; z3fold; zbud's own order of eviction by pages; bookkeeping (about "
             "64 B per page in Linux); the dynamic shrinker and per-cgroup limits of Linux 6.8; "
             "contention between CPUs.",
         .source =
             "Linux 6.1 mm/zswap.c, mm/zsmalloc.c, mm/zbud.c; later rules as of 6.4. Checked "
             "against the counters of a 6.1 guest (validate zswap). Times: measured per page on "
             "heap and library pages (lz4, zstd), lzbench (lzo).",
         .options = options, .params_size = sizeof(Params), .counters = counters,
         .host_size = sizeof(State)},
    .faulting = TRUE,
    .self_sized = TRUE,
    .init = init,
    .setup = setup,
    .clear = clear,
    .store = store,
    .load = load,
    .wants_room = wants_room,
    .discard = discard,
};
