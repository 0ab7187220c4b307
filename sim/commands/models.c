/* models.c - memladder models [KIND] [NAME]: what exists, and all that its tables tell. */
#include "config.h"
#include "sim/base/nearest.h"
#include "sim/commands/catalogue.h"
#include "sim/commands/command.h"
#include <stdio.h>
#include <string.h>

typedef struct {
    char *format;
    gboolean in_full;
    char **names; /* GOption's rest: [KIND] [NAME] */
} Arguments;

static gboolean
parse_arguments(Arguments *arguments, int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"format", 'f', 0, G_OPTION_ARG_STRING, &arguments->format,
         "text (default), tsv, markdown or man", "FORMAT"},
        {"all", 'a', 0, G_OPTION_ARG_NONE, &arguments->in_full, "describe every model in full",
         NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &arguments->names, NULL,
         "[KIND] [NAME]"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(context,
                                 "List the models, or describe those of a kind or of a name: what "
                                 "is modelled and left out,\noptions with unit, range and default, "
                                 "counters with unit and meaning.");
    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse(context, &argc, &argv, error);
}

static gboolean
parse_format(const char *text, LadCatalogueFormat *format, GError **error)
{
    static const char *const names[] = {"text", "tsv", "markdown", "man", NULL};
    *format = LAD_CATALOGUE_TEXT;
    if (text == NULL)
        return TRUE;
    for (guint i = 0; names[i] != NULL; i++)
        if (strcmp(names[i], text) == 0) {
            *format = (LadCatalogueFormat)i;
            return TRUE;
        }
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                "--format=%s: expected text, tsv, markdown or man", text);
    return FALSE;
}

/* Whether an entry is meant by the words on the command line: a kind, a name, or both. */
static gboolean
is_meant(const LadCatalogueEntry *entry, char **words)
{
    for (guint i = 0; words != NULL && words[i] != NULL; i++)
        if (strcmp(words[i], entry->name) != 0 && strcmp(words[i], entry->kind) != 0)
            return FALSE;
    return TRUE;
}

static gboolean
no_such_entry(const GArray *entries, char **words, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < entries->len; i++) {
        const LadCatalogueEntry *entry = &g_array_index(entries, LadCatalogueEntry, i);
        g_ptr_array_add(names, (gpointer)entry->kind);
        g_ptr_array_add(names, (gpointer)entry->name);
    }
    g_ptr_array_add(names, NULL);
    g_autofree char *asked = g_strjoinv(" ", words);
    const char *nearest = lad_nearest(words[0], (const char *const *)names->pdata);
    if (nearest != NULL && strcmp(nearest, words[0]) != 0)
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "there is no model `%s`; did you mean `%s`? (`memladder models` lists them)",
                    asked, nearest);
    else
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "there is no model `%s`; `memladder models` lists them", asked);
    return FALSE;
}

static gboolean
show(const LadModels *models, const Arguments *arguments, GError **error)
{
    LadCatalogueFormat format;
    if (!parse_format(arguments->format, &format, error))
        return FALSE;
    g_autoptr(GArray) entries = lad_catalogue_collect(models);
    g_autoptr(GArray) meant = g_array_new(FALSE, FALSE, sizeof(LadCatalogueEntry));
    for (guint i = 0; i < entries->len; i++)
        if (is_meant(&g_array_index(entries, LadCatalogueEntry, i), arguments->names))
            g_array_append_val(meant, g_array_index(entries, LadCatalogueEntry, i));
    if (meant->len == 0)
        return no_such_entry(entries, arguments->names, error);
    gboolean in_full = arguments->names != NULL || arguments->in_full;
    g_autofree char *text = lad_catalogue_print(meant, format, in_full);
    fputs(text, stdout);
    return TRUE;
}

static int
run(int argc, char **argv, GError **error)
{
    Arguments arguments = {0};
    gboolean ok = parse_arguments(&arguments, argc, argv, error);
    if (ok) {
        g_autoptr(LadModels) models = lad_models_new(NULL, error);
        ok = models != NULL && show(models, &arguments, error);
    }
    g_free(arguments.format);
    g_strfreev(arguments.names);
    return ok ? 0 : 1;
}

const LadCommand lad_command_models = {
    "models",
    "list the models; describe one: options, counters, what is modelled",
    run,
};
