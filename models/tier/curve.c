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
 * Measured families are noisy: with `smooth`, by rising load, a point whose bandwidth does not rise
 * (a repeat, or beyond saturation) is left out and a latency that falls by up to `noise` is raised
 * to the one before, by more if the bandwidths are the same within `noise` (beside saturation a
 * small step of bandwidth is a large one of latency). A bandwidth around 0 (an idle machine less
 * what the probe itself takes) and a file without latencies are left out. How many is noted with
 * the results. Without `smooth` all are errors.
 *
 * Left out: banks and rows; who suffers from whom. Units: GB/s, ns in the table; ps inside.
 */
#include "config.h"
#include <memladder/error.h>
#include <memladder/occupancy.h>
#include <memladder/tier.h>

#define MAX_SHARES 128

typedef struct {
    LadTable *table;
    LadTime subtract, window;
    double scale, noise;
    guint64 latency_clock;
    gboolean duplex, smooth;
    guint missing;
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
    LadTime flow;             /* of a line, with what streams of lines have under way */
    LadOccupancy channel;
} Load;

typedef struct {
    guint n_curves;
    Curve curves[MAX_SHARES];   /* by rising share */
    Load load[2];               /* [1]: writes, if they do not share */
    LadTime line;               /* service time of a line at the peak */
    guint n_left_out, n_raised; /* points, by smoothing */
    guint n_around_zero;        /* of bandwidth, left out */
    double most_raised;         /* share of a latency */
    double peak;                /* of all rows, as in the table */
} State;

typedef enum { REFUSE, NEAREST } Missing;

static const char *const missing_choices[] = {"refuse", "nearest", NULL};

static const LadOption options[] = {
    LAD_OPT(
        Params, table, "table", TABLE, NULL, NULL, NULL,
        "rows of read share (0 to 1), bandwidth in GB/s, latency; per share by rising load; or a "
        "folder of files bwlat_PERCENT.txt as Mess writes them (MB/s, latency)"),
    LAD_OPT(Params, latency_clock, "latency-clock", FREQUENCY, "0 Hz", NULL, "100 GHz",
            "the table's latencies are cycles of this clock; 0: ns"),
    LAD_OPT(
        Params, smooth, "smooth", BOOL, "false", NULL, NULL,
        "the table is as measured: leave out points whose bandwidth does not rise or is 0 within "
        "`noise` of the peak, and raise latencies that fall by no more than `noise`, or at the "
        "same bandwidth within it; a note says how many"),
    LAD_OPT(Params, noise, "noise", DOUBLE, "0.05", "0", "0.5",
            "how far a latency may lie below that of a lower load, and what counts as the same "
            "bandwidth (smooth)"),
    LAD_OPT_ENUM(
        Params, missing, "missing-shares", "refuse", missing_choices,
        "whether a family must reach from a read share of 0.5 or less (duplex: 0) to 1, or "
        "the nearest share stands for those it lacks"),
    LAD_OPT(Params, subtract, "subtract", TIME, "0 ns", NULL, "1 us",
            "the cores' part of the table's latencies, which the caches take already"),
    LAD_OPT(Params, scale, "scale", DOUBLE, "1", "0.00001", "1000",
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
refuse(const LadTier *tier, guint row, const char *what, GError **error)
{
    const Params *params = tier->params;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "[tier.%s] table = %s: row %u of the table: %s",
                tier->name, params->table->origin, row + 1, what);
    return FALSE;
}

static double
latency_ps(const Params *params, double cell)
{
    return params->latency_clock ? cell * 1e12 / (double)params->latency_clock : cell * 1000;
}

static gboolean
check_row(const LadTier *tier, guint row, const double *cells, GError **error)
{
    const Params *params = tier->params;
    if (cells[0] < 0 || cells[0] > 1)
        return refuse(tier, row, "expected a read share between 0 and 1", error);
    if (cells[1] <= 0 || cells[2] <= 0)
        return refuse(tier, row, "expected a bandwidth and a latency above 0", error);
    if (latency_ps(params, cells[2]) <= (double)params->subtract)
        return refuse(tier, row, "expected a latency above `subtract`", error);
    return TRUE;
}

/* A point after the last one of its curve: FALSE with no error if it is to be left out; may raise
 * its latency. */
static gboolean
fit_point(const LadTier *tier, State *state, const Curve *curve, guint row, double bandwidth,
          double *latency, GError **error)
{
    const Params *params = tier->params;
    const Point *before = &curve->points[curve->n - 1];
    if (bandwidth * curve->ps_per_byte <= 1) {
        if (!params->smooth)
            return refuse(tier, row,
                          "expected a bandwidth above that of the row before, once each; `smooth = "
                          "true` leaves such points out",
                          error);
        state->n_left_out++;
        return FALSE;
    }
    if (*latency >= before->latency)
        return TRUE;
    gboolean same = bandwidth * curve->ps_per_byte <= 1 + params->noise;
    if (!params->smooth || (!same && *latency < before->latency * (1 - params->noise)))
        return refuse(
            tier, row,
            params->smooth
                ? "expected a latency not below that of the row before by more than `noise`"
                : "expected a latency not below that of the row before; `smooth = true` "
                  "takes small falls for noise",
            error);
    state->most_raised = MAX(state->most_raised, before->latency / *latency - 1);
    *latency = before->latency;
    state->n_raised++;
    return TRUE;
}

static gboolean
add_row(LadTier *tier, guint row, GError **error)
{
    const Params *params = tier->params;
    State *state = tier->state;
    const double *cells = params->table->cells + (gsize)row * 3;
    Curve *curve = state->n_curves ? &state->curves[state->n_curves - 1] : NULL;
    if (params->smooth && cells[1] <= 0 && -cells[1] <= params->noise * state->peak) {
        state->n_around_zero++;
        return TRUE;
    }
    if (!check_row(tier, row, cells, error))
        return FALSE;
    if (!curve || curve->share != cells[0]) {
        for (guint i = 0; i < state->n_curves; i++)
            if (state->curves[i].share == cells[0])
                return refuse(tier, row, "this read share was listed before", error);
        if (state->n_curves == MAX_SHARES)
            return refuse(tier, row, "expected at most 128 read shares", error);
        curve = &state->curves[state->n_curves++];
        curve->share = cells[0];
        curve->points = g_new0(Point, params->table->n_rows - row);
    }
    double bytes_per_ps = cells[1] * params->scale * 1e-3;
    double latency = latency_ps(params, cells[2]) - (double)params->subtract;
    if (curve->n > 0) {
        GError *cause = NULL;
        if (!fit_point(tier, state, curve, row, bytes_per_ps, &latency, &cause)) {
            if (!cause)
                return TRUE;
            g_propagate_error(error, cause);
            return FALSE;
        }
    }
    /* Bytes are under way for the whole latency, the cores' part included; only the answer lacks
     * it. */
    curve->points[curve->n++] = (Point){bytes_per_ps * latency, latency};
    curve->ps_per_byte = 1 / bytes_per_ps;
    return TRUE;
}

/* The family must answer for what can be asked of it. */
static gboolean
check_shares(const LadTier *tier, GError **error)
{
    const Params *params = tier->params;
    const State *state = tier->state;
    double low = state->curves[0].share, high = state->curves[state->n_curves - 1].share;
    double need = params->duplex ? 0 : 0.5;
    if (params->missing == NEAREST || (low <= need && high >= 1))
        return TRUE;
    g_set_error(
        error, LAD_ERROR, LAD_ERROR_CONFIG,
        "[tier.%s] table = %s: read shares from %g to %g; expected them to reach from %s to "
        "1 (or `missing-shares = nearest`)",
        tier->name, params->table->origin, low, high,
        params->duplex ? "0, since duplex = true," : "0.5 or less");
    return FALSE;
}

static void
note_smoothing(const LadTier *tier)
{
    const Params *params = tier->params;
    const State *state = tier->state;
    guint lacking = params->table->n_without_latency;
    if (state->n_left_out + state->n_raised + state->n_around_zero + lacking == 0)
        return;
    GString *note = g_string_new(NULL);
    g_string_printf(note,
                    "tier %s: of %u points of %s, %u were left out because the bandwidth did "
                    "not rise, and %u latencies were raised to that of a lower load (by at "
                    "most %.3g %%)",
                    tier->name, params->table->n_rows, params->table->origin, state->n_left_out,
                    state->n_raised, state->most_raised * 100);
    if (state->n_around_zero)
        g_string_append_printf(note, "; %u of a bandwidth around 0 were left out",
                               state->n_around_zero);
    if (lacking)
        g_string_append_printf(note, "; files without latencies left out: %u", lacking);
    lad_host_add_note(tier->host, g_string_free(note, FALSE));
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
                    "[tier.%s] table = %s: a table of %u columns; expected 3: read share, GB/s, ns",
                    tier->name, params->table->origin, params->table->n_columns);
        return FALSE;
    }
    if (params->table->n_without_latency && !params->smooth) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "[tier.%s] table = %s: %u files of bandwidths without latencies; expected two "
                    "numbers in each row; `smooth = true` leaves such files out",
                    tier->name, params->table->origin, params->table->n_without_latency);
        return FALSE;
    }
    for (guint row = 0; row < params->table->n_rows; row++)
        state->peak = MAX(state->peak, params->table->cells[(gsize)row * 3 + 1]);
    for (guint row = 0; row < params->table->n_rows; row++)
        if (!add_row(tier, row, error))
            return FALSE;
    if (state->n_curves == 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "[tier.%s] table = %s: expected points with a bandwidth above 0", tier->name,
                    params->table->origin);
        return FALSE;
    }
    qsort(state->curves, state->n_curves, sizeof *state->curves, by_share);
    if (!check_shares(tier, error))
        return FALSE;
    note_smoothing(tier);
    double least = state->curves[0].ps_per_byte;
    for (guint i = 1; i < state->n_curves; i++)
        least = MIN(least, state->curves[i].ps_per_byte);
    for (guint i = 0; i < 2; i++) {
        Load *load = &state->load[i];
        load->share = params->duplex && i == 1 ? 0 : 1;
        double peak =
            params->duplex ? state->curves[i == 1 ? 0 : state->n_curves - 1].ps_per_byte : least;
        lad_occupancy_init(&load->channel, MAX((guint64)(1e12 / peak), 1000000));
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
    load->latency = MAX(family_latency(state, load->share, load->under_way), load->flow);
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

/* Streams of lines need no estimate; the windows see only what comes by itself. */
static LadTime
loaded(LadTier *tier, const double under_way[2])
{
    const Params *params = tier->params;
    State *state = tier->state;
    double all = under_way[0] + under_way[1], share = all > 0 ? under_way[0] / all : 1;
    for (guint i = 0; i < 2; i++) {
        Load *load = &state->load[i];
        load->flow = params->duplex ? family_latency(state, i == 0 ? 1 : 0, under_way[i])
                                    : family_latency(state, share, all);
        load->latency = MAX(load->latency, load->flow);
    }
    return state->load[0].flow;
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
    .loaded = loaded,
};
