/* validate.c - the groups of checks, and the rows they add. */
#include "config.h"
#include "analysis/validate/validate.h"
#include "analysis/validate/groups.h"
#include "sim/base/config_store.h"
#include <math.h>

const LadValidateGroup *const lad_validate_groups[] = {
    &lad_validate_kernel_runs,    &lad_validate_mm,
    &lad_validate_senpai,         &lad_validate_dram,
    &lad_validate_loaded_latency, &lad_validate_tpp,
    &lad_validate_zswap,          &lad_validate_services,
    &lad_validate_bursts,         NULL,
};

struct LadValidate {
    const LadValidateOptions *options;
    const char *group; /* that runs */
    GArray *rows;      /* of LadValidateRow with texts of its own */
};

static void
clear_row(gpointer data)
{
    LadValidateRow *row = data;
    g_free((char *)row->source);
    g_free((char *)row->quantity);
    g_free((char *)row->unit);
    g_free((char *)row->note);
}

LadValidate *
lad_validate_new(const LadValidateOptions *options)
{
    LadValidate *validate = g_new0(LadValidate, 1);
    validate->options = options;
    validate->rows = g_array_new(FALSE, TRUE, sizeof(LadValidateRow));
    g_array_set_clear_func(validate->rows, clear_row);
    return validate;
}

void
lad_validate_free(LadValidate *validate)
{
    if (!validate)
        return;
    g_array_unref(validate->rows);
    g_free(validate);
}

gboolean
lad_validate_run(LadValidate *validate, const LadValidateGroup *group, GError **error)
{
    validate->group = group->name;
    if (group->run(validate, error))
        return TRUE;
    g_prefix_error(error, "%s: ", group->name);
    return FALSE;
}

const LadValidateOptions *
lad_validate_options(const LadValidate *validate)
{
    return validate->options;
}

double
lad_validate_error(const LadValidateRow *row)
{
    double difference = row->ours - row->measured;
    return row->kind == LAD_AIM_RELATIVE && row->measured != 0 ? difference / fabs(row->measured)
                                                               : difference;
}

static LadVerdict
judge(const LadValidateRow *row)
{
    gboolean within = FALSE;
    switch (row->kind) {
    case LAD_AIM_NONE:
        return LAD_VERDICT_REPORTED;
    case LAD_AIM_ABSOLUTE:
        within = fabs(lad_validate_error(row)) <= row->aim;
        break;
    case LAD_AIM_RELATIVE:
        within = row->measured == 0 ? row->ours == 0 : fabs(lad_validate_error(row)) <= row->aim;
        break;
    case LAD_AIM_AT_LEAST:
        within = row->ours >= row->measured;
        break;
    case LAD_AIM_AT_MOST:
        within = row->ours <= row->measured;
        break;
    }
    return within ? LAD_VERDICT_WITHIN : LAD_VERDICT_MISSED;
}

static void
append(LadValidate *validate, const LadValidateRow *row, LadVerdict verdict)
{
    LadValidateRow copy = *row;
    copy.group = validate->group;
    copy.source = g_strdup(row->source);
    copy.quantity = g_strdup(row->quantity);
    copy.unit = g_strdup(row->unit ? row->unit : "1");
    copy.note = g_strdup(row->note);
    copy.verdict = verdict;
    g_array_append_val(validate->rows, copy);
}

void
lad_validate_add(LadValidate *validate, const LadValidateRow *row)
{
    append(validate, row, judge(row));
}

void
lad_validate_compare(LadValidate *validate, const char *source, const char *quantity,
                     const char *unit, double measured, double ours, double aim)
{
    const LadValidateRow row = {.source = source,
                                .quantity = quantity,
                                .unit = unit,
                                .measured = measured,
                                .ours = ours,
                                .low = NAN,
                                .high = NAN,
                                .kind = aim > 0 ? LAD_AIM_RELATIVE : LAD_AIM_NONE,
                                .aim = aim};
    lad_validate_add(validate, &row);
}

void
lad_validate_skip(LadValidate *validate, const char *source, const char *why)
{
    LadValidateRow row = {.source = source,
                          .quantity = "all",
                          .measured = NAN,
                          .ours = NAN,
                          .low = NAN,
                          .high = NAN,
                          .note = why};
    append(validate, &row, LAD_VERDICT_SKIPPED);
}

void
lad_validate_progress(const LadValidate *validate, const char *format, ...)
{
    if (!validate->options->progress)
        return;
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    validate->options->progress(text, validate->options->progress_data);
}

guint
lad_validate_n_rows(const LadValidate *validate)
{
    return validate->rows->len;
}

const LadValidateRow *
lad_validate_row(const LadValidate *validate, guint index)
{
    return &g_array_index(validate->rows, LadValidateRow, index);
}

guint
lad_validate_count(const LadValidate *validate, LadVerdict verdict)
{
    guint n = 0;
    for (guint i = 0; i < validate->rows->len; i++)
        n += lad_validate_row(validate, i)->verdict == verdict;
    return n;
}

static void
add_folder(GPtrArray *folders, char *path)
{
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        g_ptr_array_add(folders, path);
    else
        g_free(path);
}

char **
lad_validate_folders(const LadValidate *validate, const char *name)
{
    GPtrArray *folders = g_ptr_array_new();
    char **own = validate->options->data;
    for (guint i = 0; own && own[i]; i++) {
        guint before = folders->len;
        add_folder(folders, g_build_filename(own[i], name, NULL));
        if (folders->len == before)
            add_folder(folders, g_strdup(own[i]));
    }
    g_autofree char *path = lad_config_search_path();
    g_auto(GStrv) configs = g_strsplit(path, G_SEARCHPATH_SEPARATOR_S, -1);
    for (guint i = 0; configs[i]; i++) {
        guint before = folders->len;
        if (configs[i][0])
            add_folder(folders, g_build_filename(configs[i], "..", "tests", "data", name, NULL));
        if (folders->len > before)
            break;
    }
    g_ptr_array_add(folders, NULL);
    return (char **)g_ptr_array_free(folders, FALSE);
}

char *
lad_validate_folder(const LadValidate *validate, const char *name)
{
    g_auto(GStrv) folders = lad_validate_folders(validate, name);
    return g_strdup(folders[0]);
}
