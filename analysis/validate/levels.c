/* levels.c - the two levels of a generated service: lines that a machine with caches reads from
 * memory, page by page, and the touches of level page that stand for as many instructions.
 *
 * Level instruction warms the last level of machines/memprof-services.conf up and then counts
 * lines. Compared are how many pages carry 50, 90, 99 and 100 % of them, and that the shares which
 * the configuration tells level page (`memory`) are those measured, of all patterns with at least a
 * hundredth of the lines. */
#include "config.h"
#include "analysis/validate/levels.h"
#include <glib/gstdio.h>
#include <math.h>
#include <memladder/synth.h>
#include "analysis/profile/bandwidth.h"

#define MACHINE      "machines/memprof-services.conf"
#define INSTRUCTIONS 24000000 /* of each thread; the machine's warm-up is 15 million of these */
#define AIM          0.15
#define N_SHARES     4

typedef struct {
    LadValidate *validate;
    const LadModels *models;
    const char *name;
    char *trace, *source;
} Levels;

/* Traffic of the service, at one level, over `instructions` of each thread. */
static LadFindings *
profile(const Levels *levels, const char *level, guint64 instructions, GError **error)
{
    g_autoptr(LadConfig) config = lad_config_new();
    g_autofree char *file = g_strdup_printf("workloads/%s.conf", levels->name);
    g_autofree char *length =
        g_strdup_printf("synth.instructions=%" G_GUINT64_FORMAT, instructions);
    g_autofree char *set = g_strconcat("synth.level=", level, NULL);
    const char *paths[] = {levels->trace, NULL};
    lad_validate_progress(levels->validate, "service %s: level %s", levels->name, level);
    if (!lad_config_read(config, file, error) || !lad_config_set(config, length, error) ||
        !lad_config_set(config, set, error) ||
        !lad_synth_run(config, levels->trace, 1, NULL, NULL, NULL, error))
        return NULL;
    g_autoptr(LadProfileSources) sources =
        lad_profile_sources_open(paths, LAD_TRACE_NO_THREAD, error);
    const LadProfileMachine machine = {.machine = MACHINE};
    const LadBandwidthOptions options = {
        .reads = TRUE, .machine = &machine, .models = levels->models};
    return sources != NULL ? lad_profile_bandwidth(sources, &options, NULL, error) : NULL;
}

static void
add(const Levels *levels, const char *quantity, const char *unit, double measured, double ours,
    const char *note)
{
    const LadValidateRow row = {.source = levels->source,
                                .quantity = quantity,
                                .unit = unit,
                                .measured = measured,
                                .ours = ours,
                                .low = (double)NAN,
                                .high = (double)NAN,
                                .kind = LAD_AIM_RELATIVE,
                                .aim = AIM,
                                .note = note};
    lad_validate_add(levels->validate, &row);
}

/* Pages that carry each share. */
static void
add_shares(const Levels *levels, const LadFindings *lines, const LadFindings *touches)
{
    const LadFindingsTable *a = lad_findings_find(lines, "whole");
    const LadFindingsTable *b = lad_findings_find(touches, "whole");
    for (guint i = 0; i < N_SHARES; i++) {
        g_autofree char *quantity = g_strdup_printf("pages with %g %% of the lines from memory",
                                                    100 * lad_findings_cell(a, i, 0));
        add(levels, quantity, "page", lad_findings_cell(a, i, 1), lad_findings_cell(b, i, 1),
            "level instruction against level page");
    }
}

/* What the configuration says of its patterns. */
static void
add_patterns(const Levels *levels, const LadFindings *lines)
{
    const LadFindingsTable *table = lad_findings_find(lines, "patterns");
    double all = 0;
    for (guint i = 0; i < lad_findings_n_rows(table); i++)
        all += lad_findings_cell(table, i, 2);
    for (guint i = 0; i < lad_findings_n_rows(table); i++) {
        g_autofree char *quantity =
            g_strdup_printf("[%s] memory", lad_findings_cell_text(table, i, 0));
        if (lad_findings_cell(table, i, 2) >= all / 100)
            add(levels, quantity, "1", lad_findings_cell(table, i, 4),
                lad_findings_cell(table, i, 5), "measured, and as configured");
    }
}

gboolean
lad_validate_levels(LadValidate *validate, const LadModels *models, const char *name,
                    const char *directory, GError **error)
{
    Levels levels = {validate, models, name, g_build_filename(directory, "levels.mlt", NULL),
                     g_strdup_printf("level page, %s", name)};
    g_autoptr(LadFindings) touches = NULL;
    g_autoptr(LadFindings) lines = profile(&levels, "instruction", INSTRUCTIONS, error);
    if (lines != NULL) {
        const LadFindingsTable *table = lad_findings_find(lines, "patterns");
        double measured = lad_findings_value(lines, "instructions");
        double cores = lad_findings_value(lines, "cores");
        g_assert(table != NULL && measured > 0);
        touches = profile(&levels, "page", (guint64)(measured / cores), error);
    }
    if (touches != NULL) {
        add_shares(&levels, lines, touches);
        add_patterns(&levels, lines);
    }
    g_unlink(levels.trace);
    g_free(levels.trace);
    g_free(levels.source);
    return touches != NULL;
}
