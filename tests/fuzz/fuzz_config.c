/* fuzz_config.c - whatever a configuration's text is, it is read or refused with a message, and
 * what was read prints to a text that reads back as itself. */
#include "config.h"
#include "tests/fuzz/driver.h"
#include <memladder/configuration.h>
#include <string.h>

static const char *const choices[] = {"near", "far", NULL};

typedef struct {
    LadTime latency;
    LadBytes size;
    guint64 bandwidth, frequency, cycles, number;
    double factor;
    guint choice;
    gboolean truth;
    char *text;
    char **list;
    LadTable *table;
} Part;

static const LadOption options[] = {
    LAD_OPT(Part, latency, "latency", TIME, "85 ns", "1 ns", "1 s", "a time"),
    LAD_OPT(Part, size, "size", BYTES, "1 GiB", NULL, NULL, "a size"),
    LAD_OPT(Part, bandwidth, "bandwidth", BANDWIDTH, "38.4 GB/s", NULL, NULL, "a bandwidth"),
    LAD_OPT(Part, frequency, "frequency", FREQUENCY, "2.4 GHz", NULL, NULL, "a frequency"),
    LAD_OPT(Part, cycles, "cycles", CYCLES, "4 cycles", NULL, NULL, "cycles"),
    LAD_OPT(Part, number, "number", UINT, "1", NULL, NULL, "a number"),
    LAD_OPT(Part, factor, "factor", DOUBLE, "1", NULL, NULL, "a factor"),
    LAD_OPT_ENUM(Part, choice, "choice", "near", choices, "a choice"),
    LAD_OPT(Part, truth, "truth", BOOL, "true", NULL, NULL, "a truth"),
    LAD_OPT(Part, text, "text", STRING, "", NULL, NULL, "a text"),
    LAD_OPT(Part, list, "list", LIST, "", NULL, NULL, "a list"),
    LAD_OPT(Part, table, "table", TABLE, "0 1", NULL, NULL, "a table"),
    LAD_OPTIONS_END,
};

static const char *const seeds[] = {
    "# a part\n[part]\nlatency = 180 ns # assumed\nsize = 1.5 GiB\nbandwidth = 38.4 GB/s\n"
    "frequency = 2.4 GHz\ncycles = 14 cycles\nnumber = 3\nfactor = 0.5\nchoice = far\n"
    "truth = false\ntext = a b c\nlist = a, b, c\ntable = 0 85; 10 90.5; 20 1e3\n",
    "[part]\ninclude = /dev/null\n\n[other]\nkey = value\n[part]\nsize=4096 B\n",
    "",
};

static const char *const words[] = {
    "[part]\n",  "[", "]",     "=",    "\n",    "#",        " # assumed",  "include = ",
    "/dev/null", ".", " ns",   " GiB", " KB",   "1e308",    "-1",          "99999999999999999999",
    ";",         ",", "part.", "size", "table", "\xc3\xa9", "model = x\n", NULL,
};

static gboolean
seed(guint index, GByteArray *bytes)
{
    return lad_fuzz_seed_text(seeds, G_N_ELEMENTS(seeds), index, bytes);
}

/* The effective configuration of `text`, or NULL with an error that has a message. */
static char *
effective(const char *text, GError **error)
{
    g_autoptr(LadConfig) config = lad_config_new();
    Part part = {0};
    const LadOptionSet set = {options, &part};
    if (!lad_config_read_text(config, text, "fuzz", error) ||
        lad_config_model(config, "part", "standard", error) == NULL ||
        !lad_config_fill(config, "part", &set, 1, error))
        return NULL;
    lad_config_peek(config, "other", "key");
    if (!lad_config_check_used(config, error))
        return NULL;
    return lad_config_print(config);
}

static void
one(const guint8 *data, gsize size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GError) error = NULL;
    g_autofree char *once = effective(text, &error);
    g_assert((once == NULL) == (error != NULL));
    if (once == NULL) {
        g_assert(error->domain == LAD_ERROR && error->message[0] != '\0');
        return;
    }
    g_autofree char *twice = effective(once, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(once, ==, twice);
}

const LadFuzzTarget lad_fuzz_target = {"config", 20000, seed, words, one};
