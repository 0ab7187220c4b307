/* map.c - which bits of an address name the channel, rank, bank group, bank, line in the row, row.
 */
#include "config.h"
#include "sim/dram/channel.h"
#include <memladder/error.h>
#include <string.h>

#define MAX_RUNS  24
#define LINE_BITS 6

typedef enum { CHANNEL, RANK, GROUP, BANK, LINE, ROW, N_FIELDS } Field;

static const char *const field_names[N_FIELDS] = {"channel", "rank", "group",
                                                  "bank",    "line", "row"};

/* Consecutive bits of the address that are consecutive bits of a field. */
typedef struct {
    Field field;
    guint shift, to; /* lowest bit in the address, in the field */
    guint64 mask;
} Run;

typedef struct LadDramMap {
    guint n_runs;
    Run runs[MAX_RUNS];
    guint width[N_FIELDS];
    gboolean permute;
} LadDramMap;

static guint
bits_of(guint64 n)
{
    guint bits = 0;
    while ((guint64)1 << bits < n)
        bits++;
    return bits;
}

static gboolean
refuse(const char *what, const char *expected, GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "map: %s; expected %s", what, expected);
    return FALSE;
}

/* One word of the option: `bank`, `line:3`. */
static gboolean
add_run(LadDramMap *map, const char *word, guint *shift, guint *used, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(word, ":", 2);
    guint field = 0;
    while (field < N_FIELDS && g_strcmp0(field_names[field], parts[0]) != 0)
        field++;
    g_autofree char *what = g_strdup_printf("`%s`", word);
    if (field == N_FIELDS || map->n_runs == MAX_RUNS)
        return refuse(what,
                      "channel, rank, group, bank, line or row, each with or without a "
                      "number of bits (`line:3`), at most 24 in all",
                      error);
    guint left = map->width[field] - used[field];
    guint64 width = left;
    if (parts[1] &&
        (!g_ascii_string_to_unsigned(parts[1], 10, 1, 32, &width, NULL) || width > left)) {
        g_autofree char *most = g_strdup_printf("1 to %u bits, which is what is left of it", left);
        return refuse(what, most, error);
    }
    if (width == 0)
        return TRUE;
    map->runs[map->n_runs++] = (Run){.field = (Field)field,
                                     .shift = *shift,
                                     .to = used[field],
                                     .mask = ((guint64)1 << width) - 1};
    *shift += (guint)width;
    used[field] += (guint)width;
    return TRUE;
}

struct LadDramMap *
lad_dram_map_new(const LadDramConfig *config, const char *const *words, GError **error)
{
    g_autofree LadDramMap *map = g_new0(LadDramMap, 1);
    map->permute = config->permute;
    map->width[CHANNEL] = bits_of(config->channels);
    map->width[RANK] = bits_of(config->ranks);
    map->width[GROUP] = bits_of(config->groups);
    map->width[BANK] = bits_of(config->banks);
    map->width[LINE] = bits_of(config->row_bytes / LAD_DRAM_LINE_BYTES);
    map->width[ROW] = bits_of(config->rows);
    guint shift = 0, used[N_FIELDS] = {0};
    for (guint i = 0; words[i]; i++)
        if (!add_run(map, words[i], &shift, used, error))
            return NULL;
    for (guint i = 0; i < N_FIELDS; i++)
        if (used[i] < map->width[i]) {
            g_autofree char *what = g_strdup_printf("%u bits of `%s` are not named",
                                                    map->width[i] - used[i], field_names[i]);
            refuse(what, "every part of the address", error);
            return NULL;
        }
    return g_steal_pointer(&map);
}

void
lad_dram_map_free(struct LadDramMap *map)
{
    g_free(map);
}

void
lad_dram_map(const struct LadDramMap *map, guint64 address, LadDramLine *line)
{
    guint64 number = address >> LINE_BITS, field[N_FIELDS] = {0};
    for (guint i = 0; i < map->n_runs; i++) {
        const Run *run = &map->runs[i];
        field[run->field] |= (number >> run->shift & run->mask) << run->to;
    }
    guint in_group = map->width[BANK], in_rank = map->width[GROUP] + in_group;
    guint64 bank = field[GROUP] << in_group | field[BANK];
    if (map->permute)
        bank ^= field[ROW] & (((guint64)1 << in_rank) - 1);
    line->line = number;
    line->channel = (guint8)field[CHANNEL];
    line->bank = (guint8)(field[RANK] << in_rank | bank);
    line->row = (guint32)field[ROW];
}
