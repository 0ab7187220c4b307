/* reclaim_replay.c - replays of runs under memory limits and Senpai: their trace, their machine.
 *
 * The trace is the access sequence as the program made it: all pages filled one after the other,
 * then loads, and where an access writes, a store after the load. What pages hold is told before
 * they are touched, by compressing contents made as the program made them.
 */
#include "config.h"
#include "analysis/validate/reclaim_replay.h"
#include "analysis/validate/runs.h"
#include <glib/gstdio.h>
#include <math.h>
#include <memladder/host.h>
#include <string.h>

#define MACHINE       "machines/reclaim-guest.conf"
#define SWAP_DEVICE   "tiers/ssd-100us.conf"
#define BLOCK         4096 /* addresses at a time */
#define ZSWAP         "tiers/zswap-guest.conf"
#define ZERO_PAGE_GAP 1024 /* pages between the region and the zero pages */
#define TICK_PS       1000

typedef struct {
    const LadReclaimReplay *replay;
    LadTraceWriter *writer;
    guint32 load, load_store, store;
    LadAccessgen *accessgen;
} Writing;

static guint32
block_of(LadTraceWriter *writer, gboolean load, gboolean store)
{
    const LadOperand both[] = {{.kind = LAD_OPERAND_LOAD, .size = 8},
                               {.kind = LAD_OPERAND_STORE, .size = 8}};
    const LadBlock block = {.n_operands = (guint16)((load ? 1 : 0) + (store ? 1 : 0)),
                            .operands = load ? both : both + 1};
    return lad_trace_writer_block(writer, &block);
}

static gboolean
put(Writing *writing, const LadRecord *record, GError **error)
{
    return lad_trace_writer_record(writing->writer, 0, record, error);
}

static guint64
zero_page(const LadReclaimRun *run, guint i)
{
    return LAD_ACCESSGEN_BASE +
           ((guint64)run->n_pages + ZERO_PAGE_GAP + i) * LAD_ACCESSGEN_PAGE_BYTES;
}

static gboolean
tell_contents(Writing *writing, GError **error)
{
    const LadReclaimReplay *replay = writing->replay;
    const char *const names[] = {replay->sizes, NULL};
    guint8 page[LAD_CONTENTS_PAGE_BYTES];
    if (!replay->sizes)
        return TRUE;
    g_autoptr(GArray) algorithms = lad_compressors_parse(names, "contents", error);
    if (!algorithms)
        return FALSE;
    g_autoptr(LadCompressor) compressor = lad_compressor_new();
    LadRecord record = {.kind = LAD_RECORD_COMPRESSIBILITY, .text = replay->sizes};
    for (guint32 i = 0; i < replay->run->n_pages; i++) {
        lad_contents_fill(page, i, replay->run->fill, replay->run->seed);
        record.address = LAD_ACCESSGEN_BASE + (guint64)i * LAD_ACCESSGEN_PAGE_BYTES;
        record.value = lad_compressor_size(compressor, g_array_index(algorithms, guint, 0), page);
        if (!put(writing, &record, error))
            return FALSE;
    }
    for (guint i = 0; i < replay->zero_pages; i++) {
        record.address = zero_page(replay->run, i);
        record.value = 0;
        if (!put(writing, &record, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
put_fill(Writing *writing, GError **error)
{
    const LadReclaimRun *run = writing->replay->run;
    const LadRecord begin = {.kind = LAD_RECORD_TIME};
    const LadRecord filling = {.kind = LAD_RECORD_REQUEST_BEGIN},
                    filled = {.kind = LAD_RECORD_REQUEST_END};
    const LadRecord start = {.kind = LAD_RECORD_TIME, .value = LAD_RECLAIM_START / TICK_PS};
    if (!put(writing, &begin, error) || !put(writing, &filling, error))
        return FALSE;
    for (guint i = 0; i < writing->replay->zero_pages; i++) {
        guint64 address = zero_page(run, i);
        if (!lad_trace_writer_execute(writing->writer, 0, writing->store, &address, error))
            return FALSE;
    }
    for (guint32 i = 0; i < run->n_pages; i++) {
        guint64 address = LAD_ACCESSGEN_BASE + (guint64)i * LAD_ACCESSGEN_PAGE_BYTES;
        if (!lad_trace_writer_execute(writing->writer, 0, writing->store, &address, error))
            return FALSE;
    }
    return put(writing, &filled, error) && put(writing, &start, error);
}

static gboolean
put_accesses(Writing *writing, GError **error)
{
    const LadReclaimReplay *replay = writing->replay;
    guint64 addresses[BLOCK], every = replay->every ? replay->every : G_MAXUINT64;
    for (guint64 first = 0; first < replay->n_accesses; first += BLOCK) {
        guint n = (guint)MIN(BLOCK, replay->n_accesses - first);
        lad_accessgen_addresses(writing->accessgen, first, n, addresses);
        for (guint i = 0; i < n; i++) {
            guint64 at[2] = {addresses[i] & ~(guint64)1, addresses[i] & ~(guint64)1};
            guint32 block = addresses[i] & 1 ? writing->load_store : writing->load;
            /* Number 0 marks the fill. */
            const LadRecord mark = {.kind = LAD_RECORD_REQUEST_BEGIN, .value = first + i + 1};
            if (((first + i) % every == 0 && !put(writing, &mark, error)) ||
                !lad_trace_writer_execute(writing->writer, 0, block, at, error))
                return FALSE;
        }
    }
    return lad_trace_writer_close(writing->writer, error);
}

static gboolean
write_trace(const LadReclaimReplay *replay, const char *path, GError **error)
{
    const LadReclaimRun *run = replay->run;
    g_autoptr(LadTraceWriter) writer = lad_validate_trace(path, TICK_PS, "w", "accessgen", error);
    if (!writer)
        return FALSE;
    g_autoptr(LadAccessgen) accessgen =
        lad_accessgen_new(run->pattern, run->n_pages, run->seed, replay->n_accesses);
    Writing writing = {.replay = replay,
                       .writer = writer,
                       .load = block_of(writer, TRUE, FALSE),
                       .load_store = block_of(writer, TRUE, TRUE),
                       .store = block_of(writer, FALSE, TRUE),
                       .accessgen = accessgen};
    return tell_contents(&writing, error) && put_fill(&writing, error) &&
           put_accesses(&writing, error);
}

/* ---- What a run says of itself
 * ----------------------------------------------------------------------------------
 */

static void add_setting(GPtrArray *settings, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
add_setting(GPtrArray *settings, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(settings, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

static gboolean
has_zswap(const LadReclaimRun *run)
{
    return strcmp(lad_reclaim_setting(run, "zswap.enabled"), "Y") == 0;
}

const char *
lad_reclaim_preset(const LadReclaimRun *run)
{
    return has_zswap(run) ? ZSWAP : NULL;
}

static void
add_zswap(GPtrArray *settings, const LadReclaimRun *run)
{
    const char *compressor = lad_reclaim_setting(run, "zswap.compressor");
    add_setting(settings, "tier.zswap.compressor=%s", compressor);
    add_setting(settings, "tier.zswap.allocator=%s", lad_reclaim_setting(run, "zswap.zpool"));
    add_setting(settings, "tier.zswap.max-pool-percent=%s",
                lad_reclaim_setting(run, "zswap.max_pool_percent"));
    add_setting(settings, "tier.zswap.accept-threshold-percent=%s",
                lad_reclaim_setting(run, "zswap.accept_threshold_percent"));
    /* Measured: text 221 and 107 us, half zero 66 and 7 us. */
    if (strcmp(compressor, "zstd") == 0) {
        add_setting(settings, "tier.zswap.compress-times=1704 221; 2066 66");
        add_setting(settings, "tier.zswap.decompress-times=1704 106.6; 2066 7.1");
    }
    add_setting(settings, "cgroup.w.backend=zswap");
}

char **
lad_reclaim_settings(const LadReclaimRun *run, LadTime start, double max_step)
{
    GPtrArray *settings = g_ptr_array_new();
    const char *swap_max = lad_reclaim_setting(run, "memory.swap.max");
    const char *ratio = lad_reclaim_summary(run, "ratio");
    if (has_zswap(run))
        add_zswap(settings, run);
    if (g_ascii_isdigit(swap_max[0]))
        add_setting(settings, "cgroup.w.swap-max=%s B", swap_max);
    add_setting(settings, "offload.w.model=senpai");
    add_setting(settings, "offload.w.ratio=%s", ratio[0] ? ratio : "0.1");
    add_setting(settings, "offload.w.max-step=%g", max_step);
    add_setting(settings, "offload.w.start=%" G_GUINT64_FORMAT " ps", start);
    if (strcmp(lad_reclaim_setting(run, "lru_gen"), "0x0000") != 0)
        add_setting(settings, "reclaim.model=mglru");
    g_ptr_array_add(settings, NULL);
    return (char **)g_ptr_array_free(settings, FALSE);
}

/* Those of the kernel's own compressors. */
const char *
lad_reclaim_algorithm(const LadReclaimRun *run)
{
    static const char *const names[][2] = {{"lzo", "lzo-linux"},
                                           {"lzo-rle", "lzo-rle-linux"},
                                           {"lz4", "lz4"},
                                           {"zstd", "zstd-3-linux"}};
    const char *compressor = lad_reclaim_setting(run, "zswap.compressor");
    for (guint i = 0; has_zswap(run) && i < G_N_ELEMENTS(names); i++)
        if (strcmp(names[i][0], compressor) == 0)
            return names[i][1];
    return NULL;
}

/* ---- The run -----------------------------------------------------------------------------------
 */

typedef struct {
    const LadReclaimReplay *replay;
    LadRun *run;
} Watch;

static void
at_request(const LadRecord *record, LadTime now, void *data)
{
    const Watch *watch = data;
    if (record->value > 0)
        watch->replay->sample(watch->run, record->value - 1, now, watch->replay->data);
}

/* One access in four is two touches. */
static gboolean
set_pace(LadConfig *config, const LadReclaimReplay *replay, GError **error)
{
    g_autofree char *compute = g_strdup_printf("core.compute=%" G_GUINT64_FORMAT " ps",
                                               (guint64)((double)replay->access / 1.25));
    return lad_config_set(config, compute, error);
}

static LadRun *
run_trace(const LadReclaimReplay *replay, const char *path, LadConfig *config,
          const LadModels *models, GError **error)
{
    g_autofree char *trace = g_strdup_printf("run.trace=%s", path);
    if (!lad_config_read(config, MACHINE, error) || !lad_config_read(config, SWAP_DEVICE, error) ||
        (replay->preset && !lad_config_read(config, replay->preset, error)) ||
        !lad_config_set(config, trace, error) || !lad_config_set(config, "run.epoch=0 ns", error) ||
        !set_pace(config, replay, error))
        return NULL;
    /* The logger's pages are in the trace. */
    if (replay->zero_pages && !lad_config_set(config, "cgroup.w.extra=0 B", error))
        return NULL;
    for (guint i = 0; replay->settings && replay->settings[i]; i++)
        if (!lad_config_set(config, replay->settings[i], error))
            return NULL;
    g_autoptr(LadRun) run = lad_run_new(config, models, LAD_RUN_NO_THREADS, error);
    if (!run)
        return NULL;
    Watch watch = {replay, run};
    gboolean done;
    if (replay->every)
        lad_run_on_request(run, at_request, &watch);
    if (!lad_run_step(run, 0, &done, error))
        return NULL;
    lad_run_on_request(run, NULL, NULL);
    return g_steal_pointer(&run);
}

LadRun *
lad_reclaim_replay(const LadReclaimReplay *replay, LadConfig *config, const LadModels *models,
                   GError **error)
{
    g_autofree char *directory = g_dir_make_tmp("memladder-validate-XXXXXX", error);
    if (!directory)
        return NULL;
    g_autofree char *path = g_build_filename(directory, "accesses.mlt", NULL);
    LadRun *run =
        write_trace(replay, path, error) ? run_trace(replay, path, config, models, error) : NULL;
    if (!run)
        g_prefix_error(error, "%s: ", replay->run->name);
    g_unlink(path);
    g_rmdir(directory);
    return run;
}

double
lad_reclaim_metric(const LadRun *run, const char *name)
{
    guint n;
    const LadMetrics *metrics = lad_run_metrics(run, &n);
    const char *dot = strchr(name, '.');
    for (guint i = 0; dot && i < n; i++) {
        if (strlen(metrics[i].part) != (gsize)(dot - name) ||
            strncmp(metrics[i].part, name, (gsize)(dot - name)) != 0)
            continue;
        if (metrics[i].refresh)
            metrics[i].refresh(metrics[i].data);
        for (guint row = 0; metrics[i].table[row].name; row++)
            if (strcmp(metrics[i].table[row].name, dot + 1) == 0)
                return (double)metrics[i].values[row];
    }
    return (double)NAN;
}
