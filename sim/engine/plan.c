/* plan.c - preparing dictionary entries. */
#include "config.h"
#include "sim/engine/plan.h"

#define ARENA_BYTES ((gsize)1 << 18)
#define LOADS_MAX   63
#define NO_LOAD     255

static void
free_plans(gpointer data)
{
    LadPlans *plans = data;
    g_ptr_array_unref(plans->blocks);
    g_free(plans->plans);
    g_free(plans);
}

LadPlans *
lad_plans_get(LadHierarchy *hierarchy, const LadCode *code, gboolean dependences, LadAssume assume)
{
    if (!hierarchy->plans)
        hierarchy->plans = g_hash_table_new_full(NULL, NULL, NULL, free_plans);
    LadPlans *plans = g_hash_table_lookup(hierarchy->plans, code);
    if (plans)
        return plans;
    plans = g_new0(LadPlans, 1);
    plans->code = code;
    plans->hierarchy = hierarchy;
    plans->dependences = dependences;
    plans->assume = assume;
    plans->blocks = g_ptr_array_new_with_free_func(g_free);
    g_hash_table_insert(hierarchy->plans, (gpointer)(guintptr)code, plans);
    return plans;
}

/* Zeroed memory that lives as long as the plans. */
static void *
take(LadPlans *plans, gsize bytes)
{
    bytes = (bytes + 7) & ~(gsize)7;
    if (bytes > plans->n_free) {
        gsize size = MAX(bytes, ARENA_BYTES);
        plans->free_bytes = g_malloc0(size);
        plans->n_free = size;
        plans->n_bytes += size;
        g_ptr_array_add(plans->blocks, plans->free_bytes);
    }
    void *memory = plans->free_bytes;
    plans->free_bytes += bytes;
    plans->n_free -= bytes;
    return memory;
}

/* ---- Segments -----------------------------------------------------------------------------------
 */

/* The most recent line and page of the sets that an entry has touched, so far. */
typedef struct {
    guint64 line_mask, page_mask;
    guint page_shift;
    guint64 lines[128], pages[128]; /* by set, if masks allow; LAD_LINE_CODELESS: none */
    gboolean use;
} Recent;

static void
recent_init(Recent *recent, const LadHierarchy *h)
{
    /* All cores' geometries are alike as far as their filters go; the smallest mask holds for all.
     */
    recent->line_mask = recent->page_mask = 127;
    recent->page_shift = h->line_page_shift;
    recent->use = TRUE;
    for (guint i = 0; i < h->host->n_cores; i++) {
        const LadPort *port = &h->ports[i];
        recent->line_mask = MIN(recent->line_mask, port->filter_mask[LAD_PORT_FETCH]);
        recent->page_mask = MIN(recent->page_mask, port->pages_mask[LAD_PORT_FETCH]);
        /* Data accesses between would disturb unified ones. */
        if (port->filter[0] == port->filter[1] || port->pages[0] == port->pages[1] ||
            !port->simple[LAD_PORT_FETCH])
            recent->use = FALSE;
        /* So would those that make an inclusive level give up a line. */
        for (guint k = 1; k < port->n_levels[LAD_PORT_FETCH]; k++)
            if (port->level[LAD_PORT_FETCH][k]->inclusive)
                recent->use = FALSE;
    }
    memset(recent->lines, 0xff, sizeof recent->lines);
    memset(recent->pages, 0xff, sizeof recent->pages);
}

/* TRUE if `line` need not be checked; notes it. */
static gboolean
recent_touch(Recent *recent, guint64 line)
{
    guint64 page = line >> recent->page_shift;
    guint64 *line_slot = &recent->lines[line & recent->line_mask];
    guint64 *page_slot = &recent->pages[page & recent->page_mask];
    gboolean known = recent->use && *line_slot == line && *page_slot == page;
    *line_slot = line;
    *page_slot = page;
    return known;
}

/* A builder's lists, reused for no longer than one entry. */
typedef struct {
    LadPlans *plans;
    LadPlan *plan;
    GArray *segments;
    Recent recent;
    guint32 insn, operand; /* so far in the entry */
    guint64 line;          /* fetched last */
} Builder;

static void
add_line(Builder *builder, guint64 line)
{
    builder->plan->n_fetches++;
    if (line == builder->line)
        return;
    builder->line = line;
    if (recent_touch(&builder->recent, line))
        return;
    LadSegment segment = {.line = line, .insn = builder->insn};
    if (builder->segments->len)
        g_array_index(builder->segments, LadSegment, builder->segments->len - 1).end =
            builder->operand;
    g_array_append_val(builder->segments, segment);
}

static void
add_operand(Builder *builder, LadPlanOperand *to, const LadOperand *from)
{
    LadPlan *plan = builder->plan;
    gboolean writes = from->kind != LAD_OPERAND_LOAD;
    gboolean reads = from->kind != LAD_OPERAND_STORE;
    to->span = (guint16)(MAX(from->size, 1) - 1);
    to->insn = (guint8)MIN(builder->insn, 255);
    to->kind = (guint8)((writes ? LAD_OPERAND_WRITES : 0) | (reads ? LAD_OPERAND_READS : 0));
    plan->n_loads += reads ? 1 : 0;
    plan->n_stores += writes ? 1 : 0;
    plan->n_load_lines += writes ? 0 : 1;
    plan->n_store_lines += writes ? 1 : 0;
    builder->operand++;
}

static void
add_block(Builder *builder, const LadBlock *block, LadPlanOperand *operands)
{
    guint shift = builder->plans->hierarchy->line_shift;
    guint64 pc = block->pc;
    guint next = 0;
    for (guint i = 0; i < block->n_insns; i++) {
        guint64 last = pc + MAX(block->insns[i].length, 1) - 1u;
        for (guint64 line = pc >> shift; line <= last >> shift; line++)
            add_line(builder, line);
        for (; next < block->n_operands && block->operands[next].insn <= i; next++)
            add_operand(builder, &operands[builder->operand], &block->operands[next]);
        pc += block->insns[i].length;
        builder->insn++;
    }
    for (; next < block->n_operands; next++)
        add_operand(builder, &operands[builder->operand], &block->operands[next]);
}

/* ---- Dependences --------------------------------------------------------------------------------
 */

typedef struct {
    LadSources sources;
    gboolean after_last;
} Value;

/* The state of all registers while walking through an entry. */
typedef struct {
    Value registers[64];
    LadRegisters written, consulted;
    guint n_loads;
    guint8 last_load; /* number */
    LadAssume assume;
} Flow;

static void
join(Value *into, const Value *other)
{
    into->sources.loads |= other->sources.loads;
    into->sources.registers |= other->sources.registers;
    into->after_last |= other->after_last;
}

static Value
read_registers(Flow *flow, LadRegisters mask)
{
    Value value = {{0, mask & ~flow->written}, FALSE};
    for (LadRegisters rest = mask & flow->written; rest; rest &= rest - 1)
        join(&value, &flow->registers[__builtin_ctzll(rest)]);
    flow->consulted |= value.sources.registers;
    return value;
}

static Value
unknown_address(const Flow *flow)
{
    Value value = {{0, 0}, FALSE};
    if (flow->assume == LAD_ASSUME_NONE)
        return value;
    if (flow->last_load == NO_LOAD)
        value.after_last = TRUE;
    else
        value.sources.loads = (guint64)1 << MIN(flow->last_load, LOADS_MAX);
    return value;
}

/* Operand `operand` of `insn`: where its address comes from. Returns the value it loads. */
static Value
flow_operand(Flow *flow, const LadInsn *insn, const LadOperand *operand, LadDependence *to,
             guint32 *n_unknown)
{
    gboolean unknown = (insn->flags & LAD_INSN_DEPS_UNKNOWN) != 0;
    Value address = unknown ? unknown_address(flow) : read_registers(flow, operand->address);
    *n_unknown += unknown ? 1 : 0;
    to->sources = address.sources;
    to->after_last = (guint8)address.after_last;
    to->load = NO_LOAD;
    Value loaded = {{0, 0}, FALSE};
    if (operand->kind == LAD_OPERAND_STORE)
        return loaded;
    to->load = (guint8)MIN(flow->n_loads, LOADS_MAX);
    flow->n_loads++;
    flow->last_load = to->load;
    loaded = address;
    loaded.sources.loads |= (guint64)1 << to->load;
    return loaded;
}

static void
flow_insn(Flow *flow, const LadInsn *insn, Value loaded)
{
    if (insn->flags & LAD_INSN_DEPS_UNKNOWN)
        return;
    Value value = read_registers(flow, insn->reads);
    join(&value, &loaded);
    for (LadRegisters rest = insn->writes; rest; rest &= rest - 1)
        flow->registers[__builtin_ctzll(rest)] = value;
    flow->written |= insn->writes;
}

static void
flow_block(Flow *flow, const LadBlock *block, LadDependence *to, guint32 *n_unknown)
{
    guint next = 0;
    static const LadInsn codeless = {.flags = LAD_INSN_DEPS_UNKNOWN};
    for (guint i = 0; i < MAX(block->n_insns, 1); i++) {
        const LadInsn *insn = block->n_insns ? &block->insns[i] : &codeless;
        gboolean last = i + 1 >= block->n_insns;
        Value loaded = {{0, 0}, FALSE};
        for (; next < block->n_operands && (last || block->operands[next].insn <= i); next++) {
            Value value = flow_operand(flow, insn, &block->operands[next], &to[next], n_unknown);
            join(&loaded, &value);
        }
        flow_insn(flow, insn, loaded);
    }
}

static void
add_results(LadPlans *plans, LadPlan *plan, const Flow *flow)
{
    guint n = (guint)__builtin_popcountll(flow->written);
    LadResult *results = take(plans, n * sizeof *results);
    plan->results = results;
    for (LadRegisters rest = flow->written; rest; rest &= rest - 1) {
        const Value *value = &flow->registers[__builtin_ctzll(rest)];
        /* Values that no load can delay need no entry. */
        if (!value->sources.loads && !value->sources.registers && !value->after_last)
            continue;
        results[plan->n_results++] = (LadResult){rest & -rest, value->sources, value->after_last};
    }
    plan->written = flow->written;
    plan->consulted = flow->consulted;
    plan->last_load = flow->last_load;
}

static void
add_dependences(LadPlans *plans, LadPlan *plan, const LadEntry *entry)
{
    Flow flow = {.last_load = NO_LOAD, .assume = plans->assume};
    LadDependence *dependences = take(plans, plan->n_operands * sizeof *dependences);
    guint at = 0;
    for (guint i = 0; i < entry->n_blocks; i++) {
        flow_block(&flow, entry->blocks[i], dependences + at, &plan->n_unknown);
        at += entry->blocks[i]->n_operands;
    }
    plan->dependences = dependences;
    add_results(plans, plan, &flow);
}

static void
count_unknown(LadPlan *plan, const LadBlock *block)
{
    for (guint i = 0; i < block->n_operands; i++)
        plan->n_unknown += block->n_insns == 0 || (block->insns[block->operands[i].insn].flags &
                                                   LAD_INSN_DEPS_UNKNOWN) != 0;
}

/* ---- Entries ------------------------------------------------------------------------------------
 */

static void
make_room(LadPlans *plans, guint32 token)
{
    if (token < plans->n)
        return;
    guint32 n = MAX(MAX(lad_code_n_entries(plans->code), token + 1), 2 * plans->n);
    plans->plans = g_renew(LadPlan *, plans->plans, n);
    memset(plans->plans + plans->n, 0, (n - plans->n) * sizeof *plans->plans);
    plans->n = n;
}

const LadPlan *
lad_plans_make(LadPlans *plans, guint32 token)
{
    make_room(plans, token);
    const LadEntry *entry = lad_code_entry(plans->code, token);
    LadPlan *plan = take(plans, sizeof *plan);
    LadPlanOperand *operands = take(plans, entry->n_operands * sizeof *operands);
    g_autoptr(GArray) segments = g_array_new(FALSE, FALSE, sizeof(LadSegment));
    Builder builder = {
        .plans = plans, .plan = plan, .segments = segments, .line = LAD_LINE_CODELESS};
    recent_init(&builder.recent, plans->hierarchy);
    plan->last_load = NO_LOAD;
    for (guint i = 0; i < entry->n_blocks; i++)
        add_block(&builder, entry->blocks[i], operands);
    if (segments->len == 0) {
        LadSegment codeless = {.line = LAD_LINE_CODELESS};
        g_array_append_val(segments, codeless);
    }
    g_array_index(segments, LadSegment, segments->len - 1).end = builder.operand;
    plan->token = token;
    plan->n_blocks = entry->n_blocks;
    plan->n_insns = builder.insn;
    plan->n_operands = builder.operand;
    plan->n_segments = segments->len;
    plan->operands = operands;
    LadSegment *kept = take(plans, segments->len * sizeof *kept);
    memcpy(kept, segments->data, segments->len * sizeof *kept);
    plan->segments = kept;
    if (plans->dependences)
        add_dependences(plans, plan, entry);
    else
        for (guint i = 0; i < entry->n_blocks; i++)
            count_unknown(plan, entry->blocks[i]);
    plans->plans[token] = plan;
    return plan;
}
