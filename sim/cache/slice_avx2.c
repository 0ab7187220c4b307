/* slice_avx2.c - the phases of functional replay for processors with AVX2 and BMI. */
#include "config.h"
#include "sim/cache/slice.h"

#ifdef LAD_HAVE_AVX2
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2")
#endif
#define LAD_PHASES_AVX2
#include "sim/cache/phases.h"

void
lad_slice_replay_avx2(LadSlice *slice, LadFunctionalCore *core, const guint64 *addresses,
                      guint64 bias)
{
    replay_references(slice, core, addresses, bias);
}
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
