/* loadavg.c - averages in fixed point that decay (kernel/sched/loadavg.c). */
#include "config.h"
#include "models/pressure/loadavg.h"

#define FIXED_SHIFT 11
#define FIXED_1     (1u << FIXED_SHIFT)

/* 1 / exp(2 s / window) in fixed point. */
static const guint64 decay[LAD_PRESSURE_N_WINDOWS] = {1677, 1981, 2034};

static guint64
power(guint64 x, guint64 n)
{
    guint64 result = FIXED_1;
    for (; n > 0; n >>= 1) {
        if (n & 1)
            result = (result * x + FIXED_1 / 2) >> FIXED_SHIFT;
        x = (x * x + FIXED_1 / 2) >> FIXED_SHIFT;
    }
    return result;
}

static guint64
calc_load(guint64 load, guint64 exponent, guint64 active)
{
    guint64 sum = load * exponent + active * (FIXED_1 - exponent);
    return (sum + (active >= load ? FIXED_1 - 1 : 0)) / FIXED_1;
}

void
lad_load_average(guint64 *averages, guint64 missed, guint64 stalled, guint64 period)
{
    guint64 per_cent = stalled * 100 / period * FIXED_1;
    for (guint i = 0; i < LAD_PRESSURE_N_WINDOWS; i++) {
        if (missed)
            averages[i] = calc_load(averages[i], power(decay[i], missed), 0);
        averages[i] = calc_load(averages[i], decay[i], per_cent);
    }
}

guint64
lad_load_printed(guint64 average)
{
    return (average >> FIXED_SHIFT) * 100 + ((average & (FIXED_1 - 1)) * 100 >> FIXED_SHIFT);
}
