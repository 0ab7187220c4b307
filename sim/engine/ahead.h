/* ahead.h - a front end that fetches ahead of dispatch: when it could have asked for a line.
 *
 * The line of instruction i may be asked for once instruction i - insns has been dispatched, after
 * the line before it (one a cycle, each after its translation), and while less than `n_lines` are
 * under way. So what moves dispatch back, a miss of data as well as one of a line, is time in which
 * the lines behind it come. The replay makes the access at dispatch; what it takes then is counted
 * from the earlier time.
 *
 * Worked example: 16 instructions a line, one dispatched per cycle, lines 110 cycles away, 32
 * instructions ahead. Line 2 is asked for when line 0 begins, at 110, and is there at 220; line 1
 * began at 126 and ended at 142: 78 cycles of waiting for two lines, where 220 were without.
 */
#ifndef LAD_AHEAD_H
#define LAD_AHEAD_H

#include "sim/cache/port.h"

/* From instruction `seq` on dispatch is `stalled` behind one without any stall. */
typedef struct {
    guint64 seq;
    LadClock stalled;
} LadAheadStall;

/* A line that was fetched: until the caches have it, they say that it comes at `ready`. */
typedef struct {
    guint64 line;
    LadClock ready;
} LadAheadLine;

#define LAD_AHEAD_LINES 64

typedef struct {
    guint64 insns; /* how far ahead of dispatch; 0: not at all, and nothing else here is used */
    LadClock per_insn;
    LadAheadStall *ring; /* oldest first, in [head, tail) modulo mask + 1 */
    guint64 head, tail, mask;
    LadClock stalled;    /* before the oldest of the ring */
    LadClock next;       /* no line may be asked for before */
    LadClock *under_way; /* when the latest n_lines that had to come are there, in turn */
    guint n_lines, turn;
    gboolean asked;                      /* a line is, that has not come */
    LadClock lead;                       /* its */
    LadAheadLine lines[LAD_AHEAD_LINES]; /* that came, by their number */
} LadAhead;

/* `insns` instructions ahead (0: off), dispatched every `per_insn`; `n_lines` at least 1. */
void lad_ahead_init(LadAhead *ahead, guint64 insns, LadClock per_insn, guint n_lines);
void lad_ahead_clear(LadAhead *ahead);
/* Fetching begins anew at `now`: after a fault, or with another thread. */
void lad_ahead_restart(LadAhead *ahead, LadClock now);
/* Instruction `seq` is dispatched at `now`, as far as is known yet; `seq` never falls. */
void lad_ahead_dispatch(LadAhead *ahead, guint64 seq, LadClock now);
/* How long before `now`, at which it would be dispatched, the line of instruction `seq` was asked
 * for; its translation takes `walk`. Asked again before lad_ahead_arrived: the same. */
LadClock lad_ahead_ask(LadAhead *ahead, guint64 seq, LadClock now, LadClock walk);
/* The line that was asked for is there at `at`, though the caches say `ready`; `missed`: it had to
 * be brought. */
void lad_ahead_arrived(LadAhead *ahead, guint64 line, LadClock at, LadClock ready, gboolean missed);

/* Whether the line that the caches expect at `ready` is here, as it was asked for ahead. */
static inline gboolean
lad_ahead_has(const LadAhead *ahead, guint64 line, LadClock ready)
{
    const LadAheadLine *kept = &ahead->lines[line % LAD_AHEAD_LINES];
    return kept->line == line && kept->ready == ready;
}

#endif
