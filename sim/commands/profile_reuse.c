/* profile_reuse.c - memladder profile reuse: reuse distances and miss-ratio curves. */
#include "config.h"
#include <string.h>
#include "analysis/profile/reuse.h"
#include "sim/base/units.h"
#include "sim/commands/profile.h"

typedef struct {
    char *scope, *side, *count, *order, *unit, *sample;
    gint64 quantum, seed;
    gboolean every, stacks;
} Arguments;

static gboolean
parse_unit(const Arguments *arguments, const LadProfileSources *sources, guint64 *unit,
           GError **error)
{
    const char *text = arguments->unit;
    guint64 page = lad_profile_sources_header(sources, 0)->page_bytes;
    if (page < 64 || (page & (page - 1)) != 0)
        page = LAD_PAGE_BYTES;
    if (text == NULL)
        text = lad_profile_sources_level(sources) == LAD_LEVEL_PAGE ? "page" : "line";
    if (strcmp(text, "page") == 0)
        *unit = page;
    else if (strcmp(text, "line") == 0)
        *unit = 64;
    else if (!lad_units_parse(LAD_OPTION_BYTES, text, unit, NULL) || *unit < 8 || *unit > LAD_GIB ||
             (*unit & (*unit - 1)) != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--unit %s: expected line, page, or a power of two from 8 B to 1 GiB", text);
        return FALSE;
    }
    return TRUE;
}

static gboolean
parse_options(const Arguments *arguments, const LadProfileSources *sources,
              LadReuseOptions *options, GError **error)
{
    static const char *const scopes[] = {"stream", "process", "core", "trace", "all", NULL};
    static const char *const sides[] = {"both", "data", "code", NULL};
    static const char *const counts[] = {"lines", "records", NULL};
    static const char *const orders[] = {"recorded", "rounds", "apart", NULL};
    static const LadProfileOrder order_of[] = {LAD_PROFILE_RECORDED, LAD_PROFILE_ROUNDS,
                                               LAD_PROFILE_APART};
    guint scope, side, count, order;
    *options = (LadReuseOptions){.sample = 1,
                                 .quantum = (guint64)arguments->quantum,
                                 .seed = (guint64)arguments->seed,
                                 .every = arguments->every,
                                 .streams = arguments->stacks};
    if (!lad_profile_parse_name("--scope", arguments->scope, scopes, &scope, error) ||
        !lad_profile_parse_name("--side", arguments->side, sides, &side, error) ||
        !lad_profile_parse_name("--count", arguments->count, counts, &count, error) ||
        !lad_profile_parse_name("--order", arguments->order, orders, &order, error) ||
        !parse_unit(arguments, sources, &options->unit_bytes, error) ||
        (arguments->sample != NULL &&
         !lad_profile_parse_share("--sample", arguments->sample, &options->sample, error)))
        return FALSE;
    options->scope = (LadReuseScope)scope;
    options->side = (LadReuseSide)side;
    options->count = (LadReuseCount)count;
    options->order = order_of[order];
    if (arguments->quantum >= 1 && arguments->seed >= 0)
        return TRUE;
    g_set_error_literal(
        error, LAD_ERROR, LAD_ERROR_USAGE,
        "--quantum and --seed: expected at least 1 reference, and no negative seed");
    return FALSE;
}

static gboolean
profile(const Arguments *arguments, LadProfileCommand *command, GError **error)
{
    LadReuseOptions options;
    if (!parse_options(arguments, command->sources, &options, error))
        return FALSE;
    g_autoptr(LadFindings) findings =
        lad_profile_reuse(command->sources, &options, &command->work.toolbox, error);
    lad_trace_work_end(&command->work);
    return findings != NULL &&
           lad_profile_command_show(command, findings, "miss-ratio", "curve", error);
}

static int
run(int argc, char **argv, GError **error)
{
    Arguments arguments = {.quantum = 10000};
    LadProfileCommand command = {0};
    const GOptionEntry entries[] = {
        {"scope", 0, 0, G_OPTION_ARG_STRING, &arguments.scope,
         "what has a stack of its own: stream (default), process, core, trace or all", "SCOPE"},
        {"unit", 'u', 0, G_OPTION_ARG_STRING, &arguments.unit,
         "line (64 B, default), page (default at level page) or a size", "UNIT"},
        {"side", 0, 0, G_OPTION_ARG_STRING, &arguments.side, "both (default), data or code",
         "SIDE"},
        {"count", 0, 0, G_OPTION_ARG_STRING, &arguments.count,
         "lines (default): each that is touched; records: the first byte of each access", "WHAT"},
        {"sample", 0, 0, G_OPTION_ARG_STRING, &arguments.sample,
         "of a share of the pages, such as 1%, with its error", "SHARE"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &arguments.seed, "which pages (default 0)", "N"},
        {"order", 0, 0, G_OPTION_ARG_STRING, &arguments.order,
         "of streams in one stack: recorded (default), rounds, or apart", "ORDER"},
        {"quantum", 0, 0, G_OPTION_ARG_INT64, &arguments.quantum,
         "references of a stream in a round (default 10000)", "N"},
        {"every", 0, 0, G_OPTION_ARG_NONE, &arguments.every,
         "every distance and size, not ranges and steps", NULL},
        {"stacks", 0, 0, G_OPTION_ARG_NONE, &arguments.stacks, "a row for each stack, too", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    gboolean ok =
        lad_profile_command_begin(&command, "reuse", argc, argv, entries,
                                  "Print how far apart accesses to the same line or page are, and "
                                  "from that the misses\nof fully associative LRU caches of all "
                                  "sizes.",
                                  error) &&
        profile(&arguments, &command, error);
    lad_profile_command_end(&command);
    g_free(arguments.scope);
    g_free(arguments.unit);
    g_free(arguments.side);
    g_free(arguments.count);
    g_free(arguments.sample);
    g_free(arguments.order);
    return ok ? 0 : 1;
}

const LadCommand lad_profile_command_reuse = {
    .name = "reuse",
    .summary = "reuse distances, and miss-ratio curves for all sizes in one pass",
    .run = run,
};
