/* settings.c - the settings that differ between effective configurations. */
#include "config.h"
#include "analysis/sweep/settings.h"
#include <string.h>

typedef struct {
    char *name;
    const char *first;   /* value at all points so far */
    const char **values; /* from the first difference on */
    guint n_seen;        /* points */
} Setting;

struct LadSettings {
    guint n_points;
    GStringChunk *strings;
    GPtrArray *all; /* of Setting */
    GHashTable *by_name;
    GArray *points; /* of guint: those added */
};

static void
setting_free(gpointer data)
{
    Setting *setting = data;
    g_free(setting->name);
    g_free(setting->values);
    g_free(setting);
}

LadSettings *
lad_settings_new(guint n_points, GStringChunk *strings)
{
    LadSettings *settings = g_new0(LadSettings, 1);
    settings->n_points = n_points;
    settings->strings = strings;
    settings->all = g_ptr_array_new_with_free_func(setting_free);
    settings->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    settings->points = g_array_new(FALSE, FALSE, sizeof(guint));
    return settings;
}

void
lad_settings_free(LadSettings *settings)
{
    g_hash_table_unref(settings->by_name);
    g_ptr_array_unref(settings->all);
    g_array_unref(settings->points);
    g_free(settings);
}

/* Gives the setting an array; it had its first value at the first n_seen points that were added. */
static void
spread(const LadSettings *settings, Setting *setting)
{
    setting->values = g_new(const char *, settings->n_points);
    for (guint i = 0; i < settings->n_points; i++)
        setting->values[i] = "";
    for (guint i = 0; i < setting->n_seen; i++)
        setting->values[g_array_index(settings->points, guint, i)] = setting->first;
}

static void
add_value(LadSettings *settings, guint point, const char *name, const char *value)
{
    Setting *setting = g_hash_table_lookup(settings->by_name, name);
    if (setting == NULL) {
        setting = g_new0(Setting, 1);
        setting->name = g_strdup(name);
        setting->first = g_string_chunk_insert_const(settings->strings, value);
        g_ptr_array_add(settings->all, setting);
        g_hash_table_insert(settings->by_name, setting->name, setting);
    }
    /* The point is the last of `points`. */
    gboolean differs =
        setting->n_seen + 1 != settings->points->len || strcmp(setting->first, value) != 0;
    if (setting->values == NULL && differs)
        spread(settings, setting);
    if (setting->values != NULL)
        setting->values[point] = g_string_chunk_insert_const(settings->strings, value);
    setting->n_seen++;
}

/* Splits one line in place; FALSE if it is none of KEY=VALUE. `group` gets the name of a group. */
static gboolean
split_line(char *line, GString *group, char **key, char **value)
{
    gsize length = strlen(line);
    if (line[0] == '[' && length > 2 && line[length - 1] == ']') {
        g_string_truncate(group, 0);
        g_string_append_len(group, line + 1, (gssize)length - 2);
        return FALSE;
    }
    char *equals = line[0] == '#' ? NULL : strchr(line, '=');
    if (equals == NULL)
        return FALSE;
    *equals = '\0';
    *key = g_strstrip(line);
    *value = g_strstrip(equals + 1);
    return TRUE;
}

void
lad_settings_add(LadSettings *settings, guint point, const char *text, gsize length)
{
    g_array_append_val(settings->points, point);
    g_autofree char *copy = g_strndup(text, length);
    g_autoptr(GString) group = g_string_new(NULL), name = g_string_new(NULL);
    for (char *line = copy, *next; line != NULL; line = next) {
        char *key, *value;
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        if (!split_line(line, group, &key, &value))
            continue;
        g_string_assign(name, group->str);
        g_string_append_c(name, '.');
        g_string_append(name, key);
        add_value(settings, point, name->str, value);
    }
}

guint
lad_settings_n(const LadSettings *settings)
{
    return settings->all->len;
}

const char **
lad_settings_take(LadSettings *settings, guint index, char **name)
{
    Setting *setting = settings->all->pdata[index];
    if (setting->values == NULL && setting->n_seen != settings->points->len)
        spread(settings, setting);
    *name = setting->values != NULL ? g_strdup(setting->name) : NULL;
    return g_steal_pointer(&setting->values);
}

char *
lad_settings_find(const char *text, const char *name)
{
    g_autofree char *copy = g_strdup(text);
    g_autoptr(GString) group = g_string_new(NULL);
    for (char *line = copy, *next; line != NULL; line = next) {
        char *key, *value;
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        if (split_line(line, group, &key, &value) && g_str_has_prefix(name, group->str) &&
            name[group->len] == '.' && strcmp(name + group->len + 1, key) == 0)
            return g_strdup(value);
    }
    return NULL;
}
