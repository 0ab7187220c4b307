/* config_read.c - reading key files into a configuration.
 *
 * The grammar is that of GLib's key files, without locales and escapes. It is read here and not by
 * GKeyFile because that merges duplicate keys silently and forgets lines and comments; whatever is
 * accepted here, GKeyFile reads too.
 */
#include "config.h"
#include "sim/base/config_store.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 16
#define MAX_FILES 256
#define MAX_BYTES (16u << 20)

/* The files being read, outermost first. */
typedef struct Frame Frame;
struct Frame {
    const Frame *parent;
    const char *origin;    /* as messages name the file */
    const char *directory; /* of the file; NULL: the working directory */
    char *canonical;       /* absolute path; NULL: not a file */
    guint depth;
    guint *n_files;
};

/* One line that sets something. */
typedef struct {
    char *group, *key, *value;
    guint line;
    gboolean assumed;
} Assignment;

typedef struct {
    const Frame *frame;
    GPtrArray *assignments; /* of Assignment */
    GPtrArray *groups;      /* names in order, for groups without keys too */
    GHashTable *lines;      /* "group\nkey" to line, to find duplicates */
    char *group;            /* the current one, or NULL */
    guint line;
    gboolean assumed; /* said by the comment lines above */
} Parser;

static gboolean read_frame(LadConfig *config, const Frame *frame, const char *text, gsize length,
                           GError **error);

static void
assignment_free(gpointer data)
{
    Assignment *assignment = data;
    g_free(assignment->group);
    g_free(assignment->key);
    g_free(assignment->value);
    g_free(assignment);
}

static gboolean fail(const Parser *parser, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static gboolean
fail(const Parser *parser, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "%s:%u: %s", parser->frame->origin,
                parser->line, message);
    return FALSE;
}

/* Whether a comment has the word "assumed". */
static gboolean
says_assumed(const char *comment)
{
    for (const char *c = comment; (c = strcasestr(c, "assumed")) != NULL; c++) {
        gboolean starts = c == comment || !g_ascii_isalnum(c[-1]);
        if (starts && !g_ascii_isalnum(c[strlen("assumed")]))
            return TRUE;
    }
    return FALSE;
}

/* Cuts a comment off the value; returns it, or NULL. */
static char *
cut_comment(char *value)
{
    for (char *c = value; *c != '\0'; c++)
        if (*c == '#' && (c == value || g_ascii_isspace(c[-1]))) {
            *c = '\0';
            return c + 1;
        }
    return NULL;
}

static gboolean
parse_header(Parser *parser, char *line, GError **error)
{
    cut_comment(line);
    g_strchomp(line);
    size_t length = strlen(line);
    if (line[length - 1] != ']')
        return fail(parser, error, "`%s`: expected `]` at the end of a group's name", line);
    line[length - 1] = '\0';
    if (!lad_config_is_group_name(line + 1))
        return fail(parser, error,
                    "`%s]` is no group; expected letters, digits, dots and hyphens in brackets, "
                    "such as [tier.near]",
                    line);
    g_free(parser->group);
    parser->group = g_strdup(line + 1);
    g_ptr_array_add(parser->groups, g_strdup(parser->group));
    return TRUE;
}

static gboolean
parse_assignment(Parser *parser, char *line, GError **error)
{
    char *equals = strchr(line, '=');
    if (equals == NULL)
        return fail(parser, error, "`%s`: expected `[group]`, `key = value` or `# comment`", line);
    if (parser->group == NULL)
        return fail(parser, error,
                    "`%s` stands before the first [group]; expected a group such as [run] first",
                    line);
    *equals = '\0';
    char *key = g_strstrip(line);
    if (!lad_config_is_key_name(key))
        return fail(parser, error, "`%s` is no key; expected letters, digits and hyphens", key);
    const char *comment = cut_comment(equals + 1);
    char *value = g_strstrip(equals + 1);
    char *name = g_strdup_printf("%s\n%s", parser->group, key);
    guint first = GPOINTER_TO_UINT(g_hash_table_lookup(parser->lines, name));
    g_hash_table_insert(parser->lines, name, GUINT_TO_POINTER(parser->line));
    if (first != 0)
        return fail(parser, error, "key `%s` of [%s] was already given in line %u", key,
                    parser->group, first);
    Assignment *assignment = g_new0(Assignment, 1);
    assignment->group = g_strdup(parser->group);
    assignment->key = g_strdup(key);
    assignment->value = g_strdup(value);
    assignment->line = parser->line;
    assignment->assumed = parser->assumed || (comment != NULL && says_assumed(comment));
    g_ptr_array_add(parser->assignments, assignment);
    parser->assumed = FALSE;
    return TRUE;
}

static gboolean
parse_line(Parser *parser, char *line, GError **error)
{
    g_strstrip(line);
    if (line[0] == '\0') {
        parser->assumed = FALSE;
        return TRUE;
    }
    if (line[0] == '#') {
        parser->assumed = parser->assumed || says_assumed(line);
        return TRUE;
    }
    if (line[0] == '[') {
        parser->assumed = FALSE;
        return parse_header(parser, line, error);
    }
    return parse_assignment(parser, line, error);
}

static gboolean
parse_text(Parser *parser, const char *text, gsize length, GError **error)
{
    const char *end = text + length;
    while (text < end) {
        const char *newline = memchr(text, '\n', (gsize)(end - text));
        gsize n = (gsize)((newline != NULL ? newline : end) - text);
        g_autofree char *line = g_strndup(text, n);
        parser->line++;
        if (memchr(text, '\0', n) != NULL || !g_utf8_validate(text, (gssize)n, NULL))
            return fail(parser, error, "not UTF-8 text; expected a configuration file");
        if (!parse_line(parser, line, error))
            return FALSE;
        text += n + 1;
    }
    return TRUE;
}

static gboolean
is_in_loop(const Frame *frame, const char *canonical)
{
    for (; frame != NULL; frame = frame->parent)
        if (frame->canonical != NULL && strcmp(frame->canonical, canonical) == 0)
            return TRUE;
    return FALSE;
}

/* Read a whole file or pipe, with a bound. `path` "-": standard input. */
static gboolean
load(const char *path, GString *text, GError **error)
{
    gboolean is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "re");
    char buffer[4096];
    size_t n = 0;
    errno = 0;
    while (file != NULL && text->len <= MAX_BYTES &&
           (n = fread(buffer, 1, sizeof buffer, file)) > 0)
        g_string_append_len(text, buffer, (gssize)n);
    gboolean failed = file == NULL || ferror(file);
    int saved = errno;
    if (file != NULL && !is_stdin)
        fclose(file);
    if (failed) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "%s: %s; expected a configuration file",
                    path, g_strerror(saved));
        return FALSE;
    }
    if (text->len > MAX_BYTES) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: more than 16 MiB; expected a configuration file", path);
        return FALSE;
    }
    return TRUE;
}

/* Read the file at `path`, which exists, on behalf of `parent` (NULL: of the caller). */
static gboolean
read_path(LadConfig *config, const Frame *parent, guint *n_files, const char *path, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (!load(path, text, error))
        return FALSE;
    g_autofree char *directory = g_path_get_dirname(path);
    char *canonical = realpath(path, NULL);
    Frame frame = {
        .parent = parent,
        .origin = path,
        .directory = directory,
        .canonical = canonical,
        .depth = parent != NULL ? parent->depth + 1 : 0,
        .n_files = n_files,
    };
    gboolean ok = read_frame(config, &frame, text->str, text->len, error);
    free(canonical);
    return ok;
}

static gboolean
read_include(LadConfig *config, Parser *parser, const char *name, GError **error)
{
    const Frame *frame = parser->frame;
    g_autofree char *path = lad_config_search(frame->directory, name);
    if (path == NULL) {
        g_autofree char *where = lad_config_search_path();
        return fail(parser, error, "include: there is no file `%s` in %s, nor in %s", name,
                    frame->directory != NULL ? frame->directory : "the working directory", where);
    }
    char *canonical = realpath(path, NULL);
    gboolean loop = canonical != NULL && is_in_loop(frame, canonical);
    free(canonical);
    if (loop)
        return fail(parser, error, "include loop: `%s` is being read already", name);
    if (frame->depth >= MAX_DEPTH || ++*frame->n_files > MAX_FILES)
        return fail(parser, error,
                    "includes are nested too deep or too many (limits: %d deep, %d files)",
                    MAX_DEPTH, MAX_FILES);
    return read_path(config, frame, frame->n_files, path, error);
}

/* What `include` names comes before the file's own keys, which so win. */
static gboolean
read_includes(LadConfig *config, Parser *parser, GError **error)
{
    for (guint i = 0; i < parser->assignments->len; i++) {
        Assignment *assignment = parser->assignments->pdata[i];
        if (strcmp(assignment->key, "include") != 0)
            continue;
        parser->line = assignment->line;
        if (strcmp(assignment->group, parser->groups->pdata[0]) != 0)
            return fail(parser, error,
                        "`include` stands in [%s]; expected in the first group, [%s]",
                        assignment->group, (char *)parser->groups->pdata[0]);
        g_auto(GStrv) names = g_strsplit(assignment->value, ",", -1);
        for (guint j = 0; names[j] != NULL; j++) {
            g_strstrip(names[j]);
            if (names[j][0] == '\0')
                return fail(parser, error, "include: an empty file name");
            if (!read_include(config, parser, names[j], error))
                return FALSE;
        }
    }
    return TRUE;
}

static void
apply(LadConfig *config, const Parser *parser)
{
    for (guint i = 0; i < parser->groups->len; i++)
        lad_config_add_group(config, parser->groups->pdata[i], parser->frame->origin);
    for (guint i = 0; i < parser->assignments->len; i++) {
        const Assignment *assignment = parser->assignments->pdata[i];
        if (strcmp(assignment->key, "include") == 0)
            continue;
        g_autofree char *origin = g_strdup_printf("%s:%u", parser->frame->origin, assignment->line);
        lad_config_put(config, assignment->group,
                       &(LadConfigEntry){.key = assignment->key,
                                         .value = assignment->value,
                                         .origin = origin,
                                         .directory = (char *)parser->frame->directory,
                                         .assumed = assignment->assumed});
    }
}

static gboolean
read_frame(LadConfig *config, const Frame *frame, const char *text, gsize length, GError **error)
{
    Parser parser = {
        .frame = frame,
        .assignments = g_ptr_array_new_with_free_func(assignment_free),
        .groups = g_ptr_array_new_with_free_func(g_free),
        .lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    gboolean ok = parse_text(&parser, text, length, error) && read_includes(config, &parser, error);
    if (ok)
        apply(config, &parser);
    g_ptr_array_unref(parser.assignments);
    g_ptr_array_unref(parser.groups);
    g_hash_table_unref(parser.lines);
    g_free(parser.group);
    return ok;
}

gboolean
lad_config_read_text(LadConfig *config, const char *text, const char *origin, GError **error)
{
    guint n_files = 0;
    Frame frame = {.origin = origin, .n_files = &n_files};
    return read_frame(config, &frame, text, strlen(text), error);
}

gboolean
lad_config_read(LadConfig *config, const char *path, GError **error)
{
    guint n_files = 0;
    if (strcmp(path, "-") == 0) {
        g_autoptr(GString) text = g_string_new(NULL);
        Frame frame = {.origin = "standard input", .n_files = &n_files};
        return load(path, text, error) && read_frame(config, &frame, text->str, text->len, error);
    }
    g_autofree char *found = lad_config_search(NULL, path);
    if (found == NULL) {
        g_autofree char *where = lad_config_search_path();
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "there is no configuration file `%s`, nor one of that name in %s", path, where);
        return FALSE;
    }
    return read_path(config, NULL, &n_files, found, error);
}
