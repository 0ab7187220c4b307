/* servers.c - bookings on a number of equal servers (memladder/servers.h). */
#include "config.h"
#include <memladder/servers.h>

void
lad_servers_init(LadServers *servers, guint n)
{
    g_assert(n >= 1);
    *servers = (LadServers){.n = n, .servers = g_new0(LadServer, n)};
}

void
lad_servers_clear(LadServers *servers)
{
    g_clear_pointer(&servers->servers, g_free);
}

/* When `duration` could start on this server, and before which interval. */
static LadTime
find_gap(const LadServer *server, LadTime now, LadTime duration, guint *place)
{
    LadTime start = MAX(now, server->before);
    if (server->n > 0 && start >= server->busy[server->n - 1].begin) {
        *place = server->n;
        return MAX(start, server->busy[server->n - 1].end);
    }
    guint i = 0;
    for (; i < server->n && server->busy[i].begin < start + duration; i++)
        start = MAX(start, server->busy[i].end);
    *place = i;
    return start;
}

static void
enter(LadServer *server, guint place, LadTime start, LadTime duration)
{
    LadBusy *busy = server->busy;
    LadTime end = start + duration;
    gboolean joins_left = place > 0 && busy[place - 1].end == start;
    gboolean joins_right = place < server->n && busy[place].begin == end;
    if (joins_left && joins_right) {
        busy[place - 1].end = busy[place].end;
        server->n--;
        memmove(&busy[place], &busy[place + 1], (server->n - place) * sizeof *busy);
    } else if (joins_left) {
        busy[place - 1].end = end;
    } else if (joins_right) {
        busy[place].begin = start;
    } else {
        if (server->n == LAD_SERVER_INTERVALS) {
            /* The oldest goes; if that is this one, only the mark moves. */
            if (place == 0) {
                server->before = end;
                return;
            }
            server->before = busy[0].end;
            server->n--;
            place--;
            memmove(&busy[0], &busy[1], server->n * sizeof *busy);
        }
        memmove(&busy[place + 1], &busy[place], (server->n - place) * sizeof *busy);
        busy[place] = (LadBusy){start, end};
        server->n++;
    }
}

LadTime
lad_servers_book_on(LadServers *servers, guint number, LadTime now, LadTime duration)
{
    guint place;
    LadServer *server = &servers->servers[number];
    if (duration == 0)
        return now;
    LadTime start = find_gap(server, now, duration, &place);
    enter(server, place, start, duration);
    servers->busy_ps += duration;
    return start;
}

LadTime
lad_servers_book(LadServers *servers, LadTime now, LadTime duration)
{
    guint best = 0, best_place = 0;
    LadTime earliest = LAD_TIME_MAX;
    if (duration == 0)
        return now;
    for (guint i = 0; i < servers->n && earliest > now; i++) {
        guint place;
        LadTime start = find_gap(&servers->servers[i], now, duration, &place);
        if (start < earliest) {
            earliest = start;
            best = i;
            best_place = place;
        }
    }
    enter(&servers->servers[best], best_place, earliest, duration);
    servers->busy_ps += duration;
    return earliest;
}
