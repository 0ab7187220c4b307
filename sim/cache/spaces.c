/* spaces.c - see spaces.h. */
#include "config.h"
#include "sim/cache/spaces.h"
#include "sim/cache/tags.h"

#define NONE G_MAXUINT32

LadSpaces *
lad_spaces_new(const LadSpacesOptions *options, gsize n_ways)
{
    g_assert(options->n >= 1);
    LadSpaces *spaces = g_new0(LadSpaces, 1);
    spaces->options = *options;
    spaces->members = g_new(guint32, n_ways * options->n);
    memset(spaces->members, 0xff, n_ways * options->n * sizeof(guint32));
    spaces->pages = g_new0(guint64, n_ways);
    return spaces;
}

void
lad_spaces_free(LadSpaces *spaces)
{
    if (spaces == NULL)
        return;
    g_free(spaces->members);
    g_free(spaces->pages);
    g_free(spaces);
}

/* Where `member` stands among those of an entry, or n. */
static guint
index_of(const LadSpaces *spaces, gsize entry, guint32 member)
{
    const guint32 *members = spaces->members + entry * spaces->options.n;
    guint i = 0;
    while (i < spaces->options.n && members[i] != member)
        i++;
    return i;
}

/* The way of the set that `first` begins which has the page and, in a free place or not, `member`;
 * n_ways if none. With `translation` it must have that, too. */
static guint
find(const LadTags *tags, gsize first, guint64 page, guint32 member, const guint64 *translation)
{
    const LadSpaces *spaces = tags->spaces;
    guint way = 0;
    for (; way < tags->geometry.n_ways; way++)
        if (tags->lines[first + way] == page &&
            index_of(spaces, first + way, member) < spaces->options.n &&
            (translation == NULL || spaces->pages[first + way] == *translation))
            break;
    return way;
}

gboolean
lad_spaces_access(LadTags *tags, guint64 line, LadFillCause cause)
{
    LadSpaces *spaces = tags->spaces;
    LadReplacement *replacement = &tags->replacement;
    const LadReplacementClass *class = replacement->class;
    const guint n = spaces->options.n, n_ways = tags->geometry.n_ways;
    const guint64 page = line & (((guint64)1 << spaces->options.shift) - 1);
    const guint32 space = (guint32)(line >> spaces->options.shift);
    const guint32 set = lad_geometry_set(&tags->geometry, page);
    const gsize first = (gsize)set * n_ways;
    guint64 *state = tags->state + (gsize)set * tags->n_words;
    guint way = find(tags, first, page, space, NULL);
    const gboolean hit = way < n_ways;
    guint64 translation = 0;
    if (!hit) {
        translation = spaces->options.translate(spaces->options.data, space, page);
        way = find(tags, first, page, NONE, &translation);
    }
    if (way < n_ways) {
        if (!hit) {
            spaces->members[(first + way) * n + index_of(spaces, first + way, NONE)] = space;
            spaces->n_joins++;
        }
        if (class->touch != NULL)
            class->touch(replacement, set, state, way, cause);
        return hit;
    }
    way = lad_tags_find(tags->lines + first, n_ways, LAD_TAG_EMPTY);
    if (way == n_ways)
        way = class->victim(replacement, set, state, tags->all);
    tags->lines[first + way] = page;
    spaces->pages[first + way] = translation;
    memset(spaces->members + (first + way) * n, 0xff, n * sizeof(guint32));
    spaces->members[(first + way) * n] = space;
    class->fill(replacement, set, state, way, cause);
    return FALSE;
}
