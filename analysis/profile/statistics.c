/* statistics.c - see statistics.h. */
#include "config.h"
#include "analysis/profile/statistics.h"
#include <math.h>
#include <stdlib.h>

static double
mean_of(const double *values, guint n)
{
    double sum = 0;
    for (guint i = 0; i < n; i++)
        sum += values[i];
    return n > 0 ? sum / n : (double)NAN;
}

double
lad_pearson(const double *x, const double *y, guint n)
{
    double mean_x = mean_of(x, n), mean_y = mean_of(y, n), xx = 0, yy = 0, xy = 0;
    for (guint i = 0; i < n; i++) {
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        yy += (y[i] - mean_y) * (y[i] - mean_y);
        xy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    return n >= 2 && xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : (double)NAN;
}

double
lad_reliability(const double *half, const double *other, guint n)
{
    double r = lad_pearson(half, other, n);
    return r > 0 ? 2 * r / (1 + r) : (double)NAN;
}

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

void
lad_sort_doubles(double *values, guint n)
{
    if (n > 0)
        qsort(values, n, sizeof *values, compare_doubles);
}

double
lad_percentile(const double *sorted, guint n, double p)
{
    double at = CLAMP(p, 0.0, 1.0) * (n - 1);
    guint below = MIN((guint)at, n - 1);
    guint above = MIN(below + 1, n - 1);
    return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

/* By the expansion of Cornish and Fisher in 1 / freedom (Abramowitz and Stegun, 26.7.5) from seven
 * degrees on, by table below. */
double
lad_student(guint freedom)
{
    static const double few[] = {12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469};
    if (freedom <= G_N_ELEMENTS(few))
        return few[freedom - 1];
    double z = 1.959964, z2 = z * z, v = freedom;
    double g1 = z * (z2 + 1) / 4;
    double g2 = z * (5 * z2 * z2 + 16 * z2 + 3) / 96;
    double g3 = z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384;
    double g4 = z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160;
    return z + g1 / v + g2 / (v * v) + g3 / (v * v * v) + g4 / (v * v * v * v);
}

double
lad_mean_interval(const double *values, guint n, double *half)
{
    double mean = mean_of(values, n), squares = 0;
    for (guint i = 0; i < n; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    *half = n >= 2 ? lad_student(n - 1) * sqrt(squares / (n - 1) / n) : (double)NAN;
    return mean;
}

double
lad_ratio_interval(const double *x, const double *y, guint n, double *half)
{
    double sum_x = mean_of(x, n) * n, sum_y = mean_of(y, n) * n, squares = 0;
    *half = (double)NAN;
    if (n == 0 || sum_y == 0)
        return (double)NAN;
    double ratio = sum_x / sum_y;
    for (guint i = 0; i < n; i++)
        squares += (x[i] - ratio * y[i]) * (x[i] - ratio * y[i]);
    if (n >= 2)
        *half = lad_student(n - 1) * sqrt(squares * n / (n - 1)) / sum_y;
    return ratio;
}
