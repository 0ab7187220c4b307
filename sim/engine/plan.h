/* plan.h - dictionary entries prepared for the timed cores, each once.
 *
 * An entry becomes *segments*, one per code line it touches in turn (lines of straddling
 * instructions included), and operands of four bytes. A segment's fetch is checked before its
 * operands, so order is exact. A line that the entry itself has left most recent in its set, in a
 * page most recent in its TLB set, is not checked again.
 *
 * For cores that overlap misses, each operand has its *sources*: the loads of the entry, and the
 * registers as they were at its start, that its address comes from, through any number of
 * instructions and loads between. Registers written by the entry have sources too, so that
 * dependences carry across entries.
 */
#ifndef LAD_PLAN_H
#define LAD_PLAN_H

#include "sim/cache/port.h"

#define LAD_LINE_CODELESS G_MAXUINT64 /* a segment without a line to fetch */

/* What a line's or register's value comes from: loads of this entry by number (the last bit stands
 * for all beyond 62), and registers at the entry's start. */
typedef struct {
    guint64 loads;
    LadRegisters registers;
} LadSources;

#define LAD_OPERAND_WRITES 1 /* needs the line for writing */
#define LAD_OPERAND_READS  2 /* waits for the data */

typedef struct {
    guint16 span; /* bytes - 1 */
    guint8 insn;  /* its instruction in the entry */
    guint8 kind;  /* LAD_OPERAND_* */
} LadPlanOperand;

typedef struct {
    guint64 line; /* virtual, without the thread's offset; LAD_LINE_CODELESS */
    guint32 end;  /* operands of the entry before the next segment */
    guint32 insn; /* first instruction in it */
} LadSegment;

/* An operand as the window sees it. */
typedef struct {
    LadSources sources;
    guint8 load;       /* its number among the entry's loads, 255: none */
    guint8 after_last; /* its address is assumed to come from the last load before the entry */
} LadDependence;

typedef struct {
    LadRegisters reg; /* one bit */
    LadSources sources;
    gboolean after_last;
} LadResult;

typedef struct LadPlan {
    guint32 token; /* of the entry */
    guint32 n_blocks, n_insns, n_segments, n_operands, n_results;
    guint32 n_loads, n_stores;           /* of instructions' data accesses; modify counts in both */
    guint32 n_fetches;                   /* lines per instruction */
    guint32 n_load_lines, n_store_lines; /* look-ups, straddles counted once */
    guint32 n_unknown;                   /* operands with unknown dependence */
    const LadSegment *segments;
    const LadPlanOperand *operands;
    const LadDependence *dependences; /* of operands; NULL unless asked for */
    const LadResult *results;
    LadRegisters written;   /* registers written */
    LadRegisters consulted; /* registers at the start that anything here comes from */
    guint8 last_load;       /* number of the entry's last load, 255: none */
} LadPlan;

/* How unknown dependences are taken. */
typedef enum { LAD_ASSUME_NONE, LAD_ASSUME_PREVIOUS_LOAD } LadAssume;

/* The plans of one dictionary. Shared by the cores of a host. */
typedef struct {
    LadPlan **plans; /* by token; NULL: not made yet */
    guint32 n;
    const LadCode *code;
    const LadHierarchy *hierarchy;
    gboolean dependences;
    LadAssume assume;
    GPtrArray *blocks; /* memory of the plans */
    guint8 *free_bytes;
    gsize n_free;
    gsize n_bytes;
} LadPlans;

/* The plans of `code` on this host; made when first asked for and freed with the hierarchy. */
LadPlans *lad_plans_get(LadHierarchy *hierarchy, const LadCode *code, gboolean dependences,
                        LadAssume assume);
/* Prepare an entry. */
const LadPlan *lad_plans_make(LadPlans *plans, guint32 token);

static inline const LadPlan *
lad_plans_at(LadPlans *plans, guint32 token)
{
    if (G_LIKELY(token < plans->n) && G_LIKELY(plans->plans[token] != NULL))
        return plans->plans[token];
    return lad_plans_make(plans, token);
}

#endif
