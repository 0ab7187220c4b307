/* hosts.c - the hosts of a run: a lone machine, or one per group [host.NAME]. */
#include "config.h"
#include "sim/machine/hosts.h"
#include "sim/base/config_store.h"
#include "sim/machine/machine.h"
#include <string.h>

#define PREFIX "host."

typedef struct {
    char *machine;
} Params;

static const LadOption host_options[] = {
    LAD_OPT(Params, machine, "machine", STRING, "", NULL, NULL,
            "file that describes the machine; empty: the groups [host.NAME.GROUP] alone do"),
    LAD_OPTIONS_END,
};

/* "web" of [host.web] and of [host.web.core]. */
static char *
host_name(const char *group)
{
    const char *name = group + strlen(PREFIX);
    const char *dot = strchr(name, '.');
    return dot ? g_strndup(name, (gsize)(dot - name)) : g_strdup(name);
}

/* The names of all hosts, in order of first appearance. */
static GPtrArray *
host_names(const LadConfig *config)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < config->groups->len; i++) {
        const LadConfigGroup *group = config->groups->pdata[i];
        if (!g_str_has_prefix(group->name, PREFIX))
            continue;
        g_autofree char *name = host_name(group->name);
        if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
            g_ptr_array_add(names, g_steal_pointer(&name));
    }
    return names;
}

/* The groups [host.NAME.GROUP] go over the machine's own. */
static void
overlay(LadConfig *config, LadConfig *machine, const char *name)
{
    g_autofree char *prefix = g_strdup_printf(PREFIX "%s.", name);
    for (guint i = 0; i < config->groups->len; i++) {
        LadConfigGroup *group = config->groups->pdata[i];
        if (!g_str_has_prefix(group->name, prefix))
            continue;
        group->used = TRUE;
        for (guint j = 0; j < group->entries->len; j++) {
            LadConfigEntry *entry = group->entries->pdata[j];
            entry->asked = TRUE;
            lad_config_put(machine, group->name + strlen(prefix), entry);
        }
    }
}

static LadConfig *
machine_of(LadConfig *config, const char *name, GError **error)
{
    g_autofree char *group = g_strconcat(PREFIX, name, NULL);
    Params params = {NULL};
    LadOptionSet set = {host_options, &params};
    if (!lad_config_fill(config, group, &set, 1, error))
        return NULL;
    g_autoptr(LadConfig) machine = lad_config_new();
    if (params.machine[0]) {
        g_autofree char *path = lad_config_find_file(config, group, "machine", error);
        if (!path || !lad_config_read(machine, path, error))
            return NULL;
    }
    overlay(config, machine, name);
    return g_steal_pointer(&machine);
}

gboolean
lad_hosts_build(LadCluster *cluster, LadConfig *config, GPtrArray *machines,
                const LadModels *models, guint64 seed, LadTime epoch, GError **error)
{
    g_autoptr(GPtrArray) names = host_names(config);
    if (names->len == 0)
        return lad_host_new(cluster, "", config, models, seed, epoch, error) != NULL;
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        LadConfig *machine = machine_of(config, name, error);
        if (!machine)
            return FALSE;
        g_ptr_array_add(machines, machine);
        if (!lad_host_new(cluster, name, machine, models, seed, epoch, error)) {
            g_prefix_error(error, "host %s: ", name);
            return FALSE;
        }
        const LadHost *first = cluster->hosts->pdata[0];
        if (lad_host_timed(cluster->hosts->pdata[i]) != lad_host_timed(first)) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "hosts %s and %s: one keeps time and the other does not; expected cores "
                        "of one kind",
                        first->name, name);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
lad_hosts_check_used(const LadConfig *config, const GPtrArray *machines, GError **error)
{
    for (guint i = 0; i < machines->len; i++)
        if (!lad_config_check_used(machines->pdata[i], error))
            return FALSE;
    return lad_config_check_used(config, error);
}

/* What was printed of a machine, under its host's name. */
static void
append_machine(GString *out, const char *name, const LadConfig *machine)
{
    g_autofree char *text = lad_config_print(machine);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        if (lines[i][0] == '[')
            g_string_append_printf(out, "[" PREFIX "%s.%s\n", name, lines[i] + 1);
        else if (lines[i][0] || lines[i + 1])
            g_string_append_printf(out, "%s\n", lines[i]);
    }
}

/* Without the groups [host.NAME.GROUP], which are printed as filled, and without the machine files,
 * whose groups are all there. */
static char *
without_machines(const char *text)
{
    GString *out = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    gboolean in_host = FALSE, in_machine = FALSE;
    for (guint i = 0; lines[i]; i++) {
        if (lines[i][0] == '[') {
            in_host = g_str_has_prefix(lines[i] + 1, PREFIX);
            in_machine = in_host && strchr(lines[i] + 1 + strlen(PREFIX), '.');
        }
        if (in_machine)
            continue;
        if (in_host && g_str_has_prefix(lines[i], "machine ="))
            g_string_append(out, "machine =\n");
        else if (lines[i][0] || lines[i + 1])
            g_string_append_printf(out, "%s\n", lines[i]);
    }
    return g_string_free(out, FALSE);
}

char *
lad_hosts_print(const LadCluster *cluster, const LadConfig *config, const GPtrArray *machines)
{
    g_autofree char *text = lad_config_print(config);
    if (machines->len == 0)
        return g_steal_pointer(&text);
    g_autofree char *own = without_machines(text);
    GString *out = g_string_new(own);
    for (guint i = 0; i < machines->len; i++) {
        const LadHost *host = cluster->hosts->pdata[i];
        append_machine(out, host->name, machines->pdata[i]);
    }
    return g_string_free(out, FALSE);
}
