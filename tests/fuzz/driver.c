/* driver.c - deterministic, bounded mutation of a target's seeds. */
#include "config.h"
#include "tests/fuzz/driver.h"
#include <memladder/random.h>
#include <stdio.h>
#include <string.h>

gboolean
lad_fuzz_seed_text(const char *const *seeds, guint n, guint index, GByteArray *bytes)
{
    if (index >= n)
        return FALSE;
    g_byte_array_append(bytes, (const guint8 *)seeds[index], (guint)strlen(seeds[index]));
    return TRUE;
}

#define MAX_BYTES (1u << 20)

static guint
below(LadRandom *random, guint n)
{
    return n == 0 ? 0 : (guint)lad_random_below(random, n);
}

static void
insert(GByteArray *bytes, guint at, const guint8 *data, guint size)
{
    g_autoptr(GByteArray) tail = g_byte_array_new();
    g_byte_array_append(tail, bytes->data + at, bytes->len - at);
    g_byte_array_set_size(bytes, at);
    g_byte_array_append(bytes, data, size);
    g_byte_array_append(bytes, tail->data, tail->len);
}

static void
insert_random(LadRandom *random, GByteArray *bytes, guint at)
{
    guint8 noise[8];
    for (guint i = 0; i < sizeof noise; i++)
        noise[i] = (guint8)lad_random_next(random);
    insert(bytes, at, noise, 1 + below(random, sizeof noise));
}

static void
insert_word(LadRandom *random, GByteArray *bytes, guint at)
{
    guint n = 0;
    while (lad_fuzz_target.words != NULL && lad_fuzz_target.words[n] != NULL)
        n++;
    if (n == 0) {
        insert_random(random, bytes, at);
        return;
    }
    const char *word = lad_fuzz_target.words[below(random, n)];
    insert(bytes, at, (const guint8 *)word, (guint)strlen(word));
}

/* Numbers at the edges of 8, 16, 32 and 64 bits, little-endian. */
static void
overwrite_number(LadRandom *random, GByteArray *bytes, guint at)
{
    static const guint64 edges[] = {0,           1,          0x7f,        0x80,
                                    0xff,        0xffff,     0x7fffffff,  0x80000000u,
                                    0xffffffffu, G_MAXINT64, G_MAXUINT64, G_MAXUINT64 - 1};
    guint64 edge = GUINT64_TO_LE(edges[below(random, G_N_ELEMENTS(edges))]);
    guint size = MIN(1u << below(random, 4), bytes->len - at);
    memcpy(bytes->data + at, &edge, size);
}

static void
copy_range(LadRandom *random, GByteArray *bytes, guint at)
{
    guint from = below(random, bytes->len);
    guint size = 1 + below(random, MIN(bytes->len - from, 64));
    g_autofree guint8 *range = g_memdup2(bytes->data + from, size);
    insert(bytes, at, range, size);
}

static void
mutate_once(LadRandom *random, GByteArray *bytes)
{
    guint at = below(random, bytes->len);
    if (bytes->len == 0) {
        insert_word(random, bytes, 0);
        return;
    }
    switch (below(random, 8)) {
    case 0:
        bytes->data[at] ^= (guint8)(1u << below(random, 8));
        break;
    case 1:
        bytes->data[at] = (guint8)lad_random_next(random);
        break;
    case 2:
        g_byte_array_set_size(bytes, at);
        break;
    case 3:
        g_byte_array_remove_range(bytes, at, 1 + below(random, MIN(bytes->len - at, 64)));
        break;
    case 4:
        copy_range(random, bytes, at);
        break;
    case 5:
        overwrite_number(random, bytes, at);
        break;
    case 6:
        insert_random(random, bytes, at);
        break;
    default:
        insert_word(random, bytes, at);
        break;
    }
}

static GPtrArray *
collect_seeds(void)
{
    GPtrArray *seeds = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
    for (guint i = 0;; i++) {
        GByteArray *seed = g_byte_array_new();
        if (!lad_fuzz_target.seed(i, seed)) {
            g_byte_array_unref(seed);
            break;
        }
        g_ptr_array_add(seeds, seed);
    }
    g_assert(seeds->len > 0);
    return seeds;
}

/* Each case has a stream of its own, so one can be made again without those before it. */
static void
make_case(GPtrArray *seeds, guint64 seed, guint number, GByteArray *bytes)
{
    LadRandom random;
    g_autofree char *name = g_strdup_printf("%s.%u", lad_fuzz_target.name, number);
    lad_random_init(&random, seed, name);
    const GByteArray *from = seeds->pdata[number % seeds->len];
    g_byte_array_set_size(bytes, 0);
    g_byte_array_append(bytes, from->data, from->len);
    /* The seeds themselves come first, unchanged. */
    guint n_mutations = number < seeds->len ? 0 : 1 + below(&random, 6);
    for (guint i = 0; i < n_mutations && bytes->len < MAX_BYTES; i++)
        mutate_once(&random, bytes);
}

/* A copy that ends where the input ends, so that the sanitizer sees reading beyond it. */
static void
feed(const guint8 *data, gsize size)
{
    g_autofree guint8 *exact = g_malloc(MAX(size, 1));
    if (size > 0)
        memcpy(exact, data, size);
    lad_fuzz_target.one(exact, size);
}

static int
run_files(char **files)
{
    for (; *files != NULL; files++) {
        g_autofree char *data = NULL;
        gsize size;
        g_autoptr(GError) error = NULL;
        if (!g_file_get_contents(*files, &data, &size, &error)) {
            fprintf(stderr, "%s\n", error->message);
            return 1;
        }
        feed((const guint8 *)data, size);
    }
    return 0;
}

static guint64
number_from_environment(const char *name, guint64 standard)
{
    const char *text = g_getenv(name);
    return text != NULL ? g_ascii_strtoull(text, NULL, 10) : standard;
}

static int
run_cases(void)
{
    guint n = (guint)number_from_environment("LAD_FUZZ_CASES", lad_fuzz_target.n_cases);
    guint64 seed = number_from_environment("LAD_FUZZ_SEED", 1);
    guint64 save = number_from_environment("LAD_FUZZ_SAVE", G_MAXUINT64);
    g_autoptr(GPtrArray) seeds = collect_seeds();
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    for (guint i = 0; i < n; i++) {
        make_case(seeds, seed, i, bytes);
        if (i == save)
            g_file_set_contents("fuzz-case", (const char *)bytes->data, (gssize)bytes->len, NULL);
        if (g_getenv("LAD_FUZZ_TRACE") != NULL) {
            printf("# case %u\n", i);
            fflush(stdout);
        }
        feed(bytes->data, bytes->len);
    }
    printf("1..1\nok 1 - %s: %u inputs from %u seeds\n", lad_fuzz_target.name, n, seeds->len);
    return 0;
}

int
main(int argc, char **argv)
{
    return argc > 1 ? run_files(argv + 1) : run_cases();
}
