/* condition.c - which points of a grid are dropped. */
#include "config.h"
#include "analysis/sweep/condition.h"
#include "analysis/sweep/values.h"
#include <string.h>

typedef enum { LESS, LESS_EQUAL, EQUAL, NOT_EQUAL, GREATER_EQUAL, GREATER } Relation;

static const struct {
    const char *text;
    Relation relation;
} relations[] = {
    {"<=", LESS_EQUAL}, {">=", GREATER_EQUAL}, {"!=", NOT_EQUAL},
    {"<", LESS},        {">", GREATER},        {"=", EQUAL},
};

typedef struct {
    const LadSweepAxis *axis;
    Relation relation;
    char *value;
} Term;

struct LadSweepCondition {
    GPtrArray *terms; /* of Term; all must hold */
};

static void
term_free(gpointer data)
{
    Term *term = data;
    g_free(term->value);
    g_free(term);
}

void
lad_sweep_condition_free(gpointer data)
{
    LadSweepCondition *condition = data;
    g_ptr_array_unref(condition->terms);
    g_free(condition);
}

static gboolean
add_term(const LadSweepGrid *grid, LadSweepCondition *condition, const char *text,
         const char *where, GError **error)
{
    gsize at = strcspn(text, "<>=!");
    for (guint i = 0; i < G_N_ELEMENTS(relations); i++) {
        if (!g_str_has_prefix(text + at, relations[i].text))
            continue;
        g_autofree char *name = g_strstrip(g_strndup(text, at));
        Term *term = g_new0(Term, 1);
        g_ptr_array_add(condition->terms, term);
        term->relation = relations[i].relation;
        term->value = g_strstrip(g_strdup(text + at + strlen(relations[i].text)));
        term->axis = lad_sweep_grid_expect_axis(grid, name, where, error);
        return term->axis != NULL;
    }
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "%s: `%s` is no comparison; expected AXIS < VALUE, or with <=, =, !=, >=, >", where,
                text);
    return FALSE;
}

gboolean
lad_sweep_conditions_read(LadSweepGrid *grid, const char *text, const char *where, GError **error)
{
    g_auto(GStrv) alternatives = g_strsplit(text, ";", -1);
    for (guint i = 0; alternatives[i] != NULL; i++) {
        if (*g_strstrip(alternatives[i]) == '\0')
            continue;
        LadSweepCondition *condition = g_new0(LadSweepCondition, 1);
        condition->terms = g_ptr_array_new_with_free_func(term_free);
        g_ptr_array_add(grid->conditions, condition);
        g_auto(GStrv) terms = g_strsplit(alternatives[i], " and ", -1);
        for (guint j = 0; terms[j] != NULL; j++)
            if (!add_term(grid, condition, g_strstrip(terms[j]), where, error))
                return FALSE;
    }
    return TRUE;
}

static gboolean
holds(const Term *term, const char *value, const char *label)
{
    int order = lad_sweep_compare(value, term->value);
    gboolean equal = order == 0 || strcmp(label, term->value) == 0;
    switch (term->relation) {
    case LESS:
        return !equal && order < 0;
    case LESS_EQUAL:
        return equal || order < 0;
    case EQUAL:
        return equal;
    case NOT_EQUAL:
        return !equal;
    case GREATER_EQUAL:
        return equal || order > 0;
    default:
        return !equal && order > 0;
    }
}

gboolean
lad_sweep_condition_holds(const LadSweepCondition *condition, const LadSweepGrid *grid, guint point)
{
    for (guint i = 0; i < condition->terms->len; i++) {
        const Term *term = condition->terms->pdata[i];
        guint index = lad_sweep_grid_index(grid, point, term->axis);
        if (!holds(term, term->axis->values[index], term->axis->labels[index]))
            return FALSE;
    }
    return TRUE;
}
