/* perf_script.c - memory samples (perf mem record, PEBS, IBS, SPE, also page faults with addresses)
 * as text, by
 *
 *     perf script --ns -F comm,pid,tid,cpu,time,period,event,addr,data_src,weight,phys_addr
 *
 *     gzip  8867/8867  [000] 14007.028118768:  1009 cpu/mem-loads,ldlat=30/P:  55eeb3ea05c0
 *         1e05080021 |OP LOAD|LVL L1 hit|SNP None|TLB L1 hit|LCK No|BLK  N/A   43   1a2b3c4d5  (one
 * line)
 *
 * Source: tools/perf/builtin-script.c of Linux, which prints fields in this order whatever order -F
 * names them in; the low five bits of a data source are the operation (linux/perf_event.h). The
 * columns behind the data source have no mark of their own, so `columns` says which there are.
 *
 * A sample becomes a touch that weighs its period, on the stream of its thread, after its time, its
 * processor where that changes, and markers for latency, data source and the other address. */
#include "config.h"
#include <string.h>
#include "traces/import/formats.h"

#define TICK_PS     1000 /* ns */
#define PAGE_BYTES  4096
#define MAX_WORDS   32
#define MAX_STREAMS 65536
#define GRAMMAR                                                                                    \
    "expected `COMM PID/TID [CPU] SECONDS: [PERIOD] EVENT: ADDRESS [DATASRC |...|...] COLUMNS`, "  \
    "as perf script prints it with -F comm,pid,tid,cpu,time,period,event,addr,data_src and the "   \
    "columns of --option columns"

/* Kinds of markers. */
enum { MARKER_LATENCY = 1, MARKER_SOURCE = 2, MARKER_OTHER_ADDRESS = 3 };

/* Operations of a data source. */
enum { OPERATION_STORE = 4, OPERATION_PREFETCH = 8, OPERATION_EXECUTE = 16 };

typedef enum { SPACE_VIRTUAL, SPACE_PHYSICAL } Space;
typedef enum { WHAT_DATA, WHAT_CODE } What;
typedef enum { COLUMN_WEIGHT, COLUMN_INS_LAT, COLUMN_RETIRE_LAT, COLUMN_IP, COLUMN_PHYS } Column;

static const char *const spaces[] = {"virtual", "physical", NULL};
static const char *const whats[] = {"data", "code", NULL};
static const char *const column_names[] = {"weight", "ins_lat",   "retire_lat",
                                           "ip",     "phys_addr", NULL};

typedef struct {
    guint space, what;
    char **columns;
    gboolean details;
} Settings;

typedef struct {
    guint64 process, thread, time_ns, period, address, source, columns[COLUMN_PHYS + 1];
    gint64 cpu; /* -1: not told */
    const char *comm;
    gsize comm_bytes;
    const char *event;
    gsize event_bytes;
} Sample;

typedef struct {
    guint64 process, thread;
    guint stream;
    guint64 time;
    gint64 cpu;
} Thread;

typedef struct {
    const Settings *settings;
    Column columns[COLUMN_PHYS + 1]; /* in order */
    guint n_columns;
    gboolean any_columns; /* whatever they are: to recognise a line */
    LadImport *import;
    LadImportInput *input;
    LadTraceWriter *writer;
    GHashTable *threads; /* process << 32 | thread -> Thread */
    Thread *last;        /* the sample before was of it */
    guint64 time;        /* of the sample before */
} Perf;

/* ---- Words ------------------------------------------------------------------------------------
 */

typedef struct {
    const char *at;
    gsize n;
} Word;

static guint
split(const char *line, Word words[MAX_WORDS])
{
    guint n = 0;
    while (n < MAX_WORDS) {
        line += strspn(line, " \t");
        if (*line == '\0')
            break;
        words[n].at = line;
        words[n].n = strcspn(line, " \t");
        line += words[n++].n;
    }
    return n;
}

static gboolean
number(const char *at, gsize n, guint base, guint64 *value)
{
    guint64 sum = 0;
    if (n == 0 || n > 20)
        return FALSE;
    for (gsize i = 0; i < n; i++) {
        int digit = g_ascii_xdigit_value(at[i]);
        if (digit < 0 || (guint)digit >= base || sum > (G_MAXUINT64 - (guint)digit) / base)
            return FALSE;
        sum = sum * base + (guint)digit;
    }
    *value = sum;
    return TRUE;
}

/* "14007.028118768:" with 6 or 9 digits behind the point. */
static gboolean
seconds(const Word *word, guint64 *ns)
{
    guint64 whole, fraction;
    const char *point = memchr(word->at, '.', word->n);
    if (point == NULL || word->at[word->n - 1] != ':')
        return FALSE;
    gsize before = (gsize)(point - word->at), behind = word->n - before - 2;
    if ((behind != 6 && behind != 9) || !number(word->at, before, 10, &whole) ||
        whole > G_MAXUINT32 || !number(point + 1, behind, 10, &fraction))
        return FALSE;
    *ns = whole * 1000000000 + (behind == 6 ? fraction * 1000 : fraction);
    return TRUE;
}

/* "8867/8868", "8867", also -1 for what is gone. */
static gboolean
ids(const Word *word, Sample *sample)
{
    const char *slash = memchr(word->at, '/', word->n);
    gsize n = slash != NULL ? (gsize)(slash - word->at) : word->n;
    const char *second = slash != NULL ? slash + 1 : word->at;
    gsize n_second = slash != NULL ? word->n - n - 1 : n;
    guint64 *to[] = {&sample->process, &sample->thread};
    const Word parts[] = {{word->at, n}, {second, n_second}};
    for (guint i = 0; i < 2; i++) {
        if (parts[i].n == 2 && memcmp(parts[i].at, "-1", 2) == 0)
            *to[i] = G_MAXUINT32;
        else if (!number(parts[i].at, parts[i].n, 10, to[i]) || *to[i] > G_MAXUINT32)
            return FALSE;
    }
    return TRUE;
}

/* ---- A line -----------------------------------------------------------------------------------
 */

/* What stands before the time. */
static gboolean
parse_thread(const char *line, const Word *words, guint n, Sample *sample)
{
    guint64 cpu;
    sample->cpu = -1;
    if (n > 0 && words[n - 1].n > 2 && words[n - 1].at[0] == '[') {
        const Word *last = &words[--n];
        if (last->at[last->n - 1] != ']' || !number(last->at + 1, last->n - 2, 10, &cpu) ||
            cpu > G_MAXUINT16)
            return FALSE;
        sample->cpu = (gint64)cpu;
    }
    if (n == 0 || !ids(&words[n - 1], sample))
        return FALSE;
    sample->comm = line + strspn(line, " \t");
    sample->comm_bytes = n > 1 ? (gsize)(words[n - 2].at + words[n - 2].n - sample->comm) : 0;
    return TRUE;
}

/* Passes over the words of a decoded data source: up to the first number after the last bar. */
static guint
after_source(const Word *words, guint at, guint n)
{
    guint64 value;
    for (guint i = at; i < n; i++)
        if (memchr(words[i].at, '|', words[i].n) != NULL)
            at = i + 1;
    while (at < n && !number(words[at].at, words[at].n, 10, &value))
        at++;
    return at;
}

/* What stands behind the time. */
static gboolean
parse_access(const Perf *perf, const Word *words, guint n, Sample *sample)
{
    guint at = 0;
    sample->period = 1;
    if (n > 1 && number(words[0].at, words[0].n, 10, &sample->period))
        at++;
    if (at + 1 >= n || words[at].at[words[at].n - 1] != ':')
        return FALSE;
    sample->event = words[at].at;
    sample->event_bytes = words[at++].n - 1;
    if (!number(words[at].at, words[at].n, 16, &sample->address))
        return FALSE;
    at++;
    sample->source = 0;
    if (at + 1 < n && words[at + 1].at[0] == '|') {
        if (!number(words[at].at, words[at].n, 16, &sample->source))
            return FALSE;
        at = after_source(words, at + 1, n);
    }
    if (perf->any_columns)
        return TRUE;
    if (n - at != perf->n_columns)
        return FALSE;
    for (guint i = 0; i < perf->n_columns; i++) {
        Column column = perf->columns[i];
        guint base = column == COLUMN_IP || column == COLUMN_PHYS ? 16 : 10;
        if (!number(words[at + i].at, words[at + i].n, base, &sample->columns[column]))
            return FALSE;
    }
    return sample->period > 0;
}

static gboolean
parse_line(const Perf *perf, const char *line, Sample *sample)
{
    Word words[MAX_WORDS];
    guint n = split(line, words), time = 0;
    *sample = (Sample){0};
    while (time < n && !seconds(&words[time], &sample->time_ns))
        time++;
    return time < n && parse_thread(line, words, time, sample) &&
           parse_access(perf, words + time + 1, n - time - 1, sample);
}

/* ---- The trace --------------------------------------------------------------------------------
 */

static void
set_header(const Perf *perf, const Sample *first)
{
    LadTraceHeader *header = lad_import_header(perf->import);
    header->level = LAD_LEVEL_PAGE;
    header->tick_ps = TICK_PS;
    header->page_bytes = PAGE_BYTES;
    if (perf->settings->space == SPACE_PHYSICAL)
        header->address_space = LAD_ADDRESS_PHYSICAL;
    g_hash_table_insert(header->notes, g_strdup(LAD_NOTE_ORDER), g_strdup("exact"));
    g_hash_table_insert(header->notes, g_strdup(LAD_NOTE_SAMPLED),
                        g_strdup_printf("1 of %" G_GUINT64_FORMAT " events `%.*s` (the first "
                                        "sample's period; each touch weighs its own)",
                                        first->period, (int)first->event_bytes, first->event));
    g_hash_table_insert(header->notes, g_strdup(LAD_NOTE_SCALING),
                        g_strdup("weights are periods, so sums of weights estimate events; pages "
                                 "that were touched less than a period are likely to be missing"));
}

static Thread *
thread_of(Perf *perf, const Sample *sample, GError **error)
{
    Thread *last = perf->last;
    if (last != NULL && last->process == sample->process && last->thread == sample->thread)
        return last;
    guint64 key = sample->process << 32 | sample->thread;
    Thread *thread = g_hash_table_lookup(perf->threads, &key);
    if (thread != NULL)
        return perf->last = thread;
    if (g_hash_table_size(perf->threads) >= MAX_STREAMS) {
        lad_import_bad(perf->input, error, "more than 65536 threads");
        return NULL;
    }
    if (perf->writer == NULL)
        set_header(perf, sample);
    perf->writer = lad_import_begin(perf->import, error);
    if (perf->writer == NULL)
        return NULL;
    g_autofree char *name = g_strndup(sample->comm, sample->comm_bytes);
    LadStreamInfo info = {.process = (guint32)sample->process,
                          .thread = (guint32)sample->thread,
                          .cgroup = (char *)"",
                          .name = name};
    thread = g_new(Thread, 1);
    *thread = (Thread){.process = sample->process,
                       .thread = sample->thread,
                       .stream = lad_trace_writer_add_stream(perf->writer, &info),
                       .time = G_MAXUINT64,
                       .cpu = -1};
    g_hash_table_insert(perf->threads, g_memdup2(&key, sizeof key), thread);
    return perf->last = thread;
}

static gboolean
write_marker(const Perf *perf, const Thread *thread, guint kind, guint64 value, GError **error)
{
    LadRecord record = {.kind = LAD_RECORD_MARKER, .flags = kind, .value = value};
    return value == 0 || lad_trace_writer_record(perf->writer, thread->stream, &record, error);
}

static gboolean
write_details(const Perf *perf, const Thread *thread, const Sample *sample, guint64 other,
              GError **error)
{
    return !perf->settings->details ||
           (write_marker(perf, thread, MARKER_LATENCY, sample->columns[COLUMN_WEIGHT], error) &&
            write_marker(perf, thread, MARKER_SOURCE, sample->source, error) &&
            write_marker(perf, thread, MARKER_OTHER_ADDRESS, other, error));
}

static gboolean
write_touch(const Perf *perf, const Thread *thread, const Sample *sample, guint64 address,
            GError **error)
{
    static const char store[] = "store";
    gboolean stores = (sample->source & OPERATION_STORE) != 0;
    if (sample->source == 0)
        stores = g_strstr_len(sample->event, (gssize)sample->event_bytes, store) != NULL;
    LadRecord record = {.kind = LAD_RECORD_PAGE_TOUCH,
                        .address = address,
                        .weight = sample->period,
                        .value = stores ? sample->period : 0};
    if (perf->settings->what == WHAT_CODE)
        record = (LadRecord){.kind = LAD_RECORD_FETCH, .address = address};
    else if ((sample->source & (OPERATION_PREFETCH | OPERATION_EXECUTE)) != 0)
        record =
            (LadRecord){.kind = (sample->source & OPERATION_PREFETCH) != 0 ? LAD_RECORD_PREFETCH
                                                                           : LAD_RECORD_FETCH,
                        .address = address};
    return lad_trace_writer_record(perf->writer, thread->stream, &record, error);
}

static gboolean
take_sample(Perf *perf, const Sample *sample, GError **error)
{
    gboolean physical = perf->settings->space == SPACE_PHYSICAL;
    guint64 address = physical ? sample->columns[COLUMN_PHYS] : sample->address;
    guint64 other = physical ? sample->address : sample->columns[COLUMN_PHYS];
    if (sample->time_ns < perf->time)
        return lad_import_bad(perf->input, error, "the time goes back; expected lines in order");
    perf->time = sample->time_ns;
    Thread *thread = thread_of(perf, sample, error);
    if (thread == NULL)
        return FALSE;
    LadRecord time = {.kind = LAD_RECORD_TIME, .value = sample->time_ns};
    LadRecord cpu = {
        .kind = LAD_RECORD_SWITCH, .flags = LAD_SWITCH_CPU, .address = (guint64)sample->cpu};
    if (thread->time != sample->time_ns &&
        !lad_trace_writer_record(perf->writer, thread->stream, &time, error))
        return FALSE;
    thread->time = sample->time_ns;
    if (thread->cpu != sample->cpu &&
        !lad_trace_writer_record(perf->writer, thread->stream, &cpu, error))
        return FALSE;
    thread->cpu = sample->cpu;
    /* Not every sample has an address; then it is 0. */
    return address == 0 || (write_details(perf, thread, sample, other, error) &&
                            write_touch(perf, thread, sample, address, error));
}

static gboolean
read_member(LadImport *import, LadImportInput *input, gpointer data, GError **error)
{
    Perf *perf = data;
    const char *line;
    gsize length;
    g_autoptr(GError) failure = NULL;
    perf->import = import;
    perf->input = input;
    perf->time = 0;
    while (failure == NULL && (line = lad_import_line(input, &length, &failure)) != NULL) {
        Sample sample;
        if (line[strspn(line, " \t")] == '\0' || *line == '#')
            continue;
        if (parse_line(perf, line, &sample)) {
            (void)take_sample(perf, &sample, &failure);
        } else {
            g_autofree char *shown = g_strescape(line, NULL);
            lad_import_bad(input, &failure, "`%.80s%s`: " GRAMMAR, shown,
                           strlen(shown) > 80 ? "..." : "");
        }
    }
    if (failure == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

/* ---- The format -------------------------------------------------------------------------------
 */

static gboolean
set_columns(Perf *perf, char *const *names, GError **error)
{
    guint next = 0;
    for (guint i = 0; names != NULL && names[i] != NULL; i++) {
        guint k = next;
        while (column_names[k] != NULL && strcmp(column_names[k], names[i]) != 0)
            k++;
        if (column_names[k] == NULL) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                        "--option columns: `%s`: expected some of weight, ins_lat, retire_lat, ip, "
                        "phys_addr, in this order",
                        names[i]);
            return FALSE;
        }
        perf->columns[perf->n_columns++] = (Column)k;
        next = k + 1;
    }
    return TRUE;
}

static gboolean
convert(LadImport *import, gconstpointer options, GError **error)
{
    Perf perf = {.settings = options};
    if (!set_columns(&perf, perf.settings->columns, error))
        return FALSE;
    perf.threads = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    gboolean ok = lad_import_members(import, read_member, &perf, error);
    g_hash_table_unref(perf.threads);
    return ok;
}

static int
judge(const char *line, gsize length, guint line_number, gpointer data)
{
    Sample sample;
    (void)line_number;
    (void)data;
    if (line[strspn(line, " \t")] == '\0' || line[0] == '#')
        return 0;
    if (g_strstr_len(line, (gssize)length, ": damon:") != NULL)
        return -1;
    const Perf any = {.any_columns = TRUE};
    return parse_line(&any, line, &sample) ? 1 : -1;
}

static guint
recognise(const LadImportSample *sample)
{
    return lad_import_sample_lines(sample, judge, NULL) > 0 ? 85 : LAD_LOOKS_IMPOSSIBLE;
}

static const LadOption options[] = {
    LAD_OPT(Settings, columns, "columns", LIST, "weight,phys_addr", NULL, NULL,
            "what stands behind the address and data source: some of weight, ins_lat, retire_lat, "
            "ip, phys_addr"),
    LAD_OPT_ENUM(Settings, space, "address-space", "virtual", spaces,
                 "which address is that of the touch"),
    LAD_OPT_ENUM(
        Settings, what, "what", "data", whats,
        "what the addresses are of: data, or instructions, as perf script -F ip prints them; "
        "each sample is a fetch then"),
    LAD_OPT(Settings, details, "details", BOOL, "true", NULL, NULL,
            "latency, data source and the other address as markers 1, 2 and 3 before each touch"),
    LAD_OPTIONS_END,
};

const LadImportFormat lad_import_perf_script = {
    .name = "perf-script",
    .summary = "text of perf script, samples of perf mem record and the like",
    .level = "page",
    .kept =
        "Every sample with an address: time, process, thread, processor, address, load or store, "
        "its period as the touch's weight; latency, data source and physical address as "
        "markers.\n"
        "Each thread is a stream. The trace is marked as sampled.",
    .lost = "Only samples are recorded; what was touched between them is missing.\n"
            "Sizes of accesses, instruction pointers, and events of samples are not kept.\n"
            "Samples without an address are left out.",
    .evidence = "page faults with addresses, recorded by perf 6.1 in all these columns; samples of "
                "PEBS: " LAD_IMPORT_FORMAT_ONLY,
    .options = options,
    .options_size = sizeof(Settings),
    .recognise = recognise,
    .convert = convert,
};
