/* turns.c - see turns.h. */
#include "config.h"
#include "traces/synth/turns.h"

void
lad_turns_set(LadTurns *turns, double *weights, guint n)
{
    double sum = 0.0, before = 0.0;
    lad_turns_clear(turns);
    *turns = (LadTurns){.n = n, .weights = weights, .thresholds = g_new(guint32, n + 1)};
    for (guint i = 0; i < n; i++)
        sum += weights[i];
    for (guint i = 0; i < n; i++) {
        before += weights[i];
        double threshold = before / sum * 4294967296.0;
        turns->thresholds[i] = threshold >= 4294967295.0 ? G_MAXUINT32 : (guint32)threshold;
    }
}

void
lad_turns_clear(LadTurns *turns)
{
    g_free(turns->weights);
    g_free(turns->thresholds);
    *turns = (LadTurns){0};
}
