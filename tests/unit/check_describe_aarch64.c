/* check_describe_aarch64.c - registers and operands of AArch64 instructions, from their bytes. */
#include "config.h"
#include "tests/unit/suite.h"
#include "traces/capture/describe_aarch64.h"
#include <string.h>

#define X(n) ((LadRegisters)1 << (n))
#define SP   ((LadRegisters)1 << 31)
#define V(n) ((LadRegisters)1 << (32 + (n)))

static LadInsnFacts
describe(guint32 word)
{
    LadInsnFacts facts;
    guint8 bytes[4];
    word = GUINT32_TO_LE(word);
    memcpy(bytes, &word, sizeof bytes);
    LadDescriberAarch64 *describer = lad_describer_aarch64_new(NULL);
    ck_assert_ptr_nonnull(describer);
    lad_describe_aarch64(describer, bytes, &facts);
    lad_describer_aarch64_free(describer);
    ck_assert_uint_eq(facts.insn.length, 4);
    return facts;
}

START_TEST(loads_and_stores_say_which_registers_form_the_address)
{
    LadInsnFacts load = describe(0xf9400001); /* ldr x1, [x0] */
    ck_assert_uint_eq(load.insn.reads, X(0));
    ck_assert_uint_eq(load.insn.writes, X(1));
    ck_assert_uint_eq(load.n_operands, 1);
    ck_assert(load.operands[0].reads && !load.operands[0].writes);
    ck_assert_uint_eq(load.operands[0].address, X(0));
    LadInsnFacts store = describe(0xf8226801); /* str x1, [x0, x2] */
    ck_assert_uint_eq(store.insn.reads, X(0) | X(1) | X(2));
    ck_assert(!store.operands[0].reads && store.operands[0].writes);
    ck_assert_uint_eq(store.operands[0].address, X(0) | X(2));
    LadInsnFacts moved = describe(0xf8410fe3); /* ldr x3, [sp, #16]! */
    ck_assert_uint_eq(moved.operands[0].address, SP);
    ck_assert_uint_eq(moved.insn.writes, X(3) | SP);
}
END_TEST

START_TEST(atomics_read_and_write_at_once)
{
    LadInsnFacts add = describe(0xb8200041); /* ldadd w0, w1, [x2] */
    ck_assert(add.locked && add.operands[0].reads && add.operands[0].writes);
    ck_assert_uint_eq(add.operands[0].address, X(2));
    ck_assert_uint_eq(add.insn.reads, X(0) | X(2));
    ck_assert_uint_eq(add.insn.writes, X(1));
    LadInsnFacts swap = describe(0xc8a07fe1); /* cas x0, x1, [sp] */
    ck_assert(swap.locked && swap.operands[0].address == SP);
    ck_assert_uint_eq(swap.insn.reads, X(0) | X(1) | SP);
    ck_assert_uint_eq(swap.insn.writes, X(0));
    LadInsnFacts load = describe(0xb8bfc041); /* ldapr w1, [x2] */
    ck_assert(!load.locked && load.operands[0].reads && !load.operands[0].writes);
    ck_assert_uint_eq(load.insn.writes, X(1));
}
END_TEST

START_TEST(views_of_a_register_are_one)
{
    LadInsnFacts add = describe(0x1e622820); /* fadd d0, d1, d2 */
    ck_assert_uint_eq(add.insn.reads, V(1) | V(2));
    ck_assert_uint_eq(add.insn.writes, V(0));
}
END_TEST

START_TEST(calls_and_returns_use_the_link_register)
{
    ck_assert_uint_eq(describe(0xd65f03c0).insn.reads, X(30));  /* ret */
    ck_assert_uint_eq(describe(0x94000001).insn.writes, X(30)); /* bl */
    ck_assert_uint_eq(describe(0xd4000001).insn.branch, LAD_BRANCH_SYSCALL);
}
END_TEST

START_TEST(prefetches_have_no_operand_and_unknown_words_no_registers)
{
    ck_assert_uint_eq(describe(0xf9800000).n_operands, 0); /* prfm pldl1keep, [x0] */
    ck_assert(describe(0).insn.flags & LAD_INSN_DEPS_UNKNOWN);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("describe_aarch64");
    TCase *all = tcase_create("instructions");
    tcase_add_test(all, loads_and_stores_say_which_registers_form_the_address);
    tcase_add_test(all, atomics_read_and_write_at_once);
    tcase_add_test(all, views_of_a_register_are_one);
    tcase_add_test(all, calls_and_returns_use_the_link_register);
    tcase_add_test(all, prefetches_have_no_operand_and_unknown_words_no_registers);
    suite_add_tcase(suite, all);
    return lad_suite_run(suite);
}
