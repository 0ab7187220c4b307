/* skeleton.c - a replacement model to copy; compiled and tested, not listed in the registry.
 *
 * To make one: copy this file, rename the class table, list it in models/registry.c, and rewrite
 * this comment: the idea, its source, what is modelled, what is not. As it stands:
 * not-most-recently-used. The victim is the lowest way that is not the one touched last. State of a
 * set: that way.
 */
#include "config.h"
#include <memladder/replacement.h>

/* Filled from the options below; a model without parameters drops struct and table. */
typedef struct {
    gboolean touch_on_hit;
} Params;

static const LadOption options[] = {
    LAD_OPT(Params, touch_on_hit, "touch-on-hit", BOOL, "true", NULL, NULL,
            "whether hits, and not only fills, count as touches"),
    LAD_OPTIONS_END,
};

/* Required; once per cache. Words of state per set, 0 if it needs none. */
static guint
set_words(guint n_ways)
{
    (void)n_ways;
    return 1;
}

/* Optional; once per cache, after the parameters are filled. Checks what the option table cannot:
 * return FALSE with LAD_ERROR_CONFIG and a sentence. */
static gboolean
init(LadReplacement *replacement, GError **error)
{
    (void)replacement;
    (void)error;
    return TRUE;
}

/* Required; once per set. The state of an empty set. */
static void
init_set(const LadReplacement *replacement, guint32 set, guint64 *state)
{
    (void)replacement;
    (void)set;
    *state = 0;
}

/* Required; once per miss in a full set. Returns a way whose bit is set in `allowed`. */
static guint
victim(LadReplacement *replacement, guint32 set, guint64 *state, guint64 allowed)
{
    (void)replacement;
    (void)set;
    guint64 others = allowed & ~((guint64)1 << *state);
    return (guint)__builtin_ctzll(others != 0 ? others : allowed);
}

/* Optional; once per hit that the engine does not filter (see repeat_changes_state). */
static void
touch(LadReplacement *replacement, guint32 set, guint64 *state, guint way, LadFillCause cause)
{
    (void)set;
    (void)cause;
    const Params *params = replacement->params;
    if (params->touch_on_hit)
        *state = way;
}

/* Required; once per fill. */
static void
fill(LadReplacement *replacement, guint32 set, guint64 *state, guint way, LadFillCause cause)
{
    (void)replacement;
    (void)set;
    (void)cause;
    *state = way;
}

/* Optional; once per line invalidated. The way is empty and will be filled before any victim is
 * asked for. */
static void
invalidate(LadReplacement *replacement, guint32 set, guint64 *state, guint way)
{
    (void)replacement;
    (void)set;
    (void)state;
    (void)way;
}

extern const LadReplacementClass lad_replacement_skeleton;
const LadReplacementClass lad_replacement_skeleton = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_REPLACEMENT, LadReplacementClass, "skeleton",
                            "an example: any line but the one touched last"),
             .models = "The way touched last in every set.",
             .leaves_out = "The order of all others.",
             .source = "Textbook (not most recently used).", .options = options,
             .params_size = sizeof(Params)},
    .max_ways = 64,
    .repeat_changes_state = FALSE,
    .set_words = set_words,
    .init = init,
    .init_set = init_set,
    .victim = victim,
    .touch = touch,
    .fill = fill,
    .invalidate = invalidate,
};
