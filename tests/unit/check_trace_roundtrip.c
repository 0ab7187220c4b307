/* check_trace_roundtrip.c - what is written is read: content, order, identity, seeks, pipes. */
#include "config.h"
#include "tests/unit/suite.h"
#include "tests/unit/trace_sample.h"
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *directory;
static char *path;

static void
make_directory(void)
{
    directory = g_dir_make_tmp("lad-trace-XXXXXX", NULL);
    path = g_build_filename(directory, "sample.mlt", NULL);
}

static void
remove_directory(void)
{
    (void)g_unlink(path);
    ck_assert_int_eq(g_rmdir(directory), 0);
    g_free(directory);
    g_free(path);
}

static const SampleProgram programs[] = {
    {.seed = 1, .n_streams = 1, .n_steps = 50000, .n_blocks = 40},
    {.seed = 2, .n_streams = 1, .n_steps = 20000, .n_blocks = 500, .records = TRUE},
    {.seed = 3, .n_streams = 3, .n_steps = 20000, .n_blocks = 200, .records = TRUE, .wide = TRUE},
    {.seed = 4, .n_streams = 1, .n_steps = 1, .n_blocks = 1},
    {.seed = 5, .n_streams = 2, .n_steps = 0, .n_blocks = 1},
    {.seed = 6, .n_streams = 40, .n_steps = 300, .n_blocks = 50, .records = TRUE},
    {.seed = 7, .n_streams = 0, .n_steps = 0, .n_blocks = 1},
};

static const LadTraceWriterOptions writings[] = {
    {0},
    {.chunk_references = 5000},
    {.no_paths = TRUE, .chunk_references = 100000, .zstd_level = 1},
    {.chunk_references = 1},
};

static const LadTraceFlags readings[] = {
    LAD_TRACE_VERIFY,
    LAD_TRACE_VERIFY | LAD_TRACE_NO_THREAD,
    LAD_TRACE_SALVAGE,
};

START_TEST(reads_back_what_was_written_in_order)
{
    GError *error = NULL;
    const SampleProgram *program = &programs[_i];
    g_autofree char *identity = NULL;
    for (guint w = 0; w < G_N_ELEMENTS(writings); w++) {
        if (writings[w].chunk_references == 1 && program->n_steps > 1000)
            continue;
        g_autoptr(GPtrArray) written = sample_write(path, program, &writings[w]);
        g_autofree char *same = sample_identity(path);
        if (identity == NULL)
            identity = g_strdup(same);
        ck_assert_str_eq(identity, same);
        for (guint r = 0; r < G_N_ELEMENTS(readings); r++) {
            g_autoptr(GPtrArray) read = sample_read(path, readings[r], &error);
            g_assert_no_error(error);
            ck_assert(sample_equal(written, read));
        }
    }
}
END_TEST

START_TEST(another_program_has_another_identity)
{
    SampleProgram program = programs[0];
    g_autofree char *first = NULL, *second = NULL;
    g_ptr_array_unref(sample_write(path, &program, NULL));
    first = sample_identity(path);
    program.n_steps--;
    g_ptr_array_unref(sample_write(path, &program, NULL));
    second = sample_identity(path);
    ck_assert_str_ne(first, second);
}
END_TEST

START_TEST(holds_more_than_65536_tokens)
{
    GError *error = NULL;
    SampleProgram program = {.seed = 8, .n_streams = 1, .n_steps = 200000, .n_blocks = 90001};
    LadTraceWriterOptions options = {.chunk_references = 300000};
    g_autoptr(GPtrArray) written = sample_write(path, &program, &options);
    g_autoptr(GPtrArray) read = sample_read(path, LAD_TRACE_VERIFY, &error);
    g_assert_no_error(error);
    ck_assert(sample_equal(written, read));
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, 0, &error);
    g_autoptr(LadStreamReader) stream = lad_stream_reader_new(reader, 0, &error);
    guint32 greatest = 0;
    for (const LadBatch *batch; (batch = lad_stream_reader_next(stream, &error)) != NULL;)
        for (guint32 t = 0; t < batch->n_tokens; t++)
            greatest = MAX(greatest, batch->tokens[t]);
    ck_assert_uint_gt(greatest, 65536);
}
END_TEST

START_TEST(seeks_to_the_batch_that_holds_a_number)
{
    GError *error = NULL;
    LadTraceWriterOptions options = {.chunk_references = 150000};
    SampleProgram program = {
        .seed = 9, .n_streams = 1, .n_steps = 60000, .n_blocks = 100, .records = TRUE};
    g_autoptr(GPtrArray) written = sample_write(path, &program, &options);
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, (LadTraceFlags)_i, &error);
    g_autoptr(LadStreamReader) stream = lad_stream_reader_new(reader, 0, &error);
    guint64 n_insns = lad_trace_reader_n_insns(reader, 0);
    guint64 n_records = lad_trace_reader_n_records(reader, 0);
    ck_assert_uint_eq(n_records, program.n_steps);
    for (guint i = 0; i <= 20; i++) {
        guint64 n = (n_insns - 1) * (20 - i) / 20;
        ck_assert(lad_stream_reader_seek_insn(stream, n, &error));
        const LadBatch *batch = lad_stream_reader_next(stream, &error);
        ck_assert_ptr_nonnull(batch);
        ck_assert_uint_le(batch->first_insn, n);
        ck_assert_uint_gt(batch->first_insn + batch->n_insns, n);
        n = (n_records - 1) * i / 20;
        ck_assert(lad_stream_reader_seek_record(stream, n, &error));
        batch = lad_stream_reader_next(stream, &error);
        ck_assert_ptr_nonnull(batch);
        guint64 first = batch->first_record;
        ck_assert_uint_le(first, n);
        batch = lad_stream_reader_next(stream, &error);
        ck_assert(batch == NULL || batch->first_record > n);
        g_assert_no_error(error);
    }
    ck_assert(lad_stream_reader_seek_insn(stream, n_insns, &error));
    ck_assert_ptr_null(lad_stream_reader_next(stream, &error));
    ck_assert(lad_stream_reader_seek_record(stream, 0, &error));
    g_autoptr(GArray) words = g_array_new(FALSE, FALSE, sizeof(guint64));
    for (const LadBatch *batch; (batch = lad_stream_reader_next(stream, &error)) != NULL;)
        sample_append_batch(words, lad_trace_reader_code(reader), batch);
    const GArray *all = written->pdata[0];
    ck_assert_uint_eq(words->len, all->len);
    ck_assert_mem_eq(words->data, all->data, all->len * sizeof(guint64));
}
END_TEST

START_TEST(several_cursors_read_one_stream)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) written = sample_write(path, &programs[0], &writings[1]);
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, 0, &error);
    LadStreamReader *cursors[4];
    guint64 insns[4] = {0};
    for (guint i = 0; i < 4; i++)
        cursors[i] = lad_stream_reader_new(reader, 0, &error);
    for (guint alive = 4; alive > 0;) {
        alive = 0;
        for (guint i = 0; i < 4; i++) {
            const LadBatch *batch = lad_stream_reader_next(cursors[i], &error);
            insns[i] += batch != NULL ? batch->n_insns : 0;
            alive += batch != NULL;
        }
    }
    g_assert_no_error(error);
    for (guint i = 0; i < 4; i++) {
        ck_assert_uint_eq(insns[i], lad_trace_reader_n_insns(reader, 0));
        lad_stream_reader_free(cursors[i]);
    }
}
END_TEST

/* Feeds `file` to a FIFO from a child process. */
static pid_t
feed_fifo(const char *file, const char *fifo)
{
    g_autofree char *bytes = NULL;
    gsize n;
    ck_assert(g_file_get_contents(file, &bytes, &n, NULL));
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    pid_t child = fork();
    if (child == 0) {
        FILE *to = g_fopen(fifo, "w");
        gboolean ok = to != NULL && fwrite(bytes, 1, n, to) == n && fclose(to) == 0;
        _exit(ok ? 0 : 1);
    }
    return child;
}

START_TEST(reads_a_pipe)
{
    GError *error = NULL;
    g_autofree char *fifo = g_build_filename(directory, "fifo", NULL);
    g_autoptr(GPtrArray) written = sample_write(path, &programs[2], &writings[1]);
    pid_t child = feed_fifo(path, fifo);
    g_autoptr(GPtrArray) read = sample_read(fifo, LAD_TRACE_VERIFY, &error);
    int status;
    (void)waitpid(child, &status, 0);
    (void)g_unlink(fifo);
    g_assert_no_error(error);
    ck_assert(sample_equal(written, read));
}
END_TEST

START_TEST(a_cursor_on_a_pipe_needs_no_seek_and_can_seek)
{
    GError *error = NULL;
    g_autofree char *fifo = g_build_filename(directory, "fifo", NULL);
    g_autoptr(GPtrArray) written = sample_write(path, &programs[0], &writings[1]);
    pid_t child = feed_fifo(path, fifo);
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(fifo, 0, &error);
    g_assert_no_error(error);
    ck_assert_uint_eq(lad_trace_reader_bytes_total(reader), 0);
    ck_assert_ptr_null(lad_trace_reader_identity(reader));
    g_autoptr(LadStreamReader) stream = lad_stream_reader_new(reader, 0, &error);
    ck_assert(lad_stream_reader_seek_insn(stream, 100000, &error));
    const LadBatch *batch = lad_stream_reader_next(stream, &error);
    ck_assert(batch->first_insn <= 100000 && batch->first_insn + batch->n_insns > 100000);
    ck_assert(lad_trace_reader_complete(reader, &error));
    ck_assert_ptr_nonnull(lad_trace_reader_identity(reader));
    (void)waitpid(child, NULL, 0);
    (void)g_unlink(fifo);
}
END_TEST

START_TEST(stops_before_the_greatest_size_and_stays_readable)
{
    GError *error = NULL;
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    LadTraceWriterOptions options = {.chunk_references = 20000, .max_bytes = 200000};
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(path, header, &options, &error);
    LadStreamInfo info = {.cgroup = "", .name = ""};
    LadInsn insn = {.length = 4};
    LadOperand operand = {.kind = LAD_OPERAND_LOAD, .size = 8};
    LadBlock block = {
        .pc = 64, .n_insns = 1, .n_operands = 1, .insns = &insn, .operands = &operand};
    guint stream = lad_trace_writer_add_stream(writer, &info);
    guint32 id = lad_trace_writer_block(writer, &block);
    guint64 address = 1;
    guint n = 0;
    for (; n < 10000000; n++) {
        address = address * 6364136223846793005u + 1442695040888963407u;
        if (!lad_trace_writer_execute(writer, stream, id, &address, &error))
            break;
    }
    ck_assert(g_error_matches(error, LAD_ERROR, LAD_ERROR_CAPACITY));
    g_clear_error(&error);
    ck_assert(!lad_trace_writer_execute(writer, stream, id, &address, &error));
    g_clear_error(&error);
    ck_assert(lad_trace_writer_close(writer, &error));
    GStatBuf file;
    ck_assert_int_eq(g_stat(path, &file), 0);
    ck_assert_int_le(file.st_size, 200000);
    ck_assert_int_gt(file.st_size, 80000);
    g_autoptr(GPtrArray) read = sample_read(path, LAD_TRACE_VERIFY, &error);
    g_assert_no_error(error);
}
END_TEST

START_TEST(a_writer_dropped_leaves_no_file)
{
    GError *error = NULL;
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    LadTraceWriter *writer = lad_trace_writer_new(path, header, NULL, &error);
    ck_assert_ptr_nonnull(writer);
    lad_trace_writer_free(writer);
    GDir *dir = g_dir_open(directory, 0, NULL);
    ck_assert_ptr_null(g_dir_read_name(dir));
    g_dir_close(dir);
}
END_TEST

START_TEST(a_full_disk_is_an_error_that_says_so)
{
    GError *error = NULL;
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new("/dev/full", header, NULL, &error);
    ck_assert_ptr_null(writer);
    ck_assert(g_error_matches(error, LAD_ERROR, LAD_ERROR_IO));
    ck_assert_ptr_nonnull(strstr(error->message, "/dev/full"));
    g_error_free(error);
}
END_TEST

/* Executes a, b, b, a, a, ... 2000 times: a + b as a pair, and those pairs twice as a pair of
 * pairs. */
static char *
write_pairs(const LadTraceWriterOptions *options, gboolean pairs)
{
    GError *error = NULL;
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(path, header, options, &error);
    g_assert_no_error(error);
    const LadStreamInfo info = {.process = 1, .cgroup = (char *)"", .name = (char *)""};
    guint stream = lad_trace_writer_add_stream(writer, &info);
    const LadInsn insn = {.length = 3};
    const LadOperand load = {.size = 8}, stores[2] = {{.kind = LAD_OPERAND_STORE, .size = 4},
                                                      {.kind = LAD_OPERAND_STORE, .size = 2}};
    const LadBlock one = {.n_operands = 1, .operands = &load};
    const LadBlock two = {
        .pc = 64, .n_insns = 1, .n_operands = 2, .insns = &insn, .operands = stores};
    guint32 a = lad_trace_writer_block(writer, &one), b = lad_trace_writer_block(writer, &two);
    guint32 ab = lad_trace_writer_pair(writer, a, b), abab = lad_trace_writer_pair(writer, ab, ab);
    for (guint64 i = 0; i < 2000; i++) {
        guint64 addresses[6] = {i, 2 * i, 3 * i, i + 1, 5 * i, 7 * i};
        if (pairs && i % 3 == 0) {
            lad_trace_writer_execute(writer, stream, abab, addresses, &error);
        } else if (pairs) {
            lad_trace_writer_execute(writer, stream, ab, addresses, &error);
            lad_trace_writer_execute(writer, stream, a, addresses + 3, &error);
            lad_trace_writer_execute(writer, stream, b, addresses + 4, &error);
        } else {
            lad_trace_writer_execute(writer, stream, a, addresses, &error);
            lad_trace_writer_execute(writer, stream, b, addresses + 1, &error);
            lad_trace_writer_execute(writer, stream, a, addresses + 3, &error);
            lad_trace_writer_execute(writer, stream, b, addresses + 4, &error);
        }
        g_assert_no_error(error);
    }
    lad_assert_ok(lad_trace_writer_close(writer, &error), error);
    return sample_identity(path);
}

START_TEST(pairs_are_the_same_as_their_blocks_one_by_one)
{
    GError *error = NULL;
    g_autofree char *expected = write_pairs(NULL, FALSE);
    g_autoptr(GPtrArray) expected_log = sample_read(path, LAD_TRACE_VERIFY, &error);
    g_assert_no_error(error);
    for (guint w = 0; w < G_N_ELEMENTS(writings); w++) {
        g_autofree char *identity = write_pairs(&writings[w], TRUE);
        ck_assert_str_eq(identity, expected);
        g_autoptr(GPtrArray) log = sample_read(path, LAD_TRACE_VERIFY, &error);
        g_assert_no_error(error);
        ck_assert(sample_equal(log, expected_log));
        g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, 0, &error);
        ck_assert_uint_eq(lad_trace_reader_n_records(reader, 0), 8000);
        ck_assert_uint_eq(lad_trace_reader_n_data(reader, 0), 12000);
    }
}
END_TEST

START_TEST(the_header_says_what_it_was_told)
{
    GError *error = NULL;
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    header->level = LAD_LEVEL_MISS;
    header->address_space = LAD_ADDRESS_PHYSICAL;
    header->isa = LAD_ISA_AARCH64;
    header->page_bytes = 65536;
    header->tick_ps = 1000;
    g_free(header->machine);
    header->machine = g_strdup("a machine, \"quoted\"\nand more");
    g_hash_table_insert(header->notes, g_strdup("kernel"), g_strdup("6.1"));
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(path, header, NULL, &error);
    LadStreamInfo info = {.host = 3, .process = 4, .thread = 5, .cgroup = "/a/b", .name = "x y"};
    lad_trace_writer_add_stream(writer, &info);
    ck_assert(lad_trace_writer_close(writer, &error));
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, 0, &error);
    const LadTraceHeader *read = lad_trace_reader_header(reader);
    ck_assert_int_eq(read->level, LAD_LEVEL_MISS);
    ck_assert_int_eq(read->address_space, LAD_ADDRESS_PHYSICAL);
    ck_assert_int_eq(read->isa, LAD_ISA_AARCH64);
    ck_assert_uint_eq(read->page_bytes, 65536);
    ck_assert_uint_eq(read->tick_ps, 1000);
    ck_assert_str_eq(read->machine, header->machine);
    ck_assert_str_eq(g_hash_table_lookup(read->notes, "kernel"), "6.1");
    const LadStreamInfo *stream = lad_trace_reader_stream_info(reader, 0);
    ck_assert_uint_eq(stream->host, 3);
    ck_assert_uint_eq(stream->process, 4);
    ck_assert_uint_eq(stream->thread, 5);
    ck_assert_str_eq(stream->cgroup, "/a/b");
    ck_assert_str_eq(stream->name, "x y");
}
END_TEST

/* The builder's rules: sequential instructions join, a jump ends a block, order is kept. */
START_TEST(the_builder_gathers_sequential_instructions)
{
    GError *error = NULL;
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(path, header, NULL, &error);
    LadStreamInfo info = {.cgroup = "", .name = ""};
    LadBlockBuilder *builder =
        lad_block_builder_new(writer, lad_trace_writer_add_stream(writer, &info));
    LadInsn three = {.length = 3}, five = {.length = 5};
    LadRecord time = {.kind = LAD_RECORD_TIME, .value = 7};
    ck_assert(lad_block_builder_access(builder, LAD_OPERAND_LOAD, 1, 8, 0, &error));
    ck_assert(lad_block_builder_insn(builder, 100, &three, &error));
    ck_assert(lad_block_builder_access(builder, LAD_OPERAND_STORE, 2, 4, 0, &error));
    ck_assert(lad_block_builder_insn(builder, 103, &five, &error));
    ck_assert(lad_block_builder_insn(builder, 100, &three, &error));
    ck_assert(lad_block_builder_record(builder, &time, &error));
    ck_assert(lad_block_builder_access(builder, LAD_OPERAND_MODIFY, 3, 1, 0, &error));
    for (guint i = 0; i < 65; i++)
        ck_assert(lad_block_builder_insn(builder, 200 + 3 * i, &three, &error));
    ck_assert(lad_block_builder_flush(builder, &error));
    lad_block_builder_free(builder);
    ck_assert(lad_trace_writer_close(writer, &error));

    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, 0, &error);
    g_autoptr(LadStreamReader) stream = lad_stream_reader_new(reader, 0, &error);
    const LadBatch *batch = lad_stream_reader_next(stream, &error);
    const LadCode *code = lad_trace_reader_code(reader);
    ck_assert_uint_eq(batch->n_tokens, 7);
    ck_assert_uint_eq(batch->records[0].kind, LAD_RECORD_LOAD);
    ck_assert_uint_eq(batch->records[0].address, 1);
    const LadBlock *first = lad_code_entry(code, batch->tokens[1])->blocks[0];
    ck_assert_uint_eq(first->n_insns, 2);
    ck_assert_uint_eq(first->insns[0].n_operands, 1);
    ck_assert_uint_eq(first->operands[0].size, 4);
    ck_assert_uint_eq(batch->addresses[0], 2);
    ck_assert_uint_eq(lad_code_entry(code, batch->tokens[2])->n_insns, 1);
    ck_assert_uint_eq(batch->records[1].kind, LAD_RECORD_TIME);
    ck_assert_uint_eq(batch->records[2].kind, LAD_RECORD_MODIFY);
    ck_assert_uint_eq(lad_code_entry(code, batch->tokens[5])->n_insns, 64);
    ck_assert_uint_eq(lad_code_entry(code, batch->tokens[6])->blocks[0]->pc, 200 + 3 * 64);
    ck_assert_uint_eq(batch->n_insns, 68);
    ck_assert_uint_eq(batch->n_data, 3);
}
END_TEST

/* 300 accesses by one instruction pass what a block holds: all are kept, in order. */
START_TEST(the_builder_loses_no_access_of_a_greedy_instruction)
{
    GError *error = NULL;
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(path, header, NULL, &error);
    LadStreamInfo info = {.cgroup = "", .name = ""};
    LadBlockBuilder *builder =
        lad_block_builder_new(writer, lad_trace_writer_add_stream(writer, &info));
    LadInsn insn = {.length = 2};
    guint64 next = 0;
    for (guint i = 0; i < 3; i++) {
        ck_assert(lad_block_builder_insn(builder, 100 + 2 * i, &insn, &error));
        for (guint k = 0; k < (i == 1 ? 300u : 200u); k++)
            ck_assert(lad_block_builder_access(builder, LAD_OPERAND_LOAD, next++, 8, 0, &error));
    }
    ck_assert(lad_block_builder_flush(builder, &error));
    lad_block_builder_free(builder);
    ck_assert(lad_trace_writer_close(writer, &error));
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, 0, &error);
    g_autoptr(LadStreamReader) stream = lad_stream_reader_new(reader, 0, &error);
    guint64 expected = 0, insns = 0;
    for (const LadBatch *batch; (batch = lad_stream_reader_next(stream, &error)) != NULL;) {
        const guint64 *address = batch->addresses;
        insns += batch->n_insns;
        for (guint32 t = 0; t < batch->n_tokens; t++) {
            if (batch->tokens[t] & LAD_TOKEN_RECORD) {
                ck_assert_uint_eq(batch->records[batch->tokens[t] & ~LAD_TOKEN_RECORD].address,
                                  expected++);
                continue;
            }
            guint32 n = lad_code_entry(lad_trace_reader_code(reader), batch->tokens[t])->n_operands;
            for (guint32 i = 0; i < n; i++)
                ck_assert_uint_eq(*address++, expected++);
        }
    }
    ck_assert_uint_eq(expected, next);
    ck_assert_uint_eq(insns, 3);
}
END_TEST

static void
add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, make_directory, remove_directory);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, reads_back_what_was_written_in_order, 0, G_N_ELEMENTS(programs));
    tcase_add_test(tests, another_program_has_another_identity);
    tcase_add_test(tests, holds_more_than_65536_tokens);
    tcase_add_loop_test(tests, seeks_to_the_batch_that_holds_a_number, 0, 3);
    tcase_add_test(tests, several_cursors_read_one_stream);
    tcase_add_test(tests, reads_a_pipe);
    tcase_add_test(tests, a_cursor_on_a_pipe_needs_no_seek_and_can_seek);
    tcase_add_test(tests, stops_before_the_greatest_size_and_stays_readable);
    tcase_add_test(tests, a_writer_dropped_leaves_no_file);
    tcase_add_test(tests, a_full_disk_is_an_error_that_says_so);
    tcase_add_test(tests, pairs_are_the_same_as_their_blocks_one_by_one);
    tcase_add_test(tests, the_header_says_what_it_was_told);
    tcase_add_test(tests, the_builder_gathers_sequential_instructions);
    tcase_add_test(tests, the_builder_loses_no_access_of_a_greedy_instruction);
}

int
main(void)
{
    Suite *suite = suite_create("trace round trip");
    TCase *tests = tcase_create("container");
    add_tests(tests);
    suite_add_tcase(suite, tests);
    return lad_suite_run(suite);
}
