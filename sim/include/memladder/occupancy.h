/* occupancy.h - how busy a resource is, in buckets of time.
 *
 * A channel or link serves bytes at one rate. Requests of one core come out of order by up to its
 * window, so a single "busy until" would make an early request wait for a later one. Instead time
 * is cut into buckets of LAD_OCCUPANCY_WIDTH; a request takes room in the first bucket at or after
 * its own that has some, and as many further ones as it needs. Full buckets are skipped by links
 * that are shortened as they are followed, so a backlog costs nothing.
 *
 * Span: the ring holds LAD_OCCUPANCY_BUCKETS buckets (4.3 ms). A quarter of it lies behind the
 * newest request, for late ones (older requests are taken as that old); three quarters (3.2 ms) may
 * be backlog. A backlog beyond is an error: the caller made requests without waiting for any.
 */
#ifndef MEMLADDER_OCCUPANCY_H
#define MEMLADDER_OCCUPANCY_H

#include <memladder/types.h>

G_BEGIN_DECLS

#define LAD_OCCUPANCY_SHIFT   17 /* a bucket is 2^17 ps = 131 ns */
#define LAD_OCCUPANCY_BUCKETS 32768u
#define LAD_OCCUPANCY_WIDTH   ((LadTime)1 << LAD_OCCUPANCY_SHIFT)
/* Longest backlog in ps. */
#define LAD_OCCUPANCY_SPAN ((LAD_OCCUPANCY_BUCKETS / 4 * 3) * LAD_OCCUPANCY_WIDTH)

#define LAD_OCCUPANCY_FULL ((guint32)1 << (LAD_OCCUPANCY_SHIFT + 8))

typedef struct {
    guint32 number; /* low bits of the bucket's number since time 0; another's: this one is empty */
    guint32 used;   /* service time booked, in 1/256 ps; at most LAD_OCCUPANCY_FULL */
    guint32 skip;   /* of a full bucket: how many buckets on there may be room */
} LadBucket;

typedef struct {
    LadBucket *buckets;
    guint64 newest;         /* bucket of the newest request */
    guint64 ps_per_byte_16; /* service time of a byte, in 2^-16 ps */
} LadOccupancy;

/* Prepare for a rate in bytes per second, at least 1 MB/s and at most 2^53. */
void lad_occupancy_init(LadOccupancy *occupancy, guint64 bytes_per_second);
void lad_occupancy_clear(LadOccupancy *occupancy);

/* Time to serve `bytes` with nothing else under way, in ps, rounded down. */
static inline LadTime
lad_occupancy_service(const LadOccupancy *occupancy, guint64 bytes)
{
    return bytes * occupancy->ps_per_byte_16 >> 16;
}

/* The slow part of lad_occupancy_book: a backlog, more than a bucket holds, or a late request. */
LadTime lad_occupancy_book_backlog(LadOccupancy *occupancy, LadTime now, guint64 bytes);

/* Book `bytes` (1 to 2^32) from `now` on; returns when the last one has passed, at least now +
 * service. LAD_TIME_MAX if the backlog would exceed the span; nothing is booked then. */
static inline LadTime
lad_occupancy_book(LadOccupancy *occupancy, LadTime now, guint64 bytes)
{
    guint64 at = now >> LAD_OCCUPANCY_SHIFT;
    guint64 service = bytes * occupancy->ps_per_byte_16 >> 8;
    LadBucket *bucket = &occupancy->buckets[at % LAD_OCCUPANCY_BUCKETS];
    guint32 used = bucket->number == (guint32)at ? bucket->used : 0;
    if (service > LAD_OCCUPANCY_FULL || used + (guint32)service > LAD_OCCUPANCY_FULL ||
        at + LAD_OCCUPANCY_BUCKETS / 4 < occupancy->newest)
        return lad_occupancy_book_backlog(occupancy, now, bytes);
    occupancy->newest = at > occupancy->newest ? at : occupancy->newest;
    used += (guint32)service;
    *bucket = (LadBucket){(guint32)at, used, 1};
    LadTime alone = now + (service >> 8), queued = (at << LAD_OCCUPANCY_SHIFT) + (used >> 8);
    return alone > queued ? alone : queued;
}

G_END_DECLS
#endif
