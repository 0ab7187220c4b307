/* damon_json.c - recordings as JSON, or as JSON deflated into a zlib stream (RFC 1950):
 *
 *     [{"target_id": N, "snapshots": [{"start_time": ns, "end_time": ns, "regions":
 *         [{"start": N, "end": N, "nr_accesses": N or {"samples": N, ...}, ...}, ...]}, ...]}, ...]
 *
 * Source: recordings of `damo record` and its documentation. Numbers may be strings with commas
 * between thousands. Other keys are passed over. Read in a stream, so that a recording of days
 * takes no more memory than its largest snapshot. */
#include "config.h"
#include <gio/gio.h>
#include <string.h>
#include "traces/import/damon.h"
#include "traces/import/json_scan.h"

#define FREE_EXPANSION ((guint64)64 << 20)
#define FAKE           G_MAXUINT64 /* accesses of the filler that damo writes behind a lone snapshot */

typedef struct {
    LadDamon *damon;
    LadJsonScan *scan;
    GConverter *inflate; /* NULL: plain */
    gboolean inflated;   /* to its end */
    guint64 n_in, n_out;
    GArray *regions; /* LadDamonRegion */
} Json;

/* ---- Bytes ------------------------------------------------------------------------------------
 */

static gssize
read_plain(gpointer data, guint8 *to, gsize n, GError **error)
{
    Json *json = data;
    return lad_import_bytes(json->damon->input, to, n, error);
}

static gboolean
check_expansion(const Json *json, GError **error)
{
    if (json->n_out <= FREE_EXPANSION || json->n_out / LAD_IMPORT_MAX_EXPANSION <= json->n_in)
        return TRUE;
    return lad_import_bad(json->damon->input, error,
                          "unpacks to more than %d times its size; expected a recording",
                          LAD_IMPORT_MAX_EXPANSION);
}

static gssize
read_deflated(gpointer data, guint8 *to, gsize n, GError **error)
{
    Json *json = data;
    LadImportInput *input = json->damon->input;
    for (;;) {
        gsize available, read = 0, written = 0;
        g_autoptr(GError) failure = NULL;
        const guint8 *view = lad_import_view(input, 1, &available, error);
        if (view == NULL)
            return -1;
        if (json->inflated) {
            if (available == 0)
                return 0;
            lad_import_bad(input, error, "bytes follow the compressed recording");
            return -1;
        }
        if (available == 0) {
            lad_import_bad(input, error, "the compressed recording is cut off");
            return -1;
        }
        GConverterResult result = g_converter_convert(
            json->inflate, view, available, to, n, G_CONVERTER_NO_FLAGS, &read, &written, &failure);
        if (result == G_CONVERTER_ERROR &&
            !g_error_matches(failure, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT)) {
            lad_import_bad(input, error, "the compressed recording is damaged: %s",
                           failure->message);
            return -1;
        }
        /* The converter takes what it can of a block, so input that is partial is all there is. */
        if (result == G_CONVERTER_ERROR) {
            lad_import_bad(input, error, "the compressed recording is cut off");
            return -1;
        }
        lad_import_consume(input, read);
        json->n_in += read;
        json->n_out += written;
        json->inflated = result == G_CONVERTER_FINISHED;
        if (!check_expansion(json, error))
            return -1;
        if (written > 0)
            return (gssize)written;
    }
}

/* ---- Values -----------------------------------------------------------------------------------
 */

static gboolean
bad(const Json *json, const char *key, const char *expected, GError **error)
{
    return lad_import_bad(json->damon->input, error,
                          "line %" G_GUINT64_FORMAT " of the JSON: `%s`: expected %s",
                          lad_json_line(json->scan), key, expected);
}

static gboolean
next(Json *json, LadJsonToken *token, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (lad_json_next(json->scan, token, &failure))
        return TRUE;
    g_autofree char *where = lad_import_where(json->damon->input);
    if (!g_str_has_prefix(failure->message, where))
        g_prefix_error(&failure, "%s", where);
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

static gboolean
skip(Json *json, LadJsonToken token, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (lad_json_skip(json->scan, token, &failure))
        return TRUE;
    g_autofree char *where = lad_import_where(json->damon->input);
    if (!g_str_has_prefix(failure->message, where))
        g_prefix_error(&failure, "%s", where);
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

/* A whole number, as a number or as a string with commas between thousands. */
static gboolean
parse_number(const char *text, guint64 *value)
{
    guint64 sum = 0;
    if (!g_ascii_isdigit(*text))
        return FALSE;
    for (; *text != '\0'; text++) {
        if (*text == ',' && g_ascii_isdigit(text[1]))
            continue;
        guint digit = (guint)(*text - '0');
        if (!g_ascii_isdigit(*text) || sum > (G_MAXUINT64 - digit) / 10)
            return FALSE;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return TRUE;
}

static gboolean
take_number(Json *json, const char *key, guint64 *value, GError **error)
{
    LadJsonToken token;
    if (!next(json, &token, error))
        return FALSE;
    const char *text = lad_json_text(json->scan);
    if (token != LAD_JSON_NUMBER && token != LAD_JSON_STRING)
        return bad(json, key, "a whole number", error);
    if (strcmp(text, "-1") == 0) {
        *value = FAKE;
        return TRUE;
    }
    if (parse_number(text, value) && *value != FAKE)
        return TRUE;
    return bad(json, key, "a whole number below 2^64 - 1", error);
}

/* Walks an object: `field` takes the value of each key, or leaves it (*taken FALSE). */
typedef gboolean (*Field)(Json *json, const char *key, gpointer data, gboolean *taken,
                          GError **error);

static gboolean
walk_object(Json *json, Field field, gpointer data, GError **error)
{
    for (;;) {
        LadJsonToken token;
        gboolean taken = FALSE;
        if (!next(json, &token, error))
            return FALSE;
        if (token == LAD_JSON_OBJECT_END)
            return TRUE;
        g_autofree char *key = g_strdup(lad_json_text(json->scan));
        if (!field(json, key, data, &taken, error))
            return FALSE;
        if (!taken && (!next(json, &token, error) || !skip(json, token, error)))
            return FALSE;
    }
}

/* Walks an array of objects. */
static gboolean
walk_array(Json *json, const char *key, gboolean (*element)(Json *, gpointer, GError **),
           gpointer data, GError **error)
{
    LadJsonToken token;
    if (!next(json, &token, error))
        return FALSE;
    if (token != LAD_JSON_ARRAY)
        return bad(json, key, "an array", error);
    for (;;) {
        if (!next(json, &token, error))
            return FALSE;
        if (token == LAD_JSON_ARRAY_END)
            return TRUE;
        if (token != LAD_JSON_OBJECT)
            return bad(json, key, "an array of objects", error);
        if (!element(json, data, error))
            return FALSE;
    }
}

/* ---- Regions, snapshots, targets --------------------------------------------------------------
 */

enum { HAS_START = 1, HAS_END = 2, HAS_ACCESSES = 4, HAS_ALL = 7 };

typedef struct {
    LadDamonRegion region;
    guint has;
} RegionFields;

static gboolean
samples_field(Json *json, const char *key, gpointer data, gboolean *taken, GError **error)
{
    RegionFields *fields = data;
    if (strcmp(key, "samples") != 0)
        return TRUE;
    *taken = TRUE;
    fields->has |= HAS_ACCESSES;
    return take_number(json, key, &fields->region.samples, error);
}

static gboolean
region_field(Json *json, const char *key, gpointer data, gboolean *taken, GError **error)
{
    RegionFields *fields = data;
    *taken = TRUE;
    if (strcmp(key, "start") == 0) {
        fields->has |= HAS_START;
        return take_number(json, key, &fields->region.start, error);
    }
    if (strcmp(key, "end") == 0) {
        fields->has |= HAS_END;
        return take_number(json, key, &fields->region.end, error);
    }
    *taken = FALSE;
    if (strcmp(key, "nr_accesses") != 0)
        return TRUE;
    *taken = TRUE;
    LadJsonToken token;
    if (!next(json, &token, error))
        return FALSE;
    if (token == LAD_JSON_OBJECT)
        return walk_object(json, samples_field, fields, error);
    fields->has |= HAS_ACCESSES;
    if ((token == LAD_JSON_NUMBER || token == LAD_JSON_STRING) &&
        parse_number(lad_json_text(json->scan), &fields->region.samples))
        return TRUE;
    return bad(json, key, "a whole number or an object with `samples`", error);
}

static gboolean
take_region(Json *json, gpointer data, GError **error)
{
    RegionFields fields = {0};
    (void)data;
    if (!walk_object(json, region_field, &fields, error))
        return FALSE;
    if (fields.has != HAS_ALL)
        return bad(json, "regions", "each with `start`, `end` and `nr_accesses`", error);
    if (fields.region.samples == FAKE && fields.region.start == 0 && fields.region.end == 0)
        return TRUE;
    const char *problem = lad_damon_region_problem(&fields.region);
    if (problem != NULL)
        return lad_import_bad(json->damon->input, error,
                              "line %" G_GUINT64_FORMAT " of the JSON: %s",
                              lad_json_line(json->scan), problem);
    if (json->regions->len == LAD_DAMON_MAX_REGIONS)
        return bad(json, "regions", "at most 1048576 of a snapshot", error);
    g_array_append_val(json->regions, fields.region);
    return TRUE;
}

enum { HAS_FROM = 1, HAS_TO = 2, HAS_REGIONS = 4 };

typedef struct {
    guint64 from, to;
    guint has;
} SnapshotFields;

static gboolean
snapshot_field(Json *json, const char *key, gpointer data, gboolean *taken, GError **error)
{
    SnapshotFields *fields = data;
    *taken = TRUE;
    if (strcmp(key, "start_time") == 0) {
        fields->has |= HAS_FROM;
        return take_number(json, key, &fields->from, error);
    }
    if (strcmp(key, "end_time") == 0) {
        fields->has |= HAS_TO;
        return take_number(json, key, &fields->to, error);
    }
    *taken = strcmp(key, "regions") == 0;
    if (!*taken)
        return TRUE;
    fields->has |= HAS_REGIONS;
    return walk_array(json, key, take_region, NULL, error);
}

static gboolean
take_snapshot(Json *json, gpointer data, GError **error)
{
    LadDamonTarget *target = data;
    SnapshotFields fields = {0};
    g_array_set_size(json->regions, 0);
    if (!walk_object(json, snapshot_field, &fields, error))
        return FALSE;
    if (fields.has != (HAS_FROM | HAS_TO | HAS_REGIONS))
        return bad(json, "snapshots", "each with `start_time`, `end_time` and `regions`", error);
    if (json->regions->len == 0)
        return TRUE;
    return lad_damon_snapshot(json->damon, target, fields.from, fields.to, json->regions, error);
}

typedef struct {
    LadDamonTarget *target; /* NULL before its number */
    guint64 number;         /* of the record in the file */
} RecordFields;

static gboolean
record_field(Json *json, const char *key, gpointer data, gboolean *taken, GError **error)
{
    RecordFields *fields = data;
    *taken = TRUE;
    if (strcmp(key, "target_id") == 0) {
        LadJsonToken token;
        guint64 id = 0;
        if (!next(json, &token, error))
            return FALSE;
        if (token != LAD_JSON_NULL && !((token == LAD_JSON_NUMBER || token == LAD_JSON_STRING) &&
                                        parse_number(lad_json_text(json->scan), &id)))
            return bad(json, key, "a whole number", error);
        fields->target = lad_damon_target(json->damon, fields->number, id, error);
        return fields->target != NULL;
    }
    *taken = strcmp(key, "snapshots") == 0;
    if (!*taken)
        return TRUE;
    if (fields->target == NULL)
        return bad(json, key, "`target_id` before it", error);
    return walk_array(json, key, take_snapshot, fields->target, error);
}

static gboolean
take_record(Json *json, gpointer data, GError **error)
{
    guint64 *number = data;
    RecordFields fields = {.number = (*number)++};
    return walk_object(json, record_field, &fields, error);
}

gboolean
lad_damon_read_json(LadDamon *damon, gboolean deflated, GError **error)
{
    Json json = {.damon = damon};
    guint64 number = 0;
    LadJsonToken token;
    g_autoptr(LadJsonScan) scan = lad_json_scan_new(deflated ? read_deflated : read_plain, &json);
    g_autoptr(GArray) regions = g_array_new(FALSE, FALSE, sizeof(LadDamonRegion));
    json.scan = scan;
    json.regions = regions;
    if (deflated)
        json.inflate = G_CONVERTER(g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_ZLIB));
    gboolean ok = walk_array(&json, "the recording", take_record, &number, error) &&
                  next(&json, &token, error);
    g_clear_object(&json.inflate);
    return ok;
}
