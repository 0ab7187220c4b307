/* moves.h - untimed replay where lines move between levels: inclusive and exclusive caches.
 *
 * The rules are those of the timed caches (levels.c). An inclusive level that gives up a line takes
 * it from the levels in front of it, of all cores it serves. An exclusive level takes what the
 * level in front of it gives up, clean or dirty, and gives up what a core it serves takes back,
 * unless another core has put or found it there. To know where lines go they have a dirty bit; what
 * leaves the last level is counted and gone. An access goes through all its levels before the next
 * one begins, so both sides are replayed in the order of the program; a run of instructions in one
 * line looks it up once. Lines of all caches must be of one size. Left out: coherence; a core that
 * writes leaves other cores' copies alone.
 */
#ifndef LAD_CACHE_MOVES_H
#define LAD_CACHE_MOVES_H

#include "sim/cache/functional.h"
#include "sim/cache/tags.h"

typedef enum {
    LAD_MOVES_INVALIDATIONS, /* lines that left since a level behind gave them up */
    LAD_MOVES_VICTIMS_IN,    /* clean lines taken from the level in front */
    LAD_MOVES_WRITEBACKS_IN, /* dirty lines from there */
    LAD_MOVES_WRITEBACKS,    /* dirty lines given up */
    LAD_MOVES_N_COUNTERS
} LadMovesCounter;

typedef struct LadMoves LadMoves;

/* One instance of a cache. */
typedef struct {
    LadTags *tags; /* made by lad_tags_init_masked; borrowed */
    guint side;    /* LadSide */
    guint first_core, end_core;
    gboolean inclusive, exclusive;
} LadMovesPart;

LadMoves *lad_moves_new(guint n_cores, guint n_parts);
void lad_moves_free(LadMoves *moves);
/* Every core's first levels come first, then those behind, nearest first; at most n_parts. */
void lad_moves_add(LadMoves *moves, const LadMovesPart *part);

/* Look `line` up, and bring it in. Counted in `counts`, by level. TRUE on a hit in the first. */
gboolean lad_moves_access(LadMoves *moves, guint core, LadFunctionalCounts *counts, guint64 line,
                          LadCounted access);

/* Of the instance that `core` uses at `level` of a side; LAD_MOVES_N_COUNTERS values. */
const guint64 *lad_moves_counters(const LadMoves *moves, guint core, guint lane, guint level);

#endif
