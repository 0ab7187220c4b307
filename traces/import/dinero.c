/* dinero.c - the text formats of the Dinero cache simulators, one access per line, the rest of the
 * line being a comment:
 *
 *     2 1000        traditional (din): label and address in hexadecimal, 0x allowed; labels 0 read,
 *                   1 write, 2 instruction fetch, 3 miscellaneous, 4 copy back, 5 invalidate
 *     i 1000 4      extended (Dinero IV, -informat D): r w i m c v, address, size in hexadecimal
 *
 * All lines of a file are of one of the two. Source: the documentation of Dinero IV and its readers
 * dinfmt.c and xdinfmt.c. A data access belongs to the fetch before it. The traditional format
 * tells no sizes: a data access is taken to be 1 byte long, which touches the line that Dinero's
 * aligned word touches, and an instruction as long as the distance to the next one, if that is
 * within 15 bytes. Miscellaneous accesses become loads; copy back and invalidate become flushes,
 * which Dinero does to a block, or with size 0 to the whole cache. */
#include "config.h"
#include <memladder/import.h>
#include <string.h>
#include "traces/import/formats.h"
#include "traces/import/text.h"

#define MAX_INSN_BYTES 15
#define MAX_DATA_BYTES 4096
#define GRAMMAR                                                                                    \
    "expected `LABEL ADDRESS` with LABEL 0 to 5 and ADDRESS in hexadecimal of at most 16 digits, " \
    "or, in all lines, `TYPE ADDRESS SIZE` with TYPE one of r, w, i, m, c, v and SIZE in "         \
    "hexadecimal, at most 1000 (instructions 1 to ff)"

typedef enum { READ, WRITE, FETCH, MISCELLANEOUS, COPY_BACK, INVALIDATE } Label;

typedef struct {
    Label label;
    gboolean extended;
    gboolean letters; /* the address has hexadecimal digits above 9 */
    guint64 address;
    guint64 size;
} Line;

typedef struct {
    LadImportInput *input;
    LadBlockBuilder *builder;
    gboolean extended, begun, in_insn;
    guint64 pc;
} Member;

static gboolean
hex_field(const char **at, guint64 *value)
{
    lad_text_skip_blanks(at);
    if ((*at)[0] == '0' && ((*at)[1] | 0x20) == 'x')
        *at += 2;
    return lad_text_hex(at, value) && (**at == ' ' || **at == '\t' || **at == '\0');
}

static gboolean
parse_line(const char *at, Line *line)
{
    static const char types[] = "rwimcv";
    lad_text_skip_blanks(&at);
    const char *type = *at != '\0' ? strchr(types, *at) : NULL;
    line->extended = type != NULL;
    if (type == NULL && (*at < '0' || *at > '5'))
        return FALSE;
    line->label = type != NULL ? (Label)(type - types) : (Label)(*at - '0');
    at++;
    if (*at != ' ' && *at != '\t')
        return FALSE;
    lad_text_skip_blanks(&at);
    const char *from = at;
    if (!hex_field(&at, &line->address))
        return FALSE;
    line->letters =
        from[strcspn(from, "abcdefABCDEF")] != '\0' && from + strcspn(from, "abcdefABCDEF") < at;
    line->size = 1;
    if (!line->extended)
        return TRUE;
    gboolean insn = line->label == FETCH;
    return hex_field(&at, &line->size) &&
           (insn ? line->size > 0 && line->size <= 255 : line->size <= MAX_DATA_BYTES);
}

static gboolean
write_fetch(Member *member, const Line *line, GError **error)
{
    LadInsn insn = {.length = line->extended ? (guint8)line->size : 0,
                    .branch = LAD_BRANCH_UNKNOWN,
                    .flags = LAD_INSN_DEPS_UNKNOWN};
    guint64 distance = line->address - member->pc;
    if (!line->extended && member->in_insn && distance > 0 && distance <= MAX_INSN_BYTES)
        lad_block_builder_length(member->builder, (guint8)distance);
    member->in_insn = TRUE;
    member->pc = line->address;
    return lad_block_builder_insn(member->builder, line->address, &insn, error);
}

static gboolean
write_line(Member *member, const Line *line, GError **error)
{
    if (line->label == FETCH)
        return write_fetch(member, line, error);
    if (line->label == COPY_BACK || line->label == INVALIDATE) {
        LadRecord flush = {.kind = LAD_RECORD_FLUSH,
                           .flags = LAD_FLUSH_INSTRUCTION | LAD_FLUSH_DATA,
                           .address = line->address,
                           .size = line->size};
        member->in_insn = FALSE;
        return lad_block_builder_record(member->builder, &flush, error);
    }
    LadOperandKind kind = line->label == WRITE ? LAD_OPERAND_STORE : LAD_OPERAND_LOAD;
    return lad_block_builder_access(member->builder, kind, line->address, (guint)line->size, 0,
                                    error);
}

static gboolean
begin(LadImport *import, Member *member, const Line *line, guint *n_streams, GError **error)
{
    member->begun = TRUE;
    member->extended = line->extended;
    if (!line->extended && *n_streams == 0)
        lad_import_lost(import,
                        "Sizes are not recorded: data accesses are taken to be 1 byte long, an "
                        "instruction as long as the distance to the next within 15 bytes, else "
                        "unknown.");
    LadTraceWriter *writer = lad_import_begin(import, error);
    if (writer == NULL)
        return FALSE;
    guint number = (*n_streams)++;
    LadStreamInfo info = {
        .process = number, .thread = number, .cgroup = (char *)"", .name = (char *)""};
    member->builder = lad_block_builder_new(writer, lad_trace_writer_add_stream(writer, &info));
    return TRUE;
}

static gboolean
read_member(LadImport *import, LadImportInput *input, gpointer data, GError **error)
{
    Member member = {.input = input};
    g_autoptr(GError) failure = NULL;
    const char *text;
    gsize length;
    while (failure == NULL && (text = lad_import_line(input, &length, &failure)) != NULL) {
        Line line;
        if (!parse_line(text, &line) || (member.begun && line.extended != member.extended)) {
            g_autofree char *shown = g_strescape(text, NULL);
            lad_import_bad(input, &failure, "`%.60s`: " GRAMMAR, shown);
        } else if (member.begun || begin(import, &member, &line, data, &failure)) {
            write_line(&member, &line, &failure);
        }
    }
    if (member.builder != NULL)
        lad_block_builder_flush(member.builder, failure == NULL ? &failure : NULL);
    lad_block_builder_free(member.builder);
    if (failure != NULL)
        g_propagate_error(error, g_steal_pointer(&failure));
    return error == NULL || *error == NULL;
}

static gboolean
convert(LadImport *import, G_GNUC_UNUSED gconstpointer options, GError **error)
{
    guint n_streams = 0;
    return lad_import_members(import, read_member, &n_streams, error);
}

typedef struct {
    gboolean begun, extended, letters;
} Seen;

static int
judge(const char *text, G_GNUC_UNUSED gsize length, G_GNUC_UNUSED guint number, gpointer data)
{
    Seen *seen = data;
    Line line;
    if (!parse_line(text, &line) || (seen->begun && seen->extended != line.extended))
        return -1;
    seen->begun = TRUE;
    seen->extended = line.extended;
    seen->letters |= line.letters;
    return 1;
}

static guint
recognise(const LadImportSample *sample)
{
    Seen seen = {0};
    if (lad_import_sample_lines(sample, judge, &seen) == 0)
        return LAD_LOOKS_IMPOSSIBLE;
    /* A digit and a number without letters may be something else. */
    return seen.extended ? 90 : seen.letters ? 80 : LAD_LOOKS_LIKE;
}

const LadImportFormat lad_import_dinero = {
    .name = "dinero",
    .summary = "din and extended din text of the Dinero cache simulators",
    .level = "instruction",
    .kept = "Instruction fetches, reads and writes in order, flushes; sizes where the extended "
            "format has them; each input is a stream of a process of its own.",
    .lost = "Registers, kinds of branches, threads and times are not recorded.\n"
            "Miscellaneous accesses become loads; copy back and invalidate become flushes.",
    .evidence = LAD_IMPORT_FORMAT_ONLY,
    .recognise = recognise,
    .convert = convert,
};
