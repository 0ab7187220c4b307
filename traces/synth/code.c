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
    LadTraceWriter *writer;
    const LadPlanPattern *pattern;
    LadRandom random;
    guint64 pc;
    guint64 end;             /* of the function */
    double accesses, writes; /* carried */
    guint chain, scratch;
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
    LadSynthBlock block = {.n_insns = (guint16)n,
                           .n_operands = (guint16)layout->n_operands,
                           .first_op = layout->code->ops->len - layout->n_operands};
    const LadBlock described = {.pc = layout->pc,
                                .n_insns = block.n_insns,
                                .n_operands = block.n_operands,
                                .insns = layout->insns,
                                .operands = layout->operands};
    block.id = lad_trace_writer_block(layout->writer, &described);
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

/* A basic block of `n` instructions, the last of which is a branch. At least one access if `must`.
 */
static void
add_block(Layout *layout, guint n, gboolean must)
{
    clear_insns(layout);
    for (guint i = 0; i < n; i++) {
        gboolean last = i + 1 == n;
        plain_insn(layout, i, last ? LAD_BRANCH_CONDITIONAL : LAD_BRANCH_NONE);
        layout->accesses += layout->code->plan->params.accesses;
        if (layout->accesses < 1.0 && !(must && i == 0))
            continue;
        layout->accesses -= layout->accesses >= 1.0;
        add_access(layout, i);
    }
    LadSynthBlock block = put_block(layout, n);
    g_array_append_val(layout->code->blocks, block);
}

/* From 1 to twice the mean less 1, evenly, so that the mean is kept. */
static guint
draw_length(Layout *layout)
{
    double span = 2.0 * layout->code->plan->params.block_instructions - 1.0;
    guint64 draw = lad_random_below(&layout->random, (guint64)(span * 1024.0));
    return 1 + (guint)(draw >> 10);
}

static void
add_function(Layout *layout)
{
    LadSynthCode *code = layout->code;
    guint length = (guint)code->plan->params.instruction_bytes;
    LadSynthFunction function = {.first_block = code->blocks->len};
    guint first_op = code->ops->len;
    guint64 room = (layout->end - layout->pc) / length - 1; /* instructions; one is the return */
    while (room > 0) {
        guint n = draw_length(layout);
        n = (guint)MIN(room, n);
        gboolean last = room == n;
        add_block(layout, n, last && code->ops->len == first_op);
        room -= n;
    }
    clear_insns(layout);
    plain_insn(layout, 0, LAD_BRANCH_RETURN);
    LadSynthBlock block = put_block(layout, 1);
    g_array_append_val(code->blocks, block);
    function.n_blocks = code->blocks->len - function.first_block;
    g_array_append_val(code->functions, function);
}

/* What an iteration of the function accesses in the mean: a block is reached from the one before
 * it, unless that one's branch is taken, or from the one before that by its branch. */
static double
mean_accesses(const LadSynthCode *code, const LadSynthFunction *function)
{
    double taken = code->plan->params.taken, here = 1.0, next = 0.0, sum = 0.0;
    for (guint b = 0; b + 1 < function->n_blocks; b++) {
        sum +=
            here * g_array_index(code->blocks, LadSynthBlock, function->first_block + b).n_operands;
        double skipping = here * taken;
        here = here - skipping + next;
        next = skipping;
    }
    return sum * (double)code->plan->params.iterations;
}

static void
init_part(LadSynthCode *code, guint pattern)
{
    LadSynthPart *part = &code->parts[pattern];
    part->n_functions = (code->functions->len - pattern + code->n_parts - 1) / code->n_parts;
    lad_ranks_init(&part->popularity, part->n_functions, code->plan->params.exponent);
    double before = 0.0;
    for (guint rank = 0; rank < part->n_functions; rank++) {
        double upto = rank + 1 < part->n_functions
                          ? (double)part->popularity.thresholds[rank] / 4294967296.0
                          : 1.0;
        part->mean_accesses +=
            (upto - before) * mean_accesses(code, lad_synth_code_function(code, pattern, rank));
        before = upto;
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
    layout->code->dispatcher = put_block(layout, 2);
}

void
lad_synth_code_init(LadSynthCode *code, const LadSynthPlan *plan, guint number,
                    LadTraceWriter *writer)
{
    const LadPlanCode *planned = LAD_PLAN_AT(plan->codes, LadPlanCode, number);
    *code =
        (LadSynthCode){.plan = planned,
                       .blocks = g_array_new(FALSE, FALSE, sizeof(LadSynthBlock)),
                       .ops = g_byte_array_new(),
                       .functions = g_array_new(FALSE, FALSE, sizeof(LadSynthFunction)),
                       .n_parts = plan->patterns->len,
                       .taken = (guint32)MIN(planned->params.taken * 4294967296.0, 4294967295.0),
                       .always = planned->params.taken >= 1.0};
    code->parts = g_new0(LadSynthPart, code->n_parts);
    Layout layout = {.code = code, .writer = writer, .pc = planned->address};
    g_autofree char *name = g_strdup_printf("synth.code.%s", planned->name);
    lad_random_init(&layout.random, plan->options.seed, name);
    lay_dispatcher(&layout);
    guint64 n_functions = planned->params.size / planned->params.function;
    for (guint64 f = 0; f < n_functions; f++) {
        layout.pattern = LAD_PLAN_AT(plan->patterns, LadPlanPattern, (guint)(f % code->n_parts));
        layout.pc = planned->address + LAD_SYNTH_FUNCTIONS_OFFSET + f * planned->params.function;
        layout.end = layout.pc + planned->params.function;
        add_function(&layout);
    }
    for (guint i = 0; i < code->n_parts; i++)
        init_part(code, i);
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
