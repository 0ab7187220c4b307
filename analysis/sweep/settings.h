/* settings.h - which settings of many effective configurations are not the same in all.
 *
 * Ten thousand configurations of some hundred settings each go through here, nearly all of them
 * equal: a setting has an array over the points only from its first difference on.
 */
#ifndef LAD_SWEEP_SETTINGS_H
#define LAD_SWEEP_SETTINGS_H

#include <glib.h>

typedef struct LadSettings LadSettings;

/* For points below `n_points`; values are kept in `strings` (borrowed). */
LadSettings *lad_settings_new(guint n_points, GStringChunk *strings);
void lad_settings_free(LadSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadSettings, lad_settings_free)

/* The configuration of a point, as a run prints it: groups and KEY=VALUE lines. Points come in
 * ascending order, each once. */
void lad_settings_add(LadSettings *settings, guint point, const char *text, gsize length);

/* Settings seen, in order of first appearance. */
guint lad_settings_n(const LadSettings *settings);
/* Values by point, "" where there is none, and the name, GROUP.KEY; NULL if all are the same. Free
 * both with g_free; they can be taken once. */
const char **lad_settings_take(LadSettings *settings, guint index, char **name);

/* The value of GROUP.KEY in a configuration; NULL if there is none. Free with g_free. */
char *lad_settings_find(const char *text, const char *name);

#endif
