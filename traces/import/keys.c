/* keys.c - block or page references as bare binary keys, one after another: 4 or 8 bytes each, big-
 * or little-endian, as the options say, since nothing in the content does.
 *
 * Sources: the trace readers of caffeine (CloudPhysics, w106: big-endian u32) and cache2k
 * (orm-busy: big-endian i32). A key is the number of a page of `unit` bytes, whose address is key x
 * unit; or, with `numbering = first-seen`, pages are numbered as they appear, for keys that are
 * hashes. Order and every repetition are kept. There is no time, no size, no kind of access. */
#include "config.h"
#include "traces/import/formats.h"
#include "traces/import/numbering.h"
#include "traces/import/touches.h"

#define VIEW_BYTES ((gsize)64 << 10)

typedef enum { WIDTH_4, WIDTH_8 } Width;
typedef enum { ORDER_BIG, ORDER_LITTLE } Order;
typedef enum { NUMBERS_OF_KEYS, NUMBERS_FIRST_SEEN } Numbers;

static const char *const widths[] = {"4", "8", NULL};
static const char *const orders[] = {"big", "little", NULL};
static const char *const numberings[] = {"key", "first-seen", NULL};
static const char *const kinds[] = {"load", "store", "modify", NULL};

typedef struct {
    guint width, order, numbering, kind;
    guint64 unit;
} Settings;

typedef struct {
    const Settings *settings;
    guint n_streams;
} Keys;

static inline guint64
read_key(const guint8 *at, gsize width, guint order)
{
    guint64 key = 0;
    for (gsize b = 0; b < width; b++)
        key = key << 8 | at[order == ORDER_BIG ? b : width - 1 - b];
    return key;
}

/* How many of the keys follow the one before them by 1, read in this order. */
static guint
count_steps(const guint8 *at, gsize n, gsize width, guint order)
{
    guint steps = 0;
    for (gsize i = 1; i < n; i++)
        steps += read_key(at + i * width, width, order) ==
                         read_key(at + (i - 1) * width, width, order) + 1
                     ? 1
                     : 0;
    return steps;
}

/* Blocks are often read one after another: if only the other order shows that, this is told. */
static void
doubt_order(const Keys *keys, LadImport *import, const guint8 *at, gsize bytes)
{
    gsize width = keys->settings->width == WIDTH_4 ? 4 : 8, n = bytes / width;
    guint order = keys->settings->order, other = order == ORDER_BIG ? ORDER_LITTLE : ORDER_BIG;
    guint steps = count_steps(at, n, width, order), others = count_steps(at, n, width, other);
    if (others < n / 64 + 2 || others < 8 * steps)
        return;
    g_autofree char *doubt =
        g_strdup_printf("Perhaps the order of pages: of the first %" G_GSIZE_FORMAT
                        " keys %u follow the one before "
                        "by 1 if read with order=%s, as read %u.",
                        n, others, orders[other], steps);
    lad_import_lost(import, doubt);
}

/* The keys of a view, up to `n`. */
static gboolean
take_keys(const Keys *keys, LadTouchStream *touches, LadNumbering *numbering, LadImportInput *input,
          const guint8 *at, gsize n, GError **error)
{
    const Settings *settings = keys->settings;
    gsize width = settings->width == WIDTH_4 ? 4 : 8;
    guint64 highest = G_MAXUINT64 / settings->unit;
    for (gsize i = 0; i < n; i++, at += width) {
        guint64 key = read_key(at, width, settings->order);
        if (settings->numbering == NUMBERS_FIRST_SEEN) {
            key = lad_numbering_of(numbering, key);
        } else if (G_UNLIKELY(key > highest)) {
            lad_import_consume(input, i * width);
            return lad_import_bad(
                input, error,
                "key %" G_GUINT64_FORMAT " times unit %" G_GUINT64_FORMAT
                " is beyond an address of 64 bits; expected numbers of pages. For "
                "keys that are hashes use --option numbering=first-seen; else "
                "width or order may be others",
                key, settings->unit);
        }
        if (!lad_touch(touches, key * settings->unit, error))
            return FALSE;
    }
    lad_import_consume(input, n * width);
    return TRUE;
}

static gboolean
read_keys(const Keys *keys, LadTouchStream *touches, LadNumbering *numbering, LadImportInput *input,
          GError **error)
{
    gsize width = keys->settings->width == WIDTH_4 ? 4 : 8, available;
    for (;;) {
        const guint8 *view = lad_import_view(input, VIEW_BYTES, &available, error);
        if (view == NULL)
            return FALSE;
        if (available == 0)
            return TRUE;
        if (available < width)
            return lad_import_bad(input, error,
                                  "the input ends within a key: %" G_GSIZE_FORMAT
                                  " bytes are left; expected a multiple of %" G_GSIZE_FORMAT,
                                  available, width);
        if (!take_keys(keys, touches, numbering, input, view, available / width, error))
            return FALSE;
    }
}

static gboolean
read_member(LadImport *import, LadImportInput *input, gpointer data, GError **error)
{
    Keys *keys = data;
    gsize available;
    LadTouchStream touches;
    const guint8 *view = lad_import_view(input, VIEW_BYTES, &available, error);
    if (view == NULL)
        return FALSE;
    if (available == 0)
        return TRUE;
    if (keys->n_streams == 0)
        doubt_order(keys, import, view, available);
    if (!lad_touch_stream_begin(&touches, import, input, keys->n_streams++,
                                (LadOperandKind)keys->settings->kind, error))
        return FALSE;
    LadNumbering numbering;
    lad_numbering_init(&numbering);
    gboolean ok = read_keys(keys, &touches, &numbering, input, error);
    lad_numbering_clear(&numbering);
    return ok;
}

static gboolean
convert(LadImport *import, gconstpointer options, GError **error)
{
    Keys keys = {.settings = options};
    lad_touch_header(import, MAX(keys.settings->unit, 4096));
    if (keys.settings->numbering == NUMBERS_FIRST_SEEN)
        lad_import_lost(import, "The keys themselves: pages are numbered as they first appear.");
    return lad_import_members(import, read_member, &keys, error);
}

/* Any bytes may be keys; text hardly ever is. */
static guint
recognise(const LadImportSample *sample)
{
    for (gsize i = 0; i < sample->n; i++)
        if (sample->bytes[i] < 9 || sample->bytes[i] > 126)
            return LAD_LOOKS_POSSIBLE;
    return LAD_LOOKS_IMPOSSIBLE;
}

static const LadOption options[] = {
    LAD_OPT_ENUM(Settings, width, "width", NULL, widths, "bytes of a key"),
    LAD_OPT_ENUM(Settings, order, "order", NULL, orders, "which byte of a key comes first"),
    LAD_OPT(Settings, unit, "unit", BYTES, "4 KiB", "1 B", "1 GiB",
            "bytes of the page or block that a key stands for"),
    LAD_OPT_ENUM(Settings, numbering, "numbering", "key", numberings,
                 "whether a key is the number of its page, or pages are numbered as they appear"),
    LAD_OPT_ENUM(Settings, kind, "kind", "load", kinds, "taken to be the kind of every access"),
    LAD_OPTIONS_END,
};

const LadImportFormat lad_import_keys = {
    .name = "keys",
    .summary = "binary page or block keys of 4 or 8 bytes, without anything else",
    .level = "page",
    .kept = "Every reference, in exact order; each input is a stream of a process of its own.",
    .lost = "Times, sizes and kinds of accesses are not recorded; all accesses are of one kind.",
    .evidence = "caffeine's cloudphysics w106 (5.3 M references) and cache2k's orm-busy (5 M)",
    .options = options,
    .options_size = sizeof(Settings),
    .recognise = recognise,
    .convert = convert,
};
