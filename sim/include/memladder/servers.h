/* servers.h - a number of equal servers (flash channels, a controller, a wire) and their bookings.
 *
 * Requests may come out of order, so each server keeps its latest busy intervals, and a request
 * takes the first gap that is long enough, on the server where it starts first (the lowest number
 * of several). What lies before the oldest interval kept counts as busy. Unlike
 * memladder/occupancy.h, for requests that take long (from a microsecond on), without a limit to
 * the backlog.
 */
#ifndef MEMLADDER_SERVERS_H
#define MEMLADDER_SERVERS_H

#include <memladder/types.h>

G_BEGIN_DECLS

#define LAD_SERVER_INTERVALS 16u

typedef struct {
    LadTime begin, end;
} LadBusy;

typedef struct {
    guint n;                            /* intervals kept */
    LadTime before;                     /* busy up to here */
    LadBusy busy[LAD_SERVER_INTERVALS]; /* disjoint, in order */
} LadServer;

typedef struct {
    guint n;
    LadServer *servers;
    LadTime busy_ps; /* booked on all of them so far */
} LadServers;

/* `n` servers, at least 1, all idle. */
void lad_servers_init(LadServers *servers, guint n);
void lad_servers_clear(LadServers *servers);
/* Book `duration` from `now` on, on any server; returns when it starts. A duration of 0 starts at
 * once. */
LadTime lad_servers_book(LadServers *servers, LadTime now, LadTime duration);
/* The same on server `number`, below n. */
LadTime lad_servers_book_on(LadServers *servers, guint number, LadTime now, LadTime duration);

G_END_DECLS
#endif
