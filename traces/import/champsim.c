/* champsim.c - instruction traces of ChampSim, 64 bytes per instruction (input_instr),
 * little-endian:
 *
 *     0 u64 ip · 8 u8 is_branch · 9 u8 branch_taken · 10 u8 registers written [2] · 12 u8 read [4]
 *     16 u64 addresses written [2] · 32 u64 addresses read [4]; 0: none
 *
 * and the CloudSuite variant of 96 bytes, which is read only when asked for by name: registers
 * written [4] at 10 and read [4] at 14, addresses written [4] at 24 and read [4] at 56, asid [2]
 * at 88. Source: inc/trace_instruction.h of ChampSim, and its rules for kinds of branches.
 *
 * Kept: order, program counters, registers (so that a load whose address comes from another load is
 * known to), kinds of branches, addresses. An address that is both read and written by an
 * instruction is one modify. Which of the registers read form the address is not told, so all do,
 * as in ChampSim. An instruction's length is the distance to the next one, if that follows within
 * 15 bytes and no branch was taken; else what it was elsewhere before; else unknown. Sizes of
 * accesses are not told.
 *
 * Blocks recur, so the raw records of each are kept as a template: what matches one costs a
 * comparison of 20 bytes per instruction, and the dictionary is asked once per template. */
#include "config.h"
#include <memladder/import.h>
#include <string.h>
#include "traces/import/champsim_registers.h"
#include "traces/import/formats.h"

#define MAX_INSN_BYTES 15
#define MAX_ACCESSES   8
#define MAX_ADDRESSES  (LAD_BLOCK_MAX_INSNS * MAX_ACCESSES)
#define BUCKETS        ((gsize)1 << 16)

typedef struct {
    guint64 access_bytes;
} Settings;

/* Where the fields of a record lie. */
typedef struct {
    const char *name;
    gsize bytes;
    guint n_written, written, read; /* registers; 4 are read */
    guint n_stores, stores, loads;  /* addresses; 4 are loaded from */
} Layout;

static const Layout plain_layout = {"champsim", 64, 2, 10, 12, 2, 16, 32};
static const Layout cloudsuite_layout = {"champsim-cloudsuite", 96, 4, 10, 14, 4, 24, 56};

/* What of a record is the same whenever it is executed: two words of it, and the shape of its
 * accesses: a bit for each of 4 loads, then for each of 4 stores 3 bits: 0 none, 1 to 4 it modifies
 * what load 0 to 3 read, 5 a store of its own. */
typedef struct {
    guint64 pc;
    guint64 words[2];
    guint32 shape;
    guint32 n_operands;
} Static;

typedef struct Template Template;
struct Template {
    Template *chain; /* others that begin with the same instruction */
    Template *guess; /* what followed it last */
    guint32 block;
    guint32 n;
    guint32 n_addresses;
    Static insns[];
};

typedef struct {
    const Layout *layout;
    guint access_bytes;
    LadImportInput *input;
    LadTraceWriter *writer;
    guint stream, n_streams;
    GHashTable *lengths; /* pc -> length, in pointers */
    Template **buckets;
    Template *last; /* executed last */
} Champsim;

static guint64
get_u64(const guint8 *at)
{
    guint64 value;
    memcpy(&value, at, sizeof value);
    return GUINT64_FROM_LE(value);
}

static inline gboolean
is_taken(const Static *insn)
{
    return (insn->words[0] >> 8 & 0xff) != 0;
}

/* Splits a record into what is static and its addresses, which are appended. */
static inline __attribute__((always_inline)) guint
split_record(const Layout *layout, const guint8 *record, Static *insn, guint64 *addresses)
{
    const guint8 *loads = record + layout->loads, *stores = record + layout->stores;
    guint n = 0;
    guint32 shape = 0;
    insn->pc = get_u64(record);
    insn->words[0] = get_u64(record + 8);
    insn->words[1] = layout->bytes == 64 ? 0 : get_u64(record + 16) & 0xffff;
    for (guint i = 0; i < 4; i++) {
        guint64 address = get_u64(loads + 8 * i);
        addresses[n] = address;
        n += address != 0;
        shape |= (guint32)(address != 0) << i;
    }
    for (guint i = 0; i < layout->n_stores; i++) {
        guint64 address = get_u64(stores + 8 * i);
        if (G_LIKELY(address == 0))
            continue;
        guint32 how = 5;
        for (guint k = 0; k < 4; k++)
            if (address == get_u64(loads + 8 * k)) {
                how = k + 1;
                break;
            }
        if (how == 5)
            addresses[n++] = address;
        shape |= how << (4 + 3 * i);
    }
    insn->shape = shape;
    insn->n_operands = n;
    return n;
}

static inline gboolean
is_next(const Static *insn, guint64 next_pc)
{
    return !is_taken(insn) && next_pc - insn->pc - 1 < MAX_INSN_BYTES;
}

/* The record's fields that must have certain values. NULL: all well. */
static const char *
record_problem(const guint8 *record)
{
    if (record[8] > 1 || record[9] > 1)
        return "is_branch and branch_taken must be 0 or 1";
    if (get_u64(record) == 0)
        return "the program counter is 0";
    return NULL;
}

/* ---- Forming blocks ------------------------------------------------------------------------- */

static guint8
length_at(const Champsim *champsim, guint64 pc)
{
    gpointer known = g_hash_table_lookup(champsim->lengths, &pc);
    return known != NULL ? (guint8)GPOINTER_TO_UINT(known) : 0;
}

static void
note_length(Champsim *champsim, guint64 pc, guint8 length)
{
    if (length_at(champsim, pc) == 0)
        g_hash_table_insert(champsim->lengths, g_memdup2(&pc, sizeof pc),
                            GUINT_TO_POINTER((guint)length));
}

static void
describe_insn(const Champsim *champsim, const Static *from, LadInsn *insn)
{
    const Layout *layout = champsim->layout;
    guint8 bytes[16];
    guint64 words[2] = {GUINT64_TO_LE(from->words[0]), GUINT64_TO_LE(from->words[1])};
    memcpy(bytes, words, sizeof bytes);
    const guint8 *written = bytes + layout->written - 8, *read = bytes + layout->read - 8;
    for (guint i = 0; i < layout->n_written; i++)
        insn->writes |= lad_champsim_from_number(written[i]);
    for (guint i = 0; i < 4; i++)
        insn->reads |= lad_champsim_from_number(read[i]);
    insn->branch = lad_champsim_branch(written, layout->n_written, read, 4);
}

/* Operands in the order in which split_record gives their addresses. */
static guint
describe_operands(const Champsim *champsim, const Static *from, guint8 index, LadRegisters reads,
                  LadOperand *operands)
{
    guint n = 0;
    guint8 place[4] = {0};
    for (guint i = 0; i < 4; i++)
        if (from->shape >> i & 1) {
            place[i] = (guint8)n;
            operands[n++].kind = LAD_OPERAND_LOAD;
        }
    for (guint i = 0; i < champsim->layout->n_stores; i++) {
        guint how = from->shape >> (4 + 3 * i) & 7;
        if (how == 5)
            operands[n++].kind = LAD_OPERAND_STORE;
        else if (how > 0)
            operands[place[how - 1]].kind = LAD_OPERAND_MODIFY;
    }
    for (guint i = 0; i < n; i++) {
        operands[i].insn = index;
        operands[i].size = (guint16)champsim->access_bytes;
        operands[i].address = reads;
    }
    return n;
}

static Template *
new_template(Champsim *champsim, const Static *insns, guint n)
{
    LadInsn made[LAD_BLOCK_MAX_INSNS] = {0};
    LadOperand operands[MAX_ADDRESSES] = {0};
    Template *template = g_malloc0(sizeof *template + n * sizeof *insns);
    guint n_operands = 0;
    for (guint i = 0; i < n; i++) {
        describe_insn(champsim, &insns[i], &made[i]);
        n_operands +=
            describe_operands(champsim, &insns[i], (guint8)i, made[i].reads, operands + n_operands);
        if (i + 1 < n)
            note_length(champsim, insns[i].pc, (guint8)(insns[i + 1].pc - insns[i].pc));
        made[i].length =
            i + 1 < n ? (guint8)(insns[i + 1].pc - insns[i].pc) : length_at(champsim, insns[i].pc);
    }
    LadBlock block = {.pc = insns[0].pc,
                      .n_insns = (guint16)n,
                      .n_operands = (guint16)n_operands,
                      .insns = made,
                      .operands = operands};
    template->block = lad_trace_writer_block(champsim->writer, &block);
    template->n = n;
    template->n_addresses = n_operands;
    memcpy(template->insns, insns, n * sizeof *insns);
    return template;
}

static gsize
bucket_of(const Static *insn)
{
    guint64 mixed = (insn->pc ^ insn->words[0] * 0x9e3779b97f4a7c15u) * 0x9e3779b97f4a7c15u;
    return (gsize)(mixed >> 48) & (BUCKETS - 1);
}

static Template *
find_template(Champsim *champsim, const Static *insns, guint n)
{
    Template **head = &champsim->buckets[bucket_of(&insns[0])];
    for (Template **at = head; *at != NULL; at = &(*at)->chain) {
        Template *template = *at;
        if (template->n != n || memcmp(template->insns, insns, n * sizeof *insns) != 0)
            continue;
        *at = template->chain; /* to the front, as it may come again */
        template->chain = *head;
        *head = template;
        return template;
    }
    Template *template = new_template(champsim, insns, n);
    template->chain = *head;
    *head = template;
    return template;
}

/* ---- Reading -------------------------------------------------------------------------------- */

static gboolean
bad_record(const Champsim *champsim, const char *what, GError **error)
{
    return lad_import_bad(champsim->input, error,
                          "%s; expected records of %" G_GSIZE_FORMAT " bytes of %s%s", what,
                          champsim->layout->bytes, champsim->layout->name,
                          champsim->layout == &plain_layout
                              ? " (is this the CloudSuite variant? Then --from champsim-cloudsuite)"
                              : "");
}

/* Whether the guessed template is what the `n` records at `records` execute; then `addresses` are
 * theirs. */
static inline __attribute__((always_inline)) gboolean
matches(const Layout *layout, const Template *template, const guint8 *records, gsize n,
        guint64 *addresses)
{
    guint at = 0;
    if (n <= template->n)
        return FALSE;
    for (guint i = 0; i < template->n; i++) {
        const Static *known = &template->insns[i];
        Static insn;
        at += split_record(layout, records + i * layout->bytes, &insn, addresses + at);
        if (insn.pc != known->pc || insn.words[0] != known->words[0] ||
            insn.shape != known->shape || insn.words[1] != known->words[1])
            return FALSE;
    }
    guint64 next = get_u64(records + template->n * layout->bytes);
    return template->n == LAD_BLOCK_MAX_INSNS || !is_next(&template->insns[template->n - 1], next);
}

/* The block that begins at `records`, of which there are `n`, all of the input if there are less
 * than
 * 65. NULL with `error` set if the first is none. */
static Template *
form_block(Champsim *champsim, const guint8 *records, gsize n, guint64 *addresses, GError **error)
{
    const Layout *layout = champsim->layout;
    Static insns[LAD_BLOCK_MAX_INSNS] = {0};
    guint i = 0, at = 0;
    while (i < n && i < LAD_BLOCK_MAX_INSNS) {
        const guint8 *record = records + i * layout->bytes;
        const char *problem = record_problem(record);
        if (problem != NULL && i == 0) {
            bad_record(champsim, problem, error);
            return NULL;
        }
        if (problem != NULL || (i > 0 && !is_next(&insns[i - 1], get_u64(record))))
            break;
        at += split_record(layout, record, &insns[i++], addresses + at);
        if (at > LAD_BLOCK_MAX_INSNS * 3) /* operands of a block are at most 255 */
            break;
    }
    return find_template(champsim, insns, i);
}

/* Executes the blocks in view, but for the last `reserve` records, as a block may go on in what is
 * not in view yet. Returns how many records that were; `error` is set on failure. */
static inline __attribute__((always_inline)) gsize
execute_view(Champsim *champsim, const Layout *layout, const guint8 *records, gsize n,
             gsize reserve, GError **error)
{
    guint64 addresses[MAX_ADDRESSES];
    gsize done = 0;
    while (done + reserve < n) {
        const guint8 *at = records + done * layout->bytes;
        Template *template = champsim->last != NULL ? champsim->last->guess : NULL;
        if (template == NULL || !matches(layout, template, at, n - done, addresses)) {
            template = form_block(champsim, at, n - done, addresses, error);
            if (template == NULL)
                break;
            if (champsim->last != NULL)
                champsim->last->guess = template;
        }
        champsim->last = template;
        if (!lad_trace_writer_execute(champsim->writer, champsim->stream, template->block,
                                      addresses, error))
            break;
        done += template->n;
    }
    return done;
}

static gsize
execute(Champsim *champsim, const guint8 *records, gsize n, gsize reserve, GError **error)
{
    if (champsim->layout == &plain_layout)
        return execute_view(champsim, &plain_layout, records, n, reserve, error);
    return execute_view(champsim, &cloudsuite_layout, records, n, reserve, error);
}

/* To the end of the member, or to damage: then what was whole before it is executed too. */
static gboolean
read_records(Champsim *champsim, GError **error)
{
    const gsize bytes = champsim->layout->bytes, wanted = (LAD_BLOCK_MAX_INSNS + 1) * bytes;
    g_autoptr(GError) failure = NULL;
    for (gboolean more = TRUE; more;) {
        gsize available;
        const guint8 *records = lad_import_view(champsim->input, wanted, &available, &failure);
        if (records == NULL)
            records = lad_import_view(champsim->input, 0, &available, NULL);
        more = failure == NULL && available >= wanted;
        GError *problem = NULL;
        gsize done =
            execute(champsim, records, available / bytes, more ? LAD_BLOCK_MAX_INSNS : 0, &problem);
        lad_import_consume(champsim->input, done * bytes);
        if (problem == NULL && failure == NULL && !more && available % bytes != 0)
            lad_import_bad(champsim->input, &problem,
                           "the last record is cut off: %" G_GSIZE_FORMAT
                           " bytes instead of %" G_GSIZE_FORMAT,
                           available % bytes, bytes);
        if (problem != NULL) {
            g_clear_error(&failure);
            failure = problem;
            more = FALSE;
        }
    }
    if (failure != NULL)
        g_propagate_error(error, g_steal_pointer(&failure));
    return error == NULL || *error == NULL;
}

static void
free_templates(Champsim *champsim)
{
    for (gsize i = 0; i < BUCKETS; i++)
        for (Template *at = champsim->buckets[i], *next; at != NULL; at = next) {
            next = at->chain;
            g_free(at);
        }
    g_free(champsim->buckets);
    g_hash_table_unref(champsim->lengths);
}

static gboolean
read_member(LadImport *import, LadImportInput *input, gpointer data, GError **error)
{
    Champsim *champsim = data;
    gsize available;
    if (lad_import_view(input, 1, &available, error) == NULL)
        return FALSE;
    if (available == 0)
        return TRUE;
    lad_import_header(import)->isa = LAD_ISA_X86_64;
    champsim->writer = lad_import_begin(import, error);
    if (champsim->writer == NULL)
        return FALSE;
    guint number = champsim->n_streams++;
    LadStreamInfo info = {
        .process = number, .thread = number, .cgroup = (char *)"", .name = (char *)""};
    champsim->stream = lad_trace_writer_add_stream(champsim->writer, &info);
    champsim->input = input;
    champsim->last = NULL;
    return read_records(champsim, error);
}

static gboolean
convert_layout(LadImport *import, const Layout *layout, const Settings *settings, GError **error)
{
    Champsim champsim = {.layout = layout,
                         .access_bytes = (guint)settings->access_bytes,
                         .lengths =
                             g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL),
                         .buckets = g_new0(Template *, BUCKETS)};
    gboolean ok = lad_import_members(import, read_member, &champsim, error);
    free_templates(&champsim);
    return ok;
}

static gboolean
convert(LadImport *import, gconstpointer options, GError **error)
{
    return convert_layout(import, &plain_layout, options, error);
}

static gboolean
convert_cloudsuite(LadImport *import, gconstpointer options, GError **error)
{
    return convert_layout(import, &cloudsuite_layout, options, error);
}

/* ---- Recognising ---------------------------------------------------------------------------- */

static guint
recognise_layout(const Layout *layout, const LadImportSample *sample)
{
    gsize n = sample->n / layout->bytes, n_next = 0, n_not_taken = 0;
    if (n == 0 || (sample->whole && sample->n % layout->bytes != 0))
        return LAD_LOOKS_IMPOSSIBLE;
    for (gsize i = 0; i < n; i++) {
        const guint8 *record = sample->bytes + i * layout->bytes;
        if (record_problem(record) != NULL)
            return LAD_LOOKS_IMPOSSIBLE;
        if (i + 1 == n || record[9] != 0)
            continue;
        n_not_taken++;
        n_next += get_u64(record + layout->bytes) - get_u64(record) <= MAX_INSN_BYTES;
    }
    /* Code goes on behind what is no taken branch. */
    return n >= 4 && n_not_taken * 2 >= n && n_next * 10 >= n_not_taken * 9 ? 90
                                                                            : LAD_LOOKS_POSSIBLE;
}

static guint
recognise(const LadImportSample *sample)
{
    return recognise_layout(&plain_layout, sample);
}

static guint
recognise_cloudsuite(const LadImportSample *sample)
{
    return MIN(recognise_layout(&cloudsuite_layout, sample), LAD_LOOKS_POSSIBLE);
}

static const LadOption options[] = {
    LAD_OPT(Settings, access_bytes, "access-bytes", BYTES, "1 B", "1 B", "64 B",
            "taken to be the size of every data access; 1 B touches one line, as in ChampSim"),
    LAD_OPTIONS_END,
};

#define KEPT                                                                                       \
    "Instructions in order with program counter, registers read and written and kind of branch; "  \
    "addresses of loads and stores; each input is a stream of a process of its own.\n"             \
    "An address that an instruction both reads and writes is one modify."
#define LOST                                                                                       \
    "Lengths of instructions are not recorded: they are the distance to the next instruction "     \
    "where that follows within 15 bytes, else unknown.\n"                                          \
    "Sizes of data accesses are not recorded; all are access-bytes long.\n"                        \
    "Which registers form an address is not recorded: all that the instruction reads do.\n"        \
    "Whether an access is locked, threads and times are not recorded."

const LadImportFormat lad_import_champsim = {
    .name = "champsim",
    .summary = "ChampSim's instruction trace, 64 bytes per instruction",
    .level = "instruction",
    .kept = KEPT,
    .lost = LOST,
    .evidence = "programs captured and exported by memladder itself; " LAD_IMPORT_FORMAT_ONLY,
    .options = options,
    .options_size = sizeof(Settings),
    .recognise = recognise,
    .convert = convert,
};

const LadImportFormat lad_import_champsim_cloudsuite = {
    .name = "champsim-cloudsuite",
    .summary = "ChampSim's CloudSuite variant, 96 bytes per instruction; only by name",
    .level = "instruction",
    .kept = KEPT,
    .lost = LOST "\nThe address space ids of its records are not kept.",
    .evidence = LAD_IMPORT_FORMAT_ONLY,
    .options = options,
    .options_size = sizeof(Settings),
    .recognise = recognise_cloudsuite,
    .convert = convert_cloudsuite,
};
