/* statistics.h - correlation, percentiles and confidence intervals of small samples. */
#ifndef LAD_PROFILE_STATISTICS_H
#define LAD_PROFILE_STATISTICS_H

#include <glib.h>

G_BEGIN_DECLS

/* Pearson's correlation of two series of `n`; NaN if one of them does not vary or n < 2. Two
 * passes, so that large means cost no digits. */
double lad_pearson(const double *x, const double *y, guint n);
/* How far a series of `n` would correlate with another measurement of itself, told from two halves
 * of it (Spearman and Brown: 2 r / (1 + r) of their correlation r); NaN where they do not
 * correlate. Two series' correlation over the root of the product of theirs is what it would be
 * without noise. */
double lad_reliability(const double *half, const double *other, guint n);
/* Ascending. */
void lad_sort_doubles(double *values, guint n);
/* The value below which a share `p` in [0, 1] lies, of `n` >= 1 values in ascending order, straight
 * between neighbours (Hyndman and Fan's type 7: index p (n - 1)). */
double lad_percentile(const double *sorted, guint n, double p);
/* Mean, and half of the two-sided 95 % confidence interval by Student's t; half is NaN if n < 2. */
double lad_mean_interval(const double *values, guint n, double *half);
/* The ratio sum of x / sum of y over `n` windows, and half of its two-sided 95 % confidence
 * interval (linearised: Cochran, Sampling Techniques, 6.5); half is NaN if n < 2, all is if sum of
 * y is 0. */
double lad_ratio_interval(const double *x, const double *y, guint n, double *half);
/* The two-sided 95 % quantile of Student's t with `freedom` >= 1 degrees, to four digits. */
double lad_student(guint freedom);

G_END_DECLS
#endif
