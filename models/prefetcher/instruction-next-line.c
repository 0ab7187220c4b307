/* instruction-next-line.c - the code lines behind one that is fetched.
 *
 * Code runs forwards, so the lines behind one that missed are named, and behind each prefetched
 * line that is fetched for the first time, so that the prefetcher stays `degree` lines ahead of a
 * sequential run (Smith, ACM Computing Surveys 14(3), 1982). Modelled: that. Left out: branch
 * prediction, so lines of targets are never named. Units: addresses are bytes.
 */
#include "config.h"
#include <memladder/prefetcher.h>

extern const LadPrefetcherClass lad_prefetcher_instruction_next_line;

typedef struct {
    guint64 degree;
} Params;

static const LadOption options[] = {
    LAD_OPT(Params, degree, "degree", UINT, "2", "1", "16", "lines that it stays ahead"),
    LAD_OPTIONS_END,
};

static gboolean
init(LadPrefetcher *prefetcher, GError **error)
{
    if (prefetcher->side == LAD_SIDE_INSTRUCTION)
        return TRUE;
    g_set_error_literal(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "side = data: instruction-next-line watches fetches; expected side = "
                        "instruction, or model = next-line");
    return FALSE;
}

static void
observe(LadPrefetcher *prefetcher, const LadPrefetchEvent *event, LadPrefetchList *list)
{
    const Params *params = prefetcher->params;
    for (; list->n < params->degree; list->n++)
        list->addresses[list->n] = event->address + (list->n + 1) * (guint64)prefetcher->line_bytes;
}

const LadPrefetcherClass lad_prefetcher_instruction_next_line = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_PREFETCHER, LadPrefetcherClass, "instruction-next-line",
                            "the code lines behind one that is fetched"),
             .models = "A fixed number of lines ahead of a sequential run of fetches.",
             .leaves_out = "Branch prediction: lines of targets are never named.",
             .source =
                 "Smith, ACM Computing Surveys 14(3), 1982; a straight run and a loop by hand.",
             .options = options, .params_size = sizeof(Params)},
    .init = init,
    .observe = observe,
};
