/* catalogue.c - prints the class tables: the one source of `memladder models`, MODELS.md and the
 * completion of model names. */
#include "config.h"
#include "sim/base/units.h"
#include "sim/commands/catalogue.h"
#include <string.h>

#define WIDTH 96

/* Words of `text` filled to the line width, each line after the first indented. */
static void
append_filled(GString *out, const char *first, guint indent, const char *text)
{
    g_auto(GStrv) words = g_strsplit_set(text, " \n", -1);
    g_autofree char *margin = g_strnfill(indent, ' ');
    glong column = g_utf8_strlen(first, -1);
    gboolean at_start = TRUE;
    g_string_append(out, first);
    for (guint i = 0; words[i] != NULL; i++) {
        if (words[i][0] == '\0')
            continue;
        glong length = g_utf8_strlen(words[i], -1);
        if (!at_start && column + 1 + length > WIDTH) {
            g_string_append_printf(out, "\n%s", margin);
            column = (glong)indent;
            at_start = TRUE;
        }
        g_string_append_printf(out, "%s%s", at_start ? "" : " ", words[i]);
        column += length + (at_start ? 0 : 1);
        at_start = FALSE;
    }
    g_string_append_c(out, '\n');
}

/* "from 1 ns to 10 us", "`a` or `b`", or "". */
static char *
range_of(const LadOption *option)
{
    if (option->type == LAD_OPTION_ENUM)
        return lad_option_expectation(option);
    if (option->min != NULL && option->max != NULL)
        return g_strdup_printf("%s to %s", option->min, option->max);
    if (option->min != NULL)
        return g_strdup_printf("at least %s", option->min);
    if (option->max != NULL)
        return g_strdup_printf("at most %s", option->max);
    return g_strdup("");
}

static void
append_option_text(GString *out, const LadOption *option)
{
    g_autofree char *range = range_of(option);
    const char *def = option->def == NULL      ? "required"
                      : option->def[0] == '\0' ? "empty"
                                               : option->def;
    g_autofree char *head = g_strdup_printf("%s (%s%s%s; default: %s)", option->name,
                                            lad_option_type_name(option->type),
                                            range[0] != '\0' ? ", " : "", range, def);
    append_filled(out, "    ", 8, head);
    append_filled(out, "        ", 8, option->help);
}

static void
append_model_text(GString *out, const LadModel *model)
{
    g_string_append_printf(out, "%s %s\n", lad_kind_name(model->kind), model->name);
    append_filled(out, "  ", 2, model->summary);
    append_filled(out, "  Models: ", 10, model->models);
    append_filled(out, "  Leaves out: ", 10, model->leaves_out);
    append_filled(out, "  Source: ", 10, model->source);
    const LadOption *option = model->options;
    if (option != NULL && option->name != NULL)
        g_string_append(out, "  Options:\n");
    for (; option != NULL && option->name != NULL; option++)
        append_option_text(out, option);
    const LadCounter *counter = model->counters;
    if (counter != NULL && counter->name != NULL)
        g_string_append(out, "  Counters:\n");
    for (; counter != NULL && counter->name != NULL; counter++) {
        g_autofree char *head =
            g_strdup_printf("    %s (%s, %s): ", counter->name,
                            lad_counter_type_name(counter->type), counter->unit);
        append_filled(out, head, 8, counter->help);
    }
}

static void
append_field(GString *out, const char *text)
{
    g_string_append_c(out, '\t');
    for (; text != NULL && *text != '\0'; text++)
        g_string_append_c(out, *text == '\t' || *text == '\n' ? ' ' : *text);
}

static void
append_row(GString *out, const LadModel *model, const char *const *fields, guint n)
{
    g_string_append(out, lad_kind_name(model->kind));
    append_field(out, model->name);
    for (guint i = 0; i < n; i++)
        append_field(out, fields[i]);
    g_string_append_c(out, '\n');
}

static void
append_model_tsv(GString *out, const LadModel *model)
{
    const LadOption *option = model->options;
    for (; option != NULL && option->name != NULL; option++) {
        g_autofree char *choices =
            option->choices != NULL ? g_strjoinv(",", (char **)option->choices) : NULL;
        const char *const fields[] = {
            "option",
            option->name,
            lad_option_type_name(option->type),
            choices != NULL ? choices : lad_units_list(option->type),
            option->def,
            option->min,
            option->max,
            option->help,
        };
        append_row(out, model, fields, G_N_ELEMENTS(fields));
    }
    const LadCounter *counter = model->counters;
    for (; counter != NULL && counter->name != NULL; counter++) {
        const char *const fields[] = {
            "counter",     counter->name, lad_counter_type_name(counter->type),
            counter->unit, NULL,          NULL,
            NULL,          counter->help,
        };
        append_row(out, model, fields, G_N_ELEMENTS(fields));
    }
}

/* A cell of a Markdown table. */
static void
append_cell(GString *out, const char *text)
{
    g_string_append_c(out, ' ');
    for (; text != NULL && *text != '\0'; text++) {
        if (*text == '|')
            g_string_append(out, "\\|");
        else
            g_string_append_c(out, *text == '\n' ? ' ' : *text);
    }
    g_string_append(out, " |");
}

static void
append_table_row(GString *out, const char *const *cells, guint n)
{
    g_string_append_c(out, '|');
    for (guint i = 0; i < n; i++)
        append_cell(out, cells[i]);
    g_string_append_c(out, '\n');
}

static void
append_options_markdown(GString *out, const LadOption *option)
{
    g_string_append(out,
                    "\n| option | type | default | range | meaning |\n|---|---|---|---|---|\n");
    for (; option->name != NULL; option++) {
        g_autofree char *range = range_of(option);
        g_autofree char *name = g_strdup_printf("`%s`", option->name);
        const char *def = option->def == NULL ? "required" : option->def;
        const char *const cells[] = {name, lad_option_type_name(option->type), def, range,
                                     option->help};
        append_table_row(out, cells, G_N_ELEMENTS(cells));
    }
}

static void
append_counters_markdown(GString *out, const LadCounter *counter)
{
    g_string_append(out, "\n| counter | type | unit | meaning |\n|---|---|---|---|\n");
    for (; counter->name != NULL; counter++) {
        g_autofree char *name = g_strdup_printf("`%s`", counter->name);
        const char *const cells[] = {name, lad_counter_type_name(counter->type), counter->unit,
                                     counter->help};
        append_table_row(out, cells, G_N_ELEMENTS(cells));
    }
}

static void
append_model_markdown(GString *out, const LadModel *model)
{
    g_string_append_printf(out, "\n### %s `%s`\n\n", lad_kind_name(model->kind), model->name);
    append_filled(out, "", 0, model->summary);
    g_string_append_c(out, '\n');
    append_filled(out, "- Models: ", 2, model->models);
    append_filled(out, "- Leaves out: ", 2, model->leaves_out);
    append_filled(out, "- Source: ", 2, model->source);
    if (model->options != NULL && model->options[0].name != NULL)
        append_options_markdown(out, model->options);
    if (model->counters != NULL && model->counters[0].name != NULL)
        append_counters_markdown(out, model->counters);
}

static void
append_line(GString *out, const LadModel *model, LadCatalogueFormat format)
{
    if (format == LAD_CATALOGUE_TSV) {
        append_row(out, model, (const char *const[]){model->summary}, 1);
        return;
    }
    g_autofree char *head = g_strdup_printf("%-12s%-16s", lad_kind_name(model->kind), model->name);
    append_filled(out, head, 28, model->summary);
}

char *
lad_catalogue_print(const LadModel *const *models, LadCatalogueFormat format, gboolean in_full)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; models[i] != NULL; i++) {
        const LadModel *model = models[i];
        gboolean new_kind = i == 0 || models[i - 1]->kind != model->kind;
        if (!in_full) {
            append_line(out, model, format);
        } else if (format == LAD_CATALOGUE_TEXT) {
            g_string_append(out, i == 0 ? "" : "\n");
            append_model_text(out, model);
        } else if (format == LAD_CATALOGUE_TSV) {
            append_model_tsv(out, model);
        } else {
            if (new_kind)
                g_string_append_printf(out, "\n## %s\n", lad_kind_name(model->kind));
            append_model_markdown(out, model);
        }
    }
    return g_string_free(out, FALSE);
}
