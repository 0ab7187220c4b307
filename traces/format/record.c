/* record.c - plain records: their names, their bytes, their hash. */
#include "config.h"
#include "traces/format/hash.h"
#include "traces/format/record.h"

enum {
    FIELD_FLAGS = 1,
    FIELD_ADDRESS = 2,
    FIELD_SIZE = 4,
    FIELD_VALUE = 8,
    FIELD_WEIGHT = 16,
    FIELD_TEXT = 32,
    FIELD_ALL = 63,
};

static const char *const names[LAD_N_RECORD_KINDS] = {
    [LAD_RECORD_FETCH] = "fetch",
    [LAD_RECORD_LOAD] = "load",
    [LAD_RECORD_STORE] = "store",
    [LAD_RECORD_MODIFY] = "modify",
    [LAD_RECORD_ATOMIC] = "atomic",
    [LAD_RECORD_PREFETCH] = "prefetch",
    [LAD_RECORD_TIME] = "time",
    [LAD_RECORD_SWITCH] = "switch",
    [LAD_RECORD_BURST] = "burst",
    [LAD_RECORD_IDLE] = "idle",
    [LAD_RECORD_PAGE_TOUCH] = "page-touch",
    [LAD_RECORD_RANGE_TOUCH] = "range-touch",
    [LAD_RECORD_MAP] = "map",
    [LAD_RECORD_UNMAP] = "unmap",
    [LAD_RECORD_FORK] = "fork",
    [LAD_RECORD_COMPRESSIBILITY] = "compressibility",
    [LAD_RECORD_ALLOC] = "alloc",
    [LAD_RECORD_FREE] = "free",
    [LAD_RECORD_REQUEST_BEGIN] = "request-begin",
    [LAD_RECORD_REQUEST_END] = "request-end",
    [LAD_RECORD_HINT] = "hint",
    [LAD_RECORD_FLUSH] = "flush",
    [LAD_RECORD_MARKER] = "marker",
    [LAD_RECORD_GAP] = "gap",
};

const char *
lad_record_kind_name(guint kind)
{
    return kind < LAD_N_RECORD_KINDS ? names[kind] : NULL;
}

void
lad_record_coder_clear(LadRecordCoder *coder)
{
    for (guint i = 0; i < LAD_N_RECORD_KINDS; i++)
        g_free(coder->text[i]);
    memset(coder, 0, sizeof *coder);
}

void
lad_record_encode(LadRecordCoder *coder, const LadRecord *record, GByteArray *to)
{
    LadRecord *last = &coder->last[record->kind];
    const char *last_text = coder->text[record->kind] != NULL ? coder->text[record->kind] : "";
    const char *text = record->text != NULL ? record->text : "";
    gboolean other_text = strcmp(text, last_text) != 0;
    guint8 head[2] = {(guint8)record->kind, 0};
    head[1] = (guint8)((record->flags != last->flags ? FIELD_FLAGS : 0) |
                       (record->address != last->address ? FIELD_ADDRESS : 0) |
                       (record->size != last->size ? FIELD_SIZE : 0) |
                       (record->value != last->value ? FIELD_VALUE : 0) |
                       (record->weight != last->weight ? FIELD_WEIGHT : 0) |
                       (other_text ? FIELD_TEXT : 0));
    g_byte_array_append(to, head, 2);
    if (head[1] & FIELD_FLAGS)
        lad_append_varint(to, record->flags);
    if (head[1] & FIELD_ADDRESS)
        lad_append_varint(to, lad_zigzag(record->address - last->address));
    if (head[1] & FIELD_SIZE)
        lad_append_varint(to, record->size);
    if (head[1] & FIELD_VALUE)
        lad_append_varint(to, lad_zigzag(record->value - last->value));
    if (head[1] & FIELD_WEIGHT)
        lad_append_varint(to, record->weight);
    if (other_text) {
        gsize n = strlen(text);
        lad_append_varint(to, n);
        g_byte_array_append(to, (const guint8 *)text, (guint)n);
        g_free(coder->text[record->kind]);
        coder->text[record->kind] = g_strdup(text);
    }
    *last = *record;
}

static const char *
decode_text(LadRecordCoder *coder, LadBytesReader *from, guint kind)
{
    guint64 n;
    if (!lad_read_varint(from, &n))
        return "a record ends early";
    if (n > LAD_MAX_TEXT_BYTES || n > (guint64)(from->end - from->at))
        return "a record's text is too long";
    if (memchr(from->at, 0, n) != NULL)
        return "a record's text has a zero byte";
    if (kind != 0) {
        g_free(coder->text[kind]);
        coder->text[kind] = g_strndup((const char *)from->at, n);
    }
    from->at += n;
    return NULL;
}

const char *
lad_record_decode(LadRecordCoder *coder, LadBytesReader *from, LadRecord *record)
{
    if (from->end - from->at < 2)
        return "the chunk's records end early";
    guint kind = from->at[0], fields = from->at[1];
    from->at += 2;
    if (kind >= LAD_N_RECORD_KINDS)
        kind = 0;
    if (fields & ~(guint)FIELD_ALL)
        return "a record has unknown fields";
    LadRecord *last = &coder->last[kind];
    guint64 flags = last->flags, address = 0, size = last->size, value = 0, weight = last->weight;
    if (((fields & FIELD_FLAGS) && !lad_read_varint(from, &flags)) ||
        ((fields & FIELD_ADDRESS) && !lad_read_varint(from, &address)) ||
        ((fields & FIELD_SIZE) && !lad_read_varint(from, &size)) ||
        ((fields & FIELD_VALUE) && !lad_read_varint(from, &value)) ||
        ((fields & FIELD_WEIGHT) && !lad_read_varint(from, &weight)))
        return "a record ends early";
    if (flags > G_MAXUINT32)
        return "a record's flags have more than 32 bits";
    if (fields & FIELD_TEXT) {
        const char *problem = decode_text(coder, from, kind);
        if (problem != NULL)
            return problem;
    }
    last->kind = kind;
    last->flags = (guint32)flags;
    last->address += lad_unzigzag(address);
    last->size = size;
    last->value += lad_unzigzag(value);
    last->weight = weight;
    *record = *last;
    record->text = coder->text[kind] != NULL ? coder->text[kind] : "";
    return NULL;
}

guint64
lad_record_content(const LadRecord *record)
{
    const char *text = record->text != NULL ? record->text : "";
    LadWordHash hash;
    lad_word_hash_init(&hash);
    lad_word_hash_add(&hash, record->kind | (guint64)record->flags << 32);
    lad_word_hash_add(&hash, record->address);
    lad_word_hash_add(&hash, record->size);
    lad_word_hash_add(&hash, record->value);
    lad_word_hash_add(&hash, record->weight);
    lad_word_hash_add(&hash, lad_hash_bytes(text, strlen(text)));
    return lad_word_hash_value(&hash);
}
