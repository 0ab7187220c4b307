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

typedef struct {
    guint32 number; /* low bits of the bucket's number since time 0; another's: this one is empty */
    guint32 used;   /* service time booked, in 1/256 ps; 2^25 is full */
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

/* Book `bytes` (1 to 2^32) from `now` on; returns when the last one has passed, at least now +
 * service. LAD_TIME_MAX if the backlog would exceed the span; nothing is booked then. */
LadTime lad_occupancy_book(LadOccupancy *occupancy, LadTime now, guint64 bytes);

G_END_DECLS
#endif
