/* check_capture_shape.c - instruction bytes and operand words become blocks of the trace. */
#include "config.h"
#include "tests/unit/suite.h"
#include "traces/capture/ring.h"
#include "traces/capture/shape.h"
#include <glib/gstdio.h>

#define RAX   ((LadRegisters)1 << 0)
#define RCX   ((LadRegisters)1 << 1)
#define RBX   ((LadRegisters)1 << 3)
#define RSP   ((LadRegisters)1 << 4)
#define RSI   ((LadRegisters)1 << 6)
#define RDI   ((LadRegisters)1 << 7)
#define XMM1  ((LadRegisters)1 << 17)
#define FLAGS ((LadRegisters)1 << 48)

static LadInsnFacts
describe(const char *bytes, guint length)
{
    g_autoptr(LadDescriber) describer = lad_describer_new(NULL);
    LadInsnFacts facts;

    lad_describe(describer, 0x1000, (const guint8 *)bytes, length, &facts);
    ck_assert_uint_eq(facts.insn.length, length);
    return facts;
}

#define DESCRIBE(bytes) describe(bytes, sizeof bytes - 1)

START_TEST(a_loads_registers_are_those_of_its_address_and_its_target)
{
    LadInsnFacts facts = DESCRIBE("\x48\x8b\x04\x0b"); /* mov rax, [rbx+rcx] */
    ck_assert_uint_eq(facts.n_operands, 1);
    ck_assert_uint_eq(facts.operands[0].address, RBX | RCX);
    ck_assert_uint_eq(facts.operands[0].size, 8);
    ck_assert(facts.operands[0].reads && !facts.operands[0].writes);
    ck_assert_uint_eq(facts.insn.reads, RBX | RCX);
    ck_assert_uint_eq(facts.insn.writes, RAX);
    ck_assert_uint_eq(facts.insn.flags, 0);
}
END_TEST

START_TEST(an_address_relative_to_the_code_is_constant)
{
    LadInsnFacts facts = DESCRIBE("\x48\x8b\x05\x10\x00\x00\x00"); /* mov rax, [rip+16] */
    ck_assert_uint_eq(facts.n_operands, 1);
    ck_assert_uint_eq(facts.operands[0].address, 0);
    ck_assert_uint_eq(facts.insn.reads, 0);
}
END_TEST

START_TEST(naming_an_address_is_no_access)
{
    ck_assert_uint_eq(DESCRIBE("\x48\x8d\x04\x0b").n_operands, 0); /* lea rax, [rbx+rcx] */
    ck_assert_uint_eq(DESCRIBE("\x0f\x1f\x40\x00").n_operands, 0); /* nop [rax] */
    ck_assert_uint_eq(DESCRIBE("\x0f\x18\x08").n_operands, 0);     /* prefetcht0 [rax] */
    ck_assert_uint_eq(DESCRIBE("\x0f\xae\x38").n_operands, 0);     /* clflush [rax] */
}
END_TEST

START_TEST(the_stack_is_an_operand_of_calls_and_pushes)
{
    LadInsnFacts push = DESCRIBE("\xff\x33"); /* push [rbx] */
    LadInsnFacts call = DESCRIBE("\xe8\x00\x01\x00\x00");
    LadInsnFacts ret = DESCRIBE("\xc3");
    ck_assert_uint_eq(push.n_operands, 2);
    ck_assert(push.operands[0].reads && push.operands[0].address == RBX);
    ck_assert(push.operands[1].writes && push.operands[1].address == RSP);
    ck_assert_uint_eq(call.insn.branch, LAD_BRANCH_CALL);
    ck_assert_uint_eq(call.target, 0x1105);
    ck_assert(call.operands[0].writes && call.operands[0].size == 8);
    ck_assert_uint_eq(ret.insn.branch, LAD_BRANCH_RETURN);
    ck_assert(ret.operands[0].reads && ret.operands[0].size == 8);
}
END_TEST

START_TEST(branch_kinds_are_told_apart)
{
    ck_assert_uint_eq(DESCRIBE("\x74\x10").insn.branch, LAD_BRANCH_CONDITIONAL);
    ck_assert_uint_eq(DESCRIBE("\xeb\x10").insn.branch, LAD_BRANCH_JUMP);
    ck_assert_uint_eq(DESCRIBE("\xff\xe0").insn.branch, LAD_BRANCH_INDIRECT_JUMP);
    ck_assert_uint_eq(DESCRIBE("\xff\xd0").insn.branch, LAD_BRANCH_INDIRECT_CALL);
    ck_assert_uint_eq(DESCRIBE("\x0f\x05").insn.branch, LAD_BRANCH_SYSCALL);
    ck_assert_uint_eq(DESCRIBE("\x90").insn.branch, LAD_BRANCH_NONE);
}
END_TEST

START_TEST(clearing_a_register_reads_nothing)
{
    LadInsnFacts facts = DESCRIBE("\x31\xc0"); /* xor eax, eax */
    ck_assert_uint_eq(facts.insn.reads, 0);
    ck_assert_uint_eq(facts.insn.writes, RAX | FLAGS);
    ck_assert_uint_eq(DESCRIBE("\x0f\x28\xca").insn.writes, XMM1); /* movaps xmm1, xmm2 */
}
END_TEST

START_TEST(repeated_strings_may_do_nothing)
{
    LadInsnFacts facts = DESCRIBE("\xf3\xa4"); /* rep movsb */
    ck_assert(facts.optional);
    ck_assert_uint_eq(facts.n_operands, 2);
    ck_assert_uint_eq(facts.operands[0].address | facts.operands[1].address, RSI | RDI);
}
END_TEST

START_TEST(bytes_that_are_no_instruction_are_unknown)
{
    LadInsnFacts facts = DESCRIBE("\x06"); /* push es: not in 64-bit code */
    ck_assert_uint_eq(facts.insn.flags, LAD_INSN_DEPS_UNKNOWN);
    ck_assert_uint_eq(facts.insn.branch, LAD_BRANCH_UNKNOWN);
}
END_TEST

/* ---- Shapes -----------------------------------------------------------------------------------
 */

typedef struct {
    LadShaper shaper;
    char *path;
} Bench;

static Bench
bench_new(void)
{
    Bench bench = {0};
    g_autoptr(GError) error = NULL;
    LadTraceHeader *header = lad_trace_header_new();

    bench.path = g_strdup("check_capture_shape.mlt");
    bench.shaper.describer = lad_describer_new(NULL);
    bench.shaper.silent = g_new0(guint8, 65536);
    bench.shaper.writer = lad_trace_writer_new(bench.path, header, NULL, &error);
    lad_assert_ok(bench.shaper.writer != NULL, error);

    lad_trace_header_free(header);
    return bench;
}

static void
bench_clear(Bench *bench)
{
    lad_trace_writer_free(bench->shaper.writer);
    lad_describer_free(bench->shaper.describer);
    g_free(bench->shaper.silent);
    g_free(bench->path);
}

static guint64
word(guint insn, gboolean stores, guint size_log2, guint64 address)
{
    return (guint64)insn << LAD_WORD_INSN_SHIFT | (stores ? LAD_WORD_STORE : 0) |
           (guint64)size_log2 << LAD_WORD_SIZE_SHIFT | address;
}

#define BLOCK_END LAD_WORD_MAKE(LAD_CONTROL_BLOCK, 1)

START_TEST(pieces_of_a_wide_access_are_joined)
{
    static const guint8 code[] = "\x0f\x28\x08\xc3"; /* movaps xmm1, [rax]; ret */
    static const guint8 lengths[] = {3, 1};
    guint64 words[] = {word(0, FALSE, 3, 0x5000), word(0, FALSE, 3, 0x5008),
                       word(1, FALSE, 3, 0x7000), BLOCK_END};
    guint64 addresses[3] = {0};
    Bench bench = bench_new();
    LadGuestBlock *block = lad_guest_block_new(&bench.shaper, 0x1000, 2, lengths, code);
    const LadShape *shape = lad_guest_block_shape(block, &bench.shaper, words, 3, 0);

    ck_assert_uint_eq(shape->n_addresses, 2);
    ck_assert_uint_eq(shape->n_insns, 2);
    ck_assert(lad_shape_matches(shape, words));
    lad_shape_addresses(shape, words, addresses);
    ck_assert_uint_eq(addresses[0], 0x5000);
    ck_assert_uint_eq(addresses[1], 0x7000);
    words[1] += 8;
    ck_assert(!lad_shape_matches(shape, words));
    lad_guest_block_free(block);
    bench_clear(&bench);
}
END_TEST

static const guint8 two_loads[] = "\x48\x8b\x03\x90\x48\x8b\x09\x90"; /* mov rax,[rbx]; nop; mov
                                                                         rcx,[rcx]; nop */
static const guint8 two_loads_lengths[] = {3, 1, 3, 1};

START_TEST(missing_accesses_cut_the_block_before_their_instruction)
{
    guint64 words[] = {word(0, FALSE, 3, 0x5000), BLOCK_END};
    Bench bench = bench_new();
    LadGuestBlock *block =
        lad_guest_block_new(&bench.shaper, 0x1000, 4, two_loads_lengths, two_loads);
    const LadShape *shape = lad_guest_block_shape(block, &bench.shaper, words, 1, 0x9000);

    ck_assert(shape->cut);
    ck_assert_uint_eq(shape->n_insns, 2);
    ck_assert_uint_eq(shape->n_addresses, 1);
    lad_guest_block_free(block);
    bench_clear(&bench);
}
END_TEST

START_TEST(a_block_that_goes_on_where_its_code_leads_was_not_cut)
{
    guint64 words[] = {word(0, FALSE, 3, 0x5000), BLOCK_END};
    Bench bench = bench_new();
    LadGuestBlock *block =
        lad_guest_block_new(&bench.shaper, 0x1000, 4, two_loads_lengths, two_loads);
    const LadShape *shape = lad_guest_block_shape(block, &bench.shaper, words, 1, 0x1008);

    ck_assert(!shape->cut);
    ck_assert_uint_eq(shape->n_insns, 4);
    lad_guest_block_free(block);
    bench_clear(&bench);
}
END_TEST

/* A signal handler may lie right behind the jump that the fault kept from being taken. */
START_TEST(what_lies_behind_a_jump_is_not_where_its_code_leads)
{
    static const guint8 code[] = "\x48\x8b\x03\xeb\xfb"; /* mov rax,[rbx]; jmp to the start */
    static const guint8 lengths[] = {3, 2};
    guint64 words[] = {BLOCK_END};
    Bench bench = bench_new();
    LadGuestBlock *block = lad_guest_block_new(&bench.shaper, 0x1000, 2, lengths, code);
    const LadShape *shape = lad_guest_block_shape(block, &bench.shaper, words, 0, 0x1005);

    ck_assert(shape->cut);
    ck_assert_uint_eq(shape->n_insns, 0);
    lad_guest_block_free(block);
    bench_clear(&bench);
}
END_TEST

START_TEST(half_a_modify_is_not_executed)
{
    static const guint8 code[] = "\x90\x48\xff\x03"; /* nop; inc [rbx] */
    static const guint8 lengths[] = {1, 3};
    guint64 words[] = {word(1, FALSE, 3, 0x5000), BLOCK_END};
    Bench bench = bench_new();
    LadGuestBlock *block = lad_guest_block_new(&bench.shaper, 0x1000, 2, lengths, code);
    const LadShape *shape = lad_guest_block_shape(block, &bench.shaper, words, 1, 0x9000);

    ck_assert_uint_eq(shape->n_insns, 1);
    ck_assert_uint_eq(shape->n_addresses, 0);
    ck_assert_uint_eq(shape->cut_words, 1);
    lad_guest_block_free(block);
    bench_clear(&bench);
}
END_TEST

/* Seen as one block of 15 instructions, of which the last has 2 of its 7 bytes on the first page.
 */
START_TEST(an_instruction_taken_back_at_a_pages_end_is_none)
{
    static const guint8 code[] = "\x90\x48\x8b";
    static const guint8 lengths[] = {1, 2};
    Bench bench = bench_new();
    LadGuestBlock *block = lad_guest_block_new(&bench.shaper, 0x1ffd, 2, lengths, code);

    ck_assert_uint_eq(block->n_insns, 1);
    ck_assert_uint_eq(block->end, 0x1ffe);
    lad_guest_block_free(block);
    bench_clear(&bench);
}
END_TEST

START_TEST(a_block_above_the_traces_limit_is_written_as_several)
{
    guint8 code[100], lengths[100];
    const guint64 words[] = {BLOCK_END};
    Bench bench = bench_new();
    memset(code, 0x90, sizeof code);
    memset(lengths, 1, sizeof lengths);
    LadGuestBlock *block = lad_guest_block_new(&bench.shaper, 0x1000, 100, lengths, code);
    const LadShape *shape = lad_guest_block_shape(block, &bench.shaper, words, 0, 0);

    ck_assert_uint_eq(shape->n_parts, 2);
    ck_assert_uint_eq(shape->n_insns, 100);
    lad_guest_block_free(block);
    bench_clear(&bench);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("capture_shape");
    TCase *facts = tcase_create("instructions"), *shapes = tcase_create("shapes");

    tcase_add_test(facts, a_loads_registers_are_those_of_its_address_and_its_target);
    tcase_add_test(facts, an_address_relative_to_the_code_is_constant);
    tcase_add_test(facts, naming_an_address_is_no_access);
    tcase_add_test(facts, the_stack_is_an_operand_of_calls_and_pushes);
    tcase_add_test(facts, branch_kinds_are_told_apart);
    tcase_add_test(facts, clearing_a_register_reads_nothing);
    tcase_add_test(facts, repeated_strings_may_do_nothing);
    tcase_add_test(facts, bytes_that_are_no_instruction_are_unknown);
    suite_add_tcase(suite, facts);
    tcase_add_test(shapes, pieces_of_a_wide_access_are_joined);
    tcase_add_test(shapes, missing_accesses_cut_the_block_before_their_instruction);
    tcase_add_test(shapes, a_block_that_goes_on_where_its_code_leads_was_not_cut);
    tcase_add_test(shapes, what_lies_behind_a_jump_is_not_where_its_code_leads);
    tcase_add_test(shapes, half_a_modify_is_not_executed);
    tcase_add_test(shapes, an_instruction_taken_back_at_a_pages_end_is_none);
    tcase_add_test(shapes, a_block_above_the_traces_limit_is_written_as_several);
    suite_add_tcase(suite, shapes);
    return lad_suite_run(suite);
}
