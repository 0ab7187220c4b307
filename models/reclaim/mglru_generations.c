/* mglru_generations.c - pages enter and leave generations, of which each counts its own. */
#include "config.h"
#include "models/reclaim/mglru.h"

LadMglruNode *
lad_mglru_node(const LadReclaim *reclaim, LadPage page)
{
    LadMglru *state = reclaim->state;
    return &state->node[lad_page_lruvec(reclaim->kernel, page)];
}

void
lad_mglru_count_in(LadKernel *kernel, LadMglruNode *node, LadPage page, guint slot)
{
    node->size[lad_mglru_type(lad_page_word(kernel, page))][slot] += lad_page_span(kernel, page);
    lad_page_change(kernel, page, (LadPageWord)slot << LAD_PAGE_RECLAIM_SHIFT,
                    LAD_PAGE_RECLAIM_MASK | LAD_PAGE_ACTIVE);
}

void
lad_mglru_count_out(LadKernel *kernel, LadMglruNode *node, LadPage page)
{
    LadPageWord word = lad_page_word(kernel, page);
    node->size[lad_mglru_type(word)][lad_mglru_generation(word)] -= lad_page_span(kernel, page);
}

void
lad_mglru_regenerate(LadKernel *kernel, LadMglruNode *node, LadPage page, guint slot)
{
    lad_mglru_count_out(kernel, node, page);
    lad_mglru_count_in(kernel, node, page, slot);
}

void
lad_mglru_drain_activations(LadReclaim *reclaim)
{
    LadMglru *state = reclaim->state;
    LadKernel *kernel = reclaim->kernel;
    for (guint i = 0; i < state->n_activating; i++) {
        LadPage page = state->activating[i];
        LadPageWord word = lad_page_word(kernel, page);
        if (!(word & LAD_PAGE_LRU))
            continue; /* taken off meanwhile */
        LadMglruNode *node = lad_mglru_node(reclaim, page);
        guint slot = lad_mglru_slot(node->max_seq);
        lad_mglru_regenerate(kernel, node, page, slot);
        lad_lru_remove(kernel, page);
        lad_lru_add_head(kernel, page, lad_mglru_list(lad_mglru_type(word), slot));
        lad_page_count(kernel, page, LAD_VM_PGACTIVATE, 1);
    }
    state->n_activating = 0;
}

void
lad_mglru_activate_later(LadReclaim *reclaim, LadPage page)
{
    LadMglru *state = reclaim->state;
    state->activating[state->n_activating++] = page;
    if (state->n_activating == LAD_MGLRU_DRAIN_BATCH)
        lad_mglru_drain_activations(reclaim);
}

void
lad_mglru_forget_activation(LadReclaim *reclaim, LadPage page)
{
    LadMglru *state = reclaim->state;
    for (guint i = 0; i < state->n_activating; i++)
        if (state->activating[i] == page)
            state->activating[i--] = state->activating[--state->n_activating];
}

/* Faults bring pages to the youngest generation, as does having been young elsewhere; what reclaim
 * moved here is clean if it is of a file, and otherwise one generation away from eviction. */
void
lad_mglru_add(LadReclaim *reclaim, LadPage page, LadArrival why)
{
    LadKernel *kernel = reclaim->kernel;
    LadPageWord word = lad_page_word(kernel, page);
    LadMglruNode *node = lad_mglru_node(reclaim, page);
    guint type = lad_mglru_type(word);
    guint64 seq = node->min_seq[type] + (type == LAD_MGLRU_ANON);
    if (why == LAD_ARRIVAL_TOUCH || why == LAD_ARRIVAL_PROMOTION || why == LAD_ARRIVAL_RETURN ||
        why == LAD_ARRIVAL_REFAULT || (why != LAD_ARRIVAL_DEMOTION && word & LAD_PAGE_ACTIVE))
        seq = node->max_seq;
    lad_mglru_count_in(kernel, node, page, lad_mglru_slot(seq));
    lad_lru_add_head(kernel, page, lad_mglru_list(type, lad_mglru_slot(seq)));
}
