/* option.h - the option table of a model or part: parsing, limits, help, man page, stored
 * attributes and sweep axes all come from it.
 *
 * A model keeps its parameters in one struct; each table row says where its value goes (`offset`).
 * Defaults and limits are written as a user would write them in a config ("85 ns", "64 GiB"), so
 * the table reads like documentation and is parsed by the same code as the config.
 */
#ifndef MEMLADDER_OPTION_H
#define MEMLADDER_OPTION_H

#include <memladder/types.h>
#include <stddef.h>

G_BEGIN_DECLS

typedef enum {
    LAD_OPTION_BOOL,      /* gboolean; "true" or "false" */
    LAD_OPTION_UINT,      /* guint64; decimal, no unit */
    LAD_OPTION_DOUBLE,    /* double; a ratio or factor, no unit */
    LAD_OPTION_TIME,      /* LadTime; "85 ns", "4 ms" */
    LAD_OPTION_BYTES,     /* LadBytes; "32 KiB", "1.5 GB" */
    LAD_OPTION_BANDWIDTH, /* guint64, bytes per second; "38.4 GB/s" */
    LAD_OPTION_FREQUENCY, /* guint64, Hz; "2.4 GHz" */
    LAD_OPTION_CYCLES,    /* guint64, cycles of the core; "14 cycles" */
    LAD_OPTION_ENUM,      /* guint, index into `choices` */
    LAD_OPTION_STRING,    /* char *, owned by the config, never NULL; "" when empty */
    LAD_OPTION_LIST,      /* char **, comma separated, owned by the config, NULL-terminated */
    LAD_OPTION_TABLE, /* LadTable *, owned by the config: a file read by the engine, or inline rows
                       */
} LadOptionType;

/* Rows of numbers, as an option of type `table` hands them over: row r, column c at
 * cells[r * n_columns + c]. */
typedef struct {
    guint n_rows;
    guint n_columns;
    const double *cells;
    const char *origin; /* file name as written in the config, or "inline" */
    /* Of a folder that holds a family: files of bandwidths alone, which gave no rows. */
    guint n_without_latency;
} LadTable;

typedef struct {
    const char *name; /* lower case, hyphens; unique in its table */
    LadOptionType type;
    const char *def;            /* default as written in a config; NULL: required */
    const char *min, *max;      /* inclusive limits as written in a config; NULL: none */
    const char *const *choices; /* ENUM only: NULL-terminated names; else NULL */
    size_t offset;              /* of the value in the parameter struct */
    const char *help;           /* one sentence, lower case start, no full stop */
} LadOption;

/* Table rows, typed by the struct's field: LAD_OPT(Params, field, "name", TYPE, def, min, max,
 * help). A table ends with LAD_OPTIONS_END. */
#define LAD_OPT(S, field, name, type, def, min, max, help)                                         \
    {                                                                                              \
        name, LAD_OPTION_##type, def, min, max, NULL, offsetof(S, field), help                     \
    }
#define LAD_OPT_ENUM(S, field, name, def, choices, help)                                           \
    {                                                                                              \
        name, LAD_OPTION_ENUM, def, NULL, NULL, choices, offsetof(S, field), help                  \
    }
#define LAD_OPTIONS_END                                                                            \
    {                                                                                              \
        NULL, LAD_OPTION_BOOL, NULL, NULL, NULL, NULL, 0, NULL                                     \
    }

/* Parse `text` as a value of `option` and write it to `value` in the type named above; checks type,
 * unit and limits. A STRING is then owned by the caller (g_free), as is a LIST (g_strfreev) and a
 * TABLE (lad_table_free). A table's file is looked up as written. Errors: CONFIG with what was
 * expected. */
gboolean lad_option_parse(const LadOption *option, const char *text, void *value, GError **error);
/* Canonical text of the value at `value`: the shortest that reads back to exactly the same, "85
 * ns", "64 GiB", "38.4 GB/s"; tables as inline rows. Free with g_free. */
char *lad_option_print(const LadOption *option, const void *value);
/* Whether default and limits can be read as the option's type, and the default lies within them. */
gboolean lad_option_check(const LadOption *option, GError **error);
/* What the option takes, for messages and manuals: "a time from 1 ns to 10 us", "`lru` or `fifo`".
 * Free with g_free. */
char *lad_option_expectation(const LadOption *option);
/* "time", "size", "choice", ... Static text. */
const char *lad_option_type_name(LadOptionType type);

/* Rows of numbers from text: one row per line or between semicolons, numbers apart by white space
 * or commas, `#` to the end of the line is a comment. All rows have as many numbers. `origin` is
 * copied. Errors: CONFIG with origin and line. */
LadTable *lad_table_parse(const char *text, const char *origin, GError **error);
/* The same from a file; from a folder: a family of measured curves, files bwlat_PERCENT.txt (read
 * share) of rows of bandwidth in MB/s and latency, as rows of share, GB/s and that latency, each
 * file by rising latency. */
LadTable *lad_table_read(const char *path, const char *origin, GError **error);
/* The rows as inline text that reads back the same. Free with g_free. */
char *lad_table_print(const LadTable *table);
void lad_table_free(LadTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadTable, lad_table_free)

G_END_DECLS
#endif
