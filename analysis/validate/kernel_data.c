/* kernel_data.c - reading the measured runs of a Linux kernel. */
#include "config.h"
#include "analysis/validate/kernel_data.h"
#include <archive.h>
#include <archive_entry.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STANDARD_START "tpp_zipf_r1"
#define KB_PER_PAGE    4

static GHashTable *
columns_of(char *const *headings)
{
    GHashTable *columns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; headings[i]; i++)
        g_hash_table_insert(columns, g_strdup(headings[i]), GUINT_TO_POINTER(i + 1));
    return columns;
}

/* The text of a row's column, NULL if there is none. */
static const char *
cell(GHashTable *columns, char *const *cells, const char *name)
{
    guint at = GPOINTER_TO_UINT(g_hash_table_lookup(columns, name));
    return at > 0 && at <= g_strv_length((char **)cells) ? cells[at - 1] : NULL;
}

static gboolean
count(GHashTable *columns, char *const *cells, const char *name, guint64 *value, GError **error)
{
    const char *text = cell(columns, cells, name);
    if (text && g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, value, NULL))
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "column %s: \"%s\"; expected a whole number",
                name, text ? text : "");
    return FALSE;
}

static double
share(GHashTable *columns, char *const *cells, const char *name)
{
    const char *text = cell(columns, cells, name);
    return text && g_ascii_isdigit(text[0]) ? g_ascii_strtod(text, NULL) : (double)NAN;
}

static gboolean
read_row(GHashTable *columns, char *const *cells, LadKernelRow *row, GError **error)
{
    guint64 free_kb;
    row->near_start = share(columns, cells, "near_share_start_placement_fraction");
    row->near_end = share(columns, cells, "near_share_end_placement_fraction");
    if (!count(columns, cells, "accesses_count", &row->accesses, error) ||
        !count(columns, cells, "t_virtual_ns", &row->time_ns, error) ||
        !count(columns, cells, "resident_node0_pages", &row->near_pages, error) ||
        !count(columns, cells, "resident_node1_pages", &row->far_pages, error) ||
        !count(columns, cells, "node0_free_kb", &free_kb, error) ||
        !count(columns, cells, "vm_pgpromote_success_pages", &row->promotions, error) ||
        !count(columns, cells, "vm_pgpromote_candidate_pages", &row->candidates, error) ||
        !count(columns, cells, "vm_pgdemote_kswapd_pages", &row->demotions, error) ||
        !count(columns, cells, "vm_numa_hint_faults_count", &row->hint_faults, error) ||
        !count(columns, cells, "vm_numa_pte_updates_pages", &row->pte_updates, error))
        return FALSE;
    row->near_free = free_kb / KB_PER_PAGE;
    return TRUE;
}

static gboolean
read_log(LadKernelRun *run, const char *path, GError **error)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, error))
        return FALSE;
    g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
    g_auto(GStrv) headings = g_strsplit(lines[0] ? lines[0] : "", ",", -1);
    g_autoptr(GHashTable) columns = columns_of(headings);
    for (guint i = 1; lines[0] && lines[i]; i++) {
        g_auto(GStrv) cells = g_strsplit(lines[i], ",", -1);
        LadKernelRow row = {0};
        if (!read_row(columns, cells, &row, error)) {
            g_prefix_error(error, "%s: line %u: ", path, i + 1);
            return FALSE;
        }
        g_array_append_val(run->rows, row);
    }
    if (run->rows->len >= 2)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "%s: %u rows; expected the state after the first touch and at least one more", path,
                run->rows->len);
    return FALSE;
}

static gboolean
read_settings(LadKernelRun *run, const char *path, GError **error)
{
    const struct {
        const char *name;
        guint64 *value;
        guint64 standard;
    } numbers[] = {
        {"promote_rate_limit_MBps", &run->rate_mbps, 65536},
        {"hot_threshold_ms", &run->hot_threshold_ms, 1000},
        {"scan_delay_ms", &run->scan_delay_ms, 1000},
        {"scan_period_max_ms", &run->period_max_ms, 60000},
        {"scan_period_min_ms", &run->period_min_ms, 1000},
        {"scan_size_mb", &run->scan_size_mb, 256},
        {"watermark_scale_factor", &run->watermark_scale, 10},
        {"min_free_kbytes", &run->min_free_kb, 1832},
        {"swappiness", &run->swappiness, 60},
    };
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, error))
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
        *numbers[i].value = numbers[i].standard;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        char *value = strchr(lines[i], '=');
        if (!value)
            continue;
        *value++ = '\0';
        for (guint k = 0; k < G_N_ELEMENTS(numbers); k++)
            if (strcmp(lines[i], numbers[k].name) == 0)
                *numbers[k].value = g_ascii_strtoull(value, NULL, 10);
        if (strcmp(lines[i], "numa_balancing") == 0)
            run->numa_balancing = (guint)g_ascii_strtoull(value, NULL, 10);
        else if (strcmp(lines[i], "demotion_enabled") == 0)
            run->demotion = strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
        else if (strcmp(lines[i], "lru_gen") == 0)
            run->mglru = g_ascii_strtoull(value, NULL, 16) != 0;
    }
    return TRUE;
}

/* "zipf0.99", "uniform", "hotset", or a part of the run's name. */
static gboolean
find_pattern(const char *text, LadAccessgenPattern *pattern)
{
    static const struct {
        const char *word;
        LadAccessgenPattern pattern;
    } words[] = {{"zipf", LAD_ACCESSGEN_ZIPF},
                 {"uni", LAD_ACCESSGEN_UNIFORM},
                 {"hot", LAD_ACCESSGEN_HOTSET},
                 {"loop", LAD_ACCESSGEN_LOOP}};
    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        if (strstr(text, words[i].word)) {
            *pattern = words[i].pattern;
            return TRUE;
        }
    return FALSE;
}

/* Pattern, seed and total: from the summary where it has the run, else from its name and log. */
static gboolean
find_sequence(LadKernelRun *run, GError **error)
{
    g_autofree char *path = g_build_filename(run->folder, "summary_tpp.csv", NULL);
    g_autofree char *text = NULL;
    const char *seed = strstr(run->name, "seed");
    gboolean found = find_pattern(run->name, &run->pattern);
    run->seed = seed ? g_ascii_strtoull(seed + 4, NULL, 10) : 1;
    run->total = g_array_index(run->rows, LadKernelRow, run->rows->len - 1).accesses;
    if (g_file_get_contents(path, &text, NULL, NULL)) {
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        g_auto(GStrv) headings = g_strsplit(lines[0] ? lines[0] : "", ",", -1);
        g_autoptr(GHashTable) columns = columns_of(headings);
        for (guint i = 1; lines[0] && lines[i]; i++) {
            g_auto(GStrv) cells = g_strsplit(lines[i], ",", -1);
            if (g_strcmp0(cell(columns, cells, "run"), run->name) != 0)
                continue;
            const char *pattern = cell(columns, cells, "pattern");
            found = (pattern && find_pattern(pattern, &run->pattern)) || found;
            if (!count(columns, cells, "seed", &run->seed, error) ||
                !count(columns, cells, "accesses_count", &run->total, error)) {
                g_prefix_error(error, "%s: %s: ", path, run->name);
                return FALSE;
            }
        }
    }
    if (!found)
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: run %s: no pattern; expected it in the summary, or zipf, uni, hot or loop "
                    "in the name",
                    path, run->name);
    return found;
}

/* The first record of a placement file: {u64 access index; a byte per page}. NULL: no such file. */
static guint8 *
read_start(const char *path, guint32 n_pages)
{
    guint8 header[8];
    g_autofree guint8 *pages = g_malloc(n_pages);
    struct archive *archive = archive_read_new();
    struct archive_entry *entry;
    archive_read_support_filter_all(archive);
    archive_read_support_format_raw(archive);
    gboolean ok = archive_read_open_filename(archive, path, 65536) == ARCHIVE_OK &&
                  archive_read_next_header(archive, &entry) == ARCHIVE_OK &&
                  archive_read_data(archive, header, sizeof header) == (la_ssize_t)sizeof header &&
                  archive_read_data(archive, pages, n_pages) == (la_ssize_t)n_pages;
    archive_read_free(archive);
    return ok ? g_steal_pointer(&pages) : NULL;
}

static guint8 *
find_start(const char *folder, const char *name, guint32 n_pages)
{
    static const char *const endings[] = {"_start.bin.gz", ".bin.gz"};
    for (guint i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *file = g_strconcat(name, endings[i], NULL);
        g_autofree char *path = g_build_filename(folder, "placement", file, NULL);
        guint8 *start = g_file_test(path, G_FILE_TEST_EXISTS) ? read_start(path, n_pages) : NULL;
        if (start)
            return start;
    }
    return NULL;
}

static void
find_tenths(LadKernelRun *run)
{
    for (guint i = 0; i < LAD_KERNEL_TENTHS; i++) {
        guint row = 1;
        while (row + 1 < run->rows->len && g_array_index(run->rows, LadKernelRow, row).accesses <
                                               run->total * (i + 1) / LAD_KERNEL_TENTHS)
            row++;
        run->tenths[i] = row;
    }
}

LadKernelRun *
lad_kernel_run_read(const char *folder, const char *name, const char *standard, GError **error)
{
    g_autoptr(LadKernelRun) run = g_new0(LadKernelRun, 1);
    g_autofree char *file = g_strconcat(name, ".csv", NULL);
    g_autofree char *log = g_build_filename(folder, "tpp", file, NULL);
    g_autofree char *text = g_strconcat(name, ".txt", NULL);
    g_autofree char *settings = g_build_filename(folder, "settings", text, NULL);
    run->name = g_strdup(name);
    run->folder = g_strdup(folder);
    run->rows = g_array_new(FALSE, TRUE, sizeof(LadKernelRow));
    if (!read_log(run, log, error) || !read_settings(run, settings, error) ||
        !find_sequence(run, error))
        return NULL;
    const LadKernelRow *first = &g_array_index(run->rows, LadKernelRow, 0);
    run->n_pages = (guint32)(first->near_pages + first->far_pages);
    run->start = find_start(folder, name, run->n_pages);
    gboolean tiered = run->demotion && run->numa_balancing == 2;
    if (!run->start && tiered)
        run->start = find_start(folder, STANDARD_START, run->n_pages);
    if (!run->start && tiered && standard)
        run->start = find_start(standard, STANDARD_START, run->n_pages);
    find_tenths(run);
    return g_steal_pointer(&run);
}

void
lad_kernel_run_free(LadKernelRun *run)
{
    if (!run)
        return;
    if (run->rows)
        g_array_unref(run->rows);
    g_free(run->name);
    g_free(run->folder);
    g_free(run->start);
    g_free(run);
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **
lad_kernel_run_names(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "tpp", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, error);
    const char *file;
    if (!dir)
        return NULL;
    GPtrArray *names = g_ptr_array_new();
    while ((file = g_dir_read_name(dir)) != NULL)
        if (g_str_has_suffix(file, ".csv"))
            g_ptr_array_add(names, g_strndup(file, strlen(file) - 4));
    qsort(names->pdata, names->len, sizeof *names->pdata, by_name);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}
