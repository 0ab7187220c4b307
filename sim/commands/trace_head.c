/* trace_head.c - memladder trace head: records as text, from anywhere in a stream. */
#include "config.h"
#include <stdio.h>
#include <string.h>
#include "sim/commands/trace.h"

typedef struct {
    gint64 n;
    gint64 stream;
    gint64 from_record;
    gint64 from_insn;
    gboolean salvage;
} Arguments;

static const char operand_letters[] = {'L', 'S', 'M', 'A'};
static const char *const branch_names[] = {
    "", "conditional", "jump", "indirect jump", "call", "indirect call", "return", "syscall", "",
};

static void
append_register(GString *text, LadIsa isa, guint number)
{
    static const char *const general[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                          "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
    if (isa == LAD_ISA_X86_64 && number < 16)
        g_string_append(text, general[number]);
    else if (isa == LAD_ISA_X86_64 && number < 48)
        g_string_append_printf(text, "v%u", number - 16);
    else if (isa == LAD_ISA_X86_64 && number == 48)
        g_string_append(text, "flags");
    else if (isa == LAD_ISA_X86_64 && number < 57)
        g_string_append_printf(text, "st%u", number - 49);
    else if (isa == LAD_ISA_X86_64)
        g_string_append(text, "others");
    else if (isa == LAD_ISA_AARCH64 && number == 31)
        g_string_append(text, "sp");
    else if (isa == LAD_ISA_AARCH64)
        g_string_append_printf(text, "%c%u", number < 31 ? 'x' : 'v', number % 32);
    else
        g_string_append_printf(text, "#%u", number);
}

static char *
registers_text(LadIsa isa, LadRegisters registers)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < 64; i++)
        if (registers >> i & 1) {
            if (text->len > 0)
                g_string_append_c(text, ',');
            append_register(text, isa, i);
        }
    if (text->len == 0)
        g_string_append_c(text, '-');
    return g_string_free(text, FALSE);
}

static void
print_insn(LadIsa isa, guint64 pc, const LadInsn *insn)
{
    printf("I %" G_GINT64_MODIFIER "x,%u", pc, insn->length);
    if (*branch_names[insn->branch] != '\0')
        printf(" %s", branch_names[insn->branch]);
    if (!(insn->flags & LAD_INSN_DEPS_UNKNOWN)) {
        g_autofree char *reads = registers_text(isa, insn->reads);
        g_autofree char *writes = registers_text(isa, insn->writes);
        printf(" reads %s writes %s", reads, writes);
    }
    putchar('\n');
}

static void
print_operand(LadIsa isa, const LadOperand *operand, const LadInsn *insn, guint64 address)
{
    printf("  %c %" G_GINT64_MODIFIER "x,%u", operand_letters[operand->kind], address,
           operand->size);
    if (insn != NULL && !(insn->flags & LAD_INSN_DEPS_UNKNOWN)) {
        g_autofree char *registers = registers_text(isa, operand->address);
        printf(" from %s", registers);
    }
    putchar('\n');
}

static void
print_block(LadIsa isa, const LadBlock *block, const guint64 *addresses)
{
    guint64 pc = block->pc;
    guint operand = 0;
    for (guint i = 0; i < block->n_insns; i++) {
        const LadInsn *insn = &block->insns[i];
        print_insn(isa, pc, insn);
        pc += insn->length;
        for (; operand < block->n_operands && block->operands[operand].insn == i; operand++)
            print_operand(isa, &block->operands[operand], insn, addresses[operand]);
    }
    for (; operand < block->n_operands; operand++)
        print_operand(isa, &block->operands[operand], NULL, addresses[operand]);
}

static void
print_record(const LadRecord *record)
{
    printf("%s", lad_record_kind_name(record->kind));
    if (record->address != 0 || record->size != 0)
        printf(" address %" G_GINT64_MODIFIER "x", record->address);
    if (record->size != 0)
        printf(" size %" G_GUINT64_FORMAT, record->size);
    if (record->value != 0 || record->kind == LAD_RECORD_TIME)
        printf(" value %" G_GUINT64_FORMAT, record->value);
    if (record->weight != 0)
        printf(" weight %" G_GUINT64_FORMAT, record->weight);
    if (record->flags != 0)
        printf(" flags %x", record->flags);
    if (*record->text != '\0') {
        g_autofree char *text = g_strescape(record->text, NULL);
        printf(" text \"%s\"", text);
    }
    putchar('\n');
}

/* Where printing stands in the stream. */
typedef struct {
    guint64 record, insn; /* numbers of the next record and its first instruction */
    guint64 from_record, from_insn;
    guint64 left;
    guint32 stream;
    LadIsa isa;
} Position;

static gboolean
is_wanted(const Position *at, guint64 n_insns)
{
    return at->record >= at->from_record &&
           (at->insn >= at->from_insn || at->insn + n_insns > at->from_insn);
}

static void
announce(Position *at)
{
    printf("# stream %u record %" G_GUINT64_FORMAT " instruction %" G_GUINT64_FORMAT "\n",
           at->stream, at->record, at->insn);
    at->left--;
}

static void
print_batch(const LadBatch *batch, const LadCode *code, Position *at)
{
    const guint64 *address = batch->addresses;
    at->record = batch->first_record;
    at->insn = batch->first_insn;
    for (guint32 t = 0; t < batch->n_tokens && at->left > 0; t++) {
        if (batch->tokens[t] & LAD_TOKEN_RECORD) {
            const LadRecord *record = &batch->records[batch->tokens[t] & ~LAD_TOKEN_RECORD];
            guint64 n_insns = lad_record_n_insns(record);
            if (is_wanted(at, n_insns)) {
                announce(at);
                print_record(record);
            }
            at->record++;
            at->insn += n_insns;
            continue;
        }
        const LadEntry *entry = lad_code_entry(code, batch->tokens[t]);
        for (guint32 b = 0; b < entry->n_blocks && at->left > 0; b++) {
            const LadBlock *block = entry->blocks[b];
            if (is_wanted(at, block->n_insns)) {
                announce(at);
                print_block(at->isa, block, address);
            }
            at->record++;
            at->insn += block->n_insns;
            address += block->n_operands;
        }
    }
}

static gboolean
print_stream(LadTraceReader *reader, const Arguments *arguments, GError **error)
{
    GError *failure = NULL;
    g_autoptr(LadStreamReader) cursor =
        lad_stream_reader_new(reader, (guint)arguments->stream, error);
    if (cursor == NULL)
        return FALSE;
    Position at = {.from_record = (guint64)arguments->from_record,
                   .from_insn = (guint64)arguments->from_insn,
                   .left = (guint64)arguments->n,
                   .stream = (guint32)arguments->stream,
                   .isa = lad_trace_reader_header(reader)->isa};
    if (arguments->from_insn > 0 && !lad_stream_reader_seek_insn(cursor, at.from_insn, error))
        return FALSE;
    if (arguments->from_record > 0 && !lad_stream_reader_seek_record(cursor, at.from_record, error))
        return FALSE;
    const LadBatch *batch;
    while (at.left > 0 && (batch = lad_stream_reader_next(cursor, &failure)) != NULL)
        print_batch(batch, lad_trace_reader_code(reader), &at);
    if (failure == NULL)
        return TRUE;
    g_propagate_error(error, failure);
    return FALSE;
}

static gboolean
head(const Arguments *arguments, const char *path, GError **error)
{
    if (arguments->n < 0 || arguments->stream < 0 || arguments->stream > G_MAXUINT16 ||
        arguments->from_insn < 0 || arguments->from_record < 0 ||
        (arguments->from_insn > 0 && arguments->from_record > 0)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "numbers must not be negative, streams are 0 to 65535, and only one of "
                    "--from-record and --from-insn may be given");
        return FALSE;
    }
    LadTraceFlags flags = arguments->salvage ? LAD_TRACE_SALVAGE : 0;
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, flags, error);
    return reader != NULL && print_stream(reader, arguments, error);
}

static int
run(int argc, char **argv, GError **error)
{
    Arguments arguments = {.n = 20};
    const GOptionEntry entries[] = {
        {"records", 'n', 0, G_OPTION_ARG_INT64, &arguments.n, "how many (20)", "N"},
        {"stream", 's', 0, G_OPTION_ARG_INT64, &arguments.stream, "of which stream (0)", "N"},
        {"from-record", 0, 0, G_OPTION_ARG_INT64, &arguments.from_record,
         "begin at record number N, from 0", "N"},
        {"from-insn", 0, 0, G_OPTION_ARG_INT64, &arguments.from_insn,
         "begin at the record that holds instruction number N, from 0", "N"},
        {"salvage", 0, 0, G_OPTION_ARG_NONE, &arguments.salvage,
         "read what is whole of a trace cut off", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    char *file = NULL;
    gboolean ok =
        lad_trace_arguments(argc, argv, entries, "FILE",
                            "Print records as text. I is an instruction with address and size, "
                            "L S M A are its load,\nstore, modify or atomic access; addresses are "
                            "hexadecimal. FILE may be - (a pipe).",
                            1, 0, &file, error) &&
        head(&arguments, file, error);
    return ok ? 0 : 1;
}

const LadCommand lad_trace_command_head = {
    "head",
    "print records as text",
    run,
};
