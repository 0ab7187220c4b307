/* check_functional.c - functional replay, by hand and against a simple model of the same rules.
 *
 * The simple model walks every reference in order, one set at a time, with a time stamp per line.
 * It shares nothing with the replay but the geometry's numbers and the random stream.
 */
#include "config.h"
#include "sim/cache/functional.h"
#include "tests/unit/suite.h"

/* ---- A program in memory -----------------------------------------------------------------------
 */

typedef struct {
    GArray *tokens, *addresses, *records;
    GPtrArray *entries; /* of LadEntry */
    GPtrArray *owned;
    LadBatch batch;
} Program;

static Program *
program_new(void)
{
    Program *program = g_new0(Program, 1);
    program->tokens = g_array_new(FALSE, TRUE, sizeof(guint32));
    program->addresses = g_array_new(FALSE, TRUE, sizeof(guint64));
    program->records = g_array_new(FALSE, TRUE, sizeof(LadRecord));
    program->entries = g_ptr_array_new();
    program->owned = g_ptr_array_new_with_free_func(g_free);
    return program;
}

static void
program_free(Program *program)
{
    g_array_unref(program->tokens);
    g_array_unref(program->addresses);
    g_array_unref(program->records);
    g_ptr_array_unref(program->entries);
    g_ptr_array_unref(program->owned);
    g_free(program);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Program, program_free)

static gpointer
own(Program *program, gconstpointer data, gsize bytes)
{
    gpointer copy = g_memdup2(data, bytes);
    g_ptr_array_add(program->owned, copy);
    return copy;
}

static guint32
add_entry(Program *program, const LadBlock *const *blocks, guint n)
{
    LadEntry entry = {.n_blocks = n, .blocks = own(program, blocks, n * sizeof *blocks)};
    for (guint i = 0; i < n; i++) {
        entry.n_insns += blocks[i]->n_insns;
        entry.n_operands += blocks[i]->n_operands;
    }
    g_ptr_array_add(program->entries, own(program, &entry, sizeof entry));
    return program->entries->len - 1;
}

static const LadBlock *
add_block(Program *program, guint64 pc, const LadInsn *insns, guint n_insns,
          const LadOperand *operands, guint n_operands)
{
    LadBlock block = {.pc = pc,
                      .n_insns = (guint16)n_insns,
                      .n_operands = (guint16)n_operands,
                      .insns = own(program, insns, n_insns * sizeof *insns),
                      .operands = own(program, operands, n_operands * sizeof *operands)};
    return own(program, &block, sizeof block);
}

/* A block from text: "4 8L4 3S8M4" is three instructions of 4, 8 and 3 bytes, the second with a
 * load of 4 bytes, the third with a store of 8 and a modify of 4 (A: atomic). Returns its token. */
static guint32
block(Program *program, guint64 pc, const char *text)
{
    LadInsn insns[64] = {0};
    LadOperand operands[64] = {0};
    guint n_insns = 0, n_operands = 0;
    while (*text != '\0') {
        char *end;
        insns[n_insns].length = (guint8)strtoul(text, &end, 10);
        while (*end != '\0' && *end != ' ') {
            const char *kinds = "LSMA";
            operands[n_operands].kind = (guint8)(strchr(kinds, *end) - kinds);
            operands[n_operands].insn = (guint8)n_insns;
            operands[n_operands++].size = (guint16)strtoul(end + 1, &end, 10);
        }
        n_insns++;
        text = *end == ' ' ? end + 1 : end;
    }
    const LadBlock *one = add_block(program, pc, insns, n_insns, operands, n_operands);
    return add_entry(program, &one, 1);
}

static void
execute(Program *program, guint32 token, const guint64 *addresses)
{
    const LadEntry *entry = program->entries->pdata[token];
    g_array_append_val(program->tokens, token);
    g_array_append_vals(program->addresses, addresses, entry->n_operands);
}

static void
plain(Program *program, LadRecordKind kind, guint64 address, guint64 size)
{
    LadRecord record = {.kind = kind, .address = address, .size = size, .text = ""};
    guint32 token = LAD_TOKEN_RECORD | program->records->len;
    g_array_append_val(program->records, record);
    g_array_append_val(program->tokens, token);
}

/* The batch of all tokens so far; valid until more are added. */
static const LadBatch *
finish(Program *program)
{
    static const guint64 padding = 0;
    guint n = program->addresses->len;
    g_array_append_val(program->addresses, padding);
    g_array_set_size(program->addresses, n);
    program->batch = (LadBatch){.n_tokens = program->tokens->len,
                                .n_addresses = n,
                                .n_records = program->records->len,
                                .tokens = (const guint32 *)program->tokens->data,
                                .addresses = (const guint64 *)program->addresses->data,
                                .records = (const LadRecord *)program->records->data};
    return &program->batch;
}

/* ---- Configurations ----------------------------------------------------------------------------
 */

static LadFunctionalLevel
level(const char *name, LadBytes size, guint ways, LadBytes line, const LadReplacementClass *class,
      guint shared_by)
{
    LadFunctionalLevel made = {.name = name,
                               .replacement = class != NULL ? class : &lad_replacement_lru,
                               .shared_by = shared_by};
    g_autoptr(GError) error = NULL;
    gboolean ok = line > 128
                      ? lad_geometry_init_tlb(&made.geometry, name, size / line, ways, line, &error)
                      : lad_geometry_init_cache(&made.geometry, name, size, ways, line, &error);
    lad_assert_ok(ok, error);
    return made;
}

static LadFunctionalOptions
small_options(LadFunctionalCount count)
{
    return (LadFunctionalOptions){.count = count,
                                  .n_cores = 1,
                                  .seed = 1,
                                  .instruction = level("l1i", 1024, 2, 64, NULL, 1),
                                  .data = level("l1d", 1024, 2, 64, NULL, 1),
                                  .n_levels = 1,
                                  .levels = {level("ll", 4096, 4, 64, NULL, 0)}};
}

static LadFunctional *
make(const LadFunctionalOptions *options, const Program *program, LadFunctionalCode **code)
{
    g_autoptr(GError) error = NULL;
    LadFunctional *functional = lad_functional_new(options, &error);
    lad_assert_ok(functional != NULL, error);
    *code = lad_functional_code(functional, NULL);
    for (guint32 token = 0; token < program->entries->len; token++)
        lad_functional_prepare(*code, token, program->entries->pdata[token]);
    return functional;
}

/* Replays all of `program` and compares with "Ir I1mr ILmr Dr D1mr DLmr Dw D1mw DLmw". */
static void
expect(Program *program, const LadFunctionalOptions *options, const char *expected)
{
    LadFunctionalCode *code;
    g_autoptr(LadFunctional) functional = make(options, program, &code);
    LadFunctionalPosition at = {0};
    const LadBatch *batch = finish(program);
    ck_assert_ptr_null(lad_functional_replay(functional, 0, code, batch, 0, G_MAXUINT64, &at));
    ck_assert_uint_eq(at.token, batch->n_tokens);
    ck_assert_uint_eq(at.address, batch->n_addresses);
    const LadFunctionalCounts *first = lad_functional_counts(functional, 0, 0);
    const LadFunctionalCounts *last = lad_functional_counts(functional, 0, options->n_levels);
    GString *seen = g_string_new(NULL);
    for (guint i = 0; i <= LAD_COUNTED_WRITE; i++)
        g_string_append_printf(
            seen, "%s%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT,
            i > 0 ? " " : "", first->references[i], first->misses[i], last->misses[i]);
    ck_assert_str_eq(seen->str, expected);
    g_string_free(seen, TRUE);
}

/* ---- By hand -----------------------------------------------------------------------------------
 */

START_TEST(instructions_of_one_line_miss_once)
{
    g_autoptr(Program) program = program_new();
    guint32 token = block(program, 0x1000, "4 4 4");
    for (guint i = 0; i < 3; i++)
        execute(program, token, NULL);
    LadFunctionalOptions options = small_options(LAD_COUNT_REFERENCE);
    expect(program, &options, "9 1 1 0 0 0 0 0 0");
}
END_TEST

START_TEST(a_straddling_instruction_that_misses_both_lines_misses_once)
{
    g_autoptr(Program) program = program_new();
    execute(program, block(program, 0x103e, "4 4"), NULL);
    LadFunctionalOptions options = small_options(LAD_COUNT_REFERENCE);
    expect(program, &options, "2 1 1 0 0 0 0 0 0");
    options.count = LAD_COUNT_LINE;
    expect(program, &options, "3 2 2 0 0 0 0 0 0");
}
END_TEST

START_TEST(a_straddling_instruction_whose_second_line_is_missing_misses_once)
{
    g_autoptr(Program) program = program_new();
    execute(program, block(program, 0x1038, "4"), NULL);
    execute(program, block(program, 0x1038, "6 4 4"), NULL);
    LadFunctionalOptions options = small_options(LAD_COUNT_REFERENCE);
    expect(program, &options, "4 2 2 0 0 0 0 0 0");
}
END_TEST

/* Two instructions, of which the second begins where the first's missing line is: the first is one
 * miss of two lines, the second a hit; a third, at the same line of another block, is a miss of its
 * own after the set was thrashed. */
START_TEST(misses_of_neighbouring_instructions_are_not_one)
{
    g_autoptr(Program) program = program_new();
    execute(program, block(program, 0x103e, "4"), NULL);
    execute(program, block(program, 0x107e, "4"), NULL);
    LadFunctionalOptions options = small_options(LAD_COUNT_REFERENCE);
    expect(program, &options, "2 2 2 0 0 0 0 0 0");
}
END_TEST

START_TEST(data_that_straddles_looks_up_both_lines_and_misses_once)
{
    g_autoptr(Program) program = program_new();
    guint32 token = block(program, 0x1000, "4L8");
    execute(program, token, (guint64[]){0x203c});
    execute(program, token, (guint64[]){0x2000});
    execute(program, token, (guint64[]){0x2040});
    execute(program, token, (guint64[]){0x207c}); /* one line there, one missing */
    LadFunctionalOptions options = small_options(LAD_COUNT_REFERENCE);
    expect(program, &options, "4 1 1 4 2 2 0 0 0");
    options.count = LAD_COUNT_LINE;
    expect(program, &options, "4 1 1 6 3 3 0 0 0");
}
END_TEST

/* On a first-level miss the last level is asked for the whole range, and counts one miss if it
 * lacks any of it: here its first line only. */
START_TEST(the_whole_range_goes_up)
{
    g_autoptr(Program) program = program_new();
    guint32 load = block(program, 0x1000, "4L8");
    /* Sets of the first level: 8, of the last: 16. 0x4000 to 0x4800 push 0x2000 from the first
     * level (2 ways) but not from the last (4 ways). */
    execute(program, load, (guint64[]){0x2000});
    execute(program, load, (guint64[]){0x4000});
    execute(program, load, (guint64[]){0x4400});
    execute(program, load, (guint64[]){0x1ffc}); /* 0x1fc0 nowhere, 0x2000 in the last level only */
    execute(program, load, (guint64[]){0x1fc0}); /* both are in the first level now */
    LadFunctionalOptions options = small_options(LAD_COUNT_REFERENCE);
    expect(program, &options, "5 1 1 5 4 4 0 0 0");
    options.count = LAD_COUNT_LINE;
    expect(program, &options, "5 1 1 6 5 4 0 0 0");
}
END_TEST

START_TEST(a_modify_is_one_read_or_a_read_and_a_write)
{
    g_autoptr(Program) program = program_new();
    guint32 token = block(program, 0x1000, "4M4 4A4 4S4");
    execute(program, token, (guint64[]){0x2000, 0x3000, 0x2000});
    LadFunctionalOptions options = small_options(LAD_COUNT_REFERENCE);
    expect(program, &options, "3 1 1 2 2 2 1 0 0");
    options.count = LAD_COUNT_LINE;
    expect(program, &options, "3 1 1 2 2 2 3 0 0");
}
END_TEST

/* fxsave stores 512 bytes; with lines of 64 in the first level and 32 in the last, 32 count. */
START_TEST(data_sizes_are_clamped_to_the_smallest_line)
{
    g_autoptr(Program) program = program_new();
    guint32 token = block(program, 0x1000, "4S512");
    execute(program, token, (guint64[]){0x2000});
    execute(program, token, (guint64[]){0x2020});
    execute(program, token, (guint64[]){0x2040});
    LadFunctionalOptions options = small_options(LAD_COUNT_REFERENCE);
    options.levels[0] = level("ll", 4096, 4, 32, NULL, 0);
    expect(program, &options, "3 1 1 0 0 0 3 2 2");
    options = small_options(LAD_COUNT_LINE);
    expect(program, &options, "3 1 1 0 0 0 25 9 9");
}
END_TEST

/* Instruction 0x1000 and data 0x2000 share a set of a direct-mapped last level: whoever comes later
 * stays. The data access comes after its own instruction and before the next. */
START_TEST(instructions_and_data_meet_in_the_last_level_in_program_order)
{
    g_autoptr(Program) program = program_new();
    LadFunctionalOptions options = small_options(LAD_COUNT_REFERENCE);
    options.instruction = level("l1i", 64, 1, 64, NULL, 1);
    options.data = level("l1d", 64, 1, 64, NULL, 1);
    options.levels[0] = level("ll", 4096, 1, 64, NULL, 0);
    /* Line 0x1000, data 0x2000 (pushes 0x1000 from the last level), line 0x1040, then 0x1000 again.
     */
    execute(program, block(program, 0x103c, "4L4 4"), (guint64[]){0x2000});
    execute(program, block(program, 0x1000, "4L4"), (guint64[]){0x2000});
    expect(program, &options, "3 3 3 2 1 1 0 0 0");
    g_autoptr(Program) other = program_new();
    execute(other, block(other, 0x103c, "4 4L4"), (guint64[]){0x2000});
    execute(other, block(other, 0x1000, "4L4"), (guint64[]){0x2040});
    expect(other, &options, "3 3 3 2 2 2 0 0 0");
}
END_TEST

START_TEST(plain_records_count_like_blocks)
{
    g_autoptr(Program) program = program_new();
    guint32 token = block(program, 0x1000, "4L8");
    execute(program, token, (guint64[]){0x2000});
    plain(program, LAD_RECORD_FETCH, 0x1004, 4);
    plain(program, LAD_RECORD_LOAD, 0x203c, 8);
    plain(program, LAD_RECORD_STORE, 0x3000, 4);
    plain(program, LAD_RECORD_MODIFY, 0x3000, 0);
    execute(program, token, (guint64[]){0x2040});
    LadFunctionalOptions options = small_options(LAD_COUNT_REFERENCE);
    expect(program, &options, "3 1 1 4 2 2 1 1 1");
    options.count = LAD_COUNT_LINE;
    /* The modify of size 0 lies at the beginning of a line: counting lines, it touches none. */
    expect(program, &options, "3 1 1 4 2 2 1 1 1");
}
END_TEST

/* Both as operands and as records: at the beginning of a line nothing, elsewhere that line. */
START_TEST(counting_lines_size_zero_touches_nothing_at_the_beginning_of_a_line)
{
    g_autoptr(Program) program = program_new();
    guint32 token = block(program, 0x1000, "4L0 4S0 4M0");
    execute(program, token, (guint64[]){0x2000, 0x2040, 0x2080});
    plain(program, LAD_RECORD_LOAD, 0x20c0, 0);
    execute(program, token, (guint64[]){0x2001, 0x2041, 0x2081});
    plain(program, LAD_RECORD_LOAD, 0x20ff, 0);
    LadFunctionalOptions options = small_options(LAD_COUNT_LINE);
    expect(program, &options, "6 1 1 3 3 3 2 1 1");
    options.count = LAD_COUNT_REFERENCE;
    expect(program, &options, "6 1 1 6 3 3 2 1 1");
}
END_TEST

/* An operand that touches nothing must leave the filter as it was. */
START_TEST(what_touches_nothing_is_not_remembered)
{
    g_autoptr(Program) program = program_new();
    guint32 nothing = block(program, 0x1000, "4L0"), load = block(program, 0x1004, "4L4");
    execute(program, nothing, (guint64[]){0x2000});
    execute(program, load, (guint64[]){0x2000});
    LadFunctionalOptions options = small_options(LAD_COUNT_LINE);
    expect(program, &options, "2 1 1 1 1 1 0 0 0");
}
END_TEST

static void
with_flags(Program *program, LadRecordKind kind, guint64 address, guint64 size, guint32 flags)
{
    plain(program, kind, address, size);
    g_array_index(program->records, LadRecord, program->records->len - 1).flags = flags;
}

START_TEST(prefetches_bring_lines_in_and_are_counted_apart)
{
    g_autoptr(Program) program = program_new();
    guint32 load = block(program, 0x1000, "4L4"), code = block(program, 0x3000, "4");
    with_flags(program, LAD_RECORD_PREFETCH, 0x2000, 1, LAD_PREFETCH_READ);
    execute(program, load, (guint64[]){0x2000});
    with_flags(program, LAD_RECORD_PREFETCH, 0x2020, 1, LAD_PREFETCH_WRITE);
    with_flags(program, LAD_RECORD_PREFETCH, 0x3000, 1, LAD_PREFETCH_INSTRUCTION);
    execute(program, code, NULL);
    with_flags(program, LAD_RECORD_PREFETCH, 0x3000, 1,
               LAD_PREFETCH_INSTRUCTION | 1 << LAD_PREFETCH_LEVEL_SHIFT);
    LadFunctionalOptions options = small_options(LAD_COUNT_LINE);
    LadFunctionalCode *prepared;
    options.first_miss_mask = G_MAXUINT64;
    g_autoptr(LadFunctional) functional = make(&options, program, &prepared);
    LadFunctionalPosition at = {0};
    ck_assert_ptr_null(
        lad_functional_replay(functional, 0, prepared, finish(program), 0, G_MAXUINT64, &at));
    const LadFunctionalCounts *first = lad_functional_counts(functional, 0, 0);
    const LadFunctionalCounts *last = lad_functional_counts(functional, 0, options.n_levels);
    ck_assert_uint_eq(first->misses[LAD_COUNTED_READ], 0);
    ck_assert_uint_eq(first->misses[LAD_COUNTED_FETCH], 1);
    ck_assert_uint_eq(first->references[LAD_COUNTED_PREFETCH], 3);
    ck_assert_uint_eq(first->misses[LAD_COUNTED_PREFETCH], 2); /* 0x3000 is not on the data side */
    ck_assert_uint_eq(first->references[LAD_COUNTED_CODE_PREFETCH], 1);
    ck_assert_uint_eq(first->misses[LAD_COUNTED_CODE_PREFETCH], 1);
    ck_assert_uint_eq(last->misses[LAD_COUNTED_PREFETCH], 1);
    ck_assert_uint_eq(lad_functional_first_misses(functional, 0, 0, FALSE), 2);
    ck_assert_uint_eq(lad_functional_first_misses(functional, 0, 0, TRUE), 2);
    ck_assert_uint_eq(lad_functional_first_misses(functional, 0, options.n_levels, FALSE), 3);
}
END_TEST

/* Flushing one line, one side, or everything: what is gone misses again, the rest does not. */
START_TEST(flushes_drop_their_lines_everywhere)
{
    for (guint whole = 0; whole < 2; whole++) {
        g_autoptr(Program) program = program_new();
        guint32 loads = block(program, 0x1000, "4L4 4L4");
        execute(program, loads, (guint64[]){0x2000, 0x2040});
        with_flags(program, LAD_RECORD_FLUSH, whole ? 0 : 0x2041, whole ? LAD_GIB : 1,
                   LAD_FLUSH_DATA);
        execute(program, loads, (guint64[]){0x2000, 0x2040});
        LadFunctionalOptions options = small_options(LAD_COUNT_LINE);
        expect(program, &options, whole ? "4 1 1 4 4 4 0 0 0" : "4 1 1 4 3 3 0 0 0");
        options.translations = TRUE;
        expect(program, &options, "4 1 1 4 2 2 0 0 0");
    }
}
END_TEST

START_TEST(a_record_that_is_no_access_is_handed_back)
{
    g_autoptr(Program) program = program_new();
    guint32 token = block(program, 0x1000, "4L8 4");
    execute(program, token, (guint64[]){0x2000});
    plain(program, LAD_RECORD_SWITCH, 3, 0);
    execute(program, token, (guint64[]){0x2000});
    LadFunctionalOptions options = small_options(LAD_COUNT_REFERENCE);
    LadFunctionalCode *code;
    g_autoptr(LadFunctional) functional = make(&options, program, &code);
    const LadBatch *batch = finish(program);
    LadFunctionalPosition at = {0};
    const LadRecord *record =
        lad_functional_replay(functional, 0, code, batch, 0, G_MAXUINT64, &at);
    ck_assert_ptr_eq(record, &batch->records[0]);
    ck_assert_uint_eq(at.token, 1);
    ck_assert_uint_eq(at.n_insns, 2);
    at.token++;
    ck_assert_ptr_null(lad_functional_replay(functional, 0, code, batch, 0, G_MAXUINT64, &at));
    ck_assert_uint_eq(at.token, 3);
    ck_assert_uint_eq(at.n_insns, 4);
    ck_assert_uint_eq(at.n_data, 2);
}
END_TEST

START_TEST(replay_stops_at_the_first_token_past_the_limit)
{
    g_autoptr(Program) program = program_new();
    guint32 token = block(program, 0x1000, "4L8 4 4");
    for (guint i = 0; i < 10; i++)
        execute(program, token, (guint64[]){0x2000});
    LadFunctionalOptions options = small_options(LAD_COUNT_REFERENCE);
    LadFunctionalCode *code;
    g_autoptr(LadFunctional) functional = make(&options, program, &code);
    LadFunctionalPosition at = {0};
    lad_functional_replay(functional, 0, code, finish(program), 0, 10, &at);
    ck_assert_uint_eq(at.token, 4);
    ck_assert_uint_eq(at.address, 4);
    ck_assert_uint_eq(lad_functional_counts(functional, 0, 0)->references[LAD_COUNTED_FETCH], 12);
}
END_TEST

START_TEST(bias_tells_address_spaces_apart)
{
    g_autoptr(Program) program = program_new();
    guint32 token = block(program, 0x1000, "4L8");
    execute(program, token, (guint64[]){0x2000});
    LadFunctionalOptions options = small_options(LAD_COUNT_REFERENCE);
    LadFunctionalCode *code;
    g_autoptr(LadFunctional) functional = make(&options, program, &code);
    const LadBatch *batch = finish(program);
    static const guint64 biases[] = {0, (guint64)1 << 48, 0, (guint64)1 << 48};
    for (guint i = 0; i < G_N_ELEMENTS(biases); i++) {
        LadFunctionalPosition at = {0};
        lad_functional_replay(functional, 0, code, batch, biases[i], G_MAXUINT64, &at);
    }
    const LadFunctionalCounts *counts = lad_functional_counts(functional, 0, 0);
    ck_assert_uint_eq(counts->misses[LAD_COUNTED_FETCH], 2);
    ck_assert_uint_eq(counts->misses[LAD_COUNTED_READ], 2);
}
END_TEST

START_TEST(cores_share_only_what_is_shared)
{
    g_autoptr(Program) program = program_new();
    execute(program, block(program, 0x1000, "4L8"), (guint64[]){0x2000});
    LadFunctionalOptions options = small_options(LAD_COUNT_REFERENCE);
    options.n_cores = 4;
    options.n_levels = 2;
    options.levels[0] = level("l2", 2048, 2, 64, NULL, 2);
    options.levels[1] = level("ll", 4096, 4, 64, NULL, 0);
    LadFunctionalCode *code;
    g_autoptr(LadFunctional) functional = make(&options, program, &code);
    const LadBatch *batch = finish(program);
    for (guint core = 0; core < 4; core++) {
        LadFunctionalPosition at = {0};
        lad_functional_replay(functional, core, code, batch, 0, G_MAXUINT64, &at);
    }
    static const guint64 misses[4][3] = {{1, 1, 1}, {1, 0, 0}, {1, 1, 0}, {1, 0, 0}};
    for (guint core = 0; core < 4; core++)
        for (guint k = 0; k < 3; k++)
            ck_assert_uint_eq(lad_functional_counts(functional, core, k)->misses[LAD_COUNTED_READ],
                              misses[core][k]);
}
END_TEST

/* ---- A simple model ----------------------------------------------------------------------------
 */

typedef struct {
    guint64 line, touched, filled;
    gboolean valid;
} Way;

typedef struct {
    const LadReplacementClass *class;
    guint n_sets, n_ways, line_bytes, tree_ways;
    Way *ways;
    guint8 *right; /* per set, lowest way and size of a subtree: the victim is on the right */
    LadRandom random;
} Simple;

typedef struct {
    const LadFunctionalOptions *options;
    Simple first[2];                              /* data, instructions */
    Simple *levels[2][LAD_FUNCTIONAL_MAX_LEVELS]; /* behind data and instructions */
    guint n_levels[2];
    Simple *parts[LAD_FUNCTIONAL_MAX_PARTS];
    LadFunctionalCounts counts[LAD_FUNCTIONAL_MAX_LEVELS + 1];
    guint64 now;
    guint clamp;
} SimpleCore;

static void
simple_init(Simple *simple, const LadFunctionalLevel *level_, guint instance, guint64 seed)
{
    simple->class = level_->replacement;
    simple->n_sets = level_->geometry.n_sets;
    simple->n_ways = level_->geometry.n_ways;
    simple->line_bytes = 1u << level_->geometry.line_shift;
    for (simple->tree_ways = 1; simple->tree_ways < simple->n_ways;)
        simple->tree_ways *= 2;
    simple->ways = g_new0(Way, simple->n_sets * simple->n_ways);
    simple->right = g_new0(guint8, simple->n_sets * simple->tree_ways * (simple->tree_ways + 1));
    g_autofree char *name = g_strdup_printf("replacement.%s%u", level_->name, instance);
    lad_random_init(&simple->random, seed, name);
}

static void
simple_clear(Simple *simple)
{
    g_free(simple->ways);
    g_free(simple->right);
}

static guint8 *
simple_bit(Simple *simple, guint set, guint low, guint size)
{
    return &simple->right[(set * simple->tree_ways + low) * (simple->tree_ways + 1) + size];
}

static guint
simple_victim(Simple *simple, guint set)
{
    const Way *ways = simple->ways + set * simple->n_ways;
    for (guint i = 0; i < simple->n_ways; i++)
        if (!ways[i].valid)
            return i;
    if (simple->class == &lad_replacement_random)
        return (guint)lad_random_below(&simple->random, simple->n_ways);
    if (simple->class == &lad_replacement_tree_plru) {
        guint low = 0;
        for (guint size = simple->tree_ways; size > 1; size /= 2)
            if (*simple_bit(simple, set, low, size) != 0 && low + size / 2 < simple->n_ways)
                low += size / 2;
        return low;
    }
    guint victim = 0;
    for (guint i = 1; i < simple->n_ways; i++) {
        gboolean fifo = simple->class == &lad_replacement_fifo;
        if ((fifo ? ways[i].filled : ways[i].touched) <
            (fifo ? ways[victim].filled : ways[victim].touched))
            victim = i;
    }
    return victim;
}

static gboolean
simple_access(Simple *simple, guint64 line, guint64 now)
{
    guint set = (guint)(line % simple->n_sets);
    Way *ways = simple->ways + set * simple->n_ways;
    guint way = 0;
    while (way < simple->n_ways && !(ways[way].valid && ways[way].line == line))
        way++;
    gboolean hit = way < simple->n_ways;
    if (!hit) {
        way = simple_victim(simple, set);
        ways[way] = (Way){.line = line, .filled = now, .valid = TRUE};
    }
    ways[way].touched = now;
    guint low = 0;
    for (guint size = simple->tree_ways; size > 1; size /= 2) {
        gboolean in_left = way < low + size / 2;
        *simple_bit(simple, set, low, size) = in_left ? 1 : 0;
        low += in_left ? 0 : size / 2;
    }
    return hit;
}

static Simple *
simple_level(SimpleCore *core, guint k, LadCounted access)
{
    if (k > 0)
        return core->levels[access == LAD_COUNTED_FETCH][k - 1];
    return &core->first[access == LAD_COUNTED_FETCH && !core->options->unified];
}

static void
simple_reference(SimpleCore *core, guint k, LadCounted access, guint64 address, guint64 size)
{
    if (k > core->n_levels[access == LAD_COUNTED_FETCH] || k >= LAD_FUNCTIONAL_MAX_LEVELS)
        return;
    Simple *simple = simple_level(core, k, access);
    guint64 first = address / simple->line_bytes, last = (address + size - 1) / simple->line_bytes;
    gboolean by_line = core->options->count == LAD_COUNT_LINE, missed = FALSE;
    for (guint64 line = first; line <= last; line++) {
        gboolean hit = simple_access(simple, line, ++core->now);
        missed |= !hit;
        if (!by_line)
            continue;
        core->counts[k].references[access]++;
        core->counts[k].misses[access] += hit ? 0 : 1;
    }
    if (by_line)
        return;
    core->counts[k].references[access]++;
    core->counts[k].misses[access] += missed ? 1 : 0;
    if (missed)
        simple_reference(core, k + 1, access, address, size);
}

/* Counting lines, what misses in a level goes up line by line. All lines of one reference are
 * looked up in the first level before the next one sees any: the levels do not influence each
 * other. */
static void
simple_lines(SimpleCore *core, guint k, LadCounted access, guint64 address, guint64 size)
{
    g_assert(k < LAD_FUNCTIONAL_MAX_LEVELS);
    Simple *simple = simple_level(core, k, access);
    guint64 bytes = simple->line_bytes;
    for (guint64 line = address / bytes; line <= (address + size - 1) / bytes; line++) {
        guint64 before = core->counts[k].misses[access];
        simple_reference(core, k, access, line * bytes, bytes);
        if (core->counts[k].misses[access] > before &&
            k < core->n_levels[access == LAD_COUNTED_FETCH])
            simple_lines(core, k + 1, access, line * bytes, bytes);
    }
}

static void
simple_fetch(SimpleCore *core, guint64 address, guint size)
{
    size = CLAMP(size, 1, core->clamp);
    if (core->options->count == LAD_COUNT_LINE)
        simple_lines(core, 0, LAD_COUNTED_FETCH, address, size);
    else
        simple_reference(core, 0, LAD_COUNTED_FETCH, address, size);
}

static void
simple_data(SimpleCore *core, guint kind, guint64 address, guint64 size)
{
    /* Counting lines, size 0 at the beginning of a line ends before it begins. */
    size = CLAMP(size, core->options->count == LAD_COUNT_LINE ? 0 : 1, core->clamp);
    LadCounted access = kind == LAD_OPERAND_STORE ? LAD_COUNTED_WRITE : LAD_COUNTED_READ;
    if (core->options->count == LAD_COUNT_REFERENCE) {
        simple_reference(core, 0, access, address, size);
        return;
    }
    simple_lines(core, 0, access, address, size);
    if (kind == LAD_OPERAND_MODIFY || kind == LAD_OPERAND_ATOMIC)
        simple_lines(core, 0, LAD_COUNTED_WRITE, address, size);
}

static void
simple_replay(SimpleCore *core, const Program *program, guint64 bias)
{
    const guint64 *address = program->batch.addresses;
    for (guint t = 0; t < program->batch.n_tokens; t++) {
        guint32 token = program->batch.tokens[t];
        if ((token & LAD_TOKEN_RECORD) != 0) {
            const LadRecord *record = &program->batch.records[token & ~LAD_TOKEN_RECORD];
            if (record->kind == LAD_RECORD_FETCH)
                simple_fetch(core, record->address + bias, (guint)record->size);
            else
                simple_data(core, record->kind - LAD_RECORD_LOAD, record->address + bias,
                            record->size);
            continue;
        }
        const LadEntry *entry = program->entries->pdata[token];
        for (guint b = 0; b < entry->n_blocks; b++) {
            const LadBlock *one = entry->blocks[b];
            guint64 pc = one->pc + bias;
            guint operand = 0;
            for (guint i = 0; i < one->n_insns; i++) {
                simple_fetch(core, pc, one->insns[i].length);
                pc += one->insns[i].length;
                for (; operand < one->n_operands && one->operands[operand].insn == i; operand++)
                    simple_data(core, one->operands[operand].kind, *address++ + bias,
                                one->operands[operand].size);
            }
        }
    }
}

/* ---- Random programs and machines --------------------------------------------------------------
 */

static guint
draw(LadRandom *random, guint n)
{
    return (guint)lad_random_below(random, n);
}

static const LadBlock *
random_block(Program *program, LadRandom *random)
{
    static const guint16 sizes[] = {1, 2, 4, 4, 8, 8, 8, 16, 16, 32, 64, 0, 512, 4096};
    LadInsn insns[64] = {0};
    LadOperand operands[192] = {0};
    guint n_insns = 1 + draw(random, draw(random, 4) == 0 ? 64 : 10), n_operands = 0;
    for (guint i = 0; i < n_insns; i++) {
        insns[i].length = (guint8)(1 + draw(random, 15));
        guint n = draw(random, 4) == 0 ? draw(random, 4) : draw(random, 2);
        for (; n > 0; n--) {
            operands[n_operands].insn = (guint8)i;
            operands[n_operands].kind = (guint8)draw(random, 4);
            guint common = draw(random, 20) == 0 ? G_N_ELEMENTS(sizes) : 9;
            operands[n_operands++].size = sizes[draw(random, common)];
        }
    }
    guint64 pc = 0x400000 + draw(random, 8192);
    return add_block(program, pc, insns, n_insns, operands, n_operands);
}

static guint64
random_address(LadRandom *random, guint64 *walk)
{
    switch (draw(random, 6)) {
    case 0:
        return 0x400000 + draw(random, 16384);
    case 1:
        return G_GUINT64_CONSTANT(0xffffffff80000000) + draw(random, 4096);
    case 2:
        return *walk += 8;
    default:
        return 0x7fff0000 + draw(random, 256) * (1 + 13 * draw(random, 20));
    }
}

static Program *
random_program(LadRandom *random, guint n_tokens)
{
    static const guint record_sizes[] = {0, 1, 4, 8, 16, 64, 200};
    Program *program = program_new();
    const LadBlock *blocks[40];
    guint64 walk = 0x10000000;
    for (guint i = 0; i < G_N_ELEMENTS(blocks); i++) {
        blocks[i] = random_block(program, random);
        add_entry(program, &blocks[i], 1);
    }
    for (guint i = 0; i < 30; i++) {
        const LadBlock *path[8];
        guint n = 2 + draw(random, 7);
        for (guint k = 0; k < n; k++)
            path[k] = blocks[draw(random, G_N_ELEMENTS(blocks))];
        add_entry(program, path, n);
    }
    guint records = draw(random, 2) == 0 ? 0 : 1 + draw(random, 40);
    for (guint i = 0; i < n_tokens; i++) {
        if (records > 0 && draw(random, records) == 0) {
            guint kind = LAD_RECORD_FETCH + draw(random, 5);
            guint size = record_sizes[draw(random, G_N_ELEMENTS(record_sizes))];
            if (kind == LAD_RECORD_FETCH)
                size = MIN(size, 16);
            plain(program, kind, random_address(random, &walk), size);
            continue;
        }
        guint32 token = draw(random, draw(random, 3) == 0 ? program->entries->len : 5);
        const LadEntry *entry = program->entries->pdata[token];
        guint64 addresses[8 * 192];
        for (guint k = 0; k < entry->n_operands; k++)
            addresses[k] = random_address(random, &walk);
        execute(program, token, addresses);
    }
    finish(program);
    return program;
}

static const LadReplacementClass *
random_class(LadRandom *random, const LadReplacementClass *hooks)
{
    const LadReplacementClass *const classes[] = {&lad_replacement_lru,       &lad_replacement_lru,
                                                  &lad_replacement_tree_plru, &lad_replacement_fifo,
                                                  &lad_replacement_random,    hooks};
    return classes[draw(random, G_N_ELEMENTS(classes))];
}

static LadFunctionalLevel
random_level(LadRandom *random, const char *name, const LadReplacementClass *hooks, guint shared_by)
{
    static const guint sets[] = {1, 2, 3, 4, 7, 8, 16, 24, 64};
    static const guint ways[] = {1, 2, 3, 4, 8, 12, 16, 20};
    guint line = 32u << draw(random, 3);
    guint n_ways = ways[draw(random, G_N_ELEMENTS(ways))];
    guint n_sets = sets[draw(random, G_N_ELEMENTS(sets))];
    const LadReplacementClass *class = random_class(random, hooks);
    if (draw(random, 12) == 0) {
        n_sets = 1;
        n_ways = 65 + draw(random, 200);
        class = draw(random, 2) == 0 ? &lad_replacement_lru : &lad_replacement_fifo;
    }
    return level(name, (LadBytes)n_sets * n_ways * line, n_ways, line, class, shared_by);
}

static LadFunctionalOptions
random_options(LadRandom *random, const LadReplacementClass *hooks)
{
    static const char *const names[] = {"l2", "l3", "l4", "l5"};
    static const guint shared[] = {0, 1, 2};
    LadFunctionalOptions options = {
        .count = draw(random, 2) == 0 ? LAD_COUNT_REFERENCE : LAD_COUNT_LINE,
        .n_cores = 1 + draw(random, 3),
        .seed = lad_random_next(random),
        .instruction = random_level(random, "l1i", hooks, 1),
        .data = random_level(random, "l1d", hooks, 1),
        .n_levels = draw(random, 4),
        .unified = draw(random, 6) == 0,
        .portable = draw(random, 3) == 0,
    };
    /* Now and then one more, of which one side or each has one for itself. */
    gboolean split = draw(random, 3) == 0;
    guint at = draw(random, options.n_levels + 1);
    options.n_levels += split && options.n_levels < 3 ? 1 : 0;
    for (guint i = 0; i < options.n_levels; i++) {
        options.levels[i] = random_level(random, names[i], hooks, shared[draw(random, 3)]);
        if (split && i >= at && i < at + 2)
            options.levels[i].side = i == at ? LAD_SIDE_INSTRUCTION : LAD_SIDE_DATA;
    }
    return options;
}

/* Simple cores for `options`; the instances of further levels go to `shared`. */
static SimpleCore *
simple_cores(const LadFunctionalOptions *options, GPtrArray *shared)
{
    SimpleCore *cores = g_new0(SimpleCore, options->n_cores);
    for (guint i = 0; i < options->n_cores; i++) {
        SimpleCore *core = &cores[i];
        core->options = options;
        simple_init(&core->first[0], &options->data, i, options->seed);
        simple_init(&core->first[1], &options->instruction, i, options->seed);
        guint smallest = core->first[0].line_bytes;
        if (!options->unified)
            smallest = MIN(smallest, core->first[1].line_bytes);
        for (guint k = 0; k < options->n_levels; k++) {
            const LadFunctionalLevel *from = &options->levels[k];
            guint group = from->shared_by == 0 ? options->n_cores : from->shared_by;
            smallest = MIN(smallest, 1u << from->geometry.line_shift);
            if (i % group != 0) {
                core->parts[k] = cores[i - 1].parts[k];
            } else {
                core->parts[k] = g_new0(Simple, 1);
                simple_init(core->parts[k], from, i / group, options->seed);
                g_ptr_array_add(shared, core->parts[k]);
            }
            if (from->side != LAD_SIDE_INSTRUCTION)
                core->levels[0][core->n_levels[0]++] = core->parts[k];
            if (from->side != LAD_SIDE_DATA)
                core->levels[1][core->n_levels[1]++] = core->parts[k];
        }
        core->clamp = options->count == LAD_COUNT_LINE ? 4096 : smallest;
    }
    return cores;
}

static void
compare(const LadFunctionalOptions *options, LadRandom *random)
{
    g_autoptr(Program) program = random_program(random, 100 + draw(random, 500));
    LadFunctionalCode *code;
    g_autoptr(LadFunctional) functional = make(options, program, &code);
    g_autoptr(GPtrArray) shared = g_ptr_array_new();
    SimpleCore *cores = simple_cores(options, shared);
    guint64 now = 0;
    for (guint turn = 0; turn < 3 * options->n_cores; turn++) {
        guint core = draw(random, options->n_cores);
        guint64 bias = draw(random, 3) * (((guint64)1 << 48) + 4096);
        LadFunctionalPosition at = {0};
        guint64 stop = draw(random, 2) == 0 ? G_MAXUINT64 : 500;
        for (; at.token < program->batch.n_tokens; stop += 500)
            lad_functional_replay(functional, core, code, &program->batch, bias, stop, &at);
        cores[core].now = now;
        simple_replay(&cores[core], program, bias);
        now = cores[core].now;
    }
    for (guint core = 0; core < options->n_cores; core++)
        for (guint k = 0; k < LAD_FUNCTIONAL_MAX_LEVELS; k++) {
            const LadFunctionalCounts *seen = lad_functional_counts(functional, core, k);
            const LadFunctionalCounts *expected = &cores[core].counts[k];
            for (guint i = 0; i < LAD_N_COUNTED; i++) {
                ck_assert_uint_eq(seen->references[i], expected->references[i]);
                ck_assert_uint_eq(seen->misses[i], expected->misses[i]);
            }
        }
    for (guint core = 0; core < options->n_cores; core++) {
        simple_clear(&cores[core].first[0]);
        simple_clear(&cores[core].first[1]);
    }
    for (guint i = 0; i < shared->len; i++) {
        simple_clear(shared->pdata[i]);
        g_free(shared->pdata[i]);
    }
    g_free(cores);
}

START_TEST(replay_agrees_with_a_simple_model_on_random_programs)
{
    /* The engine does not know the copy: it calls its hooks, and for every touch. */
    LadReplacementClass hooks = lad_replacement_lru;
    hooks.repeat_changes_state = TRUE;
    LadRandom random;
    lad_random_init(&random, (guint64)_i, "programs");
    for (guint i = 0; i < 20; i++) {
        LadFunctionalOptions options = random_options(&random, &hooks);
        compare(&options, &random);
    }
}
END_TEST

/* What a machine has: 48 KiB of 12 ways, a cache of 11 ways whose sets are no power of two. */
START_TEST(replay_agrees_with_a_simple_model_on_usual_machines)
{
    LadRandom random;
    lad_random_init(&random, 99, "programs");
    for (guint count = 0; count < 2; count++) {
        LadFunctionalOptions options = {
            .count = count == 0 ? LAD_COUNT_REFERENCE : LAD_COUNT_LINE,
            .n_cores = 1,
            .instruction = level("l1i", 32768, 8, 64, NULL, 1),
            .data = level("l1d", 49152, 12, 64, NULL, 1),
            .n_levels = 2,
            .levels = {level("l2", 98304, 16, 64, NULL, 1), level("ll", 180224, 11, 64, NULL, 0)}};
        compare(&options, &random);
    }
}
END_TEST

START_TEST(tlbs_are_caches_of_pages)
{
    LadRandom random;
    lad_random_init(&random, 5, "programs");
    LadFunctionalOptions options = {.count = LAD_COUNT_LINE,
                                    .n_cores = 2,
                                    .instruction = level("itlb", 8 * 4096, 4, 4096, NULL, 1),
                                    .data = level("dtlb", 4 * 4096, 4, 4096, NULL, 1),
                                    .n_levels = 1,
                                    .levels = {level("stlb", 12 * 4096, 4, 4096, NULL, 1)}};
    compare(&options, &random);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("functional");
    TCase *by_hand = tcase_create("by hand");
    tcase_add_test(by_hand, instructions_of_one_line_miss_once);
    tcase_add_test(by_hand, a_straddling_instruction_that_misses_both_lines_misses_once);
    tcase_add_test(by_hand, a_straddling_instruction_whose_second_line_is_missing_misses_once);
    tcase_add_test(by_hand, misses_of_neighbouring_instructions_are_not_one);
    tcase_add_test(by_hand, data_that_straddles_looks_up_both_lines_and_misses_once);
    tcase_add_test(by_hand, the_whole_range_goes_up);
    tcase_add_test(by_hand, a_modify_is_one_read_or_a_read_and_a_write);
    tcase_add_test(by_hand, data_sizes_are_clamped_to_the_smallest_line);
    tcase_add_test(by_hand, instructions_and_data_meet_in_the_last_level_in_program_order);
    tcase_add_test(by_hand, plain_records_count_like_blocks);
    tcase_add_test(by_hand, counting_lines_size_zero_touches_nothing_at_the_beginning_of_a_line);
    tcase_add_test(by_hand, what_touches_nothing_is_not_remembered);
    tcase_add_test(by_hand, prefetches_bring_lines_in_and_are_counted_apart);
    tcase_add_test(by_hand, flushes_drop_their_lines_everywhere);
    tcase_add_test(by_hand, a_record_that_is_no_access_is_handed_back);
    tcase_add_test(by_hand, replay_stops_at_the_first_token_past_the_limit);
    tcase_add_test(by_hand, bias_tells_address_spaces_apart);
    tcase_add_test(by_hand, cores_share_only_what_is_shared);
    suite_add_tcase(suite, by_hand);
    TCase *simple = tcase_create("simple model");
    tcase_set_timeout(simple, 60);
    tcase_add_loop_test(simple, replay_agrees_with_a_simple_model_on_random_programs, 0, 10);
    tcase_add_test(simple, replay_agrees_with_a_simple_model_on_usual_machines);
    tcase_add_test(simple, tlbs_are_caches_of_pages);
    suite_add_tcase(suite, simple);
    return lad_suite_run(suite);
}
