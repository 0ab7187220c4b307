/* header.c - attributes of a trace and of its streams. */
#include "config.h"
#include "traces/format/header.h"

#define NOTE_PREFIX "note."

static const char *const level_names[] = {"instruction", "miss", "page", "alloc", NULL};
static const char *const space_names[] = {"virtual", "physical", NULL};
static const char *const isa_names[] = {"unknown", "x86-64", "aarch64", NULL};

const char *
lad_trace_level_name(LadTraceLevel level)
{
    return level_names[level];
}

const char *
lad_address_space_name(LadAddressSpace space)
{
    return space_names[space];
}

const char *
lad_isa_name(LadIsa isa)
{
    return isa_names[isa];
}

LadTraceHeader *
lad_trace_header_new(void)
{
    LadTraceHeader *header = g_new0(LadTraceHeader, 1);
    header->page_bytes = LAD_PAGE_BYTES;
    header->machine = g_strdup("");
    header->command = g_strdup("");
    header->tool = g_strdup("");
    header->lost = g_strdup("");
    header->notes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return header;
}

LadTraceHeader *
lad_trace_header_copy(const LadTraceHeader *header)
{
    LadTraceHeader *copy = g_memdup2(header, sizeof *header);
    copy->machine = g_strdup(header->machine);
    copy->command = g_strdup(header->command);
    copy->tool = g_strdup(header->tool);
    copy->lost = g_strdup(header->lost);
    copy->notes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    GHashTableIter iter;
    gpointer key, value;
    g_hash_table_iter_init(&iter, header->notes);
    while (g_hash_table_iter_next(&iter, &key, &value))
        g_hash_table_insert(copy->notes, g_strdup(key), g_strdup(value));
    return copy;
}

void
lad_trace_header_free(LadTraceHeader *header)
{
    if (header == NULL)
        return;
    g_free(header->machine);
    g_free(header->command);
    g_free(header->tool);
    g_free(header->lost);
    g_hash_table_unref(header->notes);
    g_free(header);
}

static void
add(GByteArray *to, const char *key, const char *value)
{
    if (value == NULL)
        value = "";
    g_byte_array_append(to, (const guint8 *)key, (guint)strlen(key) + 1);
    g_byte_array_append(to, (const guint8 *)value, (guint)strlen(value) + 1);
}

static void
add_number(GByteArray *to, const char *key, guint64 value)
{
    char text[24];
    g_snprintf(text, sizeof text, "%" G_GUINT64_FORMAT, value);
    add(to, key, text);
}

static void
add_notes(GByteArray *to, GHashTable *notes)
{
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(notes), (GCompareFunc)strcmp);
    for (const GList *at = keys; at != NULL; at = at->next) {
        g_autofree char *key = g_strconcat(NOTE_PREFIX, at->data, NULL);
        add(to, key, g_hash_table_lookup(notes, at->data));
    }
}

GByteArray *
lad_header_pack(const LadTraceHeader *header)
{
    GByteArray *to = g_byte_array_new();
    add(to, "level", level_names[header->level]);
    add(to, "address-space", space_names[header->address_space]);
    add(to, "isa", isa_names[header->isa]);
    add_number(to, "page-bytes", header->page_bytes);
    add_number(to, "tick-ps", header->tick_ps);
    add(to, "machine", header->machine);
    add(to, "command", header->command);
    add(to, "tool", header->tool);
    add(to, "lost", header->lost);
    add_notes(to, header->notes);
    return to;
}

static gboolean
bad_value(GError **error, const char *key, const char *value, const char *expected)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE, "attribute %s is \"%.40s\", expected %s", key,
                value, expected);
    return FALSE;
}

static gboolean
name_value(const char *key, const char *value, const char *const *of, guint *to, GError **error)
{
    for (guint i = 0; of[i] != NULL; i++)
        if (strcmp(value, of[i]) == 0) {
            *to = i;
            return TRUE;
        }
    g_autofree char *expected = g_strjoinv(", ", (char **)of);
    return bad_value(error, key, value, expected);
}

static gboolean
number_value(const char *key, const char *value, guint64 max, guint64 *to, GError **error)
{
    if (g_ascii_string_to_unsigned(value, 10, 0, max, to, NULL))
        return TRUE;
    return bad_value(error, key, value, "a number");
}

static void
text_value(const char *value, char **to)
{
    g_free(*to);
    *to = g_strdup(value);
}

/* Calls `set` for each pair. */
static gboolean
each_attribute(const guint8 *bytes, gsize n,
               gboolean (*set)(gpointer, const char *, const char *, GError **), gpointer data,
               GError **error)
{
    const guint8 *at = bytes, *end = bytes + n;
    while (at < end) {
        const guint8 *key_end = memchr(at, 0, (gsize)(end - at));
        const guint8 *value = key_end != NULL ? key_end + 1 : end;
        const guint8 *value_end = value < end ? memchr(value, 0, (gsize)(end - value)) : NULL;
        if (value_end == NULL) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE, "an attribute has no end");
            return FALSE;
        }
        if (!set(data, (const char *)at, (const char *)value, error))
            return FALSE;
        at = value_end + 1;
    }
    return TRUE;
}

static gboolean
set_header(gpointer data, const char *key, const char *value, GError **error)
{
    LadTraceHeader *header = data;
    guint number = 0;
    gboolean ok = TRUE;
    if (strcmp(key, "level") == 0) {
        ok = name_value(key, value, level_names, &number, error);
        header->level = (LadTraceLevel)number;
    } else if (strcmp(key, "address-space") == 0) {
        ok = name_value(key, value, space_names, &number, error);
        header->address_space = (LadAddressSpace)number;
    } else if (strcmp(key, "isa") == 0) {
        ok = name_value(key, value, isa_names, &number, error);
        header->isa = (LadIsa)number;
    } else if (strcmp(key, "page-bytes") == 0) {
        ok = number_value(key, value, G_MAXUINT64, &header->page_bytes, error);
        if (ok && (header->page_bytes == 0 || (header->page_bytes & (header->page_bytes - 1)) != 0))
            ok = bad_value(error, key, value, "a power of two");
    } else if (strcmp(key, "tick-ps") == 0) {
        ok = number_value(key, value, G_MAXUINT64, &header->tick_ps, error);
    } else if (strcmp(key, "machine") == 0) {
        text_value(value, &header->machine);
    } else if (strcmp(key, "command") == 0) {
        text_value(value, &header->command);
    } else if (strcmp(key, "tool") == 0) {
        text_value(value, &header->tool);
    } else if (strcmp(key, "lost") == 0) {
        text_value(value, &header->lost);
    } else if (g_str_has_prefix(key, NOTE_PREFIX)) {
        g_hash_table_insert(header->notes, g_strdup(key + strlen(NOTE_PREFIX)), g_strdup(value));
    }
    return ok;
}

LadTraceHeader *
lad_header_unpack(const guint8 *bytes, gsize n, GError **error)
{
    LadTraceHeader *header = lad_trace_header_new();
    if (each_attribute(bytes, n, set_header, header, error))
        return header;
    lad_trace_header_free(header);
    return NULL;
}

GByteArray *
lad_stream_info_pack(const LadStreamInfo *info)
{
    GByteArray *to = g_byte_array_new();
    add_number(to, "host", info->host);
    add_number(to, "process", info->process);
    add_number(to, "thread", info->thread);
    add(to, "cgroup", info->cgroup);
    add(to, "name", info->name);
    return to;
}

static gboolean
set_stream(gpointer data, const char *key, const char *value, GError **error)
{
    LadStreamInfo *info = data;
    guint32 *to = strcmp(key, "host") == 0      ? &info->host
                  : strcmp(key, "process") == 0 ? &info->process
                  : strcmp(key, "thread") == 0  ? &info->thread
                                                : NULL;
    if (to != NULL) {
        guint64 number = 0;
        if (!number_value(key, value, G_MAXUINT32, &number, error))
            return FALSE;
        *to = (guint32)number;
    } else if (strcmp(key, "cgroup") == 0) {
        text_value(value, &info->cgroup);
    } else if (strcmp(key, "name") == 0) {
        text_value(value, &info->name);
    }
    return TRUE;
}

LadStreamInfo *
lad_stream_info_unpack(const guint8 *bytes, gsize n, GError **error)
{
    LadStreamInfo *info = g_new0(LadStreamInfo, 1);
    info->cgroup = g_strdup("");
    info->name = g_strdup("");
    if (each_attribute(bytes, n, set_stream, info, error))
        return info;
    lad_stream_info_free(info);
    return NULL;
}

LadStreamInfo *
lad_stream_info_copy(const LadStreamInfo *info)
{
    LadStreamInfo *copy = g_memdup2(info, sizeof *info);
    copy->cgroup = g_strdup(info->cgroup != NULL ? info->cgroup : "");
    copy->name = g_strdup(info->name != NULL ? info->name : "");
    return copy;
}

void
lad_stream_info_free(LadStreamInfo *info)
{
    if (info == NULL)
        return;
    g_free(info->cgroup);
    g_free(info->name);
    g_free(info);
}
