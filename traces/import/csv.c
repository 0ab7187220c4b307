/* csv.c - accesses as a table of text: a header with the names of the columns, then a row per
 * access.
 *
 *     kind,address,size_bytes,pc,process,thread,time_us
 *     load,0x7ffc1000,8,0x401123,77,77,1.25
 *
 * Columns are apart by commas, or by tabs if the header has tabs; order is free, `address` must be
 * there, a name that is not known is an error, and so is a quantity without its unit:
 *     kind        fetch, load, store, modify, atomic, prefetch or flush (load)
 *     address     number; of a fetch: of the instruction
 *     size_bytes  number, at most 4096, of a fetch 255 (1; of a fetch 0, unknown)
 *     pc          number or empty: of the instruction that makes the access
 *     process     number below 2^32 (0); processes have address spaces of their own
 *     thread      number below 2^32 (the process)
 *     time_ps, time_ns, time_us, time_ms, time_s   when; digits after the point where they fit
 * Numbers are decimal, or hexadecimal with 0x. Lines that begin with # are comments. A data access
 * belongs to the latest fetch of its thread; if there is a column of the pc, only where that is the
 * same: with another pc it is an instruction of its own of unknown length, with none it belongs to
 * none. An empty time is that of the thread's row before.
 * Time may not fall within a thread. Each thread is a stream; where the table has threads
 * or processes, the order between them is kept as turns. */
#include "config.h"
#include "sim/base/nearest.h"
#include <memladder/import.h>
#include <string.h>
#include "traces/import/formats.h"
#include "traces/import/text.h"

#define MAX_DATA_BYTES 4096

typedef enum {
    COLUMN_KIND,
    COLUMN_ADDRESS,
    COLUMN_SIZE,
    COLUMN_PC,
    COLUMN_PROCESS,
    COLUMN_THREAD,
    COLUMN_TIME_PS,
    COLUMN_TIME_NS,
    COLUMN_TIME_US,
    COLUMN_TIME_MS,
    COLUMN_TIME_S,
    N_COLUMNS
} Column;

static const char *const names[N_COLUMNS + 1] = {"kind",    "address", "size_bytes", "pc",
                                                 "process", "thread",  "time_ps",    "time_ns",
                                                 "time_us", "time_ms", "time_s",     NULL};

static const struct {
    char name[12];
    guint n; /* at most 8 */
} kinds[] = {{"fetch", 5},  {"load", 4},     {"store", 5}, {"modify", 6},
             {"atomic", 6}, {"prefetch", 8}, {"flush", 5}};
enum { KIND_FETCH, KIND_LOAD, KIND_STORE, KIND_MODIFY, KIND_ATOMIC, KIND_PREFETCH, KIND_FLUSH };

typedef struct {
    Column columns[N_COLUMNS];
    guint n;
    char apart;
    guint digits;  /* after the point, of a tick in the unit of the column */
    gboolean pc;   /* there is a column of it */
    gboolean time; /* there is one */
    gboolean several;
} Table;

/* A thread. */
typedef struct {
    guint64 key;
    guint stream;
    LadBlockBuilder *builder;
    guint64 fetched; /* pc of the latest fetch, if `has_fetch` */
    gboolean has_fetch, in_insn, has_time;
    guint64 time;
} Thread;

typedef struct {
    guint kind;
    guint64 address, size, pc, process, thread, time;
    gboolean has_size, has_pc, has_thread, has_time;
} Row;

/* The text of a cell, up to 7 characters, with the character behind it: mostly the next row's cell
 * of the column is the same. */
typedef struct {
    guint64 word, mask, value;
    guint n; /* 0: none is known */
} Repeated;

typedef struct {
    LadImport *import;
    LadImportInput *input;
    Repeated process, thread;
    LadTraceWriter *writer;
    Table table;
    GPtrArray *threads;
    GHashTable *by_key;
    Thread *current;
    guint64 turn;
    guint32 codeless[LAD_OPERAND_ATOMIC + 1][MAX_DATA_BYTES + 1]; /* block + 1; 0: not made yet */
} Csv;

/* ---- The header ------------------------------------------------------------------------------ */

static gboolean
bad_name(const char *name, const LadImportInput *input, GError **error)
{
    g_autofree char *shown = g_strescape(name, NULL);
    g_autofree char *known = g_strjoinv(", ", (char **)names);
    const char *nearest = lad_nearest(name, names);
    gboolean quantity = strcmp(name, "time") == 0 || strcmp(name, "size") == 0;
    return lad_import_bad(input, error, "column `%.40s`: %s%s%s%s; known columns: %s", shown,
                          quantity ? "a quantity's unit is part of its name" : "not known",
                          nearest != NULL ? ", did you mean `" : "", nearest != NULL ? nearest : "",
                          nearest != NULL ? "`?" : "", known);
}

static const char *
table_problem(guint seen)
{
    guint n_times = 0;
    for (guint i = COLUMN_TIME_PS; i <= COLUMN_TIME_S; i++)
        n_times += seen >> i & 1;
    if (!(seen >> COLUMN_ADDRESS & 1))
        return "there is no column `address`";
    if (n_times > 1)
        return "there is more than one column of time";
    return NULL;
}

/* `input` NULL: only whether it is a header. */
static gboolean
parse_header(const char *line, Table *table, const LadImportInput *input, GError **error)
{
    static const guint digits[] = {0, 0, 3, 6, 9};
    guint seen = 0;
    *table = (Table){.apart = strchr(line, '\t') != NULL ? '\t' : ','};
    const char apart[2] = {table->apart, '\0'};
    g_auto(GStrv) cells = g_strsplit(line, apart, -1);
    for (guint i = 0; cells[i] != NULL; i++) {
        guint column = 0;
        g_strstrip(cells[i]);
        while (column < N_COLUMNS && strcmp(cells[i], names[column]) != 0)
            column++;
        if (column == N_COLUMNS)
            return input != NULL && bad_name(cells[i], input, error);
        if (seen >> column & 1)
            return input != NULL &&
                   lad_import_bad(input, error, "column `%s` is there twice", cells[i]);
        seen |= 1u << column;
        table->columns[table->n++] = (Column)column;
        table->several |= column == COLUMN_PROCESS || column == COLUMN_THREAD;
        table->pc |= column == COLUMN_PC;
        if (column >= COLUMN_TIME_PS) {
            table->time = TRUE;
            table->digits = digits[column - COLUMN_TIME_PS];
        }
    }
    const char *problem = table_problem(seen);
    return problem == NULL || (input != NULL && lad_import_bad(input, error, "%s", problem));
}

/* ---- Rows ------------------------------------------------------------------------------------ */

/* A decimal number with up to `digits` digits after the point, in units of the last of them. */
static gboolean
parse_time(const char **at, guint digits, guint64 *value)
{
    guint64 whole, scale = 1, part = 0;
    if (!lad_text_decimal(at, &whole))
        return FALSE;
    for (guint i = 0; i < digits; i++)
        scale *= 10;
    if (whole > G_MAXUINT64 / scale - 1)
        return FALSE;
    if (**at == '.') {
        (*at)++;
        guint n = 0;
        for (; g_ascii_isdigit(**at) && n < digits; (*at)++, n++)
            part = part * 10 + (guint64)(**at - '0');
        if (n == 0)
            return FALSE;
        for (; n < digits; n++)
            part *= 10;
        while (**at == '0') /* further zeros change nothing */
            (*at)++;
    }
    *value = whole * scale + part;
    return TRUE;
}

static gboolean
parse_kind(const char **at, char apart, guint *kind)
{
    guint64 word = lad_text_word(*at);
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const char *end = *at + kinds[i].n;
        guint64 differs = word ^ lad_text_word(kinds[i].name);
        if (differs << (64 - 8 * kinds[i].n) != 0 || (*end != apart && *end != '\0'))
            continue;
        *at = end;
        *kind = i;
        return TRUE;
    }
    return FALSE;
}

/* A number of a process or thread. */
static inline gboolean
parse_number(Repeated *last, const char **at, guint64 *value)
{
    guint64 word = lad_text_word(*at);
    if (G_LIKELY(((word ^ last->word) & last->mask) == 0 && last->n > 0)) {
        *at += last->n;
        *value = last->value;
        return TRUE;
    }
    const char *from = *at;
    if (!lad_text_number_wide(at, value) || *value > G_MAXUINT32)
        return FALSE;
    gsize n = (gsize)(*at - from);
    if (n < 8)
        *last = (Repeated){
            .word = word, .mask = G_MAXUINT64 >> (56 - 8 * n), .value = *value, .n = (guint)n};
    return TRUE;
}

static inline gboolean
parse_cell(Csv *csv, Column column, const char **at, Row *row)
{
    const Table *table = &csv->table;
    gboolean empty = **at == table->apart || **at == '\0';
    switch (column) {
    case COLUMN_KIND:
        return parse_kind(at, table->apart, &row->kind);
    case COLUMN_ADDRESS:
        return lad_text_number_wide(at, &row->address);
    case COLUMN_SIZE:
        row->has_size = !empty;
        return empty || lad_text_number(at, &row->size);
    case COLUMN_PC:
        row->has_pc = !empty;
        return empty || lad_text_number_wide(at, &row->pc);
    case COLUMN_PROCESS:
        return parse_number(&csv->process, at, &row->process);
    case COLUMN_THREAD:
        row->has_thread = TRUE;
        return parse_number(&csv->thread, at, &row->thread);
    default:
        row->has_time = !empty;
        return empty || parse_time(at, table->digits, &row->time);
    }
}

static const char *
cell_expectation(Column column)
{
    static const char *const texts[N_COLUMNS] = {
        "fetch, load, store, modify, atomic, prefetch or flush",
        "a decimal number, or one of at most 16 hexadecimal digits with 0x",
        "a number, at most 4096, of a fetch 255",
        "nothing, or a number",
        "a number below 2^32",
        "a number below 2^32",
        "a whole number of picoseconds",
        "a whole number of nanoseconds",
        "microseconds, with at most 3 digits after the point",
        "milliseconds, with at most 6 digits after the point",
        "seconds, with at most 9 digits after the point",
    };
    return texts[column];
}

static gboolean
bad_cell(const Csv *csv, Column column, const char *line, GError **error)
{
    g_autofree char *shown = g_strescape(line, NULL);
    return lad_import_bad(csv->input, error, "`%.60s`: column `%s`: expected %s", shown,
                          names[column], cell_expectation(column));
}

static gboolean
parse_row(Csv *csv, const char *line, Row *row, GError **error)
{
    const Table *table = &csv->table;
    const char *at = line;
    *row = (Row){.kind = KIND_LOAD};
    for (guint i = 0; i < table->n; i++) {
        Column column = table->columns[i];
        gboolean last = i + 1 == table->n;
        if (!parse_cell(csv, column, &at, row))
            return bad_cell(csv, column, line, error);
        if (last ? *at != '\0' : *at != table->apart) {
            gboolean ends = *at == '\0' || *at == table->apart;
            return ends ? lad_import_bad(csv->input, error,
                                         "a row of another number of cells than the header's %u",
                                         table->n)
                        : bad_cell(csv, column, line, error);
        }
        at++;
    }
    if (row->size > (row->kind == KIND_FETCH ? 255 : MAX_DATA_BYTES))
        return bad_cell(csv, COLUMN_SIZE, line, error);
    if (!row->has_size)
        row->size = row->kind == KIND_FETCH ? 0 : 1;
    if (!row->has_thread)
        row->thread = row->process;
    return TRUE;
}

/* ---- The trace --------------------------------------------------------------------------------
 */

static Thread *
new_thread(Csv *csv, guint64 key)
{
    Thread *thread = g_new0(Thread, 1);
    LadStreamInfo info = {.process = (guint32)(key >> 32),
                          .thread = (guint32)key,
                          .cgroup = (char *)"",
                          .name = (char *)""};
    thread->key = key;
    thread->stream = lad_trace_writer_add_stream(csv->writer, &info);
    thread->builder = lad_block_builder_new(csv->writer, thread->stream);
    g_ptr_array_add(csv->threads, thread);
    g_hash_table_insert(csv->by_key, &thread->key, thread);
    return thread;
}

static void
free_thread(gpointer data)
{
    Thread *thread = data;
    lad_block_builder_free(thread->builder);
    g_free(thread);
}

static gboolean
begin(Csv *csv, GError **error)
{
    LadTraceHeader *header = lad_import_header(csv->import);
    if (csv->writer != NULL)
        return TRUE;
    gboolean ps = FALSE;
    for (guint i = 0; i < csv->table.n; i++)
        ps |= csv->table.columns[i] == COLUMN_TIME_PS;
    header->tick_ps = !csv->table.time ? 0 : ps ? 1 : 1000;
    if (!csv->table.time)
        lad_import_lost(csv->import, "There are no times in the table.");
    csv->writer = lad_import_begin(csv->import, error);
    return csv->writer != NULL;
}

/* The row's thread goes on; where it was another's turn, that is noted. */
static Thread *
take_turn(Csv *csv, guint64 key, GError **error)
{
    Thread *thread = g_hash_table_lookup(csv->by_key, &key);
    if (thread == NULL)
        thread = new_thread(csv, key);
    csv->current = thread;
    csv->turn++;
    if (!csv->table.several)
        return thread;
    LadRecord turn = {.kind = LAD_RECORD_SWITCH, .flags = LAD_SWITCH_TURN, .value = csv->turn};
    thread->in_insn = FALSE;
    return lad_block_builder_record(thread->builder, &turn, error) ? thread : NULL;
}

static gboolean
take_time(Csv *csv, Thread *thread, guint64 time, GError **error)
{
    if (thread->has_time && time == thread->time)
        return TRUE;
    if (thread->has_time && time < thread->time)
        return lad_import_bad(csv->input, error,
                              "time goes back within a thread, from %" G_GUINT64_FORMAT
                              " to %" G_GUINT64_FORMAT " %s",
                              thread->time, time,
                              lad_import_header(csv->import)->tick_ps == 1 ? "ps" : "ns");
    LadRecord record = {.kind = LAD_RECORD_TIME, .value = time};
    thread->has_time = TRUE;
    thread->time = time;
    thread->in_insn = FALSE;
    return lad_block_builder_record(thread->builder, &record, error);
}

/* An access of no instruction: a block without one, much shorter than a plain record. */
static gboolean
write_codeless(Csv *csv, Thread *thread, LadOperandKind kind, const Row *row, GError **error)
{
    guint32 *block = &csv->codeless[kind][row->size];
    if (*block == 0) {
        LadOperand operand = {.kind = (guint8)kind, .size = (guint16)row->size};
        LadBlock made = {.n_operands = 1, .operands = &operand};
        *block = lad_trace_writer_block(csv->writer, &made) + 1;
    }
    thread->in_insn = FALSE;
    return lad_block_builder_flush(thread->builder, error) &&
           lad_trace_writer_execute(csv->writer, thread->stream, *block - 1, &row->address, error);
}

static gboolean
write_data(Csv *csv, Thread *thread, const Row *row, GError **error)
{
    LadOperandKind kind = (LadOperandKind)(LAD_OPERAND_LOAD + row->kind - KIND_LOAD);
    gboolean own = row->has_pc && !(thread->has_fetch && thread->fetched == row->pc);
    if (own) {
        LadInsn insn = {.branch = LAD_BRANCH_UNKNOWN, .flags = LAD_INSN_DEPS_UNKNOWN};
        thread->has_fetch = FALSE;
        thread->in_insn = TRUE;
        if (!lad_block_builder_insn(thread->builder, row->pc, &insn, error))
            return FALSE;
    }
    if (!thread->in_insn || (csv->table.pc && !row->has_pc))
        return write_codeless(csv, thread, kind, row, error);
    return lad_block_builder_access(thread->builder, kind, row->address, (guint)row->size, 0,
                                    error);
}

static gboolean
write_row(Csv *csv, const Row *row, GError **error)
{
    guint64 key = row->process << 32 | row->thread;
    Thread *thread = csv->current;
    if ((thread == NULL || thread->key != key) && (thread = take_turn(csv, key, error)) == NULL)
        return FALSE;
    if (row->has_time && !take_time(csv, thread, row->time, error))
        return FALSE;
    if (row->kind == KIND_FETCH) {
        LadInsn insn = {.length = (guint8)row->size,
                        .branch = LAD_BRANCH_UNKNOWN,
                        .flags = LAD_INSN_DEPS_UNKNOWN};
        thread->fetched = row->address;
        thread->has_fetch = thread->in_insn = TRUE;
        return lad_block_builder_insn(thread->builder, row->address, &insn, error);
    }
    if (row->kind < KIND_PREFETCH)
        return write_data(csv, thread, row, error);
    gboolean prefetch = row->kind == KIND_PREFETCH;
    LadRecord record = {.kind = prefetch ? LAD_RECORD_PREFETCH : LAD_RECORD_FLUSH,
                        .flags = prefetch ? 0 : LAD_FLUSH_INSTRUCTION | LAD_FLUSH_DATA,
                        .address = row->address,
                        .size = row->size};
    thread->in_insn = FALSE;
    return lad_block_builder_record(thread->builder, &record, error);
}

static gboolean
take_line(Csv *csv, const char *line, GError **error)
{
    Row row;
    if (csv->table.n == 0)
        return parse_header(line, &csv->table, csv->input, error);
    return parse_row(csv, line, &row, error) && begin(csv, error) && write_row(csv, &row, error);
}

static gboolean
read_member(G_GNUC_UNUSED LadImport *import, LadImportInput *input, gpointer data, GError **error)
{
    Csv *csv = data;
    const char *line;
    gsize length;
    g_autoptr(GError) failure = NULL;
    csv->input = input;
    csv->table = (Table){0};
    while (failure == NULL && (line = lad_import_line(input, &length, &failure)) != NULL)
        if (line[0] != '#')
            take_line(csv, line, &failure);
    for (guint i = 0; i < csv->threads->len; i++) {
        Thread *thread = csv->threads->pdata[i];
        lad_block_builder_flush(thread->builder, failure == NULL ? &failure : NULL);
    }
    if (failure != NULL)
        g_propagate_error(error, g_steal_pointer(&failure));
    return error == NULL || *error == NULL;
}

static gboolean
convert(LadImport *import, G_GNUC_UNUSED gconstpointer options, GError **error)
{
    Csv *csv = g_new0(Csv, 1);
    csv->import = import;
    csv->threads = g_ptr_array_new_with_free_func(free_thread);
    csv->by_key = g_hash_table_new(g_int64_hash, g_int64_equal);
    gboolean ok = lad_import_members(import, read_member, csv, error);
    g_hash_table_unref(csv->by_key);
    g_ptr_array_unref(csv->threads);
    g_free(csv);
    return ok;
}

/* 1: a header has been seen. */
static int
judge(const char *line, G_GNUC_UNUSED gsize length, G_GNUC_UNUSED guint number, gpointer data)
{
    gboolean *seen = data;
    Table table;
    if (line[0] == '#' || *seen)
        return 0;
    *seen = TRUE;
    return parse_header(line, &table, NULL, NULL) ? 1 : -1;
}

static guint
recognise(const LadImportSample *sample)
{
    gboolean seen = FALSE;
    return lad_import_sample_lines(sample, judge, &seen) > 0 ? LAD_LOOKS_CERTAIN
                                                             : LAD_LOOKS_IMPOSSIBLE;
}

const LadImportFormat lad_import_csv = {
    .name = "csv",
    .summary = "a table of accesses whose header names columns and units",
    .level = "instruction",
    .kept =
        "Kinds, addresses, sizes, program counters, processes and threads, times, and the order "
        "between threads as turns.",
    .lost =
        "Registers and kinds of branches are not in the table; lengths of instructions only where "
        "a fetch has a size.",
    .evidence = "tables exported from recordings of Valgrind",
    .recognise = recognise,
    .convert = convert,
};
