/* check_block.c - the block layer: plug, merge, order of dispatch, writeback throttling,
 * completion.
 */
#include "config.h"
#include "sim/kernel/block.h"
#include "tests/unit/kernel_rig.h"

#define NEAR "[tier.near]\nmodel=fixed\nsize=64 MiB\nlatency=90 ns\nbandwidth=64 GB/s\n"
/* The device of the measured kernel runs: each request takes 100 us, whatever its size. */
#define SSD                                                                                        \
    "[tier.ssd]\nmodel=ssd\nsize=1 GiB\nchannels=1024\nread-latency=100 us\nwrite-latency=100 "    \
    "us\n"

typedef struct {
    KernelRig *rig;
    LadBlockQueue *queue;
    guint n_ended;
    LadPage page[4096]; /* in the order of their ends */
    LadTime time[4096];
} Bed;

static void
note_end(void *owner, LadPage page, guint64 slot, LadTime time)
{
    Bed *bed = owner;
    ck_assert_uint_eq(slot, page); /* as the tests number them */
    bed->page[bed->n_ended] = page;
    bed->time[bed->n_ended++] = time;
}

static Bed *
bed_new(const char *text)
{
    Bed *bed = g_new0(Bed, 1);
    g_autofree char *all = g_strconcat(NEAR, text, NULL);
    bed->rig = kernel_rig_new(all, NULL);
    bed->queue = bed->rig->host.tiers[1]->block;
    ck_assert_ptr_nonnull(bed->queue);
    bed->queue->owner = bed;
    bed->queue->ended = note_end;
    return bed;
}

static void
bed_free(Bed *bed)
{
    kernel_rig_free(bed->rig);
    g_free(bed);
}

static LadTime
write_pages(Bed *bed, guint64 from, guint64 n, gint64 stride, LadTime *now)
{
    LadTime slept = 0;
    for (guint64 i = 0; i < n; i++) {
        guint64 slot = from + (guint64)((gint64)i * stride);
        slept += lad_block_write(bed->queue, (LadPage)slot, slot, FALSE, now);
    }
    return slept;
}

START_TEST(a_first_reclaim_writes_253_pages_as_8_requests_of_31_and_one_of_5)
{
    Bed *bed = bed_new(SSD);
    const guint64 *count = bed->queue->counters;
    LadTime now = LAD_S;
    ck_assert_uint_eq(write_pages(bed, 0, 8 * 31, 1, &now), 0);
    ck_assert_uint_eq(count[LAD_BLOCK_WRITE_REQUESTS], 0); /* all still plugged */
    ck_assert_uint_eq(count[LAD_BLOCK_MERGES], 8 * 30);
    /* The ninth request is over the limit of 8: the writer sleeps until there is room. */
    LadTime slept = write_pages(bed, 8 * 31, 1, 1, &now);
    ck_assert_uint_eq(slept, 100 * LAD_US);
    ck_assert_uint_eq(now, LAD_S + 100 * LAD_US);
    ck_assert_uint_eq(count[LAD_BLOCK_WRITE_REQUESTS], 8);
    ck_assert_uint_eq(count[LAD_BLOCK_WRITE_PAGES], 8 * 31);
    ck_assert_uint_ge(bed->n_ended, 31);
    write_pages(bed, 8 * 31 + 1, 4, 1, &now);
    lad_block_unplug(bed->queue, &now);
    ck_assert_uint_eq(count[LAD_BLOCK_WRITE_REQUESTS], 9);
    ck_assert_uint_eq(count[LAD_BLOCK_WRITE_PAGES], 253);
    lad_block_poll(bed->queue, now + 100 * LAD_US);
    ck_assert_uint_eq(bed->n_ended, 253);
    ck_assert_uint_eq(count[LAD_BLOCK_IN_FLIGHT], 0);
    /* Last first: the eighth request ended before the seventh. */
    ck_assert_uint_eq(bed->page[0], 7 * 31);
    ck_assert_uint_eq(bed->page[30], 7 * 31 + 30);
    bed_free(bed);
}
END_TEST

KERNEL_SUITE("block", a_first_reclaim_writes_253_pages_as_8_requests_of_31_and_one_of_5)
