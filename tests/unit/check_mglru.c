/* check_mglru.c - generations, eviction with look-around, aging by walks through filters. */
#include "config.h"
#include "tests/unit/kernel_rig.h"

#define BASE G_GUINT64_CONSTANT(0x100000000)
#define TIERS(near, far)                                                                           \
    "[tier.near]\nsize=" near "\nlatency=90 ns\nbandwidth=38 GB/s\n"                               \
    "[tier.far]\nsize=" far "\nlatency=200 ns\nbandwidth=20 GB/s\n"                                \
    "[reclaim]\nmodel=mglru\n"

enum { ANON_SLOTS = 4 };

static void
touch(KernelRig *rig, LadThread *thread, guint64 i)
{
    ck_assert(kernel_rig_touch(rig, thread, BASE + (i << 12), LAD_ACCESS_READ));
}

static LadPage
page_at(KernelRig *rig, LadThread *thread, guint64 i)
{
    return kernel_rig_page(rig, thread, BASE + (i << 12));
}

static gboolean
is_accessed(KernelRig *rig, LadThread *thread, guint64 i)
{
    return (lad_page_word(rig->kernel, page_at(rig, thread, i)) & LAD_PAGE_ACCESSED) != 0;
}

/* One of the model's own counters. */
static guint64
counter(const KernelRig *rig, const char *name)
{
    const LadReclaim *reclaim = &rig->kernel->reclaim;
    const LadCounter *table = reclaim->class->base.counters;
    for (guint i = 0; table[i].name; i++)
        if (strcmp(table[i].name, name) == 0)
            return reclaim->counters[i];
    ck_abort_msg("no counter %s", name);
    return 0;
}

/* Pass 0 of a round is the first batch of victims; the caller puts them back. */
typedef struct {
    guint n, n_batches;
    guint first_batch;
    LadPage page[8192];
} Victims;

static void
pass(KernelRig *rig, guint priority, gboolean background, Victims *victims)
{
    LadReclaim *reclaim = &rig->kernel->reclaim;
    LadScan scan = {.tier = 0,
                    .priority = priority,
                    .target = 1000000,
                    .background = background,
                    .now = rig->now};
    gboolean more = TRUE;
    victims->n = victims->n_batches = 0;
    reclaim->class->begin(reclaim, &scan);
    while (more) {
        scan.n_victims = scan.n_looked = 0;
        more = reclaim->class->batch(reclaim, &scan);
        ck_assert_uint_le(scan.n_victims, LAD_SCAN_VICTIMS);
        for (guint i = 0; i < scan.n_victims; i++)
            victims->page[victims->n++] = scan.victims[i];
        if (victims->n_batches++ == 0)
            victims->first_batch = scan.n_victims;
    }
    scan.reclaimed = victims->n;
    reclaim->class->end(reclaim, &scan);
}

static void
put_back(KernelRig *rig, const Victims *victims)
{
    for (guint i = 0; i < victims->n; i++)
        rig->kernel->reclaim.class->add(&rig->kernel->reclaim, victims->page[i],
                                        LAD_ARRIVAL_RETURN);
}

/* kswapd's passes from 12 down to `last`, a second of run time going by before each. */
static void
passes(KernelRig *rig, guint last, Victims *victims)
{
    for (guint priority = 12; priority >= last; priority--) {
        rig->now += LAD_S;
        pass(rig, priority, TRUE, victims);
        if (priority > last)
            put_back(rig, victims);
    }
}

static KernelRig *
rig_with(guint64 n, LadThread **thread)
{
    KernelRig *rig = kernel_rig_new(TIERS("64 MiB", "64 MiB"), NULL);
    *thread = kernel_rig_thread(rig);
    for (guint64 i = 0; i < n; i++)
        touch(rig, *thread, i);
    return rig;
}

static void
clear_accessed(KernelRig *rig, LadThread *thread, guint64 first, guint64 n)
{
    for (guint64 i = first; i < first + n; i++)
        lad_page_test_clear_accessed(rig->kernel, page_at(rig, thread, i));
}

static guint
victim_of(const Victims *victims, LadPage page)
{
    guint found = 0;
    for (guint i = 0; i < victims->n; i++)
        found += victims->page[i] == page;
    return found;
}

START_TEST(first_touched_pages_are_young_and_nothing_goes_before_two_agings)
{
    LadThread *thread;
    Victims victims;
    KernelRig *rig = rig_with(4096, &thread);
    clear_accessed(rig, thread, 0, 4096);
    ck_assert(lad_page_is_active(rig->kernel, page_at(rig, thread, 0)));
    /* Priority 12 never ages, 11 and 10 open one generation each, 9 evicts. */
    passes(rig, 12, &victims);
    ck_assert_uint_eq(counter(rig, "agings"), 0);
    ck_assert_uint_eq(victims.n, 0);
    rig->now += LAD_S;
    pass(rig, 11, TRUE, &victims);
    ck_assert_uint_eq(counter(rig, "agings"), 1);
    ck_assert_uint_eq(victims.n, 0);
    rig->now += LAD_S;
    pass(rig, 10, TRUE, &victims);
    ck_assert_uint_eq(counter(rig, "agings"), 2);
    ck_assert(!lad_page_is_active(rig->kernel, page_at(rig, thread, 0)));
    ck_assert_uint_eq(victims.n, 64);
    put_back(rig, &victims);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(eviction_takes_64_of_the_oldest_in_order_of_first_touch)
{
    LadThread *thread;
    Victims victims;
    KernelRig *rig = rig_with(4096, &thread);
    clear_accessed(rig, thread, 0, 4096);
    passes(rig, 10, &victims);
    /* 4096 >> 10 is less than a batch: one is enough, after one that found only empty lists. */
    ck_assert_uint_eq(victims.n_batches, 2);
    ck_assert_uint_eq(victims.first_batch, 0);
    ck_assert_uint_eq(victims.n, 64);
    for (guint i = 0; i < 64; i++)
        ck_assert_uint_eq(victims.page[i], page_at(rig, thread, i));
    put_back(rig, &victims);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(an_accessed_page_takes_its_accessed_neighbours_with_it)
{
    LadThread *thread;
    Victims victims;
    KernelRig *rig = rig_with(4096, &thread);
    clear_accessed(rig, thread, 0, 4096);
    passes(rig, 10, &victims);
    put_back(rig, &victims);
    /* Pages 64 to 127 are next; the window around page 100 is pages 68 to 131. */
    touch(rig, thread, 100);
    touch(rig, thread, 110);
    touch(rig, thread, 131);
    touch(rig, thread, 132);
    touch(rig, thread, 66);
    pass(rig, 12, TRUE, &victims);
    /* 66 is met first: its window is 34 to 97; then 100, whose window takes 110 and 131 along. */
    ck_assert_uint_eq(counter(rig, "look_arounds"), 2);
    ck_assert_uint_eq(victims.n, 61);
    ck_assert_uint_eq(victim_of(&victims, page_at(rig, thread, 110)), 0);
    ck_assert(!is_accessed(rig, thread, 131));
    ck_assert(is_accessed(rig, thread, 132));
    ck_assert(lad_page_is_active(rig->kernel, page_at(rig, thread, 131)));
    ck_assert(!lad_page_is_active(rig->kernel, page_at(rig, thread, 130)));
    ck_assert_uint_eq(counter(rig, "younger_by_look_around"), 1);
    put_back(rig, &victims);
    /* Page 131 is younger, though its list is still the old one: the next eviction passes it over
     * and keeps 132. */
    pass(rig, 12, TRUE, &victims);
    ck_assert_uint_eq(victims.n, 63);
    ck_assert_uint_eq(victim_of(&victims, page_at(rig, thread, 131)), 0);
    ck_assert_uint_eq(victim_of(&victims, page_at(rig, thread, 130)), 1);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGREFILL), 1);
    put_back(rig, &victims);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(without_a_walk_few_neighbours_move_at_once_and_count_as_activated)
{
    LadThread *thread;
    Victims victims;
    KernelRig *rig = rig_with(4096, &thread);
    clear_accessed(rig, thread, 0, 4096);
    passes(rig, 10, &victims);
    put_back(rig, &victims);
    touch(rig, thread, 120);
    touch(rig, thread, 140);
    pass(rig, 12, FALSE, &victims);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGACTIVATE), 1);
    put_back(rig, &victims);
    pass(rig, 12, FALSE, &victims);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGREFILL), 0);
    put_back(rig, &victims);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(aging_makes_what_was_accessed_younger)
{
    LadThread *thread;
    Victims victims;
    KernelRig *rig = rig_with(4096, &thread);
    clear_accessed(rig, thread, 0, 4096);
    passes(rig, 11, &victims);
    /* The second walk takes all ranges with enough accessed pages: here 100 of the first 512. */
    for (guint64 i = 0; i < 100; i++)
        touch(rig, thread, i);
    rig->kernel->words[page_at(rig, thread, 0)] |= LAD_PAGE_ACCESSED;
    rig->now += LAD_S;
    pass(rig, 10, TRUE, &victims);
    /* The first walk found no page accessed, so no range is in the filter of the second. */
    ck_assert_uint_eq(counter(rig, "ranges_walked"), 8);
    ck_assert_uint_eq(counter(rig, "ranges_skipped"), 8);
    ck_assert_uint_eq(counter(rig, "younger_by_walk"), 0);
    put_back(rig, &victims);
    kernel_rig_free(rig);

    rig = rig_with(4096, &thread);
    /* All accessed: the first walk fills the filter, the second finds the first 100 again. */
    passes(rig, 11, &victims);
    ck_assert_uint_eq(counter(rig, "ranges_walked"), 8);
    for (guint64 i = 0; i < 4096; i++)
        ck_assert(!is_accessed(rig, thread, i));
    for (guint64 i = 0; i < 100; i++)
        touch(rig, thread, i);
    rig->now += LAD_S;
    pass(rig, 10, TRUE, &victims);
    ck_assert_uint_eq(counter(rig, "ranges_walked"), 9);
    ck_assert_uint_eq(counter(rig, "ranges_skipped"), 7);
    ck_assert_uint_eq(counter(rig, "younger_by_walk"), 100);
    /* Those are sorted out, and the victims are the 64 after them. */
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGREFILL), 100);
    ck_assert_uint_eq(victims.n, 64);
    ck_assert_uint_eq(victims.page[0], page_at(rig, thread, 100));
    put_back(rig, &victims);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(a_walk_takes_dense_ranges_and_what_a_look_around_found)
{
    LadThread *thread;
    Victims victims;
    KernelRig *rig = rig_with(4096, &thread);
    clear_accessed(rig, thread, 0, 4096);
    /* 64 accessed of 512 are enough for the filter, 63 are not. */
    for (guint64 i = 0; i < 64; i++)
        touch(rig, thread, 512 + i * 8);
    for (guint64 i = 0; i < 63; i++)
        touch(rig, thread, 1024 + i * 8);
    passes(rig, 11, &victims);
    ck_assert_uint_eq(counter(rig, "ranges_walked"), 8);
    for (guint64 i = 0; i < 4096; i += 8)
        touch(rig, thread, i);
    rig->now += LAD_S;
    pass(rig, 10, TRUE, &victims);
    ck_assert_uint_eq(counter(rig, "ranges_walked"), 9);
    /* The eviction looked at pages 0 to 63. Page 0's window is 0 to 63: 8 accessed, enough. Page 8
     * and the others were marked by it. */
    ck_assert_uint_eq(counter(rig, "look_arounds"), 1);
    put_back(rig, &victims);
    /* So the next walk takes that range, beside the one of the last walk. */
    for (guint64 i = 0; i < 4096; i += 8)
        touch(rig, thread, i);
    clear_accessed(rig, thread, 64, 448);
    for (guint64 i = 4096; i < 9000; i++)
        touch(rig, thread, i);
    rig->now += LAD_S;
    pass(rig, 11, TRUE, &victims);
    ck_assert_uint_eq(counter(rig, "agings"), 3);
    ck_assert_uint_eq(counter(rig, "ranges_walked"), 11);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(ranges_and_address_spaces_that_were_left_alone_are_not_walked)
{
    LadThread *thread;
    Victims victims;
    KernelRig *rig = rig_with(4096, &thread);
    passes(rig, 11, &victims);
    ck_assert_uint_eq(counter(rig, "ranges_walked"), 8);
    /* Only one range is touched since. */
    for (guint64 i = 0; i < 512; i++)
        touch(rig, thread, i);
    rig->now += LAD_S;
    pass(rig, 10, TRUE, &victims);
    put_back(rig, &victims);
    ck_assert_uint_eq(counter(rig, "ranges_walked"), 9);
    ck_assert_uint_eq(counter(rig, "ranges_skipped"), 7);
    kernel_rig_free(rig);

    /* Two agings within ten milliseconds: the second walks nothing. */
    rig = rig_with(4096, &thread);
    rig->now += LAD_S;
    for (guint priority = 12; priority >= 10; priority--) {
        pass(rig, priority, TRUE, &victims);
        put_back(rig, &victims);
        rig->now += LAD_MS;
    }
    ck_assert_uint_eq(counter(rig, "agings"), 2);
    ck_assert_uint_eq(counter(rig, "ranges_walked"), 8);
    ck_assert_uint_eq(counter(rig, "ranges_skipped"), 0);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(three_generations_age_when_the_young_are_many_or_the_old_few)
{
    LadThread *thread;
    Victims victims;
    KernelRig *rig = rig_with(4096, &thread);
    clear_accessed(rig, thread, 0, 4096);
    passes(rig, 10, &victims);
    put_back(rig, &victims);
    guint64 agings = counter(rig, "agings");
    ck_assert_uint_eq(agings, 2);
    /* All are in the oldest but the 64 put back: no reason to age. */
    pass(rig, 11, TRUE, &victims);
    put_back(rig, &victims);
    ck_assert_uint_eq(counter(rig, "agings"), 2);
    /* More new ones than old ones: more than half are young. */
    for (guint64 i = 4096; i < 8192 - 64; i++)
        touch(rig, thread, i);
    clear_accessed(rig, thread, 4096, 4096 - 64);
    rig->now += LAD_S;
    pass(rig, 12, TRUE, &victims);
    put_back(rig, &victims);
    ck_assert_uint_eq(counter(rig, "agings"), 2);
    pass(rig, 11, TRUE, &victims);
    put_back(rig, &victims);
    ck_assert_uint_eq(counter(rig, "agings"), 3);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(reclaim_without_a_daemon_ages_and_evicts_in_one_pass)
{
    LadThread *thread;
    Victims victims;
    KernelRig *rig = rig_with(4096, &thread);
    clear_accessed(rig, thread, 0, 4096);
    for (guint priority = 12; priority >= 9; priority--) {
        rig->now += LAD_S;
        pass(rig, priority, FALSE, &victims);
        if (priority > 9)
            put_back(rig, &victims);
    }
    ck_assert_uint_eq(counter(rig, "agings"), 2);
    ck_assert_uint_eq(victims.n, 64);
    put_back(rig, &victims);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(pages_of_the_other_tier_keep_their_accessed_bits)
{
    LadThread *thread;
    Victims victims;
    KernelRig *rig = rig_with(8192, &thread);
    for (guint64 i = 0; i < 8192; i += 2)
        ck_assert(lad_migrate(rig->kernel, page_at(rig, thread, i), 1, 0, rig->now));
    for (guint64 i = 0; i < 8192; i++)
        touch(rig, thread, i);
    passes(rig, 11, &victims);
    for (guint64 i = 0; i < 8192; i++)
        ck_assert_int_eq(is_accessed(rig, thread, i), i % 2 == 0);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(demoted_pages_are_old_in_the_lower_tier_and_promoted_ones_young_in_the_upper)
{
    KernelRig *rig = kernel_rig_new(
        TIERS("16 MiB", "64 MiB") "[placement]\nmodel=tpp\nactive-only=false\n", NULL);
    LadThread *thread = kernel_rig_thread(rig);
    rig->compute = 50 * LAD_US;
    for (guint64 i = 0; i < 6000; i++)
        touch(rig, thread, i);
    kernel_rig_idle(rig, NULL, rig->now + LAD_S);
    guint64 i = 0;
    while (kernel_rig_tier(rig, thread, BASE + (i << 12)) == 0)
        i++;
    LadPage page = page_at(rig, thread, i);
    ck_assert(lad_page_word(rig->kernel, page) & LAD_PAGE_DEMOTED);
    ck_assert(!lad_page_is_active(rig->kernel, page));
    lad_hintscan_mark(rig->kernel, page, rig->now);
    touch(rig, thread, i);
    ck_assert_uint_eq(kernel_rig_tier(rig, thread, BASE + (i << 12)), 0);
    ck_assert(lad_page_is_active(rig->kernel, page));
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(huge_pages_age_and_go_whole)
{
    KernelRig *rig = kernel_rig_new(
        TIERS("16 MiB", "64 MiB") "[placement]\nmodel=tpp\ndemote-scale-factor=2000\n"
                                  "[kernel]\nhuge-pages=always\n",
        NULL);
    LadThread *thread = kernel_rig_thread(rig);
    rig->compute = LAD_MS;
    for (guint64 i = 0; i < 12; i++)
        touch(rig, thread, i * 512);
    kernel_rig_idle(rig, NULL, rig->now + 30 * LAD_S);
    ck_assert_uint_gt(kernel_rig_vm(rig, LAD_VM_PGDEMOTE_KSWAPD), 0);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGDEMOTE_KSWAPD) % 512, 0);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

/* Generations must add up whatever comes and goes: random touches, moves and unmappings of pages,
 * with the daemon at work. What lists and words say is checked page by page; the model's sums show
 * in that every page can still be evicted. */
START_TEST(every_page_is_found_again_after_a_random_life)
{
    KernelRig *rig =
        kernel_rig_new(TIERS("16 MiB", "64 MiB") "[placement]\nmodel=tpp\nactive-only=false\n"
                                                 "[kernel]\ntime-scale=0.01\n",
                       NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadRandom random;
    lad_random_init(&random, 3, "test");
    rig->compute = 2 * LAD_US;
    for (guint i = 0; i < 200000; i++) {
        guint64 at = lad_random_below(&random, 9000);
        touch(rig, thread, i % 3 ? at % 1500 : at);
        if (i % 997 == 0)
            lad_kernel_unmap(rig->kernel, thread->process, BASE + (at << 12), 16 << 12, rig->now);
        LadPage page = page_at(rig, thread, at);
        if (i % 61 == 0 && page != LAD_PAGE_NONE)
            lad_migrate(rig->kernel, page, i % 2, 0, rig->now);
    }
    ck_assert_uint_gt(kernel_rig_vm(rig, LAD_VM_PGDEMOTE_KSWAPD), 1000);
    ck_assert_uint_gt(kernel_rig_vm(rig, LAD_VM_PGPROMOTE_SUCCESS), 1000);
    ck_assert_uint_gt(counter(rig, "agings"), 4);
    kernel_rig_check(rig);
    guint64 listed = 0;
    for (guint list = 0; list < 2 * ANON_SLOTS; list++)
        listed += lad_lru_size(rig->kernel, 0, list);
    for (guint64 i = 0; i < 9000; i++)
        if (page_at(rig, thread, i) != LAD_PAGE_NONE)
            lad_page_test_clear_accessed(rig->kernel, page_at(rig, thread, i));
    guint64 gone = 0;
    for (guint i = 0; i < 400 && gone < listed; i++) {
        Victims victims;
        rig->now += LAD_S;
        pass(rig, i % 2 ? 0 : 11, FALSE, &victims);
        gone += victims.n;
    }
    ck_assert_uint_eq(gone, listed);
    kernel_rig_free(rig);
}
END_TEST

KERNEL_SUITE("mglru", first_touched_pages_are_young_and_nothing_goes_before_two_agings,
             eviction_takes_64_of_the_oldest_in_order_of_first_touch,
             an_accessed_page_takes_its_accessed_neighbours_with_it,
             without_a_walk_few_neighbours_move_at_once_and_count_as_activated,
             aging_makes_what_was_accessed_younger,
             a_walk_takes_dense_ranges_and_what_a_look_around_found,
             ranges_and_address_spaces_that_were_left_alone_are_not_walked,
             three_generations_age_when_the_young_are_many_or_the_old_few,
             reclaim_without_a_daemon_ages_and_evicts_in_one_pass,
             pages_of_the_other_tier_keep_their_accessed_bits,
             demoted_pages_are_old_in_the_lower_tier_and_promoted_ones_young_in_the_upper,
             huge_pages_age_and_go_whole, every_page_is_found_again_after_a_random_life)
