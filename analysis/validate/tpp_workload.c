/* tpp_workload.c - a page-level workload with the published traits of a web service.
 *
 * Files fill memory first, anonymous memory follows, then requests come in bursts: each maps new
 * memory, uses it for four rounds and frees it. Traits from the paper on TPP: of files 3 to 14 %
 * are hot, of anonymous pages 35 to 60 % (the middles are taken; together 72 % of memory are idle,
 * in the published 55 to 80 %); four of five cold pages are touched again within ten minutes; new
 * pages are short-lived and hot. Assumed: files and anonymous memory have 45 % of memory each,
 * short-lived pages 5 %; all hot pages are equally hot, and which are hot has nothing to do with
 * when they were allocated; 32 accesses of a page follow each other; a quarter of those to
 * anonymous pages write; a round takes a quarter of a second.
 */
#include "config.h"
#include "analysis/validate/runs.h"
#include "analysis/validate/tpp_workload.h"
#include <memladder/page.h>
#include <memladder/random.h>
#include <memladder/trace.h>

#define PAGES       (LAD_TPP_NEAR_PAGES + LAD_TPP_FAR_PAGES)
#define FILE_PAGES  (PAGES * 45 / 100)
#define ANON_PAGES  (PAGES * 45 / 100)
#define LIVE_BURSTS 4
#define BURST_PAGES (PAGES * 5 / 100 / LIVE_BURSTS)

#define HOT_FILE_PERCENT 8
#define HOT_ANON_PERCENT 48

#define TOUCH_ACCESSES 32
#define TOUCH_WRITES   8
/* A quarter of a second of accesses that are near. */
#define ROUND_TOUCHES (250000000 / (TOUCH_ACCESSES * (LAD_TPP_COMPUTE_NS + LAD_TPP_NEAR_NS)))
/* 1 - exp(-600 s x rate) = 0.8: touches per cold page and round. */
#define COLD_RATE (0.0026824 / 4)

#define FILE_BASE  ((guint64)1 << 32)
#define ANON_BASE  ((guint64)2 << 32)
#define BURST_BASE ((guint64)3 << 32)

typedef struct {
    LadTraceWriter *writer;
    LadRandom random;
    GArray *hot;  /* of guint64: addresses of pages */
    GArray *cold; /* the same */
    guint64 n_records;
} Workload;

static gboolean
put(Workload *workload, const LadRecord *record, GError **error)
{
    workload->n_records++;
    return lad_trace_writer_record(workload->writer, 0, record, error);
}

static gboolean
map(Workload *workload, guint64 address, guint64 n_pages, const char *file, GError **error)
{
    const LadRecord record = {.kind = LAD_RECORD_MAP,
                              .flags = LAD_MAP_READ | LAD_MAP_WRITE |
                                       (*file ? 0 : (guint32)LAD_MAP_ANONYMOUS),
                              .address = address,
                              .size = n_pages << LAD_PAGE_SHIFT,
                              .text = file};
    const LadRecord touch = {.kind = LAD_RECORD_RANGE_TOUCH,
                             .address = address,
                             .size = n_pages << LAD_PAGE_SHIFT,
                             .weight = 1,
                             .value = *file ? 0 : 1};
    return put(workload, &record, error) && put(workload, &touch, error);
}

/* Draw which pages are hot. */
static void
draw_hot(Workload *workload, guint64 address, guint64 n_pages, guint64 percent)
{
    for (guint64 i = 0; i < n_pages; i++) {
        guint64 page = address + (i << LAD_PAGE_SHIFT);
        gboolean hot = lad_random_below(&workload->random, 100) < percent;
        g_array_append_val(hot ? workload->hot : workload->cold, page);
    }
}

static guint64
burst_address(guint64 round)
{
    return BURST_BASE + round * (BURST_PAGES << LAD_PAGE_SHIFT);
}

/* A page of the hot ones, those of the live bursts included. */
static guint64
draw_page(Workload *workload, guint64 round)
{
    guint64 live = MIN(round + 1, LIVE_BURSTS);
    guint64 i = lad_random_below(&workload->random, workload->hot->len + live * BURST_PAGES);
    if (i < workload->hot->len)
        return g_array_index(workload->hot, guint64, i);
    return burst_address(round + 1 - live) + ((i - workload->hot->len) << LAD_PAGE_SHIFT);
}

static gboolean
put_round(Workload *workload, guint64 round, GError **error)
{
    const LadRecord unmap = {.kind = LAD_RECORD_UNMAP,
                             .address = burst_address(round - LIVE_BURSTS),
                             .size = BURST_PAGES << LAD_PAGE_SHIFT};
    if ((round >= LIVE_BURSTS && !put(workload, &unmap, error)) ||
        !map(workload, burst_address(round), BURST_PAGES, "", error))
        return FALSE;
    guint64 n_cold = (guint64)((double)workload->cold->len * COLD_RATE);
    for (guint64 i = 0; i < ROUND_TOUCHES; i++) {
        LadRecord touch = {.kind = LAD_RECORD_PAGE_TOUCH, .weight = TOUCH_ACCESSES};
        touch.address =
            i % (ROUND_TOUCHES / n_cold) == 0
                ? g_array_index(workload->cold, guint64,
                                lad_random_below(&workload->random, workload->cold->len))
                : draw_page(workload, round);
        touch.value = touch.address < ANON_BASE ? 0 : TOUCH_WRITES;
        if (!put(workload, &touch, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
put_all(Workload *workload, guint64 rounds, guint64 warmup_rounds, guint64 *warmup, GError **error)
{
    draw_hot(workload, FILE_BASE, FILE_PAGES, HOT_FILE_PERCENT);
    draw_hot(workload, ANON_BASE, ANON_PAGES, HOT_ANON_PERCENT);
    if (!map(workload, FILE_BASE, FILE_PAGES, "/files", error) ||
        !map(workload, ANON_BASE, ANON_PAGES, "", error))
        return FALSE;
    for (guint64 round = 0; round < rounds; round++) {
        if (round == warmup_rounds)
            *warmup = workload->n_records;
        if (!put_round(workload, round, error))
            return FALSE;
    }
    return lad_trace_writer_close(workload->writer, error);
}

gboolean
lad_tpp_workload_write(const char *path, guint64 rounds, guint64 warmup_rounds, guint64 *warmup,
                       GError **error)
{
    g_autoptr(LadTraceWriter) writer = lad_validate_trace(path, 0, "", "web", error);
    if (!writer)
        return FALSE;
    Workload workload = {.writer = writer,
                         .hot = g_array_new(FALSE, FALSE, sizeof(guint64)),
                         .cold = g_array_new(FALSE, FALSE, sizeof(guint64))};
    lad_random_init(&workload.random, 1, "tpp-paper");
    gboolean ok = put_all(&workload, rounds, warmup_rounds, warmup, error);
    g_array_unref(workload.hot);
    g_array_unref(workload.cold);
    return ok;
}
