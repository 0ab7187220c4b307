/* configuration.h - a machine, its policies and a run, as read from key files.
 *
 * GLib key files with `include =` (first group of a file, relative to that file, then the installed
 * presets), later wins, `--set group.key=value` last. Every value is checked against an option
 * table; a key or group that nothing asked for is an error. Nothing is ever substituted.
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
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadConfig, lad_config_free)

/* Read a file over what is there ("-": standard input). Errors: CONFIG with file and line (syntax,
 * duplicate key, include loop or a missing include), IO. */
gboolean lad_config_read(LadConfig *config, const char *path, GError **error);
/* The same from text; `origin` stands for the file name in messages. */
gboolean lad_config_read_text(LadConfig *config, const char *text, const char *origin,
                              GError **error);
/* One assignment, "group.key=value"; the last dot before '=' separates group and key. */
gboolean lad_config_set(LadConfig *config, const char *assignment, GError **error);

/* The value as written, or NULL if the key is not there. Marks the key as asked for. */
const char *lad_config_peek(LadConfig *config, const char *group, const char *key);
/* Where a key was written, "file:line" or "--set", for messages. Never NULL. */
const char *lad_config_origin(const LadConfig *config, const char *group, const char *key);
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
 * and limits; refuse a key that is in none of the sets, naming the nearest ("model" is always known).
 * Strings, lists and tables stay owned by `config`, which must outlive `params`. The values become
 * part of the effective configuration. Errors: CONFIG with origin, expectation and limits. */
gboolean lad_config_fill(LadConfig *config, const char *group, const LadOptionSet *sets, guint n_sets,
                         GError **error);

/* After everything was filled: an error for every group or key that nothing asked for. */
gboolean lad_config_check_used(const LadConfig *config, GError **error);
/* The effective configuration as key-file text: all filled groups with all options, defaults
 * included, in order; reading it back gives the same text. Free with g_free. */
char *lad_config_print(const LadConfig *config);

/* Parse or print one value as option `type` (tests, sweeps, summaries). The value is written to
 * `value` in the type named in option.h. */
gboolean lad_option_parse(const LadOption *option, const char *text, void *value, GError **error);
/* Canonical text of a value: "85 ns", "64 GiB", "38.4 GB/s"; reads back to the same value. */
char *lad_option_print(const LadOption *option, const void *value);

G_END_DECLS
#endif
