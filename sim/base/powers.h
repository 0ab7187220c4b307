/* powers.h - logarithm and exponential for laws of chance (Zipf, latencies).
 *
 * From + - * / alone, so that every machine gets the same bits (the tree is built without
 * contraction): the series of artanh and of exp, on arguments brought into [1, 2) and (-log 2, 0].
 * Both are within a few units in the last place.
 */
#ifndef LAD_BASE_POWERS_H
#define LAD_BASE_POWERS_H

/* The natural logarithm of x >= 1. */
double lad_log(double x);
/* e to the x, x <= 0. */
double lad_exp(double x);

#endif
