/* check_trace_page.c - memladder-trace(5) is enough to read a trace: a reader written from that
 * page alone, sharing no code with the library, finds what was written, and the identity. */
#include "config.h"
#include "tests/unit/suite.h"
#include "tests/unit/trace_sample.h"
#include <glib/gstdio.h>
#include <string.h>
#include <zstd.h>

/* ---- Bytes ------------------------------------------------------------------------------------
 */

typedef struct {
    const guint8 *at;
    gsize left;
} Bytes;

static guint64
number(Bytes *from, guint n)
{
    guint64 value = 0;
    g_assert_true(from->left >= n); /* ck_assert would tell Check of each call */
    for (guint i = 0; i < n; i++)
        value |= (guint64)from->at[i] << (8 * i);
    from->at += n;
    from->left -= n;
    return value;
}

static guint64
varint(Bytes *from)
{
    guint64 value = 0, byte;
    guint shift = 0;
    do {
        byte = number(from, 1);
        value |= (byte & 127) << shift;
        shift += 7;
    } while (byte & 128);
    return value;
}

static guint64
unzigzag(guint64 code)
{
    return code & 1 ? ~(code >> 1) : code >> 1;
}

static guint64
rotate(guint64 x, guint by)
{
    return x << by | x >> (64 - by);
}

/* XXH64, seed 0, after its specification. */
static guint64
xxh64(const guint8 *bytes, gsize n)
{
    static const guint64 p1 = 11400714785074694791u, p2 = 14029467366897019727u,
                         p3 = 1609587929392839161u, p4 = 9650029242287828579u,
                         p5 = 2870177450012600261u;
    Bytes from = {bytes, n};
    guint64 hash = p5;
    if (n >= 32) {
        guint64 acc[4] = {p1 + p2, p2, 0, 0 - p1};
        while (from.left >= 32)
            for (guint i = 0; i < 4; i++)
                acc[i] = rotate(acc[i] + number(&from, 8) * p2, 31) * p1;
        hash = rotate(acc[0], 1) + rotate(acc[1], 7) + rotate(acc[2], 12) + rotate(acc[3], 18);
        for (guint i = 0; i < 4; i++)
            hash = (hash ^ rotate(acc[i] * p2, 31) * p1) * p1 + p4;
    }
    hash += n;
    while (from.left >= 8)
        hash = rotate(hash ^ rotate(number(&from, 8) * p2, 31) * p1, 27) * p1 + p4;
    if (from.left >= 4)
        hash = rotate(hash ^ number(&from, 4) * p1, 23) * p2 + p3;
    while (from.left > 0)
        hash = rotate(hash ^ number(&from, 1) * p5, 11) * p1;
    hash = (hash ^ hash >> 33) * p2;
    hash = (hash ^ hash >> 29) * p3;
    return hash ^ hash >> 32;
}

static guint64
hash_words(const GArray *words)
{
    return xxh64((const guint8 *)words->data, words->len * 8);
}

static void
push(GArray *words, guint64 word)
{
    guint64 stored = GUINT64_TO_LE(word);
    g_array_append_val(words, stored);
}

/* ---- The file ---------------------------------------------------------------------------------
 */

typedef struct {
    char kind[5];
    GByteArray *columns[16]; /* by id, NULL: absent */
} Section;

typedef struct {
    guint64 pc, n_insns, n_operands;
    guint64 (*insn)[5];    /* length, branch, flags, reads, writes */
    guint64 (*operand)[5]; /* kind, insn, size, registers, slot */
    guint64 content;
} PageBlock;

typedef struct {
    GArray *blocks; /* PageBlock *, in order of execution */
} PageEntry;

typedef struct {
    GPtrArray *entries; /* PageEntry */
    GPtrArray *blocks;  /* PageBlock, owned */
    GArray *first;      /* guint64 by slot */
    SampleLog *log;
    GPtrArray *executions, *addresses; /* GArray of words by stream */
    GArray *identity;                  /* words of its first half */
    GArray *streams;                   /* guint64: host, process, thread by stream */
    char *stated;
} Page;

static Bytes
column(const Section *section, guint id)
{
    const GByteArray *bytes = section->columns[id];
    return bytes != NULL ? (Bytes){bytes->data, bytes->len} : (Bytes){NULL, 0};
}

static void
read_section(Bytes *file, Section *section)
{
    const guint8 *start = file->at;
    memset(section, 0, sizeof *section);
    memcpy(section->kind, file->at, 4);
    number(file, 4);
    guint n = (guint)number(file, 4);
    guint64 body = number(file, 8);
    ck_assert_uint_eq(number(file, 8), 0);
    guint64 checksum = number(file, 8);
    g_autoptr(GByteArray) covered = g_byte_array_new();
    g_byte_array_append(covered, start, 24);
    g_byte_array_append(covered, file->at, 32 * n);
    ck_assert_uint_eq(checksum, xxh64(covered->data, covered->len));
    Bytes table = {file->at, 32 * n};
    Bytes stored = {file->at + 32 * n, body - 32 * n};
    while (table.left > 0) {
        guint64 id = number(&table, 4), coding = number(&table, 4), n_stored = number(&table, 8);
        guint64 n_raw = number(&table, 8);
        ck_assert_uint_eq(number(&table, 8), xxh64(stored.at, n_stored));
        GByteArray *raw = g_byte_array_new();
        g_byte_array_set_size(raw, (guint)n_raw);
        if (coding == 0 && n_raw > 0)
            memcpy(raw->data, stored.at, n_raw);
        else if (n_raw > 0)
            ck_assert_uint_eq(ZSTD_decompress(raw->data, n_raw, stored.at, n_stored), n_raw);
        section->columns[id] = raw;
        stored.at += n_stored;
        stored.left -= n_stored;
    }
    ck_assert_uint_eq(stored.left, 0);
    file->at += body;
    file->left -= body;
}

static void
clear_section(Section *section)
{
    for (guint i = 0; i < G_N_ELEMENTS(section->columns); i++)
        if (section->columns[i] != NULL)
            g_byte_array_unref(section->columns[i]);
}

static const char *
attribute(const Section *section, const char *key)
{
    const char *at = (const char *)section->columns[1]->data;
    const char *end = at + section->columns[1]->len;
    while (at < end) {
        const char *value = at + strlen(at) + 1;
        if (strcmp(at, key) == 0)
            return value;
        at = value + strlen(value) + 1;
    }
    ck_abort_msg("no attribute %s", key);
}

static guint64
attribute_number(const Section *section, const char *key)
{
    return g_ascii_strtoull(attribute(section, key), NULL, 10);
}

static guint64
attribute_choice(const Section *section, const char *key, const char *choices)
{
    g_auto(GStrv) names = g_strsplit(choices, " ", -1);
    for (guint i = 0; names[i] != NULL; i++)
        if (strcmp(names[i], attribute(section, key)) == 0)
            return i;
    ck_abort_msg("attribute %s", key);
}

static void
take_head(Page *page, const Section *section)
{
    push(page->identity, attribute_choice(section, "level", "instruction miss page alloc"));
    push(page->identity, attribute_choice(section, "address-space", "virtual physical"));
    push(page->identity, attribute_choice(section, "isa", "unknown x86-64 aarch64"));
    push(page->identity, attribute_number(section, "page-bytes"));
    push(page->identity, attribute_number(section, "tick-ps"));
}

static void
take_stream(Page *page, const Section *section)
{
    static const char *const keys[] = {"host", "process", "thread"};
    for (guint i = 0; i < 3; i++)
        push(page->streams, attribute_number(section, keys[i]));
    g_ptr_array_add(page->log, g_array_new(FALSE, FALSE, 8));
    g_ptr_array_add(page->executions, g_array_new(FALSE, FALSE, 8));
    g_ptr_array_add(page->addresses, g_array_new(FALSE, FALSE, 8));
}

/* ---- The dictionary ---------------------------------------------------------------------------
 */

static guint64
block_content(const PageBlock *block)
{
    g_autoptr(GArray) words = g_array_new(FALSE, FALSE, 8);
    push(words, block->pc);
    push(words, block->n_insns | block->n_operands << 32);
    for (guint i = 0; i < block->n_insns; i++) {
        push(words, block->insn[i][0] | block->insn[i][1] << 8 | block->insn[i][2] << 16);
        push(words, block->insn[i][3]);
        push(words, block->insn[i][4]);
    }
    for (guint i = 0; i < block->n_operands; i++) {
        push(words, block->operand[i][0] | block->operand[i][1] << 8 | block->operand[i][2] << 16);
        push(words, block->operand[i][3]);
    }
    return hash_words(words);
}

static void
block_free(gpointer data)
{
    PageBlock *block = data;
    g_free(block->insn);
    g_free(block->operand);
    g_free(block);
}

static void
entry_free(gpointer data)
{
    PageEntry *entry = data;
    g_array_unref(entry->blocks);
    g_free(entry);
}

static void
take_code(Page *page, const Section *section)
{
    Bytes counts = column(section, 1), kinds = column(section, 2), blocks = column(section, 3),
          insns = column(section, 4), insn_registers = column(section, 5),
          operands = column(section, 6), operand_registers = column(section, 7),
          firsts = column(section, 8), paths = column(section, 9);
    guint64 end = 0, first = 0;
    ck_assert_uint_eq(number(&counts, 8), page->entries->len);
    ck_assert_uint_eq(number(&counts, 8), kinds.left);
    while (kinds.left > 0) {
        PageEntry *entry = g_new0(PageEntry, 1);
        entry->blocks = g_array_new(FALSE, FALSE, sizeof(PageBlock *));
        if (number(&kinds, 1) == 1) {
            guint id = page->entries->len;
            for (guint i = 0; i < 2; i++) {
                const PageEntry *part = page->entries->pdata[id - (guint)varint(&paths)];
                g_array_append_vals(entry->blocks, part->blocks->data, part->blocks->len);
            }
            g_ptr_array_add(page->entries, entry);
            continue;
        }
        PageBlock *block = g_new0(PageBlock, 1);
        block->pc = end + unzigzag(varint(&blocks));
        block->n_insns = varint(&blocks);
        block->n_operands = varint(&blocks);
        block->insn = g_malloc0((block->n_insns + 1) * sizeof *block->insn);
        block->operand = g_malloc0((block->n_operands + 1) * sizeof *block->operand);
        end = block->pc;
        for (guint i = 0; i < block->n_insns; i++) {
            for (guint k = 0; k < 3; k++)
                block->insn[i][k] = number(&insns, 1);
            if (!(block->insn[i][2] & 1)) {
                block->insn[i][3] = number(&insn_registers, 8);
                block->insn[i][4] = number(&insn_registers, 8);
            }
            end += block->insn[i][0];
        }
        for (guint i = 0; i < block->n_operands; i++) {
            block->operand[i][0] = number(&operands, 1);
            block->operand[i][1] = number(&operands, 1);
            block->operand[i][2] = number(&operands, 2);
            block->operand[i][3] = number(&operand_registers, 8);
            block->operand[i][4] = page->first->len;
            first += unzigzag(varint(&firsts));
            g_array_append_val(page->first, first);
        }
        block->content = block_content(block);
        g_array_append_val(entry->blocks, block);
        g_ptr_array_add(page->blocks, block);
        g_ptr_array_add(page->entries, entry);
    }
    ck_assert_uint_eq(blocks.left + insns.left + insn_registers.left + operands.left +
                          operand_registers.left + firsts.left + paths.left,
                      0);
}

/* ---- A chunk ----------------------------------------------------------------------------------
 */

typedef struct {
    guint64 field[5]; /* flags, address, size, value, weight */
    char *text;
} LastRecord;

static void
take_record(Page *page, guint stream, Bytes *records, LastRecord *last)
{
    GArray *log = page->log->pdata[stream];
    guint64 kind = number(records, 1), fields = number(records, 1);
    LastRecord *record = &last[kind];
    for (guint i = 0; i < 5; i++) {
        if (!(fields >> i & 1))
            continue;
        guint64 value = varint(records);
        if (i == 1 || i == 3)
            record->field[i] += unzigzag(value);
        else
            record->field[i] = value;
    }
    if (fields & 32) {
        guint64 n = varint(records);
        g_free(record->text);
        record->text = g_strndup((const char *)records->at, n);
        records->at += n;
        records->left -= n;
    }
    const char *text = record->text != NULL ? record->text : "";
    g_autoptr(GArray) words = g_array_new(FALSE, FALSE, 8);
    push(words, kind | record->field[0] << 32);
    for (guint i = 1; i < 5; i++)
        push(words, record->field[i]);
    g_array_append_vals(log, words->data, words->len);
    for (const char *at = text; *at != '\0'; at++)
        push(log, (guchar)*at);
    push(words, xxh64((const guint8 *)text, strlen(text)));
    push(page->executions->pdata[stream], hash_words(words));
}

typedef struct {
    Bytes lengths, bytes;
    guint n_taken; /* operands of this token */
    guint8 nibbles;
    guint64 *last;
} Addresses;

static guint64
take_address(Addresses *from, guint64 slot)
{
    if (from->n_taken++ % 2 == 0)
        from->nibbles = (guint8)number(&from->lengths, 1);
    guint n = from->n_taken % 2 == 1 ? from->nibbles & 15 : from->nibbles >> 4;
    return from->last[slot] += unzigzag(number(&from->bytes, n));
}

static void
take_block(Page *page, guint stream, const PageBlock *block, Addresses *from)
{
    GArray *log = page->log->pdata[stream];
    push(page->executions->pdata[stream], block->content);
    push(log, block->pc);
    push(log, block->n_insns | block->n_operands << 16);
    for (guint i = 0; i < block->n_insns; i++) {
        push(log, block->insn[i][0] | block->insn[i][1] << 8 | block->insn[i][2] << 16);
        push(log, block->insn[i][3]);
        push(log, block->insn[i][4]);
    }
    for (guint i = 0; i < block->n_operands; i++) {
        guint64 address = take_address(from, block->operand[i][4]);
        push(page->addresses->pdata[stream], address);
        push(log, block->operand[i][0] | block->operand[i][1] << 8 | block->operand[i][2] << 16);
        push(log, block->operand[i][3]);
        push(log, address);
    }
}

static void
take_chunk(Page *page, const Section *section)
{
    Bytes counts = column(section, 1), low = column(section, 2), high = column(section, 3),
          records = column(section, 6);
    LastRecord last[256] = {0};
    guint stream = (guint)number(&counts, 8);
    ck_assert_uint_le(number(&counts, 8), page->entries->len);
    guint64 n_tokens = number(&counts, 8);
    Addresses from = {.lengths = column(section, 4), .bytes = column(section, 5)};
    from.last = g_memdup2(page->first->data, MAX(page->first->len, 1) * sizeof(guint64));
    for (guint64 t = 0; t < n_tokens; t++) {
        guint64 code = number(&low, 2);
        if (section->columns[3] != NULL)
            code |= number(&high, 2) << 16;
        if (code == 0) {
            take_record(page, stream, &records, last);
            continue;
        }
        const PageEntry *entry = page->entries->pdata[code - 1];
        from.n_taken = 0;
        for (guint b = 0; b < entry->blocks->len; b++)
            take_block(page, stream, g_array_index(entry->blocks, PageBlock *, b), &from);
    }
    ck_assert_uint_eq(low.left + high.left + records.left + from.lengths.left + from.bytes.left, 0);
    g_free(from.last);
    for (guint i = 0; i < G_N_ELEMENTS(last); i++)
        g_free(last[i].text);
}

/* ---- All of it --------------------------------------------------------------------------------
 */

static void
read_file(Page *page, Bytes file)
{
    Bytes whole = file, tail = {file.at + file.left - 24, 24};
    ck_assert_mem_eq(file.at, "\x89MLT\r\n\x1a\n", 8);
    number(&file, 8);
    ck_assert_uint_eq(number(&file, 4), 1);
    ck_assert_uint_eq(number(&file, 4), 0);
    guint64 index = 0;
    while (file.left > 24) {
        Section section;
        guint64 at = (guint64)(file.at - whole.at);
        read_section(&file, &section);
        if (strcmp(section.kind, "HEAD") == 0)
            take_head(page, &section);
        else if (strcmp(section.kind, "STRM") == 0)
            take_stream(page, &section);
        else if (strcmp(section.kind, "CODE") == 0)
            take_code(page, &section);
        else if (strcmp(section.kind, "CHNK") == 0)
            take_chunk(page, &section);
        else if (strcmp(section.kind, "INDX") == 0)
            page->stated = g_strndup((const char *)section.columns[3]->data, 32);
        index = at;
        clear_section(&section);
    }
    ck_assert_uint_eq(xxh64(tail.at, 8), (tail.at += 8, number(&tail, 8)));
    tail = (Bytes){whole.at + whole.left - 24, 8};
    ck_assert_uint_eq(number(&tail, 8), index);
}

static char *
identity(const Page *page)
{
    g_autoptr(GArray) addresses = g_array_new(FALSE, FALSE, 8);
    push(page->identity, page->log->len);
    for (guint i = 0; i < page->log->len; i++) {
        g_array_append_vals(page->identity, &g_array_index(page->streams, guint64, 3 * i), 3);
        push(page->identity, hash_words(page->executions->pdata[i]));
        push(addresses, hash_words(page->addresses->pdata[i]));
    }
    return g_strdup_printf("%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
                           hash_words(page->identity), hash_words(addresses));
}

static GPtrArray *
new_words(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
}

START_TEST(a_reader_made_from_the_page_finds_what_was_written)
{
    static const SampleProgram programs[] = {
        {.seed = 21, .n_streams = 1, .n_steps = 20000, .n_blocks = 30},
        {.seed = 22,
         .n_streams = 3,
         .n_steps = 3000,
         .n_blocks = 200,
         .records = TRUE,
         .wide = TRUE},
        {.seed = 23, .n_streams = 1, .n_steps = 80000, .n_blocks = 70001},
    };
    LadTraceWriterOptions options = {.chunk_references = _i == 2 ? 300000 : 20000};
    g_autofree char *path = NULL;
    g_autofree char *bytes = NULL;
    gsize n;
    int fd = g_file_open_tmp("lad-page-XXXXXX", &path, NULL);
    ck_assert_int_ge(fd, 0);
    (void)g_close(fd, NULL);
    g_autoptr(GPtrArray) written = sample_write(path, &programs[_i], &options);
    ck_assert(g_file_get_contents(path, &bytes, &n, NULL));
    (void)g_unlink(path);
    Page page = {.entries = g_ptr_array_new_with_free_func(entry_free),
                 .blocks = g_ptr_array_new_with_free_func(block_free),
                 .first = g_array_new(FALSE, FALSE, 8),
                 .log = new_words(),
                 .executions = new_words(),
                 .addresses = new_words(),
                 .identity = g_array_new(FALSE, FALSE, 8),
                 .streams = g_array_new(FALSE, FALSE, 8)};
    read_file(&page, (Bytes){(const guint8 *)bytes, n});
    if (G_BYTE_ORDER == G_LITTLE_ENDIAN)
        ck_assert(sample_equal(written, page.log));
    g_autofree char *found = identity(&page);
    ck_assert_str_eq(found, page.stated);
    g_ptr_array_unref(page.entries);
    g_ptr_array_unref(page.blocks);
    g_array_unref(page.first);
    g_ptr_array_unref(page.log);
    g_ptr_array_unref(page.executions);
    g_ptr_array_unref(page.addresses);
    g_array_unref(page.identity);
    g_array_unref(page.streams);
    g_free(page.stated);
}
END_TEST

START_TEST(the_hash_is_that_of_its_specification)
{
    ck_assert_uint_eq(xxh64((const guint8 *)"", 0), 0xef46db3751d8e999u);
    ck_assert_uint_eq(xxh64((const guint8 *)"a", 1), 0xd24ec4f1a98c6e5bu);
    ck_assert_uint_eq(xxh64((const guint8 *)"abc", 3), 0x44bc2cf5ad770999u);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("trace page");
    TCase *tests = tcase_create("memladder-trace(5)");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, the_hash_is_that_of_its_specification);
    tcase_add_loop_test(tests, a_reader_made_from_the_page_finds_what_was_written, 0, 3);
    suite_add_tcase(suite, tests);
    return lad_suite_run(suite);
}
