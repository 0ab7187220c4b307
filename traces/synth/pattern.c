/* pattern.c - what patterns have in common. */
#include "config.h"
#include "traces/synth/pattern.h"

#define OPT(field, name, type, def, min, max, help)                                                \
    LAD_OPT(LadPatternCommon, field, name, type, def, min, max, help)

const LadOption lad_pattern_common_options[] = {
    OPT(pattern, "pattern", STRING, NULL, NULL, NULL,
        "which kind; `memladder trace synth --list` names them"),
    OPT(region, "region", STRING, "", NULL, NULL,
        "name of the [region.NAME] it works on; empty: one of its own, private to each thread"),
    OPT(size, "size", BYTES, "64 MiB", "64 B", "64 TiB", "of its own region, without `region`"),
    OPT(offset, "offset", BYTES, "0 B", NULL, "64 TiB", "where in the region its part begins"),
    OPT(length, "length", BYTES, "0 B", NULL, "64 TiB", "of its part; 0: up to the region's end"),
    OPT(writes, "writes", DOUBLE, "0", "0", "1",
        "share of its accesses that are stores; in code it holds over the static accesses, so over "
        "the executed ones only about"),
    OPT(access_bytes, "access-bytes", UINT, "8", "1", "64", "bytes of an access"),
    OPT(memory, "memory", DOUBLE, "1", "0", "64",
        "at level page: lines of it that come from memory, per access, by which its weight is "
        "multiplied; below 1 popular units of zipf come less often, as caches keep them"),
    LAD_OPTIONS_END,
};

void
lad_scatter_init(LadScatter *scatter, guint64 n, LadRandom *random)
{
    guint bits = n > 1 ? g_bit_storage((gulong)(n - 1)) : 0;
    *scatter = (LadScatter){.n = n,
                            .mask = ((guint64)1 << bits) - 1,
                            .add = lad_random_next(random),
                            .first = lad_random_next(random) | 1,
                            .second = lad_random_next(random) | 1,
                            .shift = MAX(1, (bits + 1) / 2)};
}
