/* select.h - the part of a trace that some references make: a sample of its pages, ranges, kinds.
 *
 * What is kept keeps its order. An instruction whose fetch is not kept leaves its accesses as
 * executions of blocks without instructions; a block whose middle is not kept becomes several.
 * Records that are no references (time stamps, maps, ...) are kept unless their kind is dropped.
 */
#ifndef LAD_TOOLBOX_SELECT_H
#define LAD_TOOLBOX_SELECT_H

#include "traces/toolbox/toolbox.h"

/* [from, to) in bytes. */
typedef struct {
    guint64 from, to;
} LadAddressRange;

typedef enum {
    LAD_FETCHES_SAMPLED, /* as other references: those of pages that are in the sample */
    LAD_FETCHES_KEPT,    /* all */
    LAD_FETCHES_DROPPED, /* none */
} LadFetchRule;

typedef struct {
    guint64 keep_kinds; /* bit k: records and references of LadRecordKind k stay */
    guint n_ranges;     /* 0: all addresses */
    const LadAddressRange *ranges;
    /* Pages stay with probability share_of / share_in; 0 of 0: all. */
    guint64 share_of, share_in;
    guint64 seed;
    guint64 page_bytes; /* a power of two, at least 4096 */
    LadFetchRule fetches;
} LadSelection;

#define LAD_SELECT_ALL_KINDS (((guint64)1 << LAD_N_RECORD_KINDS) - 1)

/* Kinds that are references or touches, which ranges and samples choose among. */
gboolean lad_select_is_reference(guint kind);

/* Whether page number `page` belongs to a sample: the rule, for whoever must know it (a hash of the
 * number and the seed below share_of / share_in of its range, so a smaller share with the same seed
 * is a part of a larger one). */
gboolean lad_select_page(const LadSelection *selection, guint64 page);

/* Writes what is selected of stream `number` to stream `to` of `writer`. Errors: TRACE, IO,
 * CAPACITY, what `progress` sets. */
typedef struct LadSelector LadSelector;
LadSelector *lad_selector_new(const LadSelection *selection, LadTraceReader *reader,
                              LadTraceWriter *writer);
void lad_selector_free(LadSelector *selector);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadSelector, lad_selector_free)
gboolean lad_selector_stream(LadSelector *selector, guint number, guint to,
                             const LadToolboxProgress *progress, GError **error);

#endif
