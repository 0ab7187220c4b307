/* code.c - building the static code of code.h. */
#include "config.h"
#include "traces/synth/code.h"

#define BIT(n)         ((LadRegisters)1 << (n))
#define FLAGS_REGISTER 48

/* Registers of chains: r12 to r15, then vector registers. */
static guint
chain_register(guint chain)
{
    return chain < 4 ? 12 + chain : 16 + (chain - 4);
}

/* What grows as code is laid out; shares are kept by carrying the remainder on. */
typedef struct {
    LadSynthCode *code;
    const LadPlanPattern *pattern;
    gboolean telling;        /* the writer; what is laid out is there already */
    guint32 block;           /* the next one, if telling */
    LadRandom random, sites; /* of where calls stand */
    guint64 pc;
    guint64 end;             /* of the function */
    double accesses, writes; /* carried */
    guint chain, scratch;
    guint32 function; /* its number */
    LadInsn insns[LAD_BLOCK_MAX_INSNS];
    LadOperand operands[LAD_BLOCK_MAX_INSNS];
    guint n_operands;
} Layout;

/* The data access of instruction `number`. */
static void
add_access(Layout *layout, guint number)
{
    const LadPlanPattern *pattern = layout->pattern;
    LadInsn *insn = &layout->insns[number];
    layout->writes += pattern->common.writes;
    gboolean store = layout->writes >= 1.0;
    if (store)
        layout->writes -= 1.0;
    guint chain = pattern->n_chains > 0 ? layout->chain % pattern->n_chains : 0;
    LadRegisters address = BIT(5 + layout->scratch % 3); /* rbp, rsi, rdi */
    LadRegisters value = BIT(8 + layout->scratch % 4);   /* r8 to r11 */
    if (pattern->n_chains > 0)
        address = BIT(chain_register(pattern->first_chain + chain));
    if (pattern->n_chains > 0 && !store) {
        value = address;
        layout->chain++;
    }
    layout->scratch++;
    insn->reads = store ? address | value : address;
    insn->writes = store ? 0 : value;
    layout->operands[layout->n_operands++] =
        (LadOperand){.kind = store ? LAD_OPERAND_STORE : LAD_OPERAND_LOAD,
                     .insn = (guint8)number,
                     .size = (guint16)pattern->common.access_bytes,
                     .address = address};
    guint8 op = (guint8)(chain | (store ? LAD_OP_STORE : 0));
    if (!layout->telling)
        g_byte_array_append(layout->code->ops, &op, 1);
}

/* An instruction without access, with the branch that may end a block. */
static void
plain_insn(Layout *layout, guint number, LadBranchKind branch)
{
    LadRegisters value = BIT(8 + number % 4);
    LadInsn *insn = &layout->insns[number];
    insn->branch = (guint8)branch;
    if (branch == LAD_BRANCH_CONDITIONAL) {
        insn->reads = BIT(FLAGS_REGISTER);
    } else if (branch == LAD_BRANCH_NONE) {
        insn->reads = value;
        insn->writes = value | BIT(FLAGS_REGISTER);
    }
}

/* Ends the block: `n` instructions are laid out. */
static LadSynthBlock
put_block(Layout *layout, guint n)
{
    LadSynthBlock block = {.id = G_MAXUINT32,
                           .n_insns = (guint16)n,
                           .n_operands = (guint16)layout->n_operands,
                           .first_op = layout->code->ops->len - layout->n_operands,
                           .callee = LAD_SYNTH_NO_CALL};
    const LadBlock described = {.pc = layout->pc,
                                .n_insns = block.n_insns,
                                .n_operands = block.n_operands,
                                .insns = layout->insns,
                                .operands = layout->operands};
    if (layout->telling)
        block.id = lad_trace_writer_block(layout->code->writer, &described);
    layout->pc += n * layout->insns[0].length;
    layout->n_operands = 0;
    return block;
}

static void
clear_insns(Layout *layout)
{
    guint8 length = (guint8)layout->code->plan->params.instruction_bytes;
    for (guint i = 0; i < LAD_BLOCK_MAX_INSNS; i++)
        layout->insns[i] = (LadInsn){.length = length};
    layout->n_operands = 0;
}

/* Whom the block that is laid out next calls. */
static guint32
draw_callee(Layout *layout)
{
    LadSynthCode *code = layout->code;
    if (layout->telling)
        return g_array_index(code->blocks, LadSynthBlock, layout->block).callee;
    if (code->plan->params.calls <= 0)
        return LAD_SYNTH_NO_CALL;
    guint64 draw = lad_random_next(&layout->sites);
    guint pattern = layout->function % code->n_parts;
    const LadSynthPart *part = &code->parts[pattern];
    if ((double)(draw >> 32) >= code->plan->params.calls * 4294967296.0 || part->n_functions < 2)
        return LAD_SYNTH_NO_CALL;
    guint32 rank = (guint32)draw;
    lad_ranks_find(&part->popularity, &rank, 1);
    if (rank == layout->function / code->n_parts)
        rank = (rank + 1) % part->n_functions;
    return rank;
}

/* A block that is laid out is kept, or was and gets its id. */
static void
keep_block(Layout *layout, LadSynthBlock block)
{
    GArray *blocks = layout->code->blocks;
    if (layout->telling)
        g_array_index(blocks, LadSynthBlock, layout->block++).id = block.id;
    else
        g_array_append_val(blocks, block);
}

/* A basic block of `n` instructions, the last of which is a branch. At least one access if `must`.
 */
static void
add_block(Layout *layout, guint n, gboolean must)
{
    guint32 callee = draw_callee(layout);
    LadBranchKind branch = callee == LAD_SYNTH_NO_CALL ? LAD_BRANCH_CONDITIONAL : LAD_BRANCH_CALL;
    clear_insns(layout);
    for (guint i = 0; i < n; i++) {
        gboolean last = i + 1 == n;
        plain_insn(layout, i, last ? branch : LAD_BRANCH_NONE);
        layout->accesses += layout->code->plan->params.accesses;
        if (layout->accesses < 1.0 && !(must && i == 0))
            continue;
        layout->accesses -= layout->accesses >= 1.0;
        add_access(layout, i);
    }
    LadSynthBlock block = put_block(layout, n);
    block.callee = callee;
    keep_block(layout, block);
}

/* From 1 to twice the mean less 1, evenly, so that the mean is kept. */
static guint
draw_length(Layout *layout)
{
    double span = 2.0 * layout->code->plan->params.block_instructions - 1.0;
    guint64 draw = lad_random_below(&layout->random, (guint64)(span * 1024.0));
    return 1 + (guint)(draw >> 10);
}

guint64
lad_synth_code_address(const LadSynthCode *code, guint32 slot)
{
    const LadPlanCode *plan = code->plan;
    guint32 n_shared = lad_synth_plan_n_functions(plan) - lad_synth_plan_n_private(plan);
    if (slot >= n_shared)
        return lad_synth_plan_private_address(plan) + (slot - n_shared) * plan->params.function;
    return plan->address + LAD_SYNTH_FUNCTIONS_OFFSET + slot * plan->params.function;
}

/* Lays out function number `layout->function`, from its seam on. */
static void
lay_function(Layout *layout)
{
    LadSynthCode *code = layout->code;
    const LadCodeParams *params = &code->plan->params;
    guint length = (guint)params->instruction_bytes;
    guint32 slot = g_array_index(code->functions, LadSynthFunction, layout->function).slot;
    layout->pattern =
        LAD_PLAN_AT(code->whole->patterns, LadPlanPattern, layout->function % code->n_parts);
    layout->pc = lad_synth_code_address(code, slot);
    layout->end = layout->pc + (params->body > 0 ? MAX(params->body, 128) : params->function);
    gboolean any = FALSE;                                   /* accesses */
    guint64 room = (layout->end - layout->pc) / length - 1; /* instructions; one is the return */
    while (room > 0) {
        guint scratch = layout->scratch, n = draw_length(layout);
        n = (guint)MIN(room, n);
        gboolean last = room == n;
        add_block(layout, n, last && !any);
        any |= layout->scratch != scratch;
        room -= n;
    }
    clear_insns(layout);
    plain_insn(layout, 0, LAD_BRANCH_RETURN);
    keep_block(layout, put_block(layout, 1));
}

static void
add_function(Layout *layout)
{
    LadSynthCode *code = layout->code;
    LadSynthFunction *function =
        &g_array_index(code->functions, LadSynthFunction, layout->function);
    function->first_block = code->blocks->len;
    function->seam = (LadSynthSeam){layout->random, layout->accesses, layout->writes, layout->chain,
                                    layout->scratch};
    lay_function(layout);
    function->n_blocks = code->blocks->len - function->first_block;
}

guint32
lad_synth_code_return(LadSynthCode *code, guint32 slot)
{
    const LadCodeParams *params = &code->plan->params;
    Layout layout = {.code = code, .telling = TRUE};
    guint64 bytes = params->body > 0 ? MAX(params->body, 128) : params->function;
    layout.pc = lad_synth_code_address(code, slot) +
                (bytes / params->instruction_bytes - 1) * params->instruction_bytes;
    clear_insns(&layout);
    plain_insn(&layout, 0, LAD_BRANCH_RETURN);
    return put_block(&layout, 1).id;
}

void
lad_synth_code_tell(LadSynthCode *code, guint32 number)
{
    LadSynthFunction *function = &g_array_index(code->functions, LadSynthFunction, number);
    const LadSynthSeam *seam = &function->seam;
    Layout layout = {.code = code,
                     .telling = TRUE,
                     .block = function->first_block,
                     .random = seam->random,
                     .accesses = seam->accesses,
                     .writes = seam->writes,
                     .chain = seam->chain,
                     .scratch = seam->scratch,
                     .function = number};
    lay_function(&layout);
    function->told = TRUE;
}

/* What a call of the function accesses in the mean, if one of rank r among those that it calls
 * accesses `of_callee`[r] (NULL: nothing): a block is reached from the one before it, unless that
 * one's branch is taken, or from the one before that by its branch. */
static double
mean_accesses(const LadSynthCode *code, const LadSynthFunction *function, const double *of_callee)
{
    double taken = code->plan->params.taken, here = 1.0, next = 0.0, sum = 0.0;
    for (guint b = 0; b + 1 < function->n_blocks; b++) {
        const LadSynthBlock *block =
            &g_array_index(code->blocks, LadSynthBlock, function->first_block + b);
        gboolean calls = block->callee != LAD_SYNTH_NO_CALL;
        sum += here * block->n_operands;
        if (calls && of_callee != NULL)
            sum += here * of_callee[block->callee];
        double skipping = calls ? 0 : here * taken;
        here = here - skipping + next;
        next = skipping;
    }
    return sum * (double)code->plan->params.iterations;
}

/* The mean accesses of a call by the dispatcher, nested calls included. */
static void
weigh_part(LadSynthCode *code, guint pattern)
{
    LadSynthPart *part = &code->parts[pattern];
    guint64 depth = code->plan->params.calls > 0 ? code->plan->params.depth : 1;
    g_autofree double *below = NULL;
    for (guint64 d = 0; d < depth; d++) {
        double *means = g_new(double, part->n_functions);
        for (guint rank = 0; rank < part->n_functions; rank++)
            means[rank] = mean_accesses(
                code,
                &g_array_index(code->functions, LadSynthFunction, rank * code->n_parts + pattern),
                below);
        g_free(below);
        below = means;
    }
    double before = 0.0;
    for (guint rank = 0; rank < part->n_functions; rank++) {
        double upto = rank + 1 < part->n_functions
                          ? (double)part->popularity.thresholds[rank] / 4294967296.0
                          : 1.0;
        part->mean_accesses += (upto - before) * below[rank];
        before = upto;
    }
}

/* The functions' slots: private ones behind the others, each kind in order of popularity or
 * anywhere. */
static void
place_functions(LadSynthCode *code, const char *name, guint64 seed)
{
    const LadPlanCode *plan = code->plan;
    guint32 n = lad_synth_plan_n_functions(plan), n_private = lad_synth_plan_n_private(plan);
    guint32 n_of[2] = {n - n_private, n_private}, next[2] = {0, 0};
    g_autofree char *stream = g_strconcat(name, ".places", NULL);
    LadRandom random;
    LadScatter which, where[2] = {0};
    lad_random_init(&random, seed, stream);
    lad_scatter_init(&which, n, &random);
    for (guint i = 0; i < 2; i++)
        if (n_of[i] > 0)
            lad_scatter_init(&where[i], n_of[i], &random);
    g_array_set_size(code->functions, n);
    for (guint32 f = 0; f < n; f++) {
        guint private = lad_scatter(&which, f) < n_private;
        guint32 slot = next[private]++;
        if (plan->params.scatter)
            slot = (guint32)lad_scatter(&where[private], slot);
        g_array_index(code->functions, LadSynthFunction, f) =
            (LadSynthFunction){.slot = slot + (private ? n_of[0] : 0)};
    }
}

/* An instruction that looks up where to call, and the call. */
static void
lay_dispatcher(Layout *layout)
{
    clear_insns(layout);
    plain_insn(layout, 0, LAD_BRANCH_NONE);
    plain_insn(layout, 1, LAD_BRANCH_INDIRECT_CALL);
    layout->insns[1].reads = layout->insns[0].writes & ~BIT(FLAGS_REGISTER);
    layout->telling = layout->code->writer != NULL;
    layout->code->dispatcher = put_block(layout, 2);
    layout->telling = FALSE;
}

void
lad_synth_code_init(LadSynthCode *code, const LadSynthPlan *plan, guint number,
                    LadTraceWriter *writer)
{
    const LadPlanCode *planned = LAD_PLAN_AT(plan->codes, LadPlanCode, number);
    *code =
        (LadSynthCode){.plan = planned,
                       .whole = plan,
                       .writer = writer,
                       .blocks = g_array_new(FALSE, FALSE, sizeof(LadSynthBlock)),
                       .ops = g_byte_array_new(),
                       .functions = g_array_new(FALSE, FALSE, sizeof(LadSynthFunction)),
                       .n_parts = plan->patterns->len,
                       .taken = (guint32)MIN(planned->params.taken * 4294967296.0, 4294967295.0),
                       .always = planned->params.taken >= 1.0,
                       .own = (guint32)MIN(planned->params.own * 4294967296.0, 4294967295.0),
                       .all_own = planned->params.own >= 1.0};
    code->parts = g_new0(LadSynthPart, code->n_parts);
    Layout layout = {.code = code, .pc = planned->address};
    g_autofree char *name = g_strdup_printf("synth.code.%s", planned->name);
    g_autofree char *sites = g_strconcat(name, ".calls", NULL);
    lad_random_init(&layout.random, plan->options.seed, name);
    lad_random_init(&layout.sites, plan->options.seed, sites);
    place_functions(code, name, plan->options.seed);
    for (guint i = 0; i < code->n_parts; i++) {
        LadSynthPart *part = &code->parts[i];
        part->n_functions = (code->functions->len - i + code->n_parts - 1) / code->n_parts;
        lad_ranks_init(&part->popularity, part->n_functions, planned->params.exponent);
    }
    lay_dispatcher(&layout);
    for (; layout.function < code->functions->len; layout.function++)
        add_function(&layout);
    for (guint i = 0; i < code->n_parts; i++)
        weigh_part(code, i);
}

void
lad_synth_code_clear(LadSynthCode *code)
{
    for (guint i = 0; i < code->n_parts; i++)
        lad_ranks_clear(&code->parts[i].popularity);
    g_free(code->parts);
    g_array_unref(code->blocks);
    g_byte_array_unref(code->ops);
    g_array_unref(code->functions);
}
