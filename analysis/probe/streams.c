/* streams.c - addresses, writes and times of the request streams. */
#include "config.h"
#include "analysis/probe/streams.h"
#include <string.h>

#define GIB_LINES_SHIFT 40 /* leaves the top 24 bits: a line of 1 GiB */

const LadStreamKind lad_stream_kinds[] = {
    {"seq", 0, 0},     {"rand", 0, 1},      {"seq21", 0, 0},     {"rand21", 0, 1},
    {"rowconf", 0, 0}, {"seq4same", 0, 0},  {"seq4diff", 0, 0},  {"chase", 1, 2},
    {"closed4", 4, 3}, {"closed16", 16, 4}, {"closed64", 64, 5}, {NULL, 0, 0},
};

const LadStreamKind *
lad_stream_find(const char *name)
{
    for (const LadStreamKind *kind = lad_stream_kinds; kind->name; kind++)
        if (strcmp(kind->name, name) == 0)
            return kind;
    return NULL;
}

static guint64
mix(guint64 z)
{
    z = (z ^ z >> 30) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static guint64
random_line(guint64 seed, guint64 i)
{
    guint64 bits = mix(seed + (i + 1) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15));
    return (bits >> GIB_LINES_SHIFT) * 64;
}

static guint64
address_of(const LadStream *stream, guint64 i)
{
    const char *name = stream->kind->name;
    if (stream->kind->seed)
        return random_line(stream->kind->seed, i);
    if (strcmp(name, "rowconf") == 0)
        return i * stream->row_stride % LAD_GIB;
    guint64 part = i % 4, line = i / 4 * 64;
    if (strcmp(name, "seq4same") == 0)
        return (part << 28) + line;
    if (strcmp(name, "seq4diff") == 0)
        return part * (((guint64)1 << 28) + 0xa000) + line;
    return i * 64;
}

static gboolean
read_option(LadConfig *config, const char *group, const char *key, LadOptionType type,
            guint64 *value, GError **error)
{
    const LadOption option = {.name = key, .type = type, .help = key};
    const char *text = lad_config_peek(config, group, key);
    return !text || lad_option_parse(&option, text, value, error);
}

gboolean
lad_stream_fit(LadStream *stream, LadConfig *config, const char *group, GError **error)
{
    guint64 ranks = 1, groups = 4, banks = 4, row = 8 * LAD_KIB;
    stream->clock = LAD_NS;
    stream->channels = 1;
    if (!read_option(config, group, "clock", LAD_OPTION_TIME, &stream->clock, error) ||
        !read_option(config, group, "channels", LAD_OPTION_UINT, &stream->channels, error) ||
        !read_option(config, group, "ranks", LAD_OPTION_UINT, &ranks, error) ||
        !read_option(config, group, "bank-groups", LAD_OPTION_UINT, &groups, error) ||
        !read_option(config, group, "banks", LAD_OPTION_UINT, &banks, error) ||
        !read_option(config, group, "row-size", LAD_OPTION_BYTES, &row, error))
        return FALSE;
    stream->row_stride = row * groups * banks * ranks * stream->channels;
    return TRUE;
}

void
lad_stream_request(guint64 number, LadProbeRequest *request, void *data)
{
    const LadStream *stream = data;
    request->address = address_of(stream, number);
    request->write = g_str_has_suffix(stream->kind->name, "21") && number % 3 == 2;
    request->at = number * stream->interval / stream->channels * stream->clock;
}

LadProbeLoad
lad_stream_load(LadStream *stream)
{
    return (LadProbeLoad){.n = stream->n,
                          .outstanding = stream->kind->outstanding,
                          .pause = stream->clock,
                          .request = lad_stream_request,
                          .data = stream};
}
