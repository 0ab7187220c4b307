/* dram.c - `banked` against two public DRAM simulators, on the same request streams.
 *
 * truth.csv has one row per simulator, configuration and stream; SIMULATOR-PART.conf beside it (or
 * with the program) has the timing, and the configuration's name says ranks, channels and address
 * map. Each simulator is met by the scheduler that has its rules. Loads are relative to the rate
 * that the simulator reached when requests came every clock. Latency counts from the clock a
 * request was due; of a saturated stream the rate is compared, since its latency is that of its
 * queues.
 */
#include "config.h"
#include "analysis/probe/streams.h"
#include "analysis/validate/groups.h"
#include <math.h>
#include <memladder/configuration.h>
#include <memladder/dram.h>
#include <string.h>

typedef struct {
    char *simulator, *config, *stream;
    guint64 interval, n, n_reads, n_activates, n_refreshes;
    double latency, per_request; /* clocks */
} Cell;

typedef struct {
    double latency, per_request;
    guint64 n_activates, n_refreshes;
} Ours;

static void
cell_clear(gpointer data)
{
    Cell *cell = data;
    g_free(cell->simulator);
    g_free(cell->config);
    g_free(cell->stream);
}

/* ---- The table --------------------------------------------------------------------------------
 */

typedef enum {
    SIMULATOR,
    CONFIG,
    STREAM,
    INTERVAL,
    REQUESTS,
    READS,
    FROM_ACCEPTANCE,
    FROM_SCHEDULE,
    PER_REQUEST,
    ACTIVATES,
    REFRESHES,
    N_COLUMNS
} Column;

static const char *const column_names[N_COLUMNS] = {
    "simulator",
    "config",
    "stream",
    "interarrival_cycles",
    "requests",
    "reads",
    "read_lat_mean_cyc",
    "read_lat_from_schedule_mean_cyc",
    "cycles_per_request",
    "n_ACT",
    "n_REF",
};

static gboolean
find_columns(const char *path, char **names, guint *place, GError **error)
{
    for (guint c = 0; c < N_COLUMNS; c++) {
        place[c] = 0;
        while (names[place[c]] && strcmp(names[place[c]], column_names[c]) != 0)
            place[c]++;
        if (!names[place[c]]) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "%s: there is no column `%s`", path,
                        column_names[c]);
            return FALSE;
        }
    }
    return TRUE;
}

static GArray *
read_cells(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_auto(GStrv) names = g_strsplit(lines[0], ",", -1);
    guint place[N_COLUMNS], n_names = g_strv_length(names);
    if (!find_columns(path, names, place, error))
        return NULL;
    g_autoptr(GArray) cells = g_array_new(FALSE, TRUE, sizeof(Cell));
    g_array_set_clear_func(cells, cell_clear);
    for (guint i = 1; lines[i] && lines[i][0]; i++) {
        g_auto(GStrv) words = g_strsplit(g_strchomp(lines[i]), ",", -1);
        if (g_strv_length(words) != n_names) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "%s:%u: expected %u columns", path,
                        i + 1, n_names);
            return NULL;
        }
        const char *from_schedule = words[place[FROM_SCHEDULE]];
        const char *latency = from_schedule[0] ? from_schedule : words[place[FROM_ACCEPTANCE]];
        const LadStreamKind *kind = lad_stream_find(words[place[STREAM]]);
        /* Closed loops have no schedule. */
        if (kind && kind->outstanding)
            latency = words[place[FROM_ACCEPTANCE]];
        Cell cell = {.simulator = g_strdup(words[place[SIMULATOR]]),
                     .config = g_strdup(words[place[CONFIG]]),
                     .stream = g_strdup(words[place[STREAM]]),
                     .interval = g_ascii_strtoull(words[place[INTERVAL]], NULL, 10),
                     .n = g_ascii_strtoull(words[place[REQUESTS]], NULL, 10),
                     .n_reads = g_ascii_strtoull(words[place[READS]], NULL, 10),
                     .n_activates = g_ascii_strtoull(words[place[ACTIVATES]], NULL, 10),
                     .n_refreshes = g_ascii_strtoull(words[place[REFRESHES]], NULL, 10),
                     .latency = g_ascii_strtod(latency, NULL),
                     .per_request = g_ascii_strtod(words[place[PER_REQUEST]], NULL)};
        g_array_append_val(cells, cell);
    }
    return g_steal_pointer(&cells);
}

/* Clocks per request of the same stream when requests come every clock; 0: not in the table. */
static double
saturated(const GArray *cells, const Cell *cell)
{
    for (guint i = 0; i < cells->len; i++) {
        const Cell *other = &g_array_index(cells, Cell, i);
        if (other->interval == 1 && strcmp(other->stream, cell->stream) == 0 &&
            strcmp(other->config, cell->config) == 0 &&
            strcmp(other->simulator, cell->simulator) == 0)
            return other->per_request;
    }
    return 0;
}

/* ---- Our side ---------------------------------------------------------------------------------
 */

typedef struct {
    guint64 ranks, channels;
    const char *map;
    char *part; /* "DDR4-3200" */
} Shape;

/* PART-Nrank-mapX or PART-Nch. FALSE: a name we cannot read. */
static gboolean
read_shape(const char *config, Shape *shape)
{
    static const struct {
        const char *ending, *map;
    } maps[] = {{"-mapA", "line, group, bank, rank, channel, row"},
                {"-mapB", "group, line, bank, rank, channel, row"}};
    g_auto(GStrv) words = g_strsplit(config, "-", -1);
    *shape = (Shape){.ranks = 1, .channels = 1, .map = "line, channel, bank, group, rank, row"};
    for (guint i = 0; i < G_N_ELEMENTS(maps); i++)
        if (g_str_has_suffix(config, maps[i].ending))
            shape->map = maps[i].map;
    g_autoptr(GString) part = g_string_new(NULL);
    for (guint i = 0; words[i]; i++) {
        char *end = NULL;
        guint64 n = g_ascii_strtoull(words[i], &end, 10);
        if (end != words[i] && strcmp(end, "rank") == 0)
            shape->ranks = n;
        else if (end != words[i] && strcmp(end, "ch") == 0)
            shape->channels = n;
        else if (g_str_has_prefix(words[i], "map"))
            continue;
        else
            g_string_append_printf(part, "%s%s", part->len ? "-" : "", words[i]);
    }
    const char *map = strstr(config, "-map");
    if (map && !g_str_has_suffix(config, "-mapA") && !g_str_has_suffix(config, "-mapB"))
        return FALSE;
    shape->part = g_strdup(part->str);
    return TRUE;
}

/* The file SIMULATOR-NAME.conf of the first folder that has it; free with g_free. */
static char *
find_conf(char *const *folders, const char *simulator, const char *name)
{
    g_autofree char *file = g_strdup_printf("%s-%s.conf", simulator, name);
    for (guint i = 0; folders[i]; i++) {
        g_autofree char *path = g_build_filename(folders[i], file, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
            return g_steal_pointer(&path);
    }
    return NULL;
}

/* The configuration's text; NULL: there is none for it. A file of the whole name comes first. */
static char *
config_text(char *const *folders, const Cell *cell)
{
    g_autofree char *whole = find_conf(folders, cell->simulator, cell->config);
    if (whole)
        return g_strdup_printf("[tier.dram]\ninclude = %s\n", whole);
    Shape shape;
    if (!read_shape(cell->config, &shape))
        return NULL;
    g_autofree char *part = shape.part;
    g_autofree char *path = find_conf(folders, cell->simulator, part);
    if (!path)
        return NULL;
    return g_strdup_printf("[tier.dram]\ninclude = %s\nranks = %" G_GUINT64_FORMAT
                           "\nchannels = %" G_GUINT64_FORMAT "\nmap = %s\n",
                           path, shape.ranks, shape.channels, shape.map);
}

/* Feed the cell's stream to `banked`. */
static gboolean
play(const char *text, const Cell *cell, const LadStreamKind *kind, Ours *ours, GError **error)
{
    g_autoptr(LadConfig) config = lad_config_new();
    LadStream stream = {.kind = kind, .interval = cell->interval, .n = cell->n};
    if (!lad_config_read_text(config, text, cell->config, error) ||
        !lad_stream_fit(&stream, config, "tier.dram", error))
        return FALSE;
    g_autoptr(LadProbe) probe = lad_probe_new(config, NULL, error);
    if (!probe)
        return FALSE;
    LadTier *tier = lad_probe_tier(probe, "dram");
    LadProbeLoad load = lad_stream_load(&stream);
    LadProbeResult result;
    if (!lad_probe_run(probe, tier, &load, &result, error))
        return FALSE;
    double clock = (double)stream.clock;
    ours->latency = result.latency_ps / (double)MAX(result.n_reads, 1) / clock;
    ours->per_request = ((double)result.last / clock + 1) / (double)MAX(cell->n, 1);
    ours->n_activates = tier->counters[LAD_DRAM_ACTIVATES];
    ours->n_refreshes = tier->counters[LAD_DRAM_REFRESHES];
    return TRUE;
}

/* ---- What is compared, and how closely --------------------------------------------------------
 */

static gboolean
is_mixed(const Cell *cell)
{
    return g_str_has_suffix(cell->stream, "21");
}

/* Saturated rate: 3 %; 10 % of mixes and of `seq` where a row lies in one bank group. */
static double
rate_aim(const Cell *cell)
{
    gboolean seq_a = strcmp(cell->stream, "seq") == 0 && g_str_has_suffix(cell->config, "-mapA");
    return is_mixed(cell) || seq_a ? 0.10 : 0.03;
}

/* Latency at this load; 0: reported only. */
static double
latency_aim(const Cell *cell, double load)
{
    if (load > 0.95)
        return 0;
    if (is_mixed(cell))
        return 0.26;
    if (load <= 0.6)
        return 0.05;
    return strcmp(cell->stream, "seq4same") == 0 ? 0 : 0.15;
}

static void
add_row(LadValidate *validate, const Cell *cell, const char *what, double measured, double got,
        double aim)
{
    g_autofree char *source = g_strdup_printf("%s, %s", cell->simulator, cell->config);
    g_autofree char *quantity = cell->interval
                                    ? g_strdup_printf("%s every %" G_GUINT64_FORMAT ", %s",
                                                      cell->stream, cell->interval, what)
                                    : g_strdup_printf("%s, %s", cell->stream, what);
    lad_validate_compare(validate, source, quantity, "clock", measured, got, aim);
}

static void
compare(LadValidate *validate, const GArray *cells, const Cell *cell, const LadStreamKind *kind,
        const Ours *ours)
{
    if (kind->outstanding) {
        gboolean full = kind->outstanding > 16;
        if (!full)
            add_row(validate, cell, "latency", cell->latency, ours->latency, 0.015);
        add_row(validate, cell, "per request", cell->per_request, ours->per_request,
                full ? 0.03 : 0.015);
        return;
    }
    double most = saturated(cells, cell), load = most / (double)cell->interval;
    if (most <= 0 || load < 1)
        add_row(validate, cell, "latency", cell->latency, ours->latency,
                most > 0 ? latency_aim(cell, load) : 0);
    else
        add_row(validate, cell, "per request", cell->per_request, ours->per_request,
                strcmp(cell->stream, "seq4same") == 0 ? 0 : rate_aim(cell));
}

static gboolean
check_cell(LadValidate *validate, char *const *folders, const GArray *cells, const Cell *cell,
           GError **error)
{
    const LadStreamKind *kind = lad_stream_find(cell->stream);
    g_autofree char *text = config_text(folders, cell);
    if (!kind || !text) {
        g_autofree char *source = g_strdup_printf("%s, %s", cell->simulator, cell->config);
        lad_validate_skip(validate, source,
                          kind ? "no configuration for it; expected SIMULATOR-PART.conf beside "
                                 "truth.csv, and a name PART[-Nrank][-Nch][-mapA|-mapB]"
                               : "an unknown stream");
        return TRUE;
    }
    Ours ours;
    if (!play(text, cell, kind, &ours, error))
        return FALSE;
    compare(validate, cells, cell, kind, &ours);
    return TRUE;
}

static gboolean
run(LadValidate *validate, GError **error)
{
    g_auto(GStrv) folders = lad_validate_folders(validate, "dram");
    gboolean any = FALSE;
    for (guint f = 0; folders[f]; f++) {
        g_autofree char *path = g_build_filename(folders[f], "truth.csv", NULL);
        if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
            continue;
        any = TRUE;
        g_autoptr(GArray) cells = read_cells(path, error);
        if (!cells)
            return FALSE;
        for (guint i = 0; i < cells->len; i++) {
            if (i % 67 == 0)
                lad_validate_progress(validate, "dram: %u of %u streams", i, cells->len);
            if (!check_cell(validate, folders, cells, &g_array_index(cells, Cell, i), error))
                return FALSE;
        }
    }
    if (!any)
        lad_validate_skip(validate, "DRAM simulators", "there is no dram/truth.csv");
    return TRUE;
}

const LadValidateGroup lad_validate_dram = {
    .name = "dram",
    .summary = "`banked` against DRAMsim3 and Ramulator 2 on the same request streams",
    .run = run,
};
