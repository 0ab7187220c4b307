/* traffic.c - pages, epochs and windows.
 *
 * Traffic is gathered in epochs, whose length is the greatest common divisor of the windows'. Where
 * those are shares of a whole that is not known yet, epochs are kept, at most so many: when there
 * are more, two become one. */
#include "config.h"
#include "analysis/profile/traffic.h"
#include <math.h>
#include <string.h>

#define EPOCHS 32 /* kept, if lengths are shares of the whole; even */
#define FREE   G_MAXUINT64

const double lad_traffic_shares[LAD_TRAFFIC_SHARES] = {0.5, 0.9, 0.99, 1.0};
static const guint parts[] = {8, 2, 1};

typedef struct {
    guint32 page; /* its number */
    guint64 bytes;
} Share;

/* Windows of one length. */
typedef struct {
    guint64 n_epochs, length;
    guint64 at;      /* epochs in the current one */
    GArray *bytes;   /* guint64, by page, in the current one */
    GArray *touched; /* guint32: its pages */
    GArray *hot;     /* guint8, by page: carried the window before */
    GArray *hottest; /* guint32: those pages */
    GArray *windows; /* LadTrafficWindow */
    gboolean partial;
} Length;

struct LadTraffic {
    guint64 *places; /* open addressing: numbers of pages by key, */
    guint64 *keys;   /* FREE where there is none */
    guint bits;
    GArray *totals;  /* guint64, by page */
    GArray *now;     /* guint64, by page: in this epoch */
    GArray *touched; /* guint32 */
    GPtrArray *kept; /* of GArray of Share: epochs, if lengths are shares */
    GArray *lengths; /* Length */
    gboolean open;   /* lengths are shares of a whole that is not known */
    guint64 epoch;   /* its length */
    guint64 epoch_end;
    guint64 time, n_passed; /* epochs */
    guint64 bytes;
    gboolean begun, ended;
};

/* ---- Pages ------------------------------------------------------------------------------------
 */

static gsize
place_of(const LadTraffic *traffic, guint64 key)
{
    gsize mask = ((gsize)1 << traffic->bits) - 1;
    gsize at = (gsize)((key * G_GUINT64_CONSTANT(0x9E3779B97F4A7C15)) >> (64 - traffic->bits));
    while (traffic->keys[at] != key && traffic->keys[at] != FREE)
        at = (at + 1) & mask;
    return at;
}

static void
make_places(LadTraffic *traffic, guint bits)
{
    guint64 *keys = traffic->keys, *places = traffic->places;
    gsize n = keys != NULL ? (gsize)1 << traffic->bits : 0;
    traffic->bits = bits;
    traffic->keys = g_new(guint64, (gsize)1 << bits);
    traffic->places = g_new0(guint64, (gsize)1 << bits);
    memset(traffic->keys, 0xff, sizeof(guint64) << bits);
    for (gsize i = 0; i < n; i++)
        if (keys[i] != FREE) {
            gsize at = place_of(traffic, keys[i]);
            traffic->keys[at] = keys[i];
            traffic->places[at] = places[i];
        }
    g_free(keys);
    g_free(places);
}

static guint32
page_of(LadTraffic *traffic, guint64 key)
{
    gsize at = place_of(traffic, key);
    if (traffic->keys[at] == key)
        return (guint32)traffic->places[at];
    guint32 page = traffic->totals->len;
    if (page > ((guint32)1 << traffic->bits) / 2) {
        make_places(traffic, traffic->bits + 1);
        at = place_of(traffic, key);
    }
    traffic->keys[at] = key;
    traffic->places[at] = page;
    g_array_set_size(traffic->totals, page + 1);
    g_array_set_size(traffic->now, page + 1);
    return page;
}

/* ---- Windows ----------------------------------------------------------------------------------
 */

guint64
lad_traffic_carry(const guint64 *descending, guint64 n, guint64 sum, double share)
{
    guint64 so_far = 0, i = 0;
    while (i < n && (double)so_far < share * (double)sum)
        so_far += descending[i++];
    return i;
}

static int
compare_shares(gconstpointer a, gconstpointer b)
{
    const Share *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes > y->bytes ? -1 : 1;
    return x->page < y->page ? -1 : x->page > y->page;
}

/* The pages of the current window, most traffic first. */
static GArray *
rank_pages(const Length *length, guint64 *sum)
{
    GArray *ranked = g_array_sized_new(FALSE, FALSE, sizeof(Share), length->touched->len);
    *sum = 0;
    for (guint i = 0; i < length->touched->len; i++) {
        guint32 page = g_array_index(length->touched, guint32, i);
        Share share = {page, g_array_index(length->bytes, guint64, page)};
        *sum += share.bytes;
        g_array_append_val(ranked, share);
    }
    g_array_sort(ranked, compare_shares);
    return ranked;
}

/* Compares the hottest pages of a window with those before, and keeps them for the next. */
static void
compare_hot(Length *length, const GArray *ranked, LadTrafficWindow *window)
{
    guint64 n = window->n_carry[LAD_TRAFFIC_HOT], both = 0, carried = 0;
    gboolean first = length->windows->len == 0;
    guint8 *hot = (guint8 *)length->hot->data;
    for (guint i = 0; i < ranked->len; i++) {
        const Share *share = &g_array_index(ranked, Share, i);
        both += i < n && hot[share->page];
        carried += hot[share->page] ? share->bytes : 0;
    }
    guint64 either = n + length->hottest->len - both;
    window->overlap = first || either == 0 ? (double)NAN : (double)both / (double)either;
    window->carried = first ? (double)NAN : (double)carried / (double)window->bytes;
    for (guint i = 0; i < length->hottest->len; i++)
        hot[g_array_index(length->hottest, guint32, i)] = 0;
    g_array_set_size(length->hottest, 0);
    for (guint i = 0; i < n; i++) {
        guint32 page = g_array_index(ranked, Share, i).page;
        hot[page] = 1;
        g_array_append_val(length->hottest, page);
    }
}

static void
close_window(Length *length)
{
    LadTrafficWindow window = {0};
    length->at = 0;
    if (length->touched->len == 0)
        return;
    g_autoptr(GArray) ranked = rank_pages(length, &window.bytes);
    g_autofree guint64 *bytes = g_new(guint64, ranked->len);
    window.n_pages = ranked->len;
    for (guint i = 0; i < ranked->len; i++)
        bytes[i] = g_array_index(ranked, Share, i).bytes;
    for (guint i = 0; i < LAD_TRAFFIC_SHARES; i++)
        window.n_carry[i] =
            lad_traffic_carry(bytes, ranked->len, window.bytes, lad_traffic_shares[i]);
    for (guint i = 0; i < LAD_TRAFFIC_STEPS; i++)
        window.n_step[i] = lad_traffic_carry(bytes, ranked->len, window.bytes,
                                             (double)(i + 1) / LAD_TRAFFIC_STEPS);
    compare_hot(length, ranked, &window);
    g_array_append_val(length->windows, window);
    for (guint i = 0; i < length->touched->len; i++)
        g_array_index(length->bytes, guint64, g_array_index(length->touched, guint32, i)) = 0;
    g_array_set_size(length->touched, 0);
}

/* An epoch is over, or (not `whole`) all there is: its pages go to the windows of all lengths. */
static void
feed(LadTraffic *traffic, const GArray *shares, gboolean whole)
{
    for (guint l = 0; l < traffic->lengths->len; l++) {
        Length *length = &g_array_index(traffic->lengths, Length, l);
        g_array_set_size(length->bytes, traffic->totals->len);
        g_array_set_size(length->hot, traffic->totals->len);
        for (guint i = 0; i < shares->len; i++) {
            const Share *share = &g_array_index(shares, Share, i);
            guint64 *bytes = &g_array_index(length->bytes, guint64, share->page);
            if (*bytes == 0)
                g_array_append_val(length->touched, share->page);
            *bytes += share->bytes;
        }
        if (whole && ++length->at == length->n_epochs)
            close_window(length);
    }
}

/* ---- Epochs -----------------------------------------------------------------------------------
 */

static GArray *
take_epoch(LadTraffic *traffic)
{
    GArray *shares = g_array_sized_new(FALSE, FALSE, sizeof(Share), traffic->touched->len);
    for (guint i = 0; i < traffic->touched->len; i++) {
        guint32 page = g_array_index(traffic->touched, guint32, i);
        guint64 *bytes = &g_array_index(traffic->now, guint64, page);
        Share share = {page, *bytes};
        g_array_append_val(shares, share);
        *bytes = 0;
    }
    g_array_set_size(traffic->touched, 0);
    return shares;
}

static int
compare_pages(gconstpointer a, gconstpointer b)
{
    const Share *x = a, *y = b;
    return x->page < y->page ? -1 : x->page > y->page;
}

/* `more` becomes part of `to`. */
static void
merge(GArray *to, const GArray *more)
{
    guint n = 0;
    g_array_append_vals(to, more->data, more->len);
    g_array_sort(to, compare_pages);
    for (guint i = 0; i < to->len; i++) {
        Share share = g_array_index(to, Share, i);
        if (n > 0 && g_array_index(to, Share, n - 1).page == share.page)
            g_array_index(to, Share, n - 1).bytes += share.bytes;
        else
            g_array_index(to, Share, n++) = share;
    }
    g_array_set_size(to, n);
}

static void
halve_epochs(LadTraffic *traffic)
{
    for (guint i = 0; i < EPOCHS / 2; i++) {
        merge(traffic->kept->pdata[2 * i], traffic->kept->pdata[2 * i + 1]);
        if (i > 0) {
            g_array_unref(traffic->kept->pdata[i]);
            traffic->kept->pdata[i] = g_array_ref(traffic->kept->pdata[2 * i]);
        }
    }
    g_ptr_array_set_size(traffic->kept, EPOCHS / 2);
    traffic->epoch *= 2;
}

static void
end_epoch(LadTraffic *traffic, gboolean whole)
{
    GArray *shares = take_epoch(traffic);
    if (traffic->open) {
        g_ptr_array_add(traffic->kept, shares);
        if (traffic->kept->len == EPOCHS)
            halve_epochs(traffic);
    } else {
        feed(traffic, shares, whole);
        g_array_unref(shares);
    }
    traffic->n_passed++;
    traffic->epoch_end += traffic->epoch;
}

/* ---- The whole --------------------------------------------------------------------------------
 */

static guint64
common_divisor(guint64 a, guint64 b)
{
    while (b != 0) {
        guint64 rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static void
add_length(LadTraffic *traffic, guint64 length)
{
    Length added = {.length = length,
                    .bytes = g_array_new(FALSE, TRUE, sizeof(guint64)),
                    .touched = g_array_new(FALSE, FALSE, sizeof(guint32)),
                    .hot = g_array_new(FALSE, TRUE, sizeof(guint8)),
                    .hottest = g_array_new(FALSE, FALSE, sizeof(guint32)),
                    .windows = g_array_new(FALSE, FALSE, sizeof(LadTrafficWindow))};
    g_array_append_val(traffic->lengths, added);
}

LadTraffic *
lad_traffic_new(const guint64 *lengths, guint n)
{
    LadTraffic *traffic = g_new0(LadTraffic, 1);
    make_places(traffic, 12);
    traffic->totals = g_array_new(FALSE, TRUE, sizeof(guint64));
    traffic->now = g_array_new(FALSE, TRUE, sizeof(guint64));
    traffic->touched = g_array_new(FALSE, FALSE, sizeof(guint32));
    traffic->kept = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    traffic->lengths = g_array_new(FALSE, FALSE, sizeof(Length));
    traffic->open = n == 0;
    traffic->epoch = traffic->open ? 1024 : 0;
    for (guint i = 0; i < n; i++) {
        g_assert(lengths[i] > 0);
        traffic->epoch = common_divisor(traffic->epoch, lengths[i]);
        add_length(traffic, lengths[i]);
    }
    for (guint i = 0; i < n; i++)
        g_array_index(traffic->lengths, Length, i).n_epochs = lengths[i] / traffic->epoch;
    for (guint i = 0; traffic->open && i < G_N_ELEMENTS(parts); i++)
        add_length(traffic, 0);
    return traffic;
}

void
lad_traffic_free(LadTraffic *traffic)
{
    if (traffic == NULL)
        return;
    for (guint i = 0; i < traffic->lengths->len; i++) {
        Length *length = &g_array_index(traffic->lengths, Length, i);
        g_array_unref(length->bytes);
        g_array_unref(length->touched);
        g_array_unref(length->hot);
        g_array_unref(length->hottest);
        g_array_unref(length->windows);
    }
    g_array_unref(traffic->lengths);
    g_array_unref(traffic->totals);
    g_array_unref(traffic->now);
    g_array_unref(traffic->touched);
    g_ptr_array_unref(traffic->kept);
    g_free(traffic->keys);
    g_free(traffic->places);
    g_free(traffic);
}

/* Epochs without traffic at the far end of a leap in time make no windows, but they pass. */
static void
pass_to(LadTraffic *traffic, guint64 time)
{
    if (!traffic->begun) {
        traffic->begun = TRUE;
        traffic->time = time;
        traffic->epoch_end = time + traffic->epoch;
    }
    traffic->time = MAX(traffic->time, time);
    while (traffic->time >= traffic->epoch_end)
        end_epoch(traffic, TRUE);
}

void
lad_traffic_add(LadTraffic *traffic, guint64 page, guint64 bytes, guint64 time)
{
    g_assert(!traffic->ended);
    if (bytes == 0)
        return;
    pass_to(traffic, time);
    guint32 number = page_of(traffic, page);
    guint64 *now = &g_array_index(traffic->now, guint64, number);
    if (*now == 0)
        g_array_append_val(traffic->touched, number);
    *now += bytes;
    g_array_index(traffic->totals, guint64, number) += bytes;
    traffic->bytes += bytes;
}

/* Now that the whole is known, its parts can be. */
static void
feed_kept(LadTraffic *traffic)
{
    guint n = MAX(traffic->kept->len, 1);
    for (guint i = 0; i < traffic->lengths->len; i++) {
        Length *length = &g_array_index(traffic->lengths, Length, i);
        length->n_epochs = MAX(n / parts[i], 1);
        length->length = length->n_epochs * traffic->epoch;
    }
    for (guint i = 0; i < traffic->kept->len; i++)
        feed(traffic, traffic->kept->pdata[i], TRUE);
}

static int
compare_bytes(gconstpointer a, gconstpointer b)
{
    guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;
    return x > y ? -1 : x < y;
}

void
lad_traffic_end(LadTraffic *traffic, guint64 end)
{
    g_assert(!traffic->ended);
    if (traffic->begun)
        pass_to(traffic, end);
    if (traffic->touched->len > 0)
        end_epoch(traffic, FALSE);
    if (traffic->open)
        feed_kept(traffic);
    for (guint i = 0; i < traffic->lengths->len; i++) {
        Length *length = &g_array_index(traffic->lengths, Length, i);
        length->partial = length->windows->len == 0 && length->touched->len > 0;
        if (length->partial)
            close_window(length);
    }
    g_array_sort(traffic->totals, compare_bytes);
    traffic->ended = TRUE;
}

guint
lad_traffic_n_lengths(const LadTraffic *traffic)
{
    return traffic->lengths->len;
}

static const Length *
length_at(const LadTraffic *traffic, guint length)
{
    g_assert(traffic->ended && length < traffic->lengths->len);
    return &g_array_index(traffic->lengths, Length, length);
}

guint64
lad_traffic_length(const LadTraffic *traffic, guint length)
{
    return length_at(traffic, length)->length;
}

guint
lad_traffic_n_windows(const LadTraffic *traffic, guint length)
{
    return length_at(traffic, length)->windows->len;
}

const LadTrafficWindow *
lad_traffic_window(const LadTraffic *traffic, guint length, guint window)
{
    return &g_array_index(length_at(traffic, length)->windows, LadTrafficWindow, window);
}

gboolean
lad_traffic_partial(const LadTraffic *traffic, guint length)
{
    return length_at(traffic, length)->partial;
}

guint64
lad_traffic_bytes(const LadTraffic *traffic)
{
    return traffic->bytes;
}

guint64
lad_traffic_n_pages(const LadTraffic *traffic)
{
    return traffic->totals->len;
}

const guint64 *
lad_traffic_by_page(LadTraffic *traffic)
{
    g_assert(traffic->ended);
    return (const guint64 *)(gconstpointer)traffic->totals->data;
}
