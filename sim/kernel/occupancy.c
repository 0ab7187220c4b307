/* occupancy.c - booking service time in buckets (memladder/occupancy.h). */
#include "config.h"
#include <memladder/occupancy.h>

#define FULL LAD_OCCUPANCY_FULL
#define MASK (LAD_OCCUPANCY_BUCKETS - 1)

void
lad_occupancy_init(LadOccupancy *occupancy, guint64 bytes_per_second)
{
    g_assert(bytes_per_second >= 1000000);
    occupancy->buckets = g_new0(LadBucket, LAD_OCCUPANCY_BUCKETS);
    occupancy->newest = 0;
    occupancy->ps_per_byte_16 = (guint64)(65536.0 * 1e12 / (double)bytes_per_second + 0.5);
}

void
lad_occupancy_clear(LadOccupancy *occupancy)
{
    g_clear_pointer(&occupancy->buckets, g_free);
}

/* The first bucket at or after `first` with room; G_MAXUINT64 if none before `end`. */
static inline guint64
find_room(LadOccupancy *occupancy, guint64 first, guint64 end)
{
    LadBucket *buckets = occupancy->buckets;
    guint64 at = first;
    while (at < end) {
        const LadBucket *bucket = &buckets[at & MASK];
        if (bucket->number != (guint32)at || bucket->used < FULL)
            break;
        at += bucket->skip;
    }
    if (at >= end)
        return G_MAXUINT64;
    /* Shorten the links that were followed. */
    for (guint64 i = first; i < at;) {
        LadBucket *bucket = &buckets[i & MASK];
        guint64 next = i + bucket->skip;
        bucket->skip = (guint32)(at - i);
        i = next;
    }
    return at;
}

LadTime
lad_occupancy_book_backlog(LadOccupancy *occupancy, LadTime now, guint64 bytes)
{
    guint64 at = now >> LAD_OCCUPANCY_SHIFT;
    if (at > occupancy->newest)
        occupancy->newest = at;
    else if (at + LAD_OCCUPANCY_BUCKETS / 4 < occupancy->newest)
        at = occupancy->newest - LAD_OCCUPANCY_BUCKETS / 4;
    guint64 end = occupancy->newest + LAD_OCCUPANCY_BUCKETS / 4 * 3;
    guint64 service = bytes * occupancy->ps_per_byte_16 >> 8;
    at = find_room(occupancy, at, end);
    /* Conservative for what is booked in pieces: the rest may be spread over partly full buckets.
     */
    if (at == G_MAXUINT64 || at + service / FULL + 1 >= end)
        return LAD_TIME_MAX;

    LadTime finish = now + (service >> 8);
    for (guint64 left = service;;) {
        LadBucket *bucket = &occupancy->buckets[at & MASK];
        if (bucket->number != (guint32)at) {
            bucket->number = (guint32)at;
            bucket->used = 0;
        }
        guint64 piece = MIN(left, (guint64)FULL - bucket->used);
        bucket->used += (guint32)piece;
        bucket->skip = 1;
        left -= piece;
        if (left == 0)
            return MAX(finish, (at << LAD_OCCUPANCY_SHIFT) + (bucket->used >> 8));
        guint64 next = find_room(occupancy, at + 1, end);
        /* The span is nearly full: what is left is booked behind its end. */
        if (next == G_MAXUINT64)
            return MAX(finish, (end << LAD_OCCUPANCY_SHIFT) + (left >> 8));
        at = next;
    }
}
