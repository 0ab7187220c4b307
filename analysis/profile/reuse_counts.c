/* reuse_counts.c - from histograms of reuse distances to moments and miss-ratio curves.
 *
 * Of a sample of a share R of the pages, a distance d stands for d / R. Misses are estimated by
 * misses in the sample / R, over all accesses, which are counted: where the sample has more or
 * fewer accesses than R of them, the difference is taken for hits at distance 0 (SHARDS-adj). The
 * error has two parts: that other pages could have been drawn, told by the differences between
 * groups of the pages, and that the number of pages below a given one is uncertain by 1 /
 * sqrt(pages). */
#include "config.h"
#include "analysis/profile/reuse_counts.h"
#include <math.h>

enum { DATA, CODE };

void
lad_reuse_counts_init(LadReuseCounts *counts)
{
    *counts = (LadReuseCounts){0};
    for (guint i = 0; i < 2; i++)
        counts->sides[i].distances = g_array_new(FALSE, TRUE, sizeof(guint64));
}

void
lad_reuse_counts_clear(LadReuseCounts *counts)
{
    for (guint i = 0; i < 2; i++)
        g_array_unref(counts->sides[i].distances);
}

void
lad_reuse_counts_grow(LadReuseSideCounts *side, guint32 distance)
{
    g_array_set_size(side->distances, MAX(distance + 1, distance / 2 * 3));
}

void
lad_reuse_counts_add(LadReuseCounts *to, const LadReuseCounts *counts)
{
    for (guint i = 0; i < 2; i++) {
        const LadReuseSideCounts *side = &counts->sides[i];
        to->sides[i].n_first += side->n_first;
        to->sides[i].n_accesses += side->n_accesses;
        for (guint32 d = 0; d < side->distances->len; d++) {
            guint64 n = g_array_index(side->distances, guint64, d);
            if (n > 0)
                lad_reuse_count(to, i != 0, d, n);
        }
    }
}

void
lad_reuse_counts_correct(LadReuseCounts *counts, double sample)
{
    for (guint i = 0; i < 2; i++) {
        double more = (double)counts->sides[i].n_more / sample;
        counts->sides[i].n_accesses += (guint64)(more + 0.5);
        counts->sides[i].n_more = 0;
    }
}

/* ---- Moments ----------------------------------------------------------------------------------
 */

static guint64
count_at(const LadReuseSideCounts *side, guint64 distance)
{
    return distance < side->distances->len ? g_array_index(side->distances, guint64, distance) : 0;
}

static guint64
both_at(const LadReuseCounts *counts, guint64 distance)
{
    return count_at(&counts->sides[DATA], distance) + count_at(&counts->sides[CODE], distance);
}

static guint64
n_distances(const LadReuseCounts *counts)
{
    return MAX(counts->sides[DATA].distances->len, counts->sides[CODE].distances->len);
}

typedef struct {
    guint64 n, median, largest, n_largest;
    double mean, deviation;
} Moments;

static Moments
moments_of(const LadReuseCounts *counts)
{
    Moments moments = {0};
    guint64 end = n_distances(counts), n = 0;
    double sum = 0, squares = 0;
    for (guint64 d = 0; d < end; d++) {
        guint64 times = both_at(counts, d);
        moments.n += times;
        sum += (double)d * (double)times;
        if (times > 0) {
            moments.largest = d;
            moments.n_largest = times;
        }
    }
    moments.mean = moments.n > 0 ? sum / (double)moments.n : 0;
    gboolean found = FALSE;
    for (guint64 d = 0; d < end; d++) {
        double off = (double)d - moments.mean;
        squares += off * off * (double)both_at(counts, d);
        n += both_at(counts, d);
        if (!found && n >= moments.n / 2) {
            moments.median = d;
            found = TRUE;
        }
    }
    moments.deviation = moments.n > 0 ? sqrt(squares / (double)moments.n) : 0;
    return moments;
}

/* ---- The curve --------------------------------------------------------------------------------
 */

/* Sums from above: at [d] the accesses of the sample whose distance is at least d, or that have
 * none. */
static guint64 *
sum_up(const LadReuseSideCounts *side, guint64 end)
{
    guint64 *sums = g_new(guint64, end + 1);
    sums[end] = side->n_first;
    for (guint64 d = end; d-- > 0;)
        sums[d] = sums[d + 1] + count_at(side, d);
    return sums;
}

typedef struct {
    const LadReuseTotals *totals;
    guint64 end; /* no distance is as large */
    guint64 *sums[2];
    guint64 **random; /* both sides of each group; NULL: exact */
} Curve;

static void
curve_init(Curve *curve, const LadReuseTotals *totals)
{
    *curve = (Curve){.totals = totals, .end = n_distances(&totals->counts)};
    for (guint i = 0; i < 2; i++)
        curve->sums[i] = sum_up(&totals->counts.sides[i], curve->end);
    if (totals->random == NULL)
        return;
    curve->random = g_new0(guint64 *, LAD_REUSE_GROUPS);
    for (guint g = 0; g < LAD_REUSE_GROUPS; g++) {
        curve->random[g] = sum_up(&totals->random[g]->sides[DATA], curve->end);
        g_autofree guint64 *code = sum_up(&totals->random[g]->sides[CODE], curve->end);
        for (guint64 d = 0; d <= curve->end; d++)
            curve->random[g][d] += code[d];
    }
}

static void
curve_clear(Curve *curve)
{
    g_free(curve->sums[0]);
    g_free(curve->sums[1]);
    for (guint g = 0; curve->random != NULL && g < LAD_REUSE_GROUPS; g++)
        g_free(curve->random[g]);
    g_free(curve->random);
}

/* The smallest distance in the sample that misses with `size` units. */
static guint64
limit_of(const Curve *curve, double size)
{
    double limit = size * curve->totals->options->sample;
    guint64 whole = (guint64)limit;
    whole += (double)whole < limit;
    return MIN(whole, curve->end);
}

/* Misses of a side (2: both) with `size` units. */
static double
misses_at(const Curve *curve, guint side, double size)
{
    guint64 d = limit_of(curve, size);
    guint64 n = side < 2 ? curve->sums[side][d] : curve->sums[0][d] + curve->sums[1][d];
    return (double)n / curve->totals->options->sample;
}

static double
ratio_at(const Curve *curve, guint side, double size)
{
    const LadReuseSideCounts *sides = curve->totals->counts.sides;
    guint64 n = side < 2 ? sides[side].n_accesses : sides[0].n_accesses + sides[1].n_accesses;
    return n > 0 ? MIN(misses_at(curve, side, size) / (double)n, 1.0) : (double)NAN;
}

/* One standard error of the ratio of both sides; 0 if exact. */
static double
error_at(const Curve *curve, double size)
{
    if (curve->random == NULL)
        return 0;
    const LadReuseSideCounts *sides = curve->totals->counts.sides;
    double share = curve->totals->options->sample, squares = 0, sum = 0;
    double n = (double)(sides[0].n_accesses + sides[1].n_accesses);
    guint64 d = limit_of(curve, size);
    for (guint g = 0; g < LAD_REUSE_GROUPS; g++)
        sum += (double)curve->random[g][d];
    for (guint g = 0; g < LAD_REUSE_GROUPS; g++) {
        double off = (double)curve->random[g][d] - sum / LAD_REUSE_GROUPS;
        squares += off * off;
    }
    double drawn = squares * LAD_REUSE_GROUPS / (LAD_REUSE_GROUPS - 1) * (1 - share);
    drawn /= share * share * n * n;
    double spread = sqrt((1 - share) / (double)MAX(curve->totals->n_pages, 1));
    double scale = (ratio_at(curve, 2, size * (1 - MIN(spread, 0.9))) -
                    ratio_at(curve, 2, size * (1 + spread))) /
                   2;
    return sqrt(drawn + scale * scale);
}

/* ---- Telling ----------------------------------------------------------------------------------
 */

/* The first distance after the range that begins with `from`: single ones up to 8, then four
 * ranges for each doubling. */
static guint64
range_end(guint64 from)
{
    return from < 8 ? from + 1 : from + ((guint64)1 << (61 - (guint)__builtin_clzll(from)));
}

static guint64
scaled(guint64 n, double sample)
{
    return (guint64)((double)n / sample + 0.5);
}

static void
tell_distances(const LadReuseTotals *totals, LadFindings *findings)
{
    static const char *const columns[] = {
        "from", "1", "below", "1", "all", "accesses", "data", "accesses", "code", "accesses", NULL};
    double sample = totals->options->sample;
    LadFindingsTable *table = lad_findings_table(
        findings, "distances", "Reuse distances: units accessed since the last access to the same",
        columns);
    guint64 end = n_distances(&totals->counts);
    for (guint64 from = 0; from < end;) {
        guint64 to = totals->options->every ? from + 1 : range_end(from), n[2] = {0, 0};
        for (guint64 d = from; d < MIN(to, end); d++)
            for (guint i = 0; i < 2; i++)
                n[i] += count_at(&totals->counts.sides[i], d);
        if (n[0] + n[1] > 0) {
            lad_findings_put_count(table, scaled(from, sample));
            lad_findings_put_count(table, scaled(to, sample));
            lad_findings_put_count(table, scaled(n[0] + n[1], sample));
            lad_findings_put_count(table, scaled(n[DATA], sample));
            lad_findings_put_count(table, scaled(n[CODE], sample));
        }
        from = to;
    }
}

static void
tell_size(const Curve *curve, LadFindingsTable *table, guint64 size)
{
    lad_findings_put_count(table, size);
    lad_findings_put_count(table, size * curve->totals->options->unit_bytes);
    for (guint side = 0; side < 3; side++)
        lad_findings_put_count(table,
                               (guint64)(misses_at(curve, (side + 2) % 3, (double)size) + 0.5));
    for (guint side = 0; side < 3; side++)
        lad_findings_put_real(table, ratio_at(curve, (side + 2) % 3, (double)size));
    lad_findings_put_real(table, error_at(curve, (double)size));
}

static void
tell_curve(const LadReuseTotals *totals, LadFindings *findings)
{
    static const char *const columns[] = {
        "size",       "units",       "size",        "bytes", "misses", "1",          "misses_data",
        "1",          "misses_code", "1",           "ratio", "1",      "ratio_data", "1",
        "ratio_code", "1",           "ratio_error", "1",     NULL};
    LadFindingsTable *table = lad_findings_table(
        findings, "curve",
        "Misses of a fully associative LRU cache by its size, first accesses included", columns);
    Curve curve;
    curve_init(&curve, totals);
    guint64 end = scaled(curve.end, totals->options->sample);
    if (totals->options->every) {
        for (guint64 d = 0; d < curve.end; d++)
            if (both_at(&totals->counts, d) > 0)
                tell_size(&curve, table, MAX(scaled(d, totals->options->sample), d) + 1);
    } else {
        for (guint64 size = 1;; size *= 2) {
            tell_size(&curve, table, size);
            if (size > 1 && size < end)
                tell_size(&curve, table, size / 2 * 3);
            if (size >= end)
                break;
        }
    }
    curve_clear(&curve);
}

static const char *
scope_text(LadReuseScope scope)
{
    static const char *const texts[] = {"stream", "process", "core", "trace", "all streams"};
    return texts[scope];
}

static void
tell_notes(const LadReuseTotals *totals, LadFindings *findings)
{
    const LadReuseOptions *options = totals->options;
    const char *sampled = lad_profile_sources_sampled(totals->sources);
    if (sampled != NULL)
        lad_findings_note(findings,
                          "the trace is a sample (%s): distances are of what it holds, not of what "
                          "was executed",
                          sampled);
    if (options->sample < 1)
        lad_findings_note(findings,
                          "estimated from %" G_GUINT64_FORMAT
                          " pages, drawn by a hash (%.6g of all, seed %" G_GUINT64_FORMAT
                          "); ratio_error is one standard error",
                          totals->n_pages, options->sample, options->seed);
    if (lad_profile_sources_level(totals->sources) == LAD_LEVEL_PAGE)
        lad_findings_note(findings, "touches that a record tells together count as one after the "
                                    "other; within an interval their order may not be known");
    if (totals->shared)
        lad_findings_note(findings,
                          "processes share what the trace says they map: files, unless private and "
                          "writable");
}

LadFindings *
lad_reuse_tell(const LadReuseTotals *totals)
{
    LadFindings *findings = lad_findings_new("reuse");
    const LadReuseOptions *options = totals->options;
    const LadReuseSideCounts *sides = totals->counts.sides;
    double sample = options->sample;
    Moments moments = moments_of(&totals->counts);
    guint64 n_accesses = sides[0].n_accesses + sides[1].n_accesses;
    tell_notes(totals, findings);
    lad_findings_text(findings, "stacks", scope_text(options->scope));
    lad_findings_count(findings, "unit", "bytes", options->unit_bytes);
    lad_findings_real(findings, "sampled_share", "1", sample);
    lad_findings_count(findings, "accesses", "1", n_accesses);
    lad_findings_count(findings, "instruction_accesses", "1", sides[CODE].n_accesses);
    lad_findings_count(findings, "data_accesses", "1", sides[DATA].n_accesses);
    lad_findings_count(findings, "unique_accesses", "1",
                       n_accesses - MIN(n_accesses, scaled(both_at(&totals->counts, 0), sample)));
    lad_findings_count(findings, "first_accesses", "1",
                       scaled(sides[0].n_first + sides[1].n_first, sample));
    lad_findings_count(findings, "distinct_units", "1", scaled(totals->counts.n_distinct, sample));
    lad_findings_real(findings, "distance_mean", "1", moments.mean / sample);
    lad_findings_count(findings, "distance_median", "1", scaled(moments.median, sample));
    lad_findings_real(findings, "distance_deviation", "1", moments.deviation / sample);
    lad_findings_count(findings, "distance_largest", "1", scaled(moments.largest, sample));
    lad_findings_count(findings, "largest_times", "1", scaled(moments.n_largest, sample));
    tell_distances(totals, findings);
    tell_curve(totals, findings);
    return findings;
}

LadFindingsTable *
lad_reuse_tell_stacks(LadFindings *findings)
{
    static const char *const columns[] = {"stack",     "",     "accesses", "1",      "distinct",
                                          "units",     "mean", "1",        "median", "1",
                                          "deviation", "1",    "largest",  "1",      NULL};
    return lad_findings_table(findings, "stacks", "Each by itself", columns);
}

void
lad_reuse_tell_stack(LadFindingsTable *table, const char *name, const LadReuseCounts *counts,
                     double sample)
{
    Moments moments = moments_of(counts);
    lad_findings_put_text(table, name);
    lad_findings_put_count(table, counts->sides[0].n_accesses + counts->sides[1].n_accesses);
    lad_findings_put_count(table, scaled(counts->n_distinct, sample));
    lad_findings_put_real(table, moments.mean / sample);
    lad_findings_put_count(table, scaled(moments.median, sample));
    lad_findings_put_real(table, moments.deviation / sample);
    lad_findings_put_count(table, scaled(moments.largest, sample));
}
