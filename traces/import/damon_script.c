/* damon_script.c - DAMON's trace points as `perf script` prints them:
 *
 *     kdamond.0  4452 [000] 82820.952659: damon:damon_aggregated: target_id=18446623435582458880
 *         nr_regions=8 94253027950592-94253031862272: 0 3        (one line; the age may be absent)
 *
 * Source: include/trace/events/damon.h of Linux. A snapshot is nr_regions lines of one target; its
 * end is the time of the first of them, its beginning the end of the one before. */
#include "config.h"
#include <string.h>
#include "traces/import/damon.h"
#include "traces/import/text.h"

#define EVENT " damon:damon_aggregated: "
#define GRAMMAR                                                                                    \
    "expected `COMM PID [CPU] SECONDS: damon:damon_aggregated: target_id=N nr_regions=N "          \
    "START-END: ACCESSES [AGE]`, as perf script prints it"

static gboolean
take_word(const char **at, const char *word)
{
    gsize n = strlen(word);
    if (strncmp(*at, word, n) != 0)
        return FALSE;
    *at += n;
    return TRUE;
}

/* "82820.952659": seconds with 6 or 9 digits behind the point. */
static gboolean
take_seconds(const char **at, guint64 *ns)
{
    guint64 seconds, fraction;
    if (!lad_text_decimal(at, &seconds) || !take_word(at, ".") || seconds > G_MAXUINT32)
        return FALSE;
    const char *start = *at;
    if (!lad_text_decimal(at, &fraction) || (*at - start != 6 && *at - start != 9))
        return FALSE;
    *ns = seconds * 1000000000 + (*at - start == 6 ? fraction * 1000 : fraction);
    return TRUE;
}

/* The last three words before the event: pid, [cpu], seconds and a colon. */
static gboolean
parse_prefix(const char *line, const char *event, LadDamonLine *parsed)
{
    const char *at = event;
    for (guint words = 0; words < 3; words++) {
        while (at > line && at[-1] == ' ')
            at--;
        while (at > line && at[-1] != ' ')
            at--;
    }
    guint64 cpu;
    gboolean ok = at > line && lad_text_decimal(&at, &parsed->monitor) && *at == ' ';
    while (*at == ' ')
        at++;
    ok = ok && take_word(&at, "[") && lad_text_decimal(&at, &cpu) && take_word(&at, "]");
    while (*at == ' ')
        at++;
    return ok && take_seconds(&at, &parsed->time_ns) && take_word(&at, ":") && at == event;
}

gboolean
lad_damon_parse_line(const char *line, LadDamonLine *parsed)
{
    guint64 age;
    const char *event = strstr(line, EVENT);
    if (event == NULL || !parse_prefix(line, event, parsed))
        return FALSE;
    const char *at = event + strlen(EVENT);
    gboolean ok = take_word(&at, "target_id=") && lad_text_decimal(&at, &parsed->target) &&
                  take_word(&at, " nr_regions=") && lad_text_decimal(&at, &parsed->n_regions) &&
                  take_word(&at, " ") && lad_text_decimal(&at, &parsed->region.start) &&
                  take_word(&at, "-") && lad_text_decimal(&at, &parsed->region.end) &&
                  take_word(&at, ": ") && lad_text_decimal(&at, &parsed->region.samples);
    if (ok && *at == ' ' && at[1] != '\0')
        ok = take_word(&at, " ") && lad_text_decimal(&at, &age);
    while (*at == ' ')
        at++;
    return ok && *at == '\0';
}

/* ---- Snapshots --------------------------------------------------------------------------------
 */

static gboolean
end_snapshot(LadDamon *damon, LadDamonTarget *target, GError **error)
{
    gboolean ok = TRUE;
    if (target->until == G_MAXUINT64 && target->first->len == 0) {
        g_array_append_vals(target->first, target->regions->data, target->regions->len);
        target->first_end = target->end;
    } else {
        if (target->first->len > 0) {
            guint64 length = target->end - MIN(target->first_end, target->end);
            ok = lad_damon_snapshot(damon, target,
                                    target->first_end - MIN(length, target->first_end),
                                    target->first_end, target->first, error);
            g_array_set_size(target->first, 0);
        }
        ok = ok &&
             lad_damon_snapshot(damon, target, target->until, target->end, target->regions, error);
    }
    g_array_set_size(target->regions, 0);
    return ok;
}

static gboolean
take_region(LadDamon *damon, const LadDamonLine *line, GError **error)
{
    const char *problem = lad_damon_region_problem(&line->region);
    LadDamonTarget *target = lad_damon_target(damon, line->monitor, line->target, error);
    if (target == NULL)
        return FALSE;
    if (problem != NULL)
        return lad_import_bad(damon->input, error, "%s", problem);
    if (line->n_regions == 0 || line->n_regions > LAD_DAMON_MAX_REGIONS)
        return lad_import_bad(damon->input, error,
                              "a snapshot of %" G_GUINT64_FORMAT " regions; expected 1 to %u",
                              line->n_regions, LAD_DAMON_MAX_REGIONS);
    if (target->regions->len == 0) {
        target->n_regions = line->n_regions;
        target->end = line->time_ns;
    } else if (line->n_regions != target->n_regions) {
        return lad_import_bad(damon->input, error,
                              "a region of a snapshot of %" G_GUINT64_FORMAT
                              " regions after %u of one of %" G_GUINT64_FORMAT
                              "; expected all regions of a snapshot together",
                              line->n_regions, target->regions->len, target->n_regions);
    }
    if (line->time_ns < target->end)
        return lad_import_bad(damon->input, error, "the time goes back; expected lines in order");
    g_array_append_val(target->regions, line->region);
    return target->regions->len < target->n_regions || end_snapshot(damon, target, error);
}

/* At the end of the text: a first snapshot that no second one followed. */
static gboolean
end_targets(LadDamon *damon, GError **error)
{
    for (guint i = 0; i < damon->targets->len; i++) {
        LadDamonTarget *target = damon->targets->pdata[i];
        guint64 from = target->first_end - MIN(damon->aggregation_ns, target->first_end);
        if (target->first->len > 0 &&
            !lad_damon_snapshot(damon, target, from, target->first_end, target->first, error))
            return FALSE;
        g_array_set_size(target->first, 0);
        if (target->regions->len > 0)
            return lad_import_bad(damon->input, error,
                                  "the input ends after %u of the %" G_GUINT64_FORMAT
                                  " regions of a snapshot",
                                  target->regions->len, target->n_regions);
    }
    return TRUE;
}

gboolean
lad_damon_read_script(LadDamon *damon, GError **error)
{
    const char *text;
    gsize length;
    g_autoptr(GError) failure = NULL;
    while (failure == NULL && (text = lad_import_line(damon->input, &length, &failure)) != NULL) {
        LadDamonLine line;
        if (*text == '\0' || *text == '#')
            continue;
        if (!lad_damon_parse_line(text, &line)) {
            g_autofree char *shown = g_strescape(text, NULL);
            lad_import_bad(damon->input, &failure, "`%.60s%s`: " GRAMMAR, shown,
                           strlen(shown) > 60 ? "..." : "");
        } else {
            (void)take_region(damon, &line, &failure);
        }
    }
    if (failure == NULL)
        return end_targets(damon, error);
    /* Whole snapshots before the damage may be wanted. */
    (void)end_targets(damon, NULL);
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}
