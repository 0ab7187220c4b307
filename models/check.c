/* check.c - what the registry refuses: class tables that would fail only when they are used.
 *
 * Each kind with a contract has a row with the size of its class table and a function that looks
 * for the hooks the contract calls required.
 */
#include "config.h"
#include "models/models.h"
#include <memladder/configuration.h>
#include <memladder/core.h>
#include <memladder/link.h>
#include <memladder/offload.h>
#include <memladder/placement.h>
#include <memladder/prefetcher.h>
#include <memladder/pressure.h>
#include <memladder/reclaim.h>
#include <memladder/replacement.h>
#include <memladder/space.h>
#include <memladder/tier.h>
#include <string.h>

typedef const char *(*HookCheck)(const LadModel *model);

static const char *
missing_core_hook(const LadModel *model)
{
    const LadCoreClass *class = (const LadCoreClass *)model;
    if (class->init == NULL)
        return "init";
    return class->run == NULL ? "run" : NULL;
}

static const char *
missing_tier_hook(const LadModel *model)
{
    const LadTierClass *class = (const LadTierClass *)model;
    if (class->init == NULL)
        return "init";
    if (class->setup == NULL)
        return "setup";
    if (class->block_device && !class->faulting)
        return "faulting (of a block device)";
    if (!class->faulting)
        return class->access == NULL ? "access" : NULL;
    if (class->store == NULL)
        return "store";
    return class->load == NULL ? "load" : NULL;
}

static const char *
missing_replacement_hook(const LadModel *model)
{
    const LadReplacementClass *class = (const LadReplacementClass *)model;
    if (class->max_ways < 1 || class->max_ways > 64)
        return "max_ways (1 to 64)";
    if (class->set_words == NULL)
        return "set_words";
    if (class->init_set == NULL)
        return "init_set";
    if (class->victim == NULL)
        return "victim";
    return class->fill == NULL ? "fill" : NULL;
}

static const char *
missing_link_hook(const LadModel *model)
{
    const LadLinkClass *class = (const LadLinkClass *)model;
    if (class->init == NULL)
        return "init";
    if (class->carry == NULL)
        return "carry";
    return class->idle == NULL ? "idle" : NULL;
}

static const char *
missing_placement_hook(const LadModel *model)
{
    const LadPlacementClass *class = (const LadPlacementClass *)model;
    if (model->page_size > 8)
        return "page_size (0 to 8)";
    return class->place == NULL ? "place" : NULL;
}

static const char *
missing_reclaim_hook(const LadModel *model)
{
    const LadReclaimClass *class = (const LadReclaimClass *)model;
    if (class->n_lists < 1 || class->n_lists > LAD_LRU_LISTS)
        return "n_lists (1 to 16)";
    if (class->list_names == NULL)
        return "list_names";
    if (class->add == NULL)
        return "add";
    if (class->accessed == NULL)
        return "accessed";
    if (class->active == NULL)
        return "active";
    if (class->begin == NULL)
        return "begin";
    return class->batch == NULL ? "batch" : NULL;
}

static const char *
missing_offload_hook(const LadModel *model)
{
    const LadOffloadClass *class = (const LadOffloadClass *)model;
    return class->tick == NULL ? "tick" : NULL;
}

static const char *
missing_pressure_hook(const LadModel *model)
{
    const LadPressureClass *class = (const LadPressureClass *)model;
    if (class->change == NULL)
        return "change";
    return class->read == NULL ? "read" : NULL;
}

static const char *
missing_prefetcher_hook(const LadModel *model)
{
    const LadPrefetcherClass *class = (const LadPrefetcherClass *)model;
    if (class->init == NULL)
        return "init";
    return class->observe == NULL ? "observe" : NULL;
}

static const char *
missing_space_hook(const LadModel *model)
{
    const LadSpaceClass *class = (const LadSpaceClass *)model;
    if (class->find == NULL)
        return "find";
    if (class->fault == NULL)
        return "fault";
    return class->evict == NULL ? "evict" : NULL;
}

static const struct {
    size_t size; /* of the class table; 0: kind without a contract of its own */
    HookCheck missing;
} contracts[LAD_N_KINDS] = {
    [LAD_KIND_CORE] = {sizeof(LadCoreClass), missing_core_hook},
    [LAD_KIND_LINK] = {sizeof(LadLinkClass), missing_link_hook},
    [LAD_KIND_OFFLOAD] = {sizeof(LadOffloadClass), missing_offload_hook},
    [LAD_KIND_PLACEMENT] = {sizeof(LadPlacementClass), missing_placement_hook},
    [LAD_KIND_PREFETCHER] = {sizeof(LadPrefetcherClass), missing_prefetcher_hook},
    [LAD_KIND_PRESSURE] = {sizeof(LadPressureClass), missing_pressure_hook},
    [LAD_KIND_RECLAIM] = {sizeof(LadReclaimClass), missing_reclaim_hook},
    [LAD_KIND_REPLACEMENT] = {sizeof(LadReplacementClass), missing_replacement_hook},
    [LAD_KIND_SPACE] = {sizeof(LadSpaceClass), missing_space_hook},
    [LAD_KIND_TIER] = {sizeof(LadTierClass), missing_tier_hook},
};

static gboolean
refuse(GError **error, const LadModel *model, const char *what, const char *detail)
{
    const char *kind = model->kind < LAD_N_KINDS ? lad_kind_name(model->kind) : "unknown kind of";
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "%s model `%s`: %s%s", kind,
                model->name != NULL ? model->name : "", what, detail);
    return FALSE;
}

/* Lower-case words joined by `joint`. */
static gboolean
well_named(const char *name, char joint)
{
    if (name == NULL || !g_ascii_isalnum(name[0]))
        return FALSE;
    for (const char *c = name; *c != '\0'; c++)
        if (!g_ascii_islower(*c) && !g_ascii_isdigit(*c) && *c != joint)
            return FALSE;
    return TRUE;
}

static gboolean
check_option(const LadModel *model, const LadOption *option, GError **error)
{
    if (!well_named(option->name, '-'))
        return refuse(error, model,
                      "an option's name is not lower case and hyphens: ", option->name);
    for (const LadOption *other = model->options; other != option; other++)
        if (strcmp(other->name, option->name) == 0)
            return refuse(error, model, "two options are called ", option->name);
    if (option->help == NULL || option->help[0] == '\0')
        return refuse(error, model, "no help for option ", option->name);
    if ((option->type == LAD_OPTION_ENUM) != (option->choices != NULL))
        return refuse(error, model, "choices belong to an enum, and only there: option ",
                      option->name);
    if (option->offset >= model->params_size)
        return refuse(error, model, "the parameter struct has no room for option ", option->name);
    g_autoptr(GError) cause = NULL;
    if (!lad_option_check(option, &cause)) {
        g_autofree char *detail = g_strdup_printf("%s: %s", option->name, cause->message);
        return refuse(error, model, "default or limit of option ", detail);
    }
    return TRUE;
}

static gboolean
check_counter(const LadModel *model, const LadCounter *counter, GError **error)
{
    if (!well_named(counter->name, '_'))
        return refuse(error, model,
                      "a counter's name is not lower case and underscores: ", counter->name);
    for (const LadCounter *other = model->counters; other != counter; other++)
        if (strcmp(other->name, counter->name) == 0)
            return refuse(error, model, "two counters are called ", counter->name);
    if (counter->unit == NULL || counter->unit[0] == '\0')
        return refuse(error, model, "no unit for counter ", counter->name);
    if (counter->help == NULL || counter->help[0] == '\0')
        return refuse(error, model, "no meaning for counter ", counter->name);
    return TRUE;
}

static gboolean
check_head(const LadModel *model, GError **error)
{
    if (model->abi != LAD_ABI) {
        g_autofree char *detail = g_strdup_printf("%u, this program has %d", model->abi, LAD_ABI);
        return refuse(error, model, "it was made for contract version ", detail);
    }
    if (model->kind >= LAD_N_KINDS)
        return refuse(error, model, "there is no such kind", "");
    if (!well_named(model->name, '-'))
        return refuse(error, model, "its name is empty or not lower case and hyphens", "");
    size_t size = contracts[model->kind].size;
    if (size != 0 ? model->struct_size != size : model->struct_size < sizeof(LadModel)) {
        g_autofree char *detail =
            g_strdup_printf("%u bytes, expected %" G_GSIZE_FORMAT, model->struct_size,
                            size != 0 ? size : sizeof(LadModel));
        return refuse(error, model, "its class table has ", detail);
    }
    const struct {
        const char *text, *what;
    } texts[] = {
        {model->summary, "a summary"},
        {model->models, "what it models"},
        {model->leaves_out, "what it leaves out"},
        {model->source, "its source"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        if (texts[i].text == NULL || texts[i].text[0] == '\0')
            return refuse(error, model, "it does not say ", texts[i].what);
    if (model->page_size > 8)
        return refuse(error, model, "it wants more than 8 bytes per page", "");
    return TRUE;
}

gboolean
lad_model_check(const LadModel *model, GError **error)
{
    if (!check_head(model, error))
        return FALSE;
    const LadOption *option = model->options;
    for (; option != NULL && option->name != NULL; option++)
        if (!check_option(model, option, error))
            return FALSE;
    const LadCounter *counter = model->counters;
    for (; counter != NULL && counter->name != NULL; counter++)
        if (!check_counter(model, counter, error))
            return FALSE;
    HookCheck missing = contracts[model->kind].missing;
    const char *hook = missing != NULL ? missing(model) : NULL;
    if (hook != NULL)
        return refuse(error, model, "it lacks the required hook ", hook);
    return TRUE;
}
