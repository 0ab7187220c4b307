/* nearest.c - edit distance and the closest of a list of names. */
#include "config.h"
#include "sim/base/nearest.h"
#include <string.h>

guint
lad_edit_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    /* Three rows: a swap of neighbours looks two rows back. */
    g_autofree guint *rows = g_new(guint, 3 * (m + 1));
    guint *before = rows, *above = rows + (m + 1), *here = rows + 2 * (m + 1);
    for (size_t j = 0; j <= m; j++)
        above[j] = (guint)j;
    for (size_t i = 1; i <= n; i++) {
        char x = g_ascii_tolower(a[i - 1]);
        here[0] = (guint)i;
        for (size_t j = 1; j <= m; j++) {
            char y = g_ascii_tolower(b[j - 1]);
            guint best = above[j - 1] + (x != y);
            best = MIN(best, above[j] + 1);
            best = MIN(best, here[j - 1] + 1);
            if (i > 1 && j > 1 && x == g_ascii_tolower(b[j - 2]) && y == g_ascii_tolower(a[i - 2]))
                best = MIN(best, before[j - 2] + 1);
            here[j] = best;
        }
        guint *oldest = before;
        before = above;
        above = here;
        here = oldest;
    }
    return above[m];
}

const char *
lad_nearest(const char *word, const char *const *candidates)
{
    const char *nearest = NULL;
    size_t length = strlen(word);
    guint best = (guint)MAX(length / 3, 1) + 1;
    for (guint i = 0; candidates[i] != NULL; i++) {
        guint distance = lad_edit_distance(word, candidates[i]);
        if (distance < best) {
            best = distance;
            nearest = candidates[i];
        }
    }
    for (guint i = 0; nearest == NULL && length > 0 && candidates[i] != NULL; i++)
        if (g_ascii_strncasecmp(word, candidates[i], length) == 0)
            nearest = candidates[i];
    return nearest;
}
