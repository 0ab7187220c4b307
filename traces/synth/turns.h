/* turns.h - drawing whose turn it is, by weights. */
#ifndef LAD_SYNTH_TURNS_H
#define LAD_SYNTH_TURNS_H

#include <memladder/random.h>

typedef struct {
    guint n;
    double *weights;
    guint32 *thresholds; /* of a draw of 32 bits */
} LadTurns;

/* `n` of 0 or more weights, 0 or more each and in sum above 0; owned by the turns. */
void lad_turns_set(LadTurns *turns, double *weights, guint n);
void lad_turns_clear(LadTurns *turns);

/* Of a single one nothing is drawn. */
static inline guint
lad_turns_draw(const LadTurns *turns, LadRandom *random)
{
    if (turns->n == 1)
        return 0;
    guint32 draw = (guint32)(lad_random_next(random) >> 32);
    guint turn = 0;
    while (turn + 1 < turns->n && draw >= turns->thresholds[turn])
        turn++;
    while (turns->weights[turn] <= 0.0) /* the last ones, by rounding */
        turn--;
    return turn;
}

#endif
