/* catalogue.c - prints the class tables: the one source of `memladder models`, MODELS.md and the
 * completion of model names. */
#include "config.h"
#include <memladder/synth.h>
#include "sim/base/units.h"
#include "sim/commands/catalogue.h"
#include "sim/commands/catalogue_man.h"
#include "sim/commands/parts.h"
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
append_entry_text(GString *out, const LadCatalogueEntry *entry)
{
    g_string_append_printf(out, "%s %s\n", entry->kind, entry->name);
    append_filled(out, "  ", 2, entry->summary);
    if (entry->models != NULL) {
        append_filled(out, "  Models: ", 10, entry->models);
        append_filled(out, "  Leaves out: ", 10, entry->leaves_out);
        append_filled(out, "  Source: ", 10, entry->source);
    }
    const LadOption *option = entry->options;
    if (option != NULL && option->name != NULL)
        g_string_append(out, "  Options:\n");
    for (; option != NULL && option->name != NULL; option++)
        append_option_text(out, option);
    const LadCounter *counter = entry->counters;
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
append_row(GString *out, const LadCatalogueEntry *entry, const char *const *fields, guint n)
{
    g_string_append(out, entry->kind);
    append_field(out, entry->name);
    for (guint i = 0; i < n; i++)
        append_field(out, fields[i]);
    g_string_append_c(out, '\n');
}

static void
append_entry_tsv(GString *out, const LadCatalogueEntry *entry)
{
    const LadOption *option = entry->options;
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
        append_row(out, entry, fields, G_N_ELEMENTS(fields));
    }
    const LadCounter *counter = entry->counters;
    for (; counter != NULL && counter->name != NULL; counter++) {
        const char *const fields[] = {
            "counter",     counter->name, lad_counter_type_name(counter->type),
            counter->unit, NULL,          NULL,
            NULL,          counter->help,
        };
        append_row(out, entry, fields, G_N_ELEMENTS(fields));
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
append_entry_markdown(GString *out, const LadCatalogueEntry *entry)
{
    g_string_append_printf(out, "\n### %s `%s`\n\n", entry->kind, entry->name);
    append_filled(out, "", 0, entry->summary);
    if (entry->models != NULL) {
        append_filled(out, "\n- Models: ", 2, entry->models);
        append_filled(out, "- Leaves out: ", 2, entry->leaves_out);
        append_filled(out, "- Source: ", 2, entry->source);
    }
    if (entry->options != NULL && entry->options[0].name != NULL)
        append_options_markdown(out, entry->options);
    if (entry->counters != NULL && entry->counters[0].name != NULL)
        append_counters_markdown(out, entry->counters);
}

static void
append_line(GString *out, const LadCatalogueEntry *entry, LadCatalogueFormat format)
{
    if (format == LAD_CATALOGUE_TSV) {
        append_row(out, entry, (const char *const[]){entry->summary}, 1);
        return;
    }
    g_autofree char *head = g_strdup_printf("%-12s%-16s", entry->kind, entry->name);
    append_filled(out, head, 28, entry->summary);
}

static void
append_markdown_head(GString *out)
{
    g_string_append(
        out, "# Models\n\n"
             "Made from the program's own tables by `make MODELS.md`; `memladder models NAME` "
             "prints the same for one model.\n"
             "An option is set in its part's group of a configuration, `[tier.near] latency = "
             "85 ns`; a counter is found in results as PART.COUNTER,\n"
             "`tier_near.read_bytes`.\n");
}

GArray *
lad_catalogue_collect(const LadModels *models)
{
    GArray *entries = g_array_new(FALSE, FALSE, sizeof(LadCatalogueEntry));
    const LadModel *const *list = lad_models_list(models);
    for (; *list != NULL; list++) {
        const LadModel *model = *list;
        LadCatalogueEntry entry = {
            .kind = lad_kind_name(model->kind),
            .name = model->name,
            .summary = model->summary,
            .models = model->models,
            .leaves_out = model->leaves_out,
            .source = model->source,
            .options = model->options,
            .counters = model->counters,
        };
        g_array_append_val(entries, entry);
    }
    for (guint i = 0; lad_synth_patterns[i] != NULL; i++) {
        const LadSynthPattern *pattern = lad_synth_patterns[i];
        LadCatalogueEntry entry = {.kind = "pattern",
                                   .name = pattern->name,
                                   .summary = pattern->summary,
                                   .models = pattern->models,
                                   .leaves_out = pattern->leaves_out,
                                   .source = pattern->source,
                                   .options = pattern->options};
        g_array_append_val(entries, entry);
    }
    for (const LadCatalogueEntry *part = lad_parts; part->name != NULL; part++)
        g_array_append_val(entries, *part);
    return entries;
}

static void
append_entry(GString *out, const LadCatalogueEntry *entry, LadCatalogueFormat format,
             gboolean in_full, const char *kind_before)
{
    if (format == LAD_CATALOGUE_MARKDOWN) {
        if (g_strcmp0(kind_before, entry->kind) != 0)
            g_string_append_printf(out, "\n## %s\n", entry->kind);
        append_entry_markdown(out, entry);
    } else if (format == LAD_CATALOGUE_MAN) {
        lad_catalogue_append_man(out, entry, g_strcmp0(kind_before, entry->kind) != 0);
    } else if (!in_full) {
        append_line(out, entry, format);
    } else if (format == LAD_CATALOGUE_TSV) {
        append_entry_tsv(out, entry);
    } else {
        g_string_append(out, kind_before == NULL ? "" : "\n");
        append_entry_text(out, entry);
    }
}

char *
lad_catalogue_print(const GArray *entries, LadCatalogueFormat format, gboolean in_full)
{
    GString *out = g_string_new(NULL);
    const char *kind = NULL;
    if (format == LAD_CATALOGUE_MARKDOWN)
        append_markdown_head(out);
    if (format == LAD_CATALOGUE_MAN)
        lad_catalogue_append_man_head(out);
    for (guint i = 0; i < entries->len; i++) {
        const LadCatalogueEntry *entry = &g_array_index(entries, LadCatalogueEntry, i);
        append_entry(out, entry, format, in_full, kind);
        kind = entry->kind;
    }
    return g_string_free(out, FALSE);
}
