/* sweep_work.c - memladder sweep work: the worker that every engine starts. */
#include "config.h"
#include "sim/commands/interrupt.h"
#include "sim/commands/sweep.h"
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <stdlib.h>

/* EX_TEMPFAIL: run it again. */
#define EXIT_AGAIN 75

typedef struct {
    gboolean json;
    gboolean stopped;
} Reporter;

/* SIGUSR1 is what batch systems send before the end. */
static gboolean
interrupted(gpointer data)
{
    Reporter *reporter = data;
    reporter->stopped =
        reporter->stopped || lad_interrupt_pending() || lad_interrupt_status_wanted();
    return reporter->stopped;
}

static void
print_json(guint point, const char *message)
{
    JsonObject *object = json_object_new();
    json_object_set_int_member(object, "point", point);
    json_object_set_string_member(object, "state", message == NULL ? "done" : "failed");
    if (message != NULL)
        json_object_set_string_member(object, "message", message);
    g_autoptr(JsonNode) root = json_node_new(JSON_NODE_OBJECT);
    json_node_take_object(root, object);
    g_autofree char *line = json_to_string(root, FALSE);
    puts(line);
}

static void
finished(gpointer data, guint point, const char *message)
{
    const Reporter *reporter = data;
    if (reporter->json) {
        print_json(point, message);
    } else {
        printf("point %u %s%s\n", point,
               message == NULL ? "done" : "failed: ", message == NULL ? "" : message);
    }
    fflush(stdout);
}

/* "3,5-9" as numbers below `limit`. */
static GArray *
parse_chunks(const char *text, guint limit, GError **error)
{
    g_autoptr(GArray) chunks = g_array_new(FALSE, FALSE, sizeof(guint));
    g_auto(GStrv) items = g_strsplit(text != NULL ? text : "", ",", -1);
    for (guint i = 0; items[i] != NULL; i++) {
        char *end;
        guint64 first = g_ascii_strtoull(items[i], &end, 10), last = first;
        gboolean ok = end != items[i];
        if (*end == '-') {
            char *begin = end + 1;
            last = g_ascii_strtoull(begin, &end, 10);
            ok = ok && end != begin;
        }
        if (!ok || *end != '\0' || last < first || last >= limit) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                        "--chunk %s: expected numbers below %u, such as 7 or 3,5-9", text, limit);
            return NULL;
        }
        for (guint chunk = (guint)first; chunk <= last; chunk++)
            g_array_append_val(chunks, chunk);
    }
    if (chunks->len > 0)
        return g_steal_pointer(&chunks);
    g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                        "--chunk is missing; expected the "
                        "number of a chunk");
    return NULL;
}

static int
work(const LadSweepPlan *plan, const GArray *chunks, Reporter *reporter, GError **error)
{
    g_autoptr(LadModels) models = lad_models_new(NULL, error);
    if (models == NULL)
        return 1;
    lad_interrupt_install();
    LadSweepHooks hooks = {interrupted, finished, reporter};
    for (guint i = 0; i < chunks->len; i++) {
        GError *cause = NULL;
        if (lad_sweep_work(plan, g_array_index(chunks, guint, i), models, &hooks, &cause))
            continue;
        if (g_error_matches(cause, LAD_ERROR, LAD_ERROR_INTERRUPTED)) {
            fprintf(stderr, "memladder: stopped in chunk %u; what is published stays\n",
                    g_array_index(chunks, guint, i));
            g_error_free(cause);
            return EXIT_AGAIN;
        }
        g_propagate_error(error, cause);
        return 1;
    }
    return 0;
}

static int
run(int argc, char **argv, GError **error)
{
    g_autofree char *list = NULL;
    Reporter reporter = {0};
    const GOptionEntry entries[] = {
        {"chunk", 'c', 0, G_OPTION_ARG_STRING, &list, "numbers of chunks, such as 7 or 3,5-9",
         "LIST"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &reporter.json, "one JSON object per point", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("DIR");
    g_option_context_set_summary(
        context,
        "Run the missing points of chunks of a plan, and pack them. Several workers may be "
        "at the same\nchunk. SIGTERM and SIGUSR1 drop the point under way and exit with "
        "75. For any engine:\n  memladder sweep work DIR --chunk $TASK");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, error))
        return 2;
    const char *directory = lad_sweep_directory(argc, argv, error);
    g_autoptr(LadSweepPlan) plan = directory != NULL ? lad_sweep_plan_open(directory, error) : NULL;
    g_autoptr(GArray) chunks = plan != NULL ? parse_chunks(list, plan->n_chunks, error) : NULL;
    return chunks != NULL ? work(plan, chunks, &reporter, error) : 2;
}

const LadCommand lad_sweep_command_work = {
    "work",
    "run the missing points of one chunk (what engines call)",
    run,
};
