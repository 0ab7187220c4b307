/* formats.c - the formats that can be converted: one row each; and which one a sample looks like.
 */
#include "config.h"
#include "traces/import/formats.h"
#include "sim/base/nearest.h"
#include <memladder/import.h>
#include <string.h>

#define MAX_JUDGED_LINES 1000

const LadImportFormat *const lad_import_formats[] = {
    &lad_import_champsim,       &lad_import_champsim_cloudsuite,
    &lad_import_damon,          &lad_import_drmemtrace,
    &lad_import_keys,           &lad_import_csv,
    &lad_import_dinero,         &lad_import_lackey,
    &lad_import_oracle_general, &lad_import_perf_script,
    &lad_import_ramulator,      NULL,
};

const LadImportFormat *
lad_import_find(const char *name, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; lad_import_formats[i] != NULL; i++) {
        if (strcmp(lad_import_formats[i]->name, name) == 0)
            return lad_import_formats[i];
        g_ptr_array_add(names, (gpointer)lad_import_formats[i]->name);
    }
    g_ptr_array_add(names, NULL);
    const char *nearest = lad_nearest(name, (const char *const *)names->pdata);
    g_autofree char *known = g_strjoinv(", ", (char **)names->pdata);
    if (nearest != NULL)
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--from %s: there is no such format; did you mean %s? Known: %s", name, nearest,
                    known);
    else
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--from %s: there is no such format; known: %s", name, known);
    return NULL;
}

const LadImportFormat *
lad_import_recognise(const LadImportSample *sample, const char *where, GError **error)
{
    const LadImportFormat *best = NULL, *second = NULL;
    guint best_score = 0, second_score = 0;
    for (guint i = 0; lad_import_formats[i] != NULL; i++) {
        guint score = lad_import_formats[i]->recognise(sample);
        if (score > best_score) {
            second = best;
            second_score = best_score;
            best = lad_import_formats[i];
            best_score = score;
        } else if (score > second_score) {
            second = lad_import_formats[i];
            second_score = score;
        }
    }
    if (best_score >= LAD_LOOKS_LIKE && best_score > second_score)
        return best;
    if (sample->n == 0)
        g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE, "%sthe input is empty", where);
    else if (best == NULL)
        g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                    "%sthis looks like none of the known formats; `memladder trace formats` lists "
                    "them, --from names one",
                    where);
    else if (best_score == second_score)
        g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                    "%sthis may be %s or %s, which its content does not tell apart; name it with "
                    "--from",
                    where, best->name, second->name);
    else
        g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                    "%sthe format cannot be told from the content; the nearest is %s (%s); name it "
                    "with --from if that is what it is",
                    where, best->name, best->summary);
    return NULL;
}

guint
lad_import_sample_lines(const LadImportSample *sample, LadImportJudge judge, gpointer data)
{
    const char *at = (const char *)sample->bytes, *end = at + sample->n;
    g_autoptr(GString) line = g_string_new(NULL);
    guint good = 0;
    for (guint number = 1; at < end && number <= MAX_JUDGED_LINES; number++) {
        const char *stop = memchr(at, '\n', (gsize)(end - at));
        if (stop == NULL && !sample->whole)
            break;
        gsize n = (gsize)((stop != NULL ? stop : end) - at);
        if (memchr(at, 0, n) != NULL)
            return 0;
        g_string_truncate(line, 0);
        g_string_append_len(line, at, (gssize)(n - (n > 0 && at[n - 1] == '\r')));
        int answer = judge(line->str, line->len, number, data);
        if (answer < 0)
            return 0;
        good += answer > 0;
        at += n + 1;
    }
    return good;
}
