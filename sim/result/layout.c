/* layout.c - the datasets of a result, in the order in which their counters first appear. */
#include "config.h"
#include "sim/result/layout.h"
#include <string.h>

const char *
lad_phase_name(LadPhase phase)
{
    static const char *const names[LAD_N_PHASES] = {"warm_up", "measured"};
    g_assert(phase < LAD_N_PHASES);
    return names[phase];
}

const char *
lad_part_base_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

void
lad_result_seal(const char *bytes, gsize length, guint8 seal[LAD_RESULT_SEAL_BYTES])
{
    gsize size = LAD_RESULT_SEAL_BYTES - 8;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    while (length > 0) {
        gsize step = MIN(length, 1 << 30);
        g_checksum_update(sum, (const guchar *)bytes, (gssize)step);
        bytes += step;
        length -= step;
    }
    memcpy(seal, LAD_RESULT_SEAL, 8);
    g_checksum_get_digest(sum, seal + 8, &size);
    g_checksum_free(sum);
}

static void
free_columns(gpointer data)
{
    LadColumns *columns = data;
    g_free(columns->name);
    g_free(columns->part);
    g_free(columns->columns);
    g_free(columns);
}

static gboolean
has_part_columns(LadScope scope)
{
    return scope != LAD_SCOPE_RUN && scope != LAD_SCOPE_HOST;
}

/* The column of a part among those of its scope. */
static guint
column_of(const LadResult *result, const LadLayout *layout, const LadResultPart *part)
{
    if (part->scope == LAD_SCOPE_HOST)
        return part->host;
    if (part->scope == LAD_SCOPE_RUN)
        return 0;
    guint column = 0;
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *other = result->parts->pdata[i];
        if (other == part)
            break;
        column += other->scope == part->scope;
    }
    g_assert(column < layout->names[part->scope]->len);
    return column;
}

static LadColumns *
find(const LadLayout *layout, const char *name)
{
    for (guint i = 0; i < layout->datasets->len; i++) {
        LadColumns *columns = layout->datasets->pdata[i];
        if (g_str_equal(columns->name, name))
            return columns;
    }
    return NULL;
}

static LadColumns *
add(LadLayout *layout, char *name, const char *part, LadScope scope, const LadResultMetric *like)
{
    LadColumns *columns = g_new0(LadColumns, 1);
    columns->name = name;
    columns->part = g_strdup(part);
    columns->scope = scope;
    columns->n_columns = scope == LAD_SCOPE_RUN ? 1 : layout->names[scope]->len;
    columns->like = like;
    columns->columns = g_new0(const LadResultMetric *, columns->n_columns);
    g_ptr_array_add(layout->datasets, columns);
    return columns;
}

static void
place(LadLayout *layout, const LadResultPart *part, guint column, const LadResultMetric *metric)
{
    gboolean shared = has_part_columns(part->scope);
    const char *base = part->scope == LAD_SCOPE_HOST ? lad_part_base_name(part->name) : part->name;
    const char *prefix = shared ? lad_scope_name(part->scope) : base;
    g_autofree char *name = g_strdup_printf("%s_%s", prefix, metric->name);
    LadColumns *columns = find(layout, name);
    if (columns == NULL)
        columns = add(layout, g_steal_pointer(&name), shared ? NULL : base, part->scope, metric);
    if (!g_str_equal(columns->like->unit, metric->unit) || columns->like->type != metric->type ||
        columns->columns[column] != NULL) {
        columns = add(layout, g_strdup_printf("%s_%s", part->name, metric->name), part->name,
                      LAD_SCOPE_RUN, metric);
        column = 0;
    }
    columns->columns[column] = metric;
}

LadLayout *
lad_layout_new(const LadResult *result)
{
    LadLayout *layout = g_new0(LadLayout, 1);
    for (guint scope = 0; scope < LAD_N_SCOPES; scope++)
        layout->names[scope] = g_ptr_array_new();
    layout->datasets = g_ptr_array_new_with_free_func(free_columns);
    for (guint i = 0; i < result->hosts->len; i++)
        g_ptr_array_add(layout->names[LAD_SCOPE_HOST], result->hosts->pdata[i]);
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        if (has_part_columns(part->scope))
            g_ptr_array_add(layout->names[part->scope], part->name);
    }
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        guint column = column_of(result, layout, part);
        for (guint m = 0; m < part->metrics->len; m++)
            place(layout, part, column, part->metrics->pdata[m]);
    }
    return layout;
}

void
lad_layout_free(LadLayout *layout)
{
    for (guint scope = 0; scope < LAD_N_SCOPES; scope++)
        g_ptr_array_unref(layout->names[scope]);
    g_ptr_array_unref(layout->datasets);
    g_free(layout);
}
