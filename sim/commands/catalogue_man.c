/* catalogue_man.c - the catalogue as a manual page, memladder-models(7). */
#include "config.h"
#include "sim/commands/catalogue_man.h"
#include <string.h>

/* Text that troff takes for what it is: no escapes, no requests at the start of a line, no hyphens
 * for minus signs. */
static void
append_plain(GString *out, const char *text)
{
    if (text[0] == '.' || text[0] == '\'')
        g_string_append(out, "\\&");
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            g_string_append(out, "\\e");
        else if (*text == '-')
            g_string_append(out, "\\-");
        else
            g_string_append_c(out, *text == '\n' ? ' ' : *text);
    }
}

static void
append_line(GString *out, const char *text)
{
    append_plain(out, text);
    g_string_append_c(out, '\n');
}

/* A tagged paragraph: `name` in bold, then what it takes. */
static void
append_tag(GString *out, const char *name, const char *detail)
{
    g_string_append(out, ".TP\n\\fB");
    append_plain(out, name);
    g_string_append(out, "\\fR (");
    append_plain(out, detail);
    g_string_append(out, ")\n");
}

static void
append_options(GString *out, const LadOption *option)
{
    if (option == NULL || option->name == NULL)
        return;
    g_string_append(out, ".PP\nOptions:\n");
    for (; option->name != NULL; option++) {
        g_autofree char *takes = lad_option_expectation(option);
        const char *def = option->def == NULL      ? "required"
                          : option->def[0] == '\0' ? "default: empty"
                                                   : NULL;
        g_autofree char *detail = def != NULL
                                      ? g_strdup_printf("%s; %s", takes, def)
                                      : g_strdup_printf("%s; default: %s", takes, option->def);
        append_tag(out, option->name, detail);
        append_line(out, option->help);
    }
}

static void
append_counters(GString *out, const LadCounter *counter)
{
    if (counter == NULL || counter->name == NULL)
        return;
    g_string_append(out, ".PP\nCounters:\n");
    for (; counter->name != NULL; counter++) {
        g_autofree char *detail =
            g_strdup_printf("%s, %s", lad_counter_type_name(counter->type), counter->unit);
        append_tag(out, counter->name, detail);
        append_line(out, counter->help);
    }
}

static void
append_paragraph(GString *out, const char *label, const char *text)
{
    if (text == NULL)
        return;
    g_string_append_printf(out, ".PP\n%s: ", label);
    append_line(out, text);
}

void
lad_catalogue_append_man_head(GString *out)
{
    g_string_append(
        out,
        ".TH MEMLADDER\\-MODELS 7 \"\" \"memladder\" \"memladder\"\n"
        ".SH NAME\n"
        "memladder\\-models \\- models of memladder, their options and counters\n"
        ".SH DESCRIPTION\n"
        "This page is made from the program's own tables; `memladder models\\~NAME` prints the "
        "same for one model.\n"
        "An option is set in its part's group of a configuration;\n"
        "a counter is found in results as PART.COUNTER, such as\n"
        ".BR tier_near.read_bytes .\n");
}

void
lad_catalogue_append_man(GString *out, const LadCatalogueEntry *entry, gboolean new_kind)
{
    if (new_kind) {
        g_autofree char *title = g_ascii_strup(entry->kind, -1);
        g_string_append_printf(out, ".SH %s\n", title);
    }
    g_string_append(out, ".SS ");
    append_line(out, entry->name);
    append_line(out, entry->summary);
    append_paragraph(out, "Models", entry->models);
    append_paragraph(out, "Leaves out", entry->leaves_out);
    append_paragraph(out, "Source", entry->source);
    append_options(out, entry->options);
    append_counters(out, entry->counters);
}
