/* patterns.c - see patterns.h.
 *
 * A trace of [synth] carries its configuration, which says where patterns and code lie. On a
 * machine lines are counted by page, in the measured phase; at the end the pages are known by their
 * addresses. Accesses of the phase are those of the cores, in the patterns' proportion in the
 * trace.
 */
#include "config.h"
#include "analysis/profile/patterns.h"
#include <math.h>
#include <memladder/tier.h>
#include "traces/synth/places.h"

typedef struct {
    guint32 read, written; /* lines */
} Lines;

struct LadPatterns {
    LadProfileSources *sources;
    LadSynthPlaces *places;
    GArray *pages;     /* Lines, by logical page */
    guint64 *accesses; /* in the trace, by place */
    Lines *lines;
};

LadPatterns *
lad_patterns_new(LadProfileSources *sources)
{
    const LadTraceHeader *header = lad_profile_sources_header(sources, 0);
    const char *config = g_hash_table_lookup(header->notes, "synth.config");
    if (config == NULL || sources->traces->len != 1)
        return NULL;
    LadSynthPlaces *places = lad_synth_places_new(config, NULL);
    if (places == NULL)
        return NULL;
    LadPatterns *patterns = g_new0(LadPatterns, 1);
    patterns->sources = sources;
    patterns->places = places;
    patterns->pages = g_array_new(FALSE, TRUE, sizeof(Lines));
    patterns->accesses = g_new0(guint64, places->places->len + 1);
    patterns->lines = g_new0(Lines, places->places->len + 1);
    return patterns;
}

void
lad_patterns_free(LadPatterns *patterns)
{
    if (patterns == NULL)
        return;
    lad_synth_places_free(patterns->places);
    g_array_unref(patterns->pages);
    g_free(patterns->accesses);
    g_free(patterns->lines);
    g_free(patterns);
}

void
lad_patterns_add(LadPatterns *patterns, LadPage page, guint kind)
{
    if (page >= patterns->pages->len)
        g_array_set_size(patterns->pages, (guint)page + 1);
    Lines *lines = &g_array_index(patterns->pages, Lines, page);
    if (lad_transfer_is_write((LadTransferKind)kind))
        lines->written++;
    else
        lines->read++;
}

static void
count(LadPatterns *patterns, guint64 address)
{
    gint place = lad_synth_places_find(patterns->places, address);
    if (place >= 0)
        patterns->accesses[place]++;
}

static gboolean
take_stretch(gpointer data, const LadStretch *stretch, GError **error)
{
    LadPatterns *patterns = data;
    (void)error;
    for (gsize i = 0; i < stretch->n_addresses; i++)
        count(patterns, stretch->addresses[i]);
    return TRUE;
}

static void
sort_lines(LadPatterns *patterns, const LadRun *run)
{
    for (guint page = 0; page < patterns->pages->len; page++) {
        const Lines *lines = &g_array_index(patterns->pages, Lines, page);
        guint64 address;
        if ((lines->read == 0 && lines->written == 0) ||
            !lad_run_page_address(run, 0, page, &address))
            continue;
        gint place = lad_synth_places_find(patterns->places, address);
        if (place >= 0) {
            patterns->lines[place].read += lines->read;
            patterns->lines[place].written += lines->written;
        }
    }
}

static void
tell_place(const LadPatterns *patterns, guint index, double accesses, double instructions,
           LadFindingsTable *table)
{
    const LadSynthPlace *place = &g_array_index(patterns->places->places, LadSynthPlace, index);
    const Lines *lines = &patterns->lines[index];
    double of = place->code ? instructions : accesses;
    lad_findings_put_text(table, place->name);
    lad_findings_put_real(table, of);
    lad_findings_put_count(table, lines->read);
    lad_findings_put_count(table, lines->written);
    lad_findings_put_real(table, of > 0 ? lines->read / of : (double)NAN);
    lad_findings_put_real(table, place->memory);
}

gboolean
lad_patterns_tell(LadPatterns *patterns, const LadProfileRun *run, LadFindings *findings,
                  const LadToolboxProgress *progress, GError **error)
{
    static const char *const columns[] = {"pattern",    "",        "accesses", "1",      "read",
                                          "lines",      "written", "lines",    "memory", "1",
                                          "configured", "1",       NULL};
    if (!lad_profile_replay(patterns->sources, LAD_PROFILE_APART, 10000, take_stretch, patterns,
                            progress, error))
        return FALSE;
    sort_lines(patterns, lad_profile_run_get(run));
    double all = 0, instructions = (double)lad_profile_run_sum_parts(run, "core", "instructions");
    double measured = (double)lad_profile_run_sum_parts(run, "core", "loads") +
                      (double)lad_profile_run_sum_parts(run, "core", "stores");
    for (guint i = 0; i < patterns->places->places->len; i++)
        all += (double)patterns->accesses[i];
    if (patterns->places->overlap)
        lad_findings_note(findings, "patterns have memory in common: the first of them is counted");
    LadFindingsTable *table = lad_findings_table(
        findings, "patterns",
        "Lines between the last cache and memory by pattern: `memory` is lines read per access, of "
        "code per instruction,\nand what the configuration says of it at level page",
        columns);
    for (guint i = 0; i < patterns->places->places->len; i++)
        tell_place(patterns, i, all > 0 ? measured * (double)patterns->accesses[i] / all : 0,
                   instructions, table);
    return TRUE;
}
