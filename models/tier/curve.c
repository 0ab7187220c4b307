/* curve.c - a tier whose latency follows a measured family of bandwidth-latency curves.
 *
 * The table has rows of read share, bandwidth and latency. A row says: with so many bytes under
 * way, n = bandwidth x latency (Little's law), a request takes that latency. So the family becomes
 * latency over n, and n is what the model estimates, window by window, from the transfers
 * themselves. Taken this way it is stable in a closed loop: whoever waits keeps n where it is, and
 * past the last point latency grows as n / peak, that is at the peak bandwidth. A window's estimate
 * counts half, those before it the rest; between read shares latency is interpolated. So that a
 * burst within a window cannot exceed the peak, bytes also book a channel of that bandwidth.
 *
 * Left out: banks and rows; who suffers from whom. Units: GB/s, ns in the table; ps inside.
 */
#include "config.h"
#include <memladder/error.h>
#include <memladder/occupancy.h>
#include <memladder/tier.h>

#define MAX_SHARES 32

typedef struct {
    LadTable *table;
    LadTime subtract, window;
    double scale;
    gboolean duplex;
} Params;

/* A row of the table. */
typedef struct {
    double under_way; /* bytes */
    double latency;   /* ps */
} Point;

typedef struct {
    double share;
    guint n;
    Point *points;
    double ps_per_byte; /* at the peak */
} Curve;

/* What is known of one direction's load, or of both together. */
typedef struct {
    guint64 window;           /* number of the current one */
    double byte_ps;           /* in it: sum of bytes x latency */
    double under_way;         /* estimate, bytes */
    double bytes, read_bytes; /* in it */
    double share;             /* estimate of the read share */
    LadTime latency;          /* that follows */
    LadOccupancy channel;
} Load;

typedef struct {
    guint n_curves;
    Curve curves[MAX_SHARES]; /* by rising share */
    Load load[2];             /* [1]: writes, if they do not share */
    LadTime line;             /* service time of a line at the peak */
} State;

static const LadOption options[] = {
    LAD_OPT(
        Params, table, "table", TABLE, NULL, NULL, NULL,
        "rows of read share (0 to 1), bandwidth in GB/s, latency in ns; per share by rising load"),
    LAD_OPT(Params, subtract, "subtract", TIME, "0 ns", NULL, "1 us",
            "the cores' part of the table's latencies, which the caches take already"),
    LAD_OPT(Params, scale, "scale", DOUBLE, "1", "0.001", "1000",
            "multiplies the table's bandwidths (one of eight channels: 0.125)"),
    LAD_OPT(Params, window, "window", TIME, "1 us", "100 ns", "1 ms",
            "between two looks at the load"),
    LAD_OPT(Params, duplex, "duplex", BOOL, "false", NULL, NULL,
            "reads and writes do not share: reads follow the highest share's curve, writes the "
            "lowest's"),
    LAD_OPTIONS_END,
};

/* ---- The table --------------------------------------------------------------------------------
 */

static gboolean
refuse(const Params *params, guint row, const char *what, GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "%s: row %u of the table: %s",
                params->table->origin, row + 1, what);
    return FALSE;
}

static gboolean
check_row(const Params *params, guint row, const double *cells, const double *before,
          GError **error)
{
    gboolean same = before && before[0] == cells[0];
    if (cells[0] < 0 || cells[0] > 1)
        return refuse(params, row, "expected a read share between 0 and 1", error);
    if (cells[1] <= 0 || cells[2] <= 0)
        return refuse(params, row, "expected a bandwidth and a latency above 0", error);
    if (cells[2] * 1000 <= (double)params->subtract)
        return refuse(params, row, "expected a latency above `subtract`", error);
    if (same && cells[1] <= before[1])
        return refuse(params, row, "expected a bandwidth above that of the row before", error);
    if (same && cells[2] < before[2])
        return refuse(params, row, "expected a latency not below that of the row before", error);
    return TRUE;
}

static gboolean
add_row(State *state, const Params *params, guint row, GError **error)
{
    const double *cells = params->table->cells + (gsize)row * 3;
    Curve *curve = state->n_curves ? &state->curves[state->n_curves - 1] : NULL;
    if (!check_row(params, row, cells, row ? cells - 3 : NULL, error))
        return FALSE;
    if (!curve || curve->share != cells[0]) {
        for (guint i = 0; i < state->n_curves; i++)
            if (state->curves[i].share == cells[0])
                return refuse(params, row, "this read share was listed before", error);
        if (state->n_curves == MAX_SHARES)
            return refuse(params, row, "expected at most 32 read shares", error);
        curve = &state->curves[state->n_curves++];
        curve->share = cells[0];
        curve->points = g_new0(Point, params->table->n_rows - row);
    }
    double bytes_per_ps = cells[1] * params->scale * 1e-3;
    Point *point = &curve->points[curve->n++];
    /* Bytes are under way for the whole latency, the cores' part included; only the answer lacks
     * it. */
    point->under_way = bytes_per_ps * (cells[2] * 1000 - (double)params->subtract);
    point->latency = cells[2] * 1000 - (double)params->subtract;
    curve->ps_per_byte = 1 / bytes_per_ps;
    return TRUE;
}

static int
by_share(const void *a, const void *b)
{
    double x = ((const Curve *)a)->share, y = ((const Curve *)b)->share;
    return (x > y) - (x < y);
}

/* Latency in ps of one curve with so many bytes under way. */
static double
latency_at(const Curve *curve, double under_way)
{
    const Point *points = curve->points;
    if (under_way <= points[0].under_way)
        return points[0].latency;
    if (under_way >= points[curve->n - 1].under_way)
        return under_way * curve->ps_per_byte;
    guint low = 0, high = curve->n - 1;
    while (high - low > 1) {
        guint middle = (low + high) / 2;
        if (points[middle].under_way <= under_way)
            low = middle;
        else
            high = middle;
    }
    double part =
        (under_way - points[low].under_way) / (points[high].under_way - points[low].under_way);
    return points[low].latency + part * (points[high].latency - points[low].latency);
}

/* The same between curves. */
static LadTime
family_latency(const State *state, double share, double under_way)
{
    const Curve *curves = state->curves;
    guint last = state->n_curves - 1, i = 0;
    while (i < last && curves[i + 1].share <= share)
        i++;
    double latency = latency_at(&curves[i], under_way);
    if (i < last && share > curves[i].share) {
        double part = (share - curves[i].share) / (curves[i + 1].share - curves[i].share);
        latency += part * (latency_at(&curves[i + 1], under_way) - latency);
    }
    return (LadTime)latency;
}

/* ---- The model --------------------------------------------------------------------------------
 */

static gboolean
init(LadTier *tier, GError **error)
{
    const Params *params = tier->params;
    State *state = tier->state;
    if (params->table->n_columns != 3 || params->table->n_rows == 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: a table of %u columns; expected 3: read share, GB/s, ns",
                    params->table->origin, params->table->n_columns);
        return FALSE;
    }
    for (guint row = 0; row < params->table->n_rows; row++)
        if (!add_row(state, params, row, error))
            return FALSE;
    qsort(state->curves, state->n_curves, sizeof *state->curves, by_share);
    double least = state->curves[0].ps_per_byte;
    for (guint i = 1; i < state->n_curves; i++)
        least = MIN(least, state->curves[i].ps_per_byte);
    for (guint i = 0; i < 2; i++) {
        Load *load = &state->load[i];
        lad_occupancy_init(&load->channel, MAX((guint64)(1e12 / least), 1000000));
        load->share = params->duplex && i == 1 ? 0 : 1;
        load->latency = family_latency(state, load->share, 0);
    }
    state->line = lad_occupancy_service(&state->load[0].channel, 64);
    return TRUE;
}

static gboolean
setup(LadTier *tier, GError **error G_GNUC_UNUSED)
{
    const State *state = tier->state;
    tier->idle_read_ps = family_latency(state, 1, 0);
    tier->idle_write_ps = family_latency(state, 0, 0);
    return TRUE;
}

static void
clear(LadTier *tier)
{
    State *state = tier->state;
    for (guint i = 0; i < state->n_curves; i++)
        g_free(state->curves[i].points);
    lad_occupancy_clear(&state->load[0].channel);
    lad_occupancy_clear(&state->load[1].channel);
}

/* A window has ended: what was it like, and what latency follows? */
static void
look(const State *state, const Params *params, Load *load, guint64 window)
{
    double seen = load->byte_ps / (double)params->window;
    load->under_way = (load->under_way + seen) / 2;
    for (guint64 idle = window - load->window - 1; idle > 0 && load->under_way > 1; idle--)
        load->under_way /= 2;
    if (load->bytes > 0 && !params->duplex)
        load->share = (load->share + load->read_bytes / load->bytes) / 2;
    load->latency = family_latency(state, load->share, load->under_way);
    load->byte_ps = load->bytes = load->read_bytes = 0;
    load->window = window;
}

static LadTime
transfer_bytes(LadTier *tier, LadTime now, const LadTransfer *transfer)
{
    const Params *params = tier->params;
    State *state = tier->state;
    gboolean write = lad_transfer_is_write(transfer->kind);
    Load *load = &state->load[write && params->duplex ? 1 : 0];
    guint64 window = now / params->window;
    if (window > load->window)
        look(state, params, load, window);

    LadTime idle = write ? tier->idle_write_ps : tier->idle_read_ps;
    LadTime booked = lad_occupancy_book(&load->channel, now, transfer->bytes);
    if (booked == LAD_TIME_MAX)
        return booked;
    LadTime done = MAX(now + load->latency, booked + idle - MIN(idle, state->line));
    /* A copy is as many lines under way, each for a line's latency, not for the copy's. */
    LadTime took = transfer->bytes <= 128 ? done - now : load->latency;
    load->byte_ps += (double)transfer->bytes * (double)took;
    load->bytes += transfer->bytes;
    if (!write)
        load->read_bytes += transfer->bytes;
    return done;
}

const LadTierClass lad_tier_curve = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_TIER, LadTierClass, "curve",
                            "latency from a measured family of bandwidth-latency curves"),
             .models =
                 "Loaded latency by bandwidth and read share; saturation at the family's peak; "
                 "reads and writes together or apart.",
             .leaves_out = "Banks and rows; interference between particular requesters.",
             .source =
                 "Families as measured by Mess and PROFET (bsc-mem); checked by closed-loop and "
                 "open-loop probes against the table itself.",
             .options = options, .params_size = sizeof(Params), .host_size = sizeof(State)},
    .init = init,
    .setup = setup,
    .clear = clear,
    .access = transfer_bytes,
};
