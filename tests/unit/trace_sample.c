/* trace_sample.c - random programs as traces, and traces as words. */
#include "config.h"
#include "tests/unit/trace_sample.h"
#include <memladder/random.h>
#include <string.h>

#define MAX_INSNS    64
#define MAX_OPERANDS 12

typedef struct {
    LadBlock block;
    LadInsn insns[MAX_INSNS];
    LadOperand operands[MAX_OPERANDS];
    guint64 base[MAX_OPERANDS];
    guint64 stride[MAX_OPERANDS];
    guint32 id;
} SampleBlock;

static guint64
below(LadRandom *random, guint64 n)
{
    return lad_random_below(random, n);
}

static void
make_block(SampleBlock *block, LadRandom *random, guint number, gboolean wide)
{
    guint n_insns = wide && below(random, 20) == 0 ? 0 : 1 + (guint)below(random, 12);
    guint n_operands = (guint)below(random, MAX_OPERANDS);
    guint insn = 0;
    for (guint i = 0; i < n_insns; i++)
        block->insns[i] = (LadInsn){.length = (guint8)(1 + below(random, 15)),
                                    .branch = (guint8)below(random, LAD_BRANCH_UNKNOWN + 1),
                                    .flags = below(random, 2) ? LAD_INSN_DEPS_UNKNOWN : 0};
    for (guint i = 0; i < n_insns; i++)
        if (!(block->insns[i].flags & LAD_INSN_DEPS_UNKNOWN)) {
            block->insns[i].reads = lad_random_next(random);
            block->insns[i].writes = lad_random_next(random);
        }
    for (guint i = 0; i < n_operands; i++) {
        insn += (guint)below(random, 3);
        if (n_insns > 0)
            insn = MIN(n_insns - 1, insn);
        else
            insn = 0;
        static const guint16 sizes[] = {1, 2, 4, 8, 16, 32, 64, 0, 512, 4096};
        block->operands[i] = (LadOperand){.kind = (guint8)below(random, 4),
                                          .insn = (guint8)insn,
                                          .size = sizes[below(random, wide ? 10 : 7)],
                                          .address = lad_random_next(random)};
        block->base[i] = wide ? lad_random_next(random) : 0x10000 + below(random, 1 << 30);
        block->stride[i] = below(random, 3) * 8;
    }
    block->block =
        (LadBlock){.pc = wide ? lad_random_next(random) : 0x400000 + 64 * (guint64)number,
                   .n_insns = (guint16)n_insns,
                   .n_operands = (guint16)n_operands,
                   .insns = block->insns,
                   .operands = block->operands};
}

static void
log_word(GArray *words, guint64 word)
{
    g_array_append_val(words, word);
}

static void
log_block(GArray *words, const LadBlock *block, const guint64 *addresses)
{
    log_word(words, block->pc);
    log_word(words, block->n_insns | (guint64)block->n_operands << 16);
    for (guint i = 0; i < block->n_insns; i++) {
        const LadInsn *insn = &block->insns[i];
        log_word(words, insn->length | (guint64)insn->branch << 8 | (guint64)insn->flags << 16);
        log_word(words, insn->reads);
        log_word(words, insn->writes);
    }
    for (guint i = 0; i < block->n_operands; i++) {
        const LadOperand *operand = &block->operands[i];
        log_word(words, operand->kind | (guint64)operand->insn << 8 | (guint64)operand->size << 16);
        log_word(words, operand->address);
        log_word(words, addresses[i]);
    }
}

static void
log_record(GArray *words, const LadRecord *record)
{
    log_word(words, record->kind | (guint64)record->flags << 32);
    log_word(words, record->address);
    log_word(words, record->size);
    log_word(words, record->value);
    log_word(words, record->weight);
    for (const char *at = record->text != NULL ? record->text : ""; *at != '\0'; at++)
        log_word(words, (guchar)*at);
}

static void
write_record(LadTraceWriter *writer, guint stream, LadRandom *random, guint step, GArray *words)
{
    static const char *const texts[] = {NULL, "", "/usr/lib/libc.so.6", "anon", "a\nb"};
    LadRecord record = {.kind = 1 + (guint32)below(random, LAD_N_RECORD_KINDS - 1),
                        .flags = (guint32)below(random, 4) << 14,
                        .address = below(random, 2) ? lad_random_next(random) : step * 64,
                        .size = below(random, 3) * 4096,
                        .value = step * 1000 + below(random, 1000),
                        .weight = below(random, 10),
                        .text = texts[below(random, G_N_ELEMENTS(texts))]};
    GError *error = NULL;
    g_assert_true(lad_trace_writer_record(writer, stream, &record, &error));
    log_record(words, &record);
}

static SampleLog *
new_log(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
}

/* Walks a random graph in which most blocks have one usual successor, as programs do. */
static void
run(LadTraceWriter *writer, const SampleProgram *program, SampleBlock *blocks, guint stream,
    GArray *words)
{
    LadRandom random;
    GError *error = NULL;
    g_autofree char *name = g_strdup_printf("stream %u", stream);
    lad_random_init(&random, program->seed, name);
    guint at = 0;
    for (guint step = 0; step < program->n_steps; step++) {
        if (program->records && below(&random, 10) == 0) {
            write_record(writer, stream, &random, step, words);
            continue;
        }
        SampleBlock *block = &blocks[at];
        guint64 addresses[MAX_OPERANDS];
        for (guint i = 0; i < block->block.n_operands; i++) {
            block->base[i] +=
                below(&random, 50) == 0 ? lad_random_next(&random) >> 40 : block->stride[i];
            addresses[i] = block->base[i];
        }
        g_assert_true(lad_trace_writer_execute(writer, stream, block->id, addresses, &error));
        log_block(words, &block->block, addresses);
        at = below(&random, 8) == 0 ? (guint)below(&random, program->n_blocks)
                                    : (at * 7 + 1) % program->n_blocks;
    }
}

SampleLog *
sample_write(const char *path, const SampleProgram *program, const LadTraceWriterOptions *options)
{
    GError *error = NULL;
    LadRandom random;
    SampleLog *log = new_log();
    g_autofree SampleBlock *blocks = g_new0(SampleBlock, program->n_blocks);
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(path, header, options, &error);
    g_assert_no_error(error);
    lad_random_init(&random, program->seed, "blocks");
    for (guint i = 0; i < program->n_blocks; i++) {
        make_block(&blocks[i], &random, i, program->wide);
        blocks[i].id = lad_trace_writer_block(writer, &blocks[i].block);
        g_assert_cmpuint(lad_trace_writer_block(writer, &blocks[i].block), ==, blocks[i].id);
    }
    for (guint i = 0; i < program->n_streams; i++) {
        LadStreamInfo info = {.process = 100, .thread = 100 + i, .cgroup = "", .name = "sample"};
        GArray *words = g_array_new(FALSE, FALSE, sizeof(guint64));
        g_ptr_array_add(log, words);
        g_assert_cmpuint(lad_trace_writer_add_stream(writer, &info), ==, i);
        run(writer, program, blocks, i, words);
    }
    g_assert_true(lad_trace_writer_close(writer, &error));
    g_assert_no_error(error);
    return log;
}

void
sample_append_batch(GArray *words, const LadCode *code, const LadBatch *batch)
{
    const guint64 *address = batch->addresses;
    for (guint32 t = 0; t < batch->n_tokens; t++) {
        if (batch->tokens[t] & LAD_TOKEN_RECORD) {
            log_record(words, &batch->records[batch->tokens[t] & ~LAD_TOKEN_RECORD]);
            continue;
        }
        const LadEntry *entry = lad_code_entry(code, batch->tokens[t]);
        for (guint32 b = 0; b < entry->n_blocks; b++) {
            log_block(words, entry->blocks[b], address);
            address += entry->blocks[b]->n_operands;
        }
    }
    g_assert_true(address == batch->addresses + batch->n_addresses);
}

SampleLog *
sample_read(const char *path, LadTraceFlags flags, GError **error)
{
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, flags, error);
    if (reader == NULL)
        return NULL;
    SampleLog *log = new_log();
    for (guint i = 0; i < lad_trace_reader_n_streams(reader); i++) {
        GArray *words = g_array_new(FALSE, FALSE, sizeof(guint64));
        g_ptr_array_add(log, words);
        g_autoptr(GError) failure = NULL;
        g_autoptr(LadStreamReader) stream = lad_stream_reader_new(reader, i, &failure);
        const LadBatch *batch;
        guint64 insn = 0, record = 0;
        while (stream != NULL && (batch = lad_stream_reader_next(stream, &failure)) != NULL) {
            g_assert_cmpuint(batch->n_tokens, >, 0);
            g_assert_cmpuint(batch->first_insn, ==, insn);
            g_assert_cmpuint(batch->first_record, >=, record);
            insn += batch->n_insns;
            record = batch->first_record + 1;
            sample_append_batch(words, lad_trace_reader_code(reader), batch);
        }
        if (failure != NULL) {
            g_propagate_error(error, g_steal_pointer(&failure));
            g_ptr_array_unref(log);
            return NULL;
        }
    }
    return log;
}

gboolean
sample_equal(const SampleLog *a, const SampleLog *b)
{
    if (a->len != b->len)
        return FALSE;
    for (guint i = 0; i < a->len; i++) {
        const GArray *x = a->pdata[i], *y = b->pdata[i];
        if (x->len != y->len ||
            (x->len > 0 && memcmp(x->data, y->data, x->len * sizeof(guint64)) != 0))
            return FALSE;
    }
    return TRUE;
}

char *
sample_identity(const char *path)
{
    GError *error = NULL;
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, 0, &error);
    g_assert_no_error(error);
    return g_strdup(lad_trace_reader_identity(reader));
}
