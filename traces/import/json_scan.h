/* json_scan.h - JSON read token by token from a stream, in constant memory.
 *
 * json-glib builds a tree of the whole document, which for a recording of hours is many gigabytes;
 * this reads RFC 8259 text, checks its grammar and keeps one token. Strings are handed out with
 * their escapes resolved. */
#ifndef LAD_IMPORT_JSON_SCAN_H
#define LAD_IMPORT_JSON_SCAN_H

#include <glib.h>

typedef enum {
    LAD_JSON_END, /* of the document */
    LAD_JSON_OBJECT,
    LAD_JSON_OBJECT_END,
    LAD_JSON_ARRAY,
    LAD_JSON_ARRAY_END,
    LAD_JSON_KEY,    /* text */
    LAD_JSON_STRING, /* text */
    LAD_JSON_NUMBER, /* text, as written */
    LAD_JSON_TRUE,
    LAD_JSON_FALSE,
    LAD_JSON_NULL,
} LadJsonToken;

/* Gives the next bytes, up to `n`: how many, 0 at the end, -1 with `error` set. */
typedef gssize (*LadJsonRead)(gpointer data, guint8 *to, gsize n, GError **error);

typedef struct LadJsonScan LadJsonScan;

LadJsonScan *lad_json_scan_new(LadJsonRead read, gpointer data);
void lad_json_scan_free(LadJsonScan *scan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadJsonScan, lad_json_scan_free)

/* The next token. FALSE with `error` set: TRACE with the line, or what `read` reports. */
gboolean lad_json_next(LadJsonScan *scan, LadJsonToken *token, GError **error);
/* The text of the token read last, valid until the next call. */
const char *lad_json_text(const LadJsonScan *scan);
/* Passes over what `token`, just read, begins: to the end of its object or array. */
gboolean lad_json_skip(LadJsonScan *scan, LadJsonToken token, GError **error);
/* Where the scan stands, counted from 1. */
guint64 lad_json_line(const LadJsonScan *scan);

#endif
