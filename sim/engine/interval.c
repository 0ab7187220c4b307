/* interval.c - touches of pages that wait to be replayed, in a seeded random order. */
#include "config.h"
#include "sim/engine/interval.h"
#include <memladder/types.h>

LadInterval *
lad_interval_new(guint64 seed, guint thread)
{
    LadInterval *interval = g_new0(LadInterval, 1);
    g_autofree char *name = g_strdup_printf("core.interval.%u", thread);
    interval->items = g_array_new(FALSE, FALSE, sizeof(LadTouchItem));
    lad_random_init(&interval->random, seed, name);
    return interval;
}

void
lad_interval_free(LadInterval *interval)
{
    if (!interval)
        return;
    g_array_unref(interval->items);
    g_free(interval);
}

void
lad_interval_clear(LadInterval *interval)
{
    g_array_set_size(interval->items, 0);
    interval->next = 0;
    interval->total = interval->done = 0;
}

void
lad_interval_add(LadInterval *interval, guint64 address, guint64 n_pages, guint64 weight,
                 guint64 writes)
{
    LadTouchItem item = {
        .address = address, .n_pages = n_pages, .weight = weight, .writes = MIN(writes, weight)};
    if (weight == 0 || n_pages == 0)
        return;
    interval->total += weight * n_pages;
    g_array_append_val(interval->items, item);
}

/* Pages that [address, address + size) lies in. */
static guint64
pages_of(guint64 address, guint64 size)
{
    return (address % LAD_PAGE_BYTES + size + LAD_PAGE_BYTES - 1) >> LAD_PAGE_SHIFT;
}

gboolean
lad_interval_add_record(LadInterval *interval, const LadRecord *record)
{
    switch ((LadRecordKind)record->kind) {
    case LAD_RECORD_LOAD:
        lad_interval_add(interval, record->address, 1, 1, 0);
        return TRUE;
    case LAD_RECORD_STORE:
    case LAD_RECORD_MODIFY:
    case LAD_RECORD_ATOMIC:
        lad_interval_add(interval, record->address, 1, 1, 1);
        return TRUE;
    case LAD_RECORD_PAGE_TOUCH:
        lad_interval_add(interval, record->address, 1, record->weight, record->value);
        return TRUE;
    case LAD_RECORD_RANGE_TOUCH:
        lad_interval_add(interval, record->address, pages_of(record->address, record->size),
                         record->weight, record->value);
        return TRUE;
    default:
        return FALSE;
    }
}

void
lad_interval_shuffle(LadInterval *interval)
{
    LadTouchItem *items = (LadTouchItem *)(void *)interval->items->data;
    for (guint i = interval->items->len; i > 1; i--) {
        guint j = (guint)lad_random_below(&interval->random, i);
        LadTouchItem item = items[i - 1];
        items[i - 1] = items[j];
        items[j] = item;
    }
}
