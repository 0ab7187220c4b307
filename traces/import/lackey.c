/* lackey.c - the text of Valgrind's `--tool=lackey --trace-mem=yes`.
 *
 *     I  04016b80,3      an instruction: address in hexadecimal, size in decimal
 *      L 1ffefffe38,8    a load, ` S` a store, ` M` a modify by the instruction before it
 *
 * Source: lackey/lk_main.c's description in the Valgrind manual, chapter 13. Lines that begin
 * ==PID== or --PID-- are Valgrind's own and are passed over, but for the command they name.
 * Anything else is an error that names the line. Instructions that follow one another in memory are
 * gathered into blocks; their order and that of the accesses is kept. */
#include "config.h"
#include <memladder/import.h>
#include <string.h>
#include "traces/import/formats.h"

#define MAX_INSN_BYTES 255
#define MAX_DATA_BYTES 4096
#define GRAMMAR                                                                                    \
    "expected `I  ADDRESS,SIZE`, ` L ADDRESS,SIZE`, ` S ...` or ` M ...` with ADDRESS in "         \
    "hexadecimal of at most 16 digits and SIZE in decimal (instructions 1 to 255, data 0 to "      \
    "4096), or a line of Valgrind's own, `==PID== ...`"

/* One member of an input, which becomes one stream. */
typedef struct {
    LadImport *import;
    LadImportInput *input;
    LadBlockBuilder *builder; /* NULL before the first record */
    guint n_before;           /* streams begun before */
    guint32 process;
    char *command;
} Lackey;

static gboolean
bad_line(const Lackey *lackey, const char *line, GError **error)
{
    g_autofree char *shown = g_strescape(line, NULL);
    return lad_import_bad(lackey->input, error, "`%.60s`%s: " GRAMMAR, shown,
                          strlen(shown) > 60 ? "..." : "");
}

/* "==123== Command: ls -l" or another line of Valgrind's. FALSE if it is none. */
static gboolean
take_banner(Lackey *lackey, const char *line)
{
    char mark = line[0];
    if ((mark != '=' && mark != '-') || line[1] != mark)
        return FALSE;
    guint64 process = 0;
    const char *at = line + 2;
    for (; g_ascii_isdigit(*at) && process < G_MAXUINT32; at++)
        process = process * 10 + (guint64)(*at - '0');
    if (at == line + 2 || at[0] != mark || at[1] != mark || (at[2] != '\0' && at[2] != ' '))
        return FALSE;
    lackey->process = (guint32)process;
    if (lackey->command == NULL && g_str_has_prefix(at + 2, " Command: "))
        lackey->command = g_strdup(at + 2 + strlen(" Command: "));
    return TRUE;
}

static gboolean
begin(Lackey *lackey, GError **error)
{
    LadTraceHeader *header = lad_import_header(lackey->import);
    const char *command = lackey->command != NULL ? lackey->command : "";
    if (lackey->n_before == 0) {
        g_free(header->command);
        header->command = g_strdup(command);
    }
    LadTraceWriter *writer = lad_import_begin(lackey->import, error);
    if (writer == NULL)
        return FALSE;
    g_auto(GStrv) words = g_strsplit(command, " ", 2);
    g_autofree char *name = words[0] != NULL ? g_path_get_basename(words[0]) : g_strdup("");
    guint32 process = lackey->process > 0 ? lackey->process : lackey->n_before;
    LadStreamInfo info = {
        .process = process, .thread = process, .cgroup = (char *)"", .name = name};
    lackey->builder = lad_block_builder_new(writer, lad_trace_writer_add_stream(writer, &info));
    return TRUE;
}

/* "ADDRESS,SIZE" to the end of the line. */
static gboolean
parse_range(const char *at, guint64 *address, guint *size)
{
    guint64 value = 0;
    guint n = 0;
    for (int digit; (digit = g_ascii_xdigit_value(*at)) >= 0; at++, n++)
        value = value << 4 | (guint64)digit;
    if (n == 0 || n > 16 || *at++ != ',')
        return FALSE;
    *address = value;
    value = 0;
    for (n = 0; g_ascii_isdigit(*at) && n < 6; at++, n++)
        value = value * 10 + (guint64)(*at - '0');
    *size = (guint)value;
    return n > 0 && *at == '\0';
}

static gboolean
take_line(Lackey *lackey, const char *line, GError **error)
{
    guint64 address;
    guint size;
    gboolean insn = line[0] == 'I' && line[1] == ' ' && line[2] == ' ';
    gboolean data = line[0] == ' ' && line[1] != '\0' && line[2] == ' ';
    if (!insn && !data)
        return take_banner(lackey, line) || bad_line(lackey, line, error);
    if (!parse_range(line + 3, &address, &size))
        return bad_line(lackey, line, error);
    if (insn) {
        if (size == 0 || size > MAX_INSN_BYTES)
            return bad_line(lackey, line, error);
        if (lackey->builder == NULL && !begin(lackey, error))
            return FALSE;
        LadInsn what = {
            .length = (guint8)size, .branch = LAD_BRANCH_UNKNOWN, .flags = LAD_INSN_DEPS_UNKNOWN};
        return lad_block_builder_insn(lackey->builder, address, &what, error);
    }
    LadOperandKind kind = line[1] == 'L'   ? LAD_OPERAND_LOAD
                          : line[1] == 'S' ? LAD_OPERAND_STORE
                                           : LAD_OPERAND_MODIFY;
    if ((kind == LAD_OPERAND_MODIFY && line[1] != 'M') || size > MAX_DATA_BYTES)
        return bad_line(lackey, line, error);
    if (lackey->builder == NULL && !begin(lackey, error))
        return FALSE;
    return lad_block_builder_access(lackey->builder, kind, address, size, 0, error);
}

static gboolean
read_member(LadImport *import, LadImportInput *input, gpointer data, GError **error)
{
    guint *n_streams = data;
    Lackey lackey = {.import = import, .input = input, .n_before = *n_streams};
    const char *line;
    gsize length;
    gboolean ok = TRUE;
    g_autoptr(GError) failure = NULL;
    while (ok && (line = lad_import_line(input, &length, &failure)) != NULL)
        ok = take_line(&lackey, line, &failure);
    if (lackey.builder != NULL) {
        (*n_streams)++;
        /* Also after damage: what came before it may be wanted. */
        lad_block_builder_flush(lackey.builder, failure == NULL ? &failure : NULL);
    }
    lad_block_builder_free(lackey.builder);
    g_free(lackey.command);
    ok = failure == NULL;
    if (!ok)
        g_propagate_error(error, g_steal_pointer(&failure));
    return ok;
}

static gboolean
convert(LadImport *import, G_GNUC_UNUSED gconstpointer options, GError **error)
{
    guint n_streams = 0;
    return lad_import_members(import, read_member, &n_streams, error);
}

static int
judge(const char *line, G_GNUC_UNUSED gsize length, G_GNUC_UNUSED guint number,
      G_GNUC_UNUSED gpointer data)
{
    guint64 address;
    guint size;
    Lackey none = {0};
    if (line[0] == '=' || line[0] == '-') {
        gboolean banner = take_banner(&none, line);
        g_free(none.command);
        return banner ? 0 : -1;
    }
    gboolean insn = g_str_has_prefix(line, "I  ");
    gboolean access =
        line[0] == ' ' && line[1] != '\0' && strchr("LSM", line[1]) != NULL && line[2] == ' ';
    return (insn || access) && parse_range(line + 3, &address, &size) ? 1 : -1;
}

static guint
recognise(const LadImportSample *sample)
{
    return lad_import_sample_lines(sample, judge, NULL) > 0 ? 90 : LAD_LOOKS_IMPOSSIBLE;
}

const LadImportFormat lad_import_lackey = {
    .name = "lackey",
    .summary = "text of valgrind --tool=lackey --trace-mem=yes",
    .level = "instruction",
    .kept =
        "Instructions with their lengths, loads, stores and modifies with their sizes, in order.\n"
        "The process and the command, from Valgrind's own lines.",
    .lost = "Registers are not recorded: which address depends on which load is unknown.\n"
            "Kinds of branches, threads and times are not recorded; all threads are one stream.\n"
            "What system calls read and write, locks and maps of memory are not recorded.",
    .evidence = "recordings of true, sort and gzip by Valgrind",
    .recognise = recognise,
    .convert = convert,
};
