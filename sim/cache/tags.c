/* tags.c - making, freeing and invalidating the tags of a cache; replacement through hooks. */
#include "config.h"
#include "sim/cache/tags.h"

#define LINE_ALIGNMENT 64

static LadPolicy
policy_of(const LadReplacementClass *class)
{
    static const LadReplacementClass *const built_in[] = {
        [LAD_POLICY_LRU] = &lad_replacement_lru,
        [LAD_POLICY_FIFO] = &lad_replacement_fifo,
        [LAD_POLICY_TREE] = &lad_replacement_tree_plru,
        [LAD_POLICY_RANDOM] = &lad_replacement_random,
    };
    for (guint i = 0; i < G_N_ELEMENTS(built_in); i++)
        if (class == built_in[i])
            return (LadPolicy)i;
    return LAD_POLICY_MODEL;
}

static gboolean
init_replacement(LadTags *tags, const LadReplacementClass *class, void *params, const char *name,
                 guint64 seed, GError **error)
{
    LadReplacement *replacement = &tags->replacement;
    replacement->class = class;
    replacement->n_sets = tags->geometry.n_sets;
    replacement->n_ways = tags->geometry.n_ways;
    replacement->params = params;
    if (class->base.host_size > 0)
        replacement->state = g_malloc0(class->base.host_size);
    g_autofree char *stream = g_strconcat("replacement.", name, NULL);
    lad_random_init(&replacement->random, seed, stream);
    if (lad_geometry_is_long(&tags->geometry)) {
        if (!tags->masked && (class == &lad_replacement_lru || class == &lad_replacement_fifo))
            return TRUE;
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: %u ways with %s%s; expected replacement = lru or fifo without masks, or "
                    "at most %d ways",
                    name, replacement->n_ways, class->base.name, tags->masked ? " and masks" : "",
                    LAD_GEOMETRY_MAX_WAYS);
        return FALSE;
    }
    if (replacement->n_ways > class->max_ways) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: %u ways; replacement `%s` can do at most %u", name, replacement->n_ways,
                    class->base.name, class->max_ways);
        return FALSE;
    }
    return class->init == NULL || class->init(replacement, error);
}

static void
empty(LadTags *tags)
{
    const LadGeometry *geometry = &tags->geometry;
    memset(tags->lines, 0xff, (gsize)geometry->n_sets * geometry->n_ways * sizeof(guint64));
    for (guint32 set = 0; tags->n_words > 0 && set < geometry->n_sets; set++)
        tags->replacement.class->init_set(&tags->replacement, set,
                                          tags->state + (gsize)set * tags->n_words);
}

static gboolean
init(LadTags *tags, const LadGeometry *geometry, const LadReplacementClass *class, void *params,
     const char *name, guint64 seed, gboolean masked, GError **error)
{
    memset(tags, 0, sizeof *tags);
    tags->geometry = *geometry;
    tags->masked = masked;
    if (!init_replacement(tags, class, params, name, seed, error)) {
        lad_tags_clear(tags);
        return FALSE;
    }
    const gboolean is_long = lad_geometry_is_long(geometry);
    tags->policy = masked || is_long ? LAD_POLICY_MODEL : policy_of(class);
    tags->long_set = is_long ? lad_long_set_new(geometry->n_ways) : NULL;
    tags->depth = lad_tree_depth(geometry->n_ways);
    tags->all = geometry->n_ways >= 64 ? G_MAXUINT64 : ((guint64)1 << geometry->n_ways) - 1;
    tags->allowed[0] = tags->allowed[1] = tags->all;
    gboolean ordered = is_long || tags->policy == LAD_POLICY_LRU || tags->policy == LAD_POLICY_FIFO;
    tags->n_words = ordered ? 0 : class->set_words(geometry->n_ways);
    gsize n_lines = (gsize)geometry->n_sets * geometry->n_ways;
    gsize n_state = (gsize)geometry->n_sets * tags->n_words;
    tags->memory = g_malloc((n_lines + n_state) * sizeof(guint64) + LINE_ALIGNMENT);
    guint64 misaligned = GPOINTER_TO_SIZE(tags->memory) % LINE_ALIGNMENT;
    tags->lines = (guint64 *)((char *)tags->memory + (LINE_ALIGNMENT - misaligned));
    tags->state = tags->lines + n_lines;
    empty(tags);
    return TRUE;
}

gboolean
lad_tags_init(LadTags *tags, const LadGeometry *geometry, const LadReplacementClass *class,
              void *params, const char *name, guint64 seed, GError **error)
{
    return init(tags, geometry, class, params, name, seed, FALSE, error);
}

gboolean
lad_tags_init_masked(LadTags *tags, const LadGeometry *geometry, const LadReplacementClass *class,
                     void *params, const char *name, guint64 seed, GError **error)
{
    return init(tags, geometry, class, params, name, seed, TRUE, error);
}

void
lad_tags_set_spaces(LadTags *tags, const LadSpacesOptions *options)
{
    g_assert(tags->policy == LAD_POLICY_MODEL);
    tags->spaces = lad_spaces_new(options, (gsize)tags->geometry.n_sets * tags->geometry.n_ways);
}

void
lad_tags_clear(LadTags *tags)
{
    lad_first_misses_clear(&tags->first_misses);
    lad_long_set_free(tags->long_set);
    lad_spaces_free(tags->spaces);
    g_free(tags->memory);
    g_free(tags->replacement.state);
    memset(tags, 0, sizeof *tags);
}

void
lad_tags_empty(LadTags *tags)
{
    if (tags->long_set) {
        lad_long_set_free(tags->long_set);
        tags->long_set = lad_long_set_new(tags->geometry.n_ways);
    }
    empty(tags);
}

gsize
lad_tags_memory(const LadTags *tags)
{
    return (gsize)tags->geometry.n_sets * (tags->geometry.n_ways + tags->n_words) *
               sizeof(guint64) +
           (tags->long_set ? tags->long_set->bytes : 0);
}

gboolean
lad_tags_contains(const LadTags *tags, guint64 line)
{
    guint n_ways = tags->geometry.n_ways;
    const guint64 *lines = tags->lines + (gsize)lad_geometry_set(&tags->geometry, line) * n_ways;
    if (tags->long_set)
        return lad_long_set_find(tags->long_set, lines, line) < n_ways;
    return lad_tags_find(lines, n_ways, line) < n_ways;
}

gboolean
lad_tags_invalidate(LadTags *tags, guint64 line)
{
    guint n_ways = tags->geometry.n_ways;
    guint32 set = lad_geometry_set(&tags->geometry, line);
    guint64 *lines = tags->lines + (gsize)set * n_ways;
    guint way = tags->long_set ? lad_long_set_find(tags->long_set, lines, line)
                               : lad_tags_find(lines, n_ways, line);
    if (way == n_ways)
        return FALSE;
    if (tags->long_set) {
        lad_long_set_drop(tags->long_set, lines, way);
        return TRUE;
    }
    const LadReplacementClass *class = tags->replacement.class;
    if (tags->policy == LAD_POLICY_LRU || tags->policy == LAD_POLICY_FIFO) {
        memmove(lines + way, lines + way + 1, (n_ways - way - 1) * sizeof(guint64));
        way = n_ways - 1;
    } else if (class->invalidate != NULL) {
        class->invalidate(&tags->replacement, set, tags->state + (gsize)set * tags->n_words, way);
    }
    lines[way] = LAD_TAG_EMPTY;
    return TRUE;
}

gboolean
lad_tags_access_model(LadTags *tags, guint32 set, guint64 line, LadFillCause cause)
{
    if (tags->spaces)
        return lad_spaces_access(tags, line, cause);
    const LadReplacementClass *class = tags->replacement.class;
    guint n_ways = tags->geometry.n_ways;
    guint64 *lines = tags->lines + (gsize)set * n_ways;
    guint64 *state = tags->state + (gsize)set * tags->n_words;
    if (tags->long_set)
        return lad_long_set_access(tags->long_set, lines, line, class == &lad_replacement_lru);
    guint way = lad_tags_find(lines, n_ways, line);
    if (way < n_ways) {
        if (class->touch != NULL)
            class->touch(&tags->replacement, set, state, way, cause);
        return TRUE;
    }
    guint64 allowed = tags->allowed[cause == LAD_FILL_FETCH];
    way = lad_tags_find(lines, n_ways, LAD_TAG_EMPTY);
    while (way < n_ways && !(allowed >> way & 1))
        way += 1 + lad_tags_find(lines + way + 1, n_ways - way - 1, LAD_TAG_EMPTY);
    if (way >= n_ways) {
        way = class->victim(&tags->replacement, set, state, allowed);
        g_assert(way < n_ways);
    }
    lines[way] = line;
    class->fill(&tags->replacement, set, state, way, cause);
    return FALSE;
}
