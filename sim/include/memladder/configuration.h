/* configuration.h - a machine, its policies and a run, as read from key files.
 *
 * GLib key files. A key `include` in the first group of a file names files (commas between) that
 * are read before it, each looked for beside the file, then on the search path; later wins, and
 * `--set group.key=value` comes last. `#` starts a comment, at the start of a line or after white
 * space. Every value is checked against an option table; a key or group that nothing asked for is
 * an error. Nothing is ever substituted.
 */
#ifndef MEMLADDER_CONFIGURATION_H
#define MEMLADDER_CONFIGURATION_H

#include <memladder/error.h>
#include <memladder/option.h>

G_BEGIN_DECLS

typedef struct LadConfig LadConfig;

/* An empty configuration. */
LadConfig *lad_config_new(void);
void lad_config_free(LadConfig *config);
/* What was read and set, but for the groups equal to `prefix` or starting with `prefix` + '.', as
 * if nobody had asked for any of it yet. Free with lad_config_free. */
LadConfig *lad_config_copy_without(const LadConfig *config, const char *prefix);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadConfig, lad_config_free)

/* Read a file over what is there ("-": standard input). A relative path that does not exist is
 * looked for on the search path: the directories of the environment variable LAD_CONFIG_PATH
 * (colons between), then the installed presets. Errors: CONFIG with file and line (syntax,
 * duplicate key, include loop or a missing include), IO. */
gboolean lad_config_read(LadConfig *config, const char *path, GError **error);
/* The same from text; `origin` stands for the file name in messages. */
gboolean lad_config_read_text(LadConfig *config, const char *text, const char *origin,
                              GError **error);
/* One assignment, "group.key=value", over what is there; the last dot before '=' separates group
 * and key. Errors: CONFIG if it has not this form. */
gboolean lad_config_set(LadConfig *config, const char *assignment, GError **error);

/* The value as written, or NULL if the key is not there. Marks the key as asked for. */
const char *lad_config_peek(LadConfig *config, const char *group, const char *key);
/* The name under key "model" of `group`, or `standard` if it is not there; either becomes part of
 * the effective configuration. `standard` is copied; NULL makes a missing model an error. */
const char *lad_config_model(LadConfig *config, const char *group, const char *standard,
                             GError **error);
/* A file named by the value of a key: absolute as it is; relative to the file that named it (a
 * --set: to the working directory), else on the search path. The file exists. NULL with CONFIG if
 * it does not, or if the key is not there. Free with g_free. */
char *lad_config_find_file(LadConfig *config, const char *group, const char *key, GError **error);
/* Where a key was written, "file:line" or "--set", for messages. Never NULL. */
const char *lad_config_origin(const LadConfig *config, const char *group, const char *key);
/* Was a group of this very name written or set, with or without keys? */
gboolean lad_config_has_group(const LadConfig *config, const char *group);
/* Names of the groups equal to `prefix` or starting with `prefix` + '.', in order of first
 * appearance. Free with g_strfreev. */
char **lad_config_groups(const LadConfig *config, const char *prefix);

/* One option table and the parameter struct it fills. */
typedef struct {
    const LadOption *options;
    void *params;
} LadOptionSet;

/* Fill the parameter structs from `group`: values as configured, else defaults; check types, units
 * and limits; refuse a key that is in none of the sets, naming the nearest ("model" is always
 * known). Strings, lists and tables stay owned by `config`, which must outlive `params`. The values
 * become part of the effective configuration. Errors: CONFIG with origin, expectation and limits.
 */
gboolean lad_config_fill(LadConfig *config, const char *group, const LadOptionSet *sets,
                         guint n_sets, GError **error);

/* After everything was filled: an error for every group or key that nothing asked for. */
gboolean lad_config_check_used(const LadConfig *config, GError **error);
/* What was set by values whose comment in the file (the lines above, or after the value) has the
 * word "assumed": "group.key = value" each, in order of appearance. Free with g_strfreev. */
char **lad_config_assumed(const LadConfig *config);
/* The effective configuration as key-file text: all filled groups with all options, defaults
 * included, in order; reading it back gives the same text. Free with g_free. */
char *lad_config_print(const LadConfig *config);

G_END_DECLS
#endif
