/* config.c - what a configuration holds, and how files are found. */
#include "config.h"
#include "sim/base/config_store.h"
#include <string.h>

static void
entry_free(gpointer data)
{
    LadConfigEntry *entry = data;
    g_free(entry->key);
    g_free(entry->value);
    g_free(entry->origin);
    g_free(entry->directory);
    g_free(entry);
}

static void
group_free(gpointer data)
{
    LadConfigGroup *group = data;
    g_free(group->name);
    g_free(group->origin);
    g_free(group->model);
    g_ptr_array_unref(group->entries);
    g_clear_pointer(&group->settled, g_ptr_array_unref);
    g_clear_pointer(&group->known, g_ptr_array_unref);
    g_free(group);
}

LadConfig *
lad_config_new(void)
{
    LadConfig *config = g_new0(LadConfig, 1);
    config->groups = g_ptr_array_new_with_free_func(group_free);
    config->filled = g_ptr_array_new();
    config->strings = g_ptr_array_new_with_free_func(g_free);
    config->lists = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    config->tables = g_ptr_array_new_with_free_func((GDestroyNotify)lad_table_free);
    return config;
}

void
lad_config_free(LadConfig *config)
{
    if (config == NULL)
        return;
    g_ptr_array_unref(config->filled);
    g_ptr_array_unref(config->groups);
    g_ptr_array_unref(config->strings);
    g_ptr_array_unref(config->lists);
    g_ptr_array_unref(config->tables);
    g_free(config);
}

LadConfigGroup *
lad_config_group(const LadConfig *config, const char *name)
{
    for (guint i = 0; i < config->groups->len; i++) {
        LadConfigGroup *group = config->groups->pdata[i];
        if (strcmp(group->name, name) == 0)
            return group;
    }
    return NULL;
}

LadConfigGroup *
lad_config_add_group(LadConfig *config, const char *name, const char *origin)
{
    LadConfigGroup *group = lad_config_group(config, name);
    if (group != NULL)
        return group;
    group = g_new0(LadConfigGroup, 1);
    group->name = g_strdup(name);
    group->origin = g_strdup(origin);
    group->entries = g_ptr_array_new_with_free_func(entry_free);
    g_ptr_array_add(config->groups, group);
    return group;
}

LadConfigEntry *
lad_config_entry(const LadConfigGroup *group, const char *key)
{
    for (guint i = 0; group != NULL && i < group->entries->len; i++) {
        LadConfigEntry *entry = group->entries->pdata[i];
        if (strcmp(entry->key, key) == 0)
            return entry;
    }
    return NULL;
}

void
lad_config_put(LadConfig *config, const char *group_name, const LadConfigEntry *given)
{
    LadConfigGroup *group = lad_config_add_group(config, group_name, given->origin);
    LadConfigEntry *entry = lad_config_entry(group, given->key);
    if (entry == NULL) {
        entry = g_new0(LadConfigEntry, 1);
        entry->key = g_strdup(given->key);
        g_ptr_array_add(group->entries, entry);
    }
    g_free(entry->value);
    g_free(entry->origin);
    g_free(entry->directory);
    entry->value = g_strdup(given->value);
    entry->origin = g_strdup(given->origin);
    entry->directory = g_strdup(given->directory);
    entry->assumed = given->assumed;
}

LadConfig *
lad_config_copy_without(const LadConfig *config, const char *prefix)
{
    LadConfig *copy = lad_config_new();
    size_t length = strlen(prefix);
    for (guint i = 0; i < config->groups->len; i++) {
        const LadConfigGroup *group = config->groups->pdata[i];
        if (strncmp(group->name, prefix, length) == 0 &&
            (group->name[length] == '\0' || group->name[length] == '.'))
            continue;
        lad_config_add_group(copy, group->name, group->origin);
        for (guint j = 0; j < group->entries->len; j++)
            lad_config_put(copy, group->name, group->entries->pdata[j]);
    }
    return copy;
}

static gboolean
is_name(const char *name, const char *punctuation)
{
    for (const char *c = name; *c != '\0'; c++)
        if (!g_ascii_isalnum(*c) && strchr(punctuation, *c) == NULL)
            return FALSE;
    return name[0] != '\0';
}

gboolean
lad_config_is_group_name(const char *name)
{
    return is_name(name, ".-_");
}

gboolean
lad_config_is_key_name(const char *name)
{
    return is_name(name, ".-_");
}

gboolean
lad_config_set(LadConfig *config, const char *assignment, GError **error)
{
    const char *equals = strchr(assignment, '=');
    g_autofree char *path =
        g_strndup(assignment, equals != NULL ? (gsize)(equals - assignment) : 0);
    g_strstrip(path);
    char *dot = strrchr(path, '.');
    if (dot != NULL)
        *dot = '\0';
    if (dot == NULL || !lad_config_is_group_name(path) || !lad_config_is_key_name(dot + 1)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "--set %s: expected GROUP.KEY=VALUE, such as `tier.near.size=64 GiB`",
                    assignment);
        return FALSE;
    }
    g_autofree char *value = g_strstrip(g_strdup(equals + 1));
    /* It must survive being printed and read back. */
    if (strpbrk(value, "\n\r") != NULL || value[0] == '#' || strstr(value, " #") != NULL ||
        strstr(value, "\t#") != NULL || !g_utf8_validate(value, -1, NULL)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "--set %s: expected a value of one line of UTF-8 without a comment",
                    assignment);
        return FALSE;
    }
    lad_config_put(config, path,
                   &(LadConfigEntry){.key = dot + 1, .value = value, .origin = (char *)"--set"});
    return TRUE;
}

const char *
lad_config_peek(LadConfig *config, const char *group_name, const char *key)
{
    LadConfigGroup *group = lad_config_group(config, group_name);
    LadConfigEntry *entry = lad_config_entry(group, key);
    if (entry == NULL)
        return NULL;
    entry->asked = TRUE;
    group->used = TRUE;
    return entry->value;
}

const char *
lad_config_origin(const LadConfig *config, const char *group_name, const char *key)
{
    LadConfigGroup *group = lad_config_group(config, group_name);
    LadConfigEntry *entry = lad_config_entry(group, key);
    if (entry != NULL)
        return entry->origin;
    return group != NULL ? group->origin : "default";
}

gboolean
lad_config_has_group(const LadConfig *config, const char *group)
{
    return lad_config_group(config, group) != NULL;
}

char **
lad_config_groups(const LadConfig *config, const char *prefix)
{
    GPtrArray *names = g_ptr_array_new();
    size_t length = strlen(prefix);
    for (guint i = 0; i < config->groups->len; i++) {
        const char *name = ((LadConfigGroup *)config->groups->pdata[i])->name;
        if (strncmp(name, prefix, length) == 0 && (name[length] == '\0' || name[length] == '.'))
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

char **
lad_config_assumed(const LadConfig *config)
{
    GPtrArray *lines = g_ptr_array_new();
    for (guint i = 0; i < config->groups->len; i++) {
        const LadConfigGroup *group = config->groups->pdata[i];
        for (guint j = 0; j < group->entries->len; j++) {
            const LadConfigEntry *entry = group->entries->pdata[j];
            if (entry->assumed)
                g_ptr_array_add(
                    lines, g_strdup_printf("%s.%s = %s", group->name, entry->key, entry->value));
        }
    }
    g_ptr_array_add(lines, NULL);
    return (char **)g_ptr_array_free(lines, FALSE);
}

char *
lad_config_search_path(void)
{
    const char *more = g_getenv("LAD_CONFIG_PATH");
    if (more == NULL || more[0] == '\0')
        return g_strdup(LAD_PKGDATADIR "/configs");
    return g_strdup_printf("%s:%s", more, LAD_PKGDATADIR "/configs");
}

char *
lad_config_search(const char *directory, const char *name)
{
    if (g_path_is_absolute(name))
        return g_file_test(name, G_FILE_TEST_EXISTS) ? g_strdup(name) : NULL;
    g_autofree char *path = lad_config_search_path();
    g_auto(GStrv) directories = g_strsplit(path, ":", -1);
    char *beside = directory != NULL ? g_build_filename(directory, name, NULL) : g_strdup(name);
    if (g_file_test(beside, G_FILE_TEST_EXISTS))
        return beside;
    g_free(beside);
    /* As the manual writes them, configs/studies/X.conf, from any directory. */
    const char *inside = g_str_has_prefix(name, "configs/") ? name + strlen("configs/") : name;
    for (guint i = 0; directories[i] != NULL; i++) {
        if (directories[i][0] == '\0')
            continue;
        g_autofree char *candidate = g_build_filename(directories[i], inside, NULL);
        if (g_file_test(candidate, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&candidate);
    }
    return NULL;
}

char *
lad_config_find_file(LadConfig *config, const char *group_name, const char *key, GError **error)
{
    LadConfigGroup *group = lad_config_group(config, group_name);
    LadConfigEntry *entry = lad_config_entry(group, key);
    if (entry == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "[%s] lacks the key `%s`", group_name, key);
        return NULL;
    }
    entry->asked = TRUE;
    group->used = TRUE;
    char *found = lad_config_search(entry->directory, entry->value);
    if (found == NULL) {
        g_autofree char *path = lad_config_search_path();
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: [%s] %s: there is no file `%s`%s%s, nor in %s", entry->origin, group_name,
                    key, entry->value, entry->directory != NULL ? " in " : "",
                    entry->directory != NULL ? entry->directory : "", path);
    }
    return found;
}
