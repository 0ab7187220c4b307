/* pages.c - storage of page state, and the numbers of logical pages.
 *
 * Numbers are dense per colour: page = row << LAD_PAGE_COLOUR_BITS | colour, each colour counting
 * its own rows. The arrays are reserved once for as many rows as the tiers' frames could need,
 * sixteen times over for uneven colours; only what is touched costs memory. Should a colour still
 * run out (thousands of pages all of one colour), the page takes another colour and is counted as
 * displaced.
 */
#include "config.h"
#include "sim/kernel/state.h"

#include <sys/mman.h>

void *
lad_reserve_new(gsize bytes, GError **error)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO,
                    "cannot reserve %" G_GSIZE_FORMAT
                    " MiB of address space for page state: expected enough under the limit "
                    "on virtual memory (ulimit -v)",
                    bytes >> 20);
        return NULL;
    }
    return memory;
}

void
lad_reserve_free(void *memory, gsize bytes)
{
    if (memory)
        munmap(memory, bytes);
}

gboolean
lad_pages_init(LadKernel *kernel, GError **error)
{
    LadNumbering *numbering = &kernel->numbering;
    guint64 frames = 0;
    for (guint i = 0; i < kernel->host->n_tiers; i++)
        frames += kernel->host->tiers[i]->size >> LAD_PAGE_SHIFT;
    guint64 rows = MIN(frames, (guint64)G_MAXUINT32) * 16 / LAD_PAGE_COLOURS;
    rows = CLAMP(rows, 4096, G_MAXUINT32 / LAD_PAGE_COLOURS - 1);
    numbering->max_rows = (guint32)rows;
    kernel->max_pages = (gsize)rows * LAD_PAGE_COLOURS;
    for (guint i = 0; i < LAD_PAGE_COLOURS; i++)
        numbering->free_list[i] = LAD_PAGE_NONE;
    for (guint i = 0; i < G_N_ELEMENTS(numbering->free_groups); i++)
        numbering->free_groups[i] = LAD_PAGE_NONE;
    lad_random_init(&numbering->random, kernel->host->seed, "kernel.page-number");
    kernel->index_key = lad_random_next(&numbering->random);

    kernel->words = lad_reserve_new(kernel->max_pages * sizeof *kernel->words, error);
    if (!kernel->words)
        return FALSE;
    kernel->links = lad_reserve_new(kernel->max_pages * sizeof *kernel->links, error);
    if (!kernel->links)
        return FALSE;
    kernel->owners = lad_reserve_new(kernel->max_pages * sizeof *kernel->owners, error);
    if (!kernel->owners)
        return FALSE;
    kernel->swaps = lad_reserve_new(kernel->max_pages * sizeof *kernel->swaps, error);
    if (!kernel->swaps)
        return FALSE;
    if (kernel->policy_size == 0)
        return TRUE;
    kernel->policy_bytes = lad_reserve_new(kernel->max_pages * kernel->policy_size, error);
    return kernel->policy_bytes != NULL;
}

void
lad_pages_clear(LadKernel *kernel)
{
    lad_reserve_free(kernel->words, kernel->max_pages * sizeof *kernel->words);
    lad_reserve_free(kernel->links, kernel->max_pages * sizeof *kernel->links);
    lad_reserve_free(kernel->owners, kernel->max_pages * sizeof *kernel->owners);
    lad_reserve_free(kernel->swaps, kernel->max_pages * sizeof *kernel->swaps);
    lad_reserve_free(kernel->policy_bytes, kernel->max_pages * kernel->policy_size);
}

/* The page number whose low bits are the colour of the next page. */
static guint64
next_number(LadKernel *kernel, guint64 vpage, guint n)
{
    LadNumbering *numbering = &kernel->numbering;
    guint64 number = vpage;
    if (kernel->params.page_number == LAD_NUMBER_SEQUENTIAL) {
        number = (numbering->sequence + n - 1) / n * n;
        numbering->sequence = number + n;
    } else if (kernel->params.page_number == LAD_NUMBER_RANDOM) {
        number = lad_random_next(&numbering->random) >> 32;
    }
    return number & ~(guint64)(n - 1);
}

static LadPage
take_colour(LadKernel *kernel, guint colour)
{
    LadNumbering *numbering = &kernel->numbering;
    LadPage page = numbering->free_list[colour];
    if (page != LAD_PAGE_NONE) {
        numbering->free_list[colour] = kernel->links[page].next;
        return page;
    }
    if (numbering->row[colour] == numbering->max_rows)
        return LAD_PAGE_NONE;
    return numbering->row[colour]++ << LAD_PAGE_COLOUR_BITS | colour;
}

static void
give_colour(LadKernel *kernel, LadPage page)
{
    LadPage *list = &kernel->numbering.free_list[page % LAD_PAGE_COLOURS];
    kernel->links[page] = (LadPageLinks){LAD_PAGE_NONE, *list};
    *list = page;
}

/* Any colour that has pages left, from `colour` on. */
static LadPage
take_displaced(LadKernel *kernel, guint colour)
{
    for (guint i = 1; i < LAD_PAGE_COLOURS; i++) {
        LadPage page = take_colour(kernel, (colour + i) % LAD_PAGE_COLOURS);
        if (page != LAD_PAGE_NONE) {
            lad_kernel_account(kernel, LAD_VM_DISPLACED, 1);
            return page;
        }
    }
    return LAD_PAGE_NONE;
}

/* 512 consecutive numbers from one row. Rows that a colour has not reached go to its free list. */
static LadPage
take_group(LadKernel *kernel, guint first_colour)
{
    LadNumbering *numbering = &kernel->numbering;
    LadPage *free_groups = &numbering->free_groups[first_colour / LAD_HUGE_PAGES];
    if (*free_groups != LAD_PAGE_NONE) {
        LadPage page = *free_groups;
        *free_groups = kernel->links[page].next;
        return page;
    }
    guint32 row = 0;
    for (guint i = 0; i < LAD_HUGE_PAGES; i++)
        row = MAX(row, numbering->row[first_colour + i]);
    if (row >= numbering->max_rows)
        return LAD_PAGE_NONE;
    for (guint i = 0; i < LAD_HUGE_PAGES; i++) {
        guint colour = first_colour + i;
        for (guint32 r = numbering->row[colour]; r < row; r++)
            give_colour(kernel, r << LAD_PAGE_COLOUR_BITS | colour);
        numbering->row[colour] = row + 1;
    }
    return row << LAD_PAGE_COLOUR_BITS | first_colour;
}

LadPage
lad_pages_take(LadKernel *kernel, guint64 vpage, guint n)
{
    guint colour = (guint)(next_number(kernel, vpage, n) % LAD_PAGE_COLOURS);
    LadPage page = n == 1 ? take_colour(kernel, colour) : take_group(kernel, colour);
    if (page == LAD_PAGE_NONE && n == 1)
        page = take_displaced(kernel, colour);
    if (page == LAD_PAGE_NONE)
        return page;
    memset(&kernel->words[page], 0, n * sizeof *kernel->words);
    memset(&kernel->links[page], 0, n * sizeof *kernel->links);
    memset(&kernel->owners[page], 0, n * sizeof *kernel->owners);
    memset(&kernel->swaps[page], 0, n * sizeof *kernel->swaps);
    if (kernel->ages)
        memset(&kernel->ages[page], 0, n * sizeof *kernel->ages);
    if (kernel->policy_size)
        memset(kernel->policy_bytes + (gsize)page * kernel->policy_size, 0,
               n * kernel->policy_size);
    return page;
}

void
lad_pages_give(LadKernel *kernel, LadPage page, guint n)
{
    memset(&kernel->words[page], 0, n * sizeof *kernel->words);
    memset(&kernel->owners[page], 0, n * sizeof *kernel->owners);
    if (n == 1) {
        give_colour(kernel, page);
        return;
    }
    LadPage *list = &kernel->numbering.free_groups[page % LAD_PAGE_COLOURS / LAD_HUGE_PAGES];
    kernel->links[page] = (LadPageLinks){LAD_PAGE_NONE, *list};
    *list = page;
}

guint64
lad_kernel_page_index(const LadKernel *kernel, LadPage page)
{
    switch ((LadPageNumber)kernel->params.page_number) {
    case LAD_NUMBER_IDENTITY: {
        LadOwner owner = kernel->owners[page];
        if (owner & LAD_OWNER_SHARED)
            owner = g_array_index(kernel->mappings, LadMapping, (guint32)owner).owner;
        return owner ? owner & LAD_OWNER_VPAGE_MASK : page;
    }
    case LAD_NUMBER_SEQUENTIAL:
        return page;
    case LAD_NUMBER_RANDOM:
        break;
    }
    /* A bijection of the row, so that numbers are spread and never collide; the colour stays. */
    guint32 row = page >> LAD_PAGE_COLOUR_BITS;
    row ^= (guint32)kernel->index_key & 0x3fffff;
    row = row * 0x9e3779b1u & 0x3fffff;
    row ^= row >> 11;
    row = row * 0x85ebca6bu & 0x3fffff;
    return (guint64)row << LAD_PAGE_COLOUR_BITS | page % LAD_PAGE_COLOURS;
}

LadPageWord *
lad_kernel_words(LadKernel *kernel)
{
    return kernel->words;
}

LadPageWord
lad_page_word(const LadKernel *kernel, LadPage page)
{
    return kernel->words[lad_page_head(kernel->words[page], page)];
}

guint
lad_page_span(const LadKernel *kernel, LadPage page)
{
    return kernel->words[page] & LAD_PAGE_HUGE ? LAD_HUGE_PAGES : 1;
}

void
lad_page_change(LadKernel *kernel, LadPage page, LadPageWord set, LadPageWord clear)
{
    LadPageWord *word = &kernel->words[lad_page_head(kernel->words[page], page)];
    *word = (*word & ~clear) | set;
}

gboolean
lad_page_test_clear_accessed(LadKernel *kernel, LadPage page)
{
    LadPageWord *words = kernel->words;
    page = lad_page_head(words[page], page);
    LadPageWord seen = 0;
    for (guint i = 0; i < lad_page_span(kernel, page); i++) {
        seen |= words[page + i];
        words[page + i] &= ~LAD_PAGE_ACCESSED;
    }
    gboolean accessed = (seen & LAD_PAGE_ACCESSED) != 0;
    return kernel->ages ? lad_ages_noticed(kernel, page, accessed) : accessed;
}

void *
lad_placement_page(LadPlacement *policy, LadPage page)
{
    LadKernel *kernel = policy->kernel;
    page = lad_page_head(kernel->words[page], page);
    return kernel->policy_bytes + (gsize)page * kernel->policy_size;
}
