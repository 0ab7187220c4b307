/* validate.c - memladder validate: what we get beside what was measured or published. */
#include "config.h"
#include "analysis/validate/validate.h"
#include "sim/commands/command.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    char **data;
    char **only;
    char *format;
    int jobs;
    int phases;
    gboolean list;
} Arguments;

static void
arguments_clear(Arguments *arguments)
{
    g_strfreev(arguments->data);
    g_strfreev(arguments->only);
    g_free(arguments->format);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Arguments, arguments_clear)

static gboolean
check_only(char *const *only, GError **error)
{
    for (guint i = 0; only && only[i]; i++) {
        gboolean known = FALSE;
        GString *names = g_string_new(NULL);
        for (guint k = 0; lad_validate_groups[k]; k++) {
            known |= strcmp(only[i], lad_validate_groups[k]->name) == 0;
            g_string_append_printf(names, "%s%s", k ? ", " : "", lad_validate_groups[k]->name);
        }
        if (!known)
            g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--only=%s: expected one of %s", only[i],
                        names->str);
        g_string_free(names, TRUE);
        if (!known)
            return FALSE;
    }
    return TRUE;
}

static gboolean
check_arguments(const Arguments *arguments, GError **error)
{
    static const char *const formats[] = {"text", "tsv", "json", NULL};
    if (arguments->format && !g_strv_contains(formats, arguments->format)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--format=%s: expected text, tsv or json",
                    arguments->format);
        return FALSE;
    }
    if (arguments->jobs < 1 || arguments->jobs > 1024) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--jobs=%d: expected 1 to 1024",
                    arguments->jobs);
        return FALSE;
    }
    if (arguments->phases < 1 || arguments->phases > 1000) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--phases=%d: expected 1 to 1000",
                    arguments->phases);
        return FALSE;
    }
    for (guint i = 0; arguments->data && arguments->data[i]; i++)
        if (!g_file_test(arguments->data[i], G_FILE_TEST_IS_DIR)) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--data=%s: expected a folder",
                        arguments->data[i]);
            return FALSE;
        }
    return check_only(arguments->only, error);
}

static gboolean
parse_arguments(Arguments *arguments, int argc, char **argv, GError **error)
{
    arguments->jobs = 2;
    arguments->phases = 32;
    const GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments->data,
         "check against the measurements in this folder too; may be repeated", "DIR"},
        {"only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &arguments->only,
         "one group of checks; may be repeated", "GROUP"},
        {"list", 0, 0, G_OPTION_ARG_NONE, &arguments->list, "list the groups of checks and end",
         NULL},
        {"format", 'f', 0, G_OPTION_ARG_STRING, &arguments->format, "text (default), tsv or json",
         "FORMAT"},
        {"jobs", 'j', 0, G_OPTION_ARG_INT, &arguments->jobs,
         "runs side by side (default 2); results do not depend on it", "N"},
        {"phases", 0, 0, G_OPTION_ARG_INT, &arguments->phases,
         "start phases of each kernel run, 10 ms apart (default 32)", "N"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(
        context,
        "Print what was measured or published beside what we get, with the error and the aim.\n"
        "A missed aim is a row of the table; the exit status is 0 unless a check cannot be made.");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, error))
        return FALSE;
    if (argc > 1) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "unexpected argument `%s`; expected options only", argv[1]);
        return FALSE;
    }
    return check_arguments(arguments, error);
}

static void
report_progress(const char *text, void *data)
{
    (void)data;
    fprintf(stderr, "%s\n", text);
}

static void
print_groups(void)
{
    for (guint i = 0; lad_validate_groups[i]; i++)
        printf("%-10s %s\n", lad_validate_groups[i]->name, lad_validate_groups[i]->summary);
}

static void
print_table(const LadValidate *validate, const char *format)
{
    g_autofree char *text = g_strcmp0(format, "tsv") == 0    ? lad_validate_tsv(validate)
                            : g_strcmp0(format, "json") == 0 ? lad_validate_json(validate)
                                                             : lad_validate_text(validate);
    fputs(text, stdout);
}

static int
run(int argc, char **argv, GError **error)
{
    g_auto(Arguments) arguments = {0};
    if (!parse_arguments(&arguments, argc, argv, error))
        return 2;
    if (arguments.list) {
        print_groups();
        return 0;
    }
    LadValidateOptions options = {.data = arguments.data,
                                  .jobs = (guint)arguments.jobs,
                                  .phases = (guint)arguments.phases,
                                  .progress = isatty(STDERR_FILENO) ? report_progress : NULL};
    g_autoptr(LadValidate) validate = lad_validate_new(&options);
    gboolean ok = TRUE;
    for (guint i = 0; lad_validate_groups[i] && ok; i++) {
        const LadValidateGroup *group = lad_validate_groups[i];
        if (!arguments.only || g_strv_contains((const char *const *)arguments.only, group->name))
            ok = lad_validate_run(validate, group, error);
    }
    print_table(validate, arguments.format);
    return ok ? 0 : 1;
}

const LadCommand lad_command_validate = {
    .name = "validate",
    .summary = "check the models against measured and published figures",
    .run = run,
};
