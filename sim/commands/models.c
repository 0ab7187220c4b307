/* models.c - memladder models [KIND] [NAME]: what exists, and all that its tables tell. */
#include "config.h"
#include "sim/base/nearest.h"
#include "sim/commands/catalogue.h"
#include "sim/commands/command.h"
#include <stdio.h>
#include <string.h>

typedef struct {
    char *format;
    char **names; /* GOption's rest: [KIND] [NAME] */
} Arguments;

static gboolean
parse_arguments(Arguments *arguments, int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"format", 'f', 0, G_OPTION_ARG_STRING, &arguments->format,
         "text (default), tsv or markdown", "FORMAT"},
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
    static const char *const names[] = {"text", "tsv", "markdown", NULL};
    *format = LAD_CATALOGUE_TEXT;
    if (text == NULL)
        return TRUE;
    for (guint i = 0; names[i] != NULL; i++)
        if (strcmp(names[i], text) == 0) {
            *format = (LadCatalogueFormat)i;
            return TRUE;
        }
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--format=%s: expected text, tsv or markdown",
                text);
    return FALSE;
}

/* Whether a model is meant by the words on the command line: a kind, a name, or both. */
static gboolean
is_meant(const LadModel *model, char **words)
{
    for (guint i = 0; words != NULL && words[i] != NULL; i++)
        if (strcmp(words[i], model->name) != 0 && strcmp(words[i], lad_kind_name(model->kind)) != 0)
            return FALSE;
    return TRUE;
}

static gboolean
no_such_model(const LadModel *const *models, char **words, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint kind = 0; kind < LAD_N_KINDS; kind++)
        g_ptr_array_add(names, (gpointer)lad_kind_name(kind));
    for (guint i = 0; models[i] != NULL; i++)
        g_ptr_array_add(names, (gpointer)models[i]->name);
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
show(const LadModel *const *models, const Arguments *arguments, GError **error)
{
    LadCatalogueFormat format;
    if (!parse_format(arguments->format, &format, error))
        return FALSE;
    g_autoptr(GPtrArray) meant = g_ptr_array_new();
    for (guint i = 0; models[i] != NULL; i++)
        if (is_meant(models[i], arguments->names))
            g_ptr_array_add(meant, (gpointer)models[i]);
    if (meant->len == 0 && arguments->names != NULL)
        return no_such_model(models, arguments->names, error);
    g_ptr_array_add(meant, NULL);
    gboolean in_full = arguments->names != NULL || format == LAD_CATALOGUE_MARKDOWN;
    g_autofree char *text =
        lad_catalogue_print((const LadModel *const *)meant->pdata, format, in_full);
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
        ok = models != NULL && show(lad_models_list(models), &arguments, error);
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
