/* config_fill.c - from written values to parameter structs, and back to the effective
 * configuration. */
#include "config.h"
#include "sim/base/config_store.h"
#include "sim/base/nearest.h"
#include <string.h>

static void
settle_group(LadConfig *config, LadConfigGroup *group)
{
    group->used = TRUE;
    if (!g_ptr_array_find(config->filled, group, NULL))
        g_ptr_array_add(config->filled, group);
}

static const LadOption *
find_option(const LadOptionSet *sets, guint n_sets, const char *key)
{
    for (guint i = 0; i < n_sets; i++)
        for (const LadOption *o = sets[i].options; o != NULL && o->name != NULL; o++)
            if (strcmp(o->name, key) == 0)
                return o;
    return NULL;
}

static GPtrArray *
option_names(const LadOptionSet *sets, guint n_sets)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < n_sets; i++)
        for (const LadOption *o = sets[i].options; o != NULL && o->name != NULL; o++)
            g_ptr_array_add(names, g_strdup(o->name));
    g_ptr_array_add(names, g_strdup("model"));
    g_ptr_array_add(names, NULL);
    return names;
}

static gboolean
check_known(const LadConfigGroup *group, const LadOptionSet *sets, guint n_sets, GError **error)
{
    for (guint i = 0; i < group->entries->len; i++) {
        const LadConfigEntry *entry = group->entries->pdata[i];
        if (entry->asked || strcmp(entry->key, "model") == 0 ||
            find_option(sets, n_sets, entry->key) != NULL)
            continue;
        const char *const *names = (const char *const *)group->known->pdata;
        const char *nearest = lad_nearest(entry->key, names);
        g_autofree char *all = g_strjoinv(", ", (char **)names);
        if (nearest != NULL)
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "%s: [%s] has no key `%s`; did you mean `%s`?", entry->origin, group->name,
                        entry->key, nearest);
        else
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "%s: [%s] has no key `%s`; expected one of: %s", entry->origin, group->name,
                        entry->key, all);
        return FALSE;
    }
    return TRUE;
}

/* A table's file is looked for beside the file that names it. */
static char *
table_file(const LadConfigEntry *entry, const char *text)
{
    return text[0] != '\0' ? lad_config_search(entry != NULL ? entry->directory : NULL, text)
                           : NULL;
}

/* Reads a value and hands what it allocates to the configuration. */
static gboolean
parse_value(LadConfig *config, const LadOption *option, const LadConfigEntry *entry,
            const char *text, void *value, GError **error)
{
    g_autofree char *file = option->type == LAD_OPTION_TABLE ? table_file(entry, text) : NULL;
    if (file != NULL) {
        LadTable *table = lad_table_read(file, text, error);
        if (table == NULL)
            return FALSE;
        *(LadTable **)value = table;
    } else if (!lad_option_parse(option, text, value, error)) {
        return FALSE;
    }
    if (option->type == LAD_OPTION_STRING)
        g_ptr_array_add(config->strings, *(char **)value);
    else if (option->type == LAD_OPTION_LIST)
        g_ptr_array_add(config->lists, *(char ***)value);
    else if (option->type == LAD_OPTION_TABLE)
        g_ptr_array_add(config->tables, *(LadTable **)value);
    return TRUE;
}

static gboolean
fill_one(LadConfig *config, LadConfigGroup *group, const LadOption *option, void *params,
         GError **error)
{
    LadConfigEntry *entry = lad_config_entry(group, option->name);
    const char *text = entry != NULL ? entry->value : option->def;
    const char *origin = entry != NULL ? entry->origin : group->origin;
    if (text == NULL) {
        g_autofree char *expectation = lad_option_expectation(option);
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: [%s] lacks the key `%s` (%s); expected %s", origin, group->name,
                    option->name, option->help, expectation);
        return FALSE;
    }
    if (entry != NULL)
        entry->asked = TRUE;
    void *value = (char *)params + option->offset;
    g_autoptr(GError) cause = NULL;
    if (!parse_value(config, option, entry, text, value, &cause)) {
        g_set_error(error, LAD_ERROR, cause->code, "%s: [%s] %s = %s: %s", origin, group->name,
                    option->name, text, cause->message);
        return FALSE;
    }
    g_autofree char *canonical = lad_option_print(option, value);
    const char *mark = entry != NULL && entry->assumed ? "# assumed\n" : "";
    g_ptr_array_add(group->settled, g_strdup_printf("%s%s =%s%s", mark, option->name,
                                                    canonical[0] != '\0' ? " " : "", canonical));
    return TRUE;
}

gboolean
lad_config_fill(LadConfig *config, const char *group_name, const LadOptionSet *sets, guint n_sets,
                GError **error)
{
    LadConfigGroup *group = lad_config_add_group(config, group_name, "default");
    settle_group(config, group);
    g_clear_pointer(&group->settled, g_ptr_array_unref);
    group->settled = g_ptr_array_new_with_free_func(g_free);
    g_clear_pointer(&group->known, g_ptr_array_unref);
    group->known = option_names(sets, n_sets);
    if (!check_known(group, sets, n_sets, error))
        return FALSE;
    for (guint i = 0; i < n_sets; i++)
        for (const LadOption *o = sets[i].options; o != NULL && o->name != NULL; o++)
            if (!fill_one(config, group, o, sets[i].params, error))
                return FALSE;
    return TRUE;
}

const char *
lad_config_model(LadConfig *config, const char *group_name, const char *standard, GError **error)
{
    LadConfigGroup *group = lad_config_add_group(config, group_name, "default");
    const char *written = lad_config_peek(config, group_name, "model");
    const char *name = written != NULL ? written : standard;
    if (name == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: [%s] lacks the key `model`; `memladder models` lists the names",
                    group->origin, group_name);
        return NULL;
    }
    settle_group(config, group);
    char *copy = g_strdup(name);
    g_free(group->model);
    group->model = copy;
    return group->model;
}

/* Keys and groups that nobody asked for, one line each. */
static void
list_unused(const LadConfig *config, const LadConfigGroup *group, GString *lines)
{
    if (!group->used) {
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        for (guint i = 0; i < config->filled->len; i++)
            g_ptr_array_add(names, ((LadConfigGroup *)config->filled->pdata[i])->name);
        g_ptr_array_add(names, NULL);
        const char *nearest = lad_nearest(group->name, (const char *const *)names->pdata);
        const char *origin = group->entries->len > 0
                                 ? ((LadConfigEntry *)group->entries->pdata[0])->origin
                                 : group->origin;
        g_string_append_printf(lines, "\n%s: nothing uses [%s]", origin, group->name);
        if (nearest != NULL)
            g_string_append_printf(lines, "; did you mean [%s]?", nearest);
        return;
    }
    for (guint i = 0; i < group->entries->len; i++) {
        const LadConfigEntry *entry = group->entries->pdata[i];
        if (!entry->asked)
            g_string_append_printf(lines, "\n%s: nothing uses the key `%s` of [%s]", entry->origin,
                                   entry->key, group->name);
    }
}

gboolean
lad_config_check_used(const LadConfig *config, GError **error)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    for (guint i = 0; i < config->groups->len; i++)
        list_unused(config, config->groups->pdata[i], lines);
    if (lines->len == 0)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "%s", lines->str + 1);
    return FALSE;
}

static gboolean
is_known(const LadConfigGroup *group, const char *key)
{
    for (guint i = 0; group->known != NULL && group->known->pdata[i] != NULL; i++)
        if (strcmp(group->known->pdata[i], key) == 0)
            return TRUE;
    return FALSE;
}

static void
print_group(const LadConfigGroup *group, GString *out)
{
    const LadConfigEntry *written = lad_config_entry(group, "model");
    const char *model = group->model;
    if (model == NULL && written != NULL && written->asked)
        model = written->value;
    g_string_append_printf(out, "%s[%s]\n", out->len > 0 ? "\n" : "", group->name);
    if (model != NULL)
        g_string_append_printf(out, "model = %s\n", model);
    for (guint i = 0; group->settled != NULL && i < group->settled->len; i++)
        g_string_append_printf(out, "%s\n", (char *)group->settled->pdata[i]);
    for (guint i = 0; i < group->entries->len; i++) {
        const LadConfigEntry *entry = group->entries->pdata[i];
        if (entry->asked && strcmp(entry->key, "model") != 0 && !is_known(group, entry->key))
            g_string_append_printf(out, "%s%s = %s\n", entry->assumed ? "# assumed\n" : "",
                                   entry->key, entry->value);
    }
}

char *
lad_config_print(const LadConfig *config)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < config->filled->len; i++)
        print_group(config->filled->pdata[i], out);
    /* Groups of which single keys were asked for, but which no table filled. */
    for (guint i = 0; i < config->groups->len; i++) {
        LadConfigGroup *group = config->groups->pdata[i];
        if (group->used && !g_ptr_array_find(config->filled, group, NULL))
            print_group(group, out);
    }
    return g_string_free(out, FALSE);
}
