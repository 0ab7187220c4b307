/* traffic.h - how traffic spreads over pages, window by window.
 *
 * Windows of several lengths are kept at a time. Of each: how many pages have traffic, how few of
 * them carry 50, 90 and 99 % of it, and how far the pages that carry 90 % are those of the window
 * before.
 */
#ifndef LAD_PROFILE_TRAFFIC_H
#define LAD_PROFILE_TRAFFIC_H

#include <glib.h>

G_BEGIN_DECLS

#define LAD_TRAFFIC_SHARES 4 /* 50, 90, 99 and 100 % */
extern const double lad_traffic_shares[LAD_TRAFFIC_SHARES];
#define LAD_TRAFFIC_HOT   1  /* of them: the pages that are compared */
#define LAD_TRAFFIC_STEPS 20 /* of the curve: each 5 % of the traffic */

/* A window that is over. */
typedef struct {
    guint64 bytes, n_pages;
    guint64 n_carry[LAD_TRAFFIC_SHARES]; /* the fewest pages that carry that share */
    guint64 n_step[LAD_TRAFFIC_STEPS];   /* the same, (i + 1) / LAD_TRAFFIC_STEPS of the traffic */
    /* Of the pages that carry 90 % here and in the window before: those in both over those in
     * either, and the share of this window's traffic that goes to those of the one before; NaN in
     * the first window. */
    double overlap, carried;
} LadTrafficWindow;

typedef struct LadTraffic LadTraffic;

/* `lengths` in any unit of time, `n` of them; n 0: an eighth, half and all of what there will be.
 */
LadTraffic *lad_traffic_new(const guint64 *lengths, guint n);
void lad_traffic_free(LadTraffic *traffic);
/* `bytes` (or any weight) of a page at `time`; a time before the latest counts as the latest. */
void lad_traffic_add(LadTraffic *traffic, guint64 page, guint64 bytes, guint64 time);
/* Nothing more comes; `end` is when it ended. Windows that are not full are left out, unless there
 * is no full one of their length. */
void lad_traffic_end(LadTraffic *traffic, guint64 end);

/* After the end: how many lengths, each one, its windows, and whether only part of one was filled.
 */
guint lad_traffic_n_lengths(const LadTraffic *traffic);
guint64 lad_traffic_length(const LadTraffic *traffic, guint length);
guint lad_traffic_n_windows(const LadTraffic *traffic, guint length);
const LadTrafficWindow *lad_traffic_window(const LadTraffic *traffic, guint length, guint window);
gboolean lad_traffic_partial(const LadTraffic *traffic, guint length);
/* Of everything: bytes, pages, and the pages' bytes in descending order (owned by `traffic`). */
guint64 lad_traffic_bytes(const LadTraffic *traffic);
guint64 lad_traffic_n_pages(const LadTraffic *traffic);
const guint64 *lad_traffic_by_page(LadTraffic *traffic);

/* The fewest of `n` numbers in descending order whose sum is at least `share` of `sum`. */
guint64 lad_traffic_carry(const guint64 *descending, guint64 n, guint64 sum, double share);

G_END_DECLS
#endif
