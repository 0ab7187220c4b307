/* config_store.h - what a configuration holds, shared by its reader, its filling and its printing.
 */
#ifndef LAD_CONFIG_STORE_H
#define LAD_CONFIG_STORE_H

#include <memladder/configuration.h>

typedef struct {
    char *key, *value;
    char *origin;     /* "file:line" or "--set" */
    char *directory;  /* of the file; NULL: the working directory */
    gboolean assumed; /* a comment says so */
    gboolean asked;   /* somebody looked */
} LadConfigEntry;

typedef struct {
    char *name;
    char *origin;       /* of its first appearance */
    GPtrArray *entries; /* of LadConfigEntry, in order of first appearance */
    gboolean used;
    char *model;        /* as lad_config_model settled it; NULL: not asked for */
    GPtrArray *settled; /* "key = value" lines as filled; NULL: not filled */
    GPtrArray *known;   /* names of options, of the tables that filled it */
} LadConfigGroup;

struct LadConfig {
    GPtrArray *groups;                   /* of LadConfigGroup, in order of first appearance */
    GPtrArray *filled;                   /* the same groups, borrowed, in order of being settled */
    GPtrArray *strings, *lists, *tables; /* values handed out by lad_config_fill */
};

LadConfigGroup *lad_config_group(const LadConfig *config, const char *name);
LadConfigGroup *lad_config_add_group(LadConfig *config, const char *name, const char *origin);
LadConfigEntry *lad_config_entry(const LadConfigGroup *group, const char *key);
/* Sets or replaces a key; strings are copied. */
void lad_config_put(LadConfig *config, const char *group, const LadConfigEntry *entry);
gboolean lad_config_is_group_name(const char *name);
gboolean lad_config_is_key_name(const char *name);
/* `name` beside `directory` (NULL: working directory) or, without a leading configs/, on the search
 * path; NULL if there is none.
 */
char *lad_config_search(const char *directory, const char *name);
/* Where lad_config_search looks after `directory`, for messages. */
char *lad_config_search_path(void);

#endif
