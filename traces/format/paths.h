/* paths.h - joining blocks that often follow one another into paths, while they are written.
 *
 * The rule: emit the longest known entry; when a pair of consecutive tokens has been seen 64 times
 * and its joint fits (96 instructions, 48 operands, 96 blocks), define the concatenation. Known
 * entries form a trie over block numbers, so a step costs one look-up in most cases. Only pairs
 * that fit are counted, and most tokens are soon too long for any.
 */
#ifndef LAD_TRACE_PATHS_H
#define LAD_TRACE_PATHS_H

#include "traces/format/code.h"

typedef struct LadPathFormer LadPathFormer;

/* Where one stream stands. Zero-initialised, `previous` LAD_PATH_NONE. */
typedef struct {
    guint32 first;     /* where in `pending` the blocks that are in no token yet begin ... */
    guint32 n;         /* ... and how many they are */
    guint32 n_matched; /* of them, how many the trie has followed */
    guint32 node;
    guint32 best_token;      /* the longest entry among the matched ... */
    guint32 best_n;          /* ... its blocks ... */
    guint32 best_node;       /* ... and where it ends in the trie */
    guint32 previous;        /* token emitted last ... */
    guint32 previous_extent; /* ... and how long it is */
    guint32 pending[4 * LAD_MAX_PATH_BLOCKS];
} LadPathState;

#define LAD_PATH_NONE G_MAXUINT32

LadPathFormer *lad_path_former_new(LadCode *code);
void lad_path_former_free(LadPathFormer *former);

/* Block `block` (an entry number) is executed. Appends the tokens that are settled by it to
 * `tokens`, which must have room for LAD_MAX_PATH_BLOCKS more, and returns how many. */
guint lad_path_former_step(LadPathFormer *former, LadPathState *state, guint32 block,
                           guint32 *tokens);
/* Settles all that is pending, with the same room. */
guint lad_path_former_flush(LadPathFormer *former, LadPathState *state, guint32 *tokens);

#endif
