/* json_scan.c - a pull scanner of JSON. */
#include "config.h"
#include <memladder/error.h>
#include <string.h>
#include "traces/import/json_scan.h"

#define BLOCK_BYTES    ((gsize)32 << 10)
#define MAX_DEPTH      64
#define MAX_TEXT_BYTES 4096

/* What the grammar allows next. */
typedef enum {
    WANT_VALUE,
    WANT_VALUE_OR_END, /* after [ */
    WANT_KEY_OR_END,   /* after { */
    WANT_KEY,          /* after , in an object */
    WANT_COMMA_OR_END, /* after a value in an object or array */
    WANT_NOTHING,      /* the document is complete */
} Want;

struct LadJsonScan {
    LadJsonRead read;
    gpointer data;
    guint8 block[BLOCK_BYTES];
    gsize at, end;
    gboolean ended;
    guint64 line;
    GString *text;
    Want want;
    guint depth;
    gboolean in_object[MAX_DEPTH];
};

LadJsonScan *
lad_json_scan_new(LadJsonRead read, gpointer data)
{
    LadJsonScan *scan = g_new0(LadJsonScan, 1);
    scan->read = read;
    scan->data = data;
    scan->line = 1;
    scan->text = g_string_new(NULL);
    return scan;
}

void
lad_json_scan_free(LadJsonScan *scan)
{
    if (scan == NULL)
        return;
    g_string_free(scan->text, TRUE);
    g_free(scan);
}

const char *
lad_json_text(const LadJsonScan *scan)
{
    return scan->text->str;
}

guint64
lad_json_line(const LadJsonScan *scan)
{
    return scan->line;
}

static gboolean
bad(const LadJsonScan *scan, const char *what, GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE, "line %" G_GUINT64_FORMAT " of the JSON: %s",
                scan->line, what);
    return FALSE;
}

/* The next byte without taking it; -1 at the end, -2 on failure. */
static int
peek(LadJsonScan *scan, GError **error)
{
    if (G_UNLIKELY(scan->at == scan->end)) {
        if (scan->ended)
            return -1;
        gssize n = scan->read(scan->data, scan->block, BLOCK_BYTES, error);
        if (n < 0)
            return -2;
        scan->at = 0;
        scan->end = (gsize)n;
        scan->ended = n == 0;
        if (n == 0)
            return -1;
    }
    return scan->block[scan->at];
}

static int
peek_after_space(LadJsonScan *scan, GError **error)
{
    int byte;
    while ((byte = peek(scan, error)) == ' ' || byte == '\n' || byte == '\t' || byte == '\r') {
        scan->line += byte == '\n' ? 1 : 0;
        scan->at++;
    }
    return byte;
}

/* ---- Strings, numbers, words ------------------------------------------------------------------
 */

static gboolean
take_hex(LadJsonScan *scan, gunichar *code, GError **error)
{
    *code = 0;
    for (guint i = 0; i < 4; i++) {
        int byte = peek(scan, error);
        if (byte == -2)
            return FALSE;
        int digit = byte < 0 ? -1 : g_ascii_xdigit_value((char)byte);
        if (digit < 0)
            return bad(scan, "expected four hexadecimal digits after \\u", error);
        *code = *code << 4 | (gunichar)digit;
        scan->at++;
    }
    return TRUE;
}

static gboolean
take_escape(LadJsonScan *scan, GError **error)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    int byte = peek(scan, error);
    if (byte == -2)
        return FALSE;
    if (byte == 'u') {
        gunichar code;
        scan->at++;
        if (!take_hex(scan, &code, error))
            return FALSE;
        /* Half of a pair, or zero, has no place in what is read here. */
        g_string_append_unichar(scan->text,
                                code == 0 || (code >= 0xd800 && code < 0xe000) ? 0xfffd : code);
        return TRUE;
    }
    const char *known = byte > 0 ? strchr(from, byte) : NULL;
    if (known == NULL)
        return bad(scan, "an unknown escape in a string", error);
    g_string_append_c(scan->text, to[known - from]);
    scan->at++;
    return TRUE;
}

static gboolean
take_string(LadJsonScan *scan, GError **error)
{
    g_string_truncate(scan->text, 0);
    scan->at++;
    for (;;) {
        int byte = peek(scan, error);
        if (byte == -2)
            return FALSE;
        if (byte < 0)
            return bad(scan, "the text ends within a string", error);
        if (byte < ' ')
            return bad(scan, "a control character in a string", error);
        if (scan->text->len >= MAX_TEXT_BYTES)
            return bad(scan, "a string of more than 4096 bytes", error);
        scan->at++;
        if (byte == '"')
            return TRUE;
        if (byte == '\\' ? !take_escape(scan, error) : FALSE)
            return FALSE;
        if (byte != '\\')
            g_string_append_c(scan->text, (char)byte);
    }
}

/* Letters, digits, signs and points up to the next other byte. */
static gboolean
take_word(LadJsonScan *scan, GError **error)
{
    g_string_truncate(scan->text, 0);
    for (;;) {
        int byte = peek(scan, error);
        if (byte == -2)
            return FALSE;
        if (byte < 0 || (!g_ascii_isalnum(byte) && byte != '-' && byte != '+' && byte != '.'))
            return TRUE;
        if (scan->text->len >= MAX_TEXT_BYTES)
            return bad(scan, "a number of more than 4096 digits", error);
        g_string_append_c(scan->text, (char)byte);
        scan->at++;
    }
}

/* -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)? */
static gboolean
is_number(const char *text)
{
    const char *at = text + (*text == '-');
    if (!g_ascii_isdigit(*at) || (*at == '0' && g_ascii_isdigit(at[1])))
        return FALSE;
    while (g_ascii_isdigit(*at))
        at++;
    if (*at == '.') {
        if (!g_ascii_isdigit(*++at))
            return FALSE;
        while (g_ascii_isdigit(*at))
            at++;
    }
    if (*at == 'e' || *at == 'E') {
        at += at[1] == '+' || at[1] == '-' ? 2 : 1;
        if (!g_ascii_isdigit(*at))
            return FALSE;
        while (g_ascii_isdigit(*at))
            at++;
    }
    return *at == '\0';
}

/* ---- Grammar ----------------------------------------------------------------------------------
 */

static void
value_ended(LadJsonScan *scan)
{
    scan->want = scan->depth > 0 ? WANT_COMMA_OR_END : WANT_NOTHING;
}

static gboolean
open_level(LadJsonScan *scan, gboolean object, GError **error)
{
    if (scan->depth == MAX_DEPTH)
        return bad(scan, "more than 64 objects and arrays within one another", error);
    scan->in_object[scan->depth++] = object;
    scan->want = object ? WANT_KEY_OR_END : WANT_VALUE_OR_END;
    scan->at++;
    return TRUE;
}

static gboolean
take_value(LadJsonScan *scan, int byte, LadJsonToken *token, GError **error)
{
    if (byte == '{' || byte == '[') {
        *token = byte == '{' ? LAD_JSON_OBJECT : LAD_JSON_ARRAY;
        return open_level(scan, byte == '{', error);
    }
    if (byte == '"') {
        *token = LAD_JSON_STRING;
        if (!take_string(scan, error))
            return FALSE;
    } else {
        if (!take_word(scan, error))
            return FALSE;
        if (is_number(scan->text->str))
            *token = LAD_JSON_NUMBER;
        else if (strcmp(scan->text->str, "true") == 0)
            *token = LAD_JSON_TRUE;
        else if (strcmp(scan->text->str, "false") == 0)
            *token = LAD_JSON_FALSE;
        else if (strcmp(scan->text->str, "null") == 0)
            *token = LAD_JSON_NULL;
        else
            return bad(scan,
                       byte < 0 ? "the text ends where a value was expected" : "expected a value",
                       error);
    }
    value_ended(scan);
    return TRUE;
}

static gboolean
take_key(LadJsonScan *scan, int byte, LadJsonToken *token, GError **error)
{
    if (byte != '"')
        return bad(scan, byte < 0 ? "the text ends within an object" : "expected a key in quotes",
                   error);
    if (!take_string(scan, error))
        return FALSE;
    byte = peek_after_space(scan, error);
    if (byte == -2)
        return FALSE;
    if (byte != ':')
        return bad(scan, "expected a colon after a key", error);
    scan->at++;
    scan->want = WANT_VALUE;
    *token = LAD_JSON_KEY;
    return TRUE;
}

/* A comma, which is passed over, or the end of what is open. */
static gboolean
take_comma_or_end(LadJsonScan *scan, int byte, LadJsonToken *token, gboolean *done, GError **error)
{
    gboolean object = scan->in_object[scan->depth - 1];
    *done = byte == (object ? '}' : ']');
    if (*done) {
        *token = object ? LAD_JSON_OBJECT_END : LAD_JSON_ARRAY_END;
        scan->at++;
        scan->depth--;
        value_ended(scan);
        return TRUE;
    }
    if (scan->want != WANT_COMMA_OR_END) {
        scan->want = object ? WANT_KEY : WANT_VALUE;
        return TRUE;
    }
    if (byte != ',')
        return bad(scan,
                   byte < 0 ? "the text ends within an object or array"
                            : "expected a comma or the end of the object or array",
                   error);
    scan->at++;
    scan->want = object ? WANT_KEY : WANT_VALUE;
    return TRUE;
}

gboolean
lad_json_next(LadJsonScan *scan, LadJsonToken *token, GError **error)
{
    for (;;) {
        int byte = peek_after_space(scan, error);
        gboolean done = FALSE;
        if (byte == -2)
            return FALSE;
        switch (scan->want) {
        case WANT_NOTHING:
            *token = LAD_JSON_END;
            return byte == -1 || bad(scan, "something follows the document", error);
        case WANT_VALUE:
            return take_value(scan, byte, token, error);
        case WANT_KEY:
            return take_key(scan, byte, token, error);
        case WANT_VALUE_OR_END:
        case WANT_KEY_OR_END:
        case WANT_COMMA_OR_END:
            if (!take_comma_or_end(scan, byte, token, &done, error))
                return FALSE;
            if (done)
                return TRUE;
        }
    }
}

gboolean
lad_json_skip(LadJsonScan *scan, LadJsonToken token, GError **error)
{
    if (token != LAD_JSON_OBJECT && token != LAD_JSON_ARRAY)
        return TRUE;
    guint depth = scan->depth;
    do
        if (!lad_json_next(scan, &token, error))
            return FALSE;
    while (scan->depth >= depth);
    return TRUE;
}
