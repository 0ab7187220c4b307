/* powers.h - logarithm and exponential for the weights of Zipf's law.
 *
 * From + - * / alone, so that every machine gets the same bits (the tree is built without
 * contraction): the series of artanh and of exp, on arguments brought into [1, 2) and (-log 2, 0].
 * Both are within a few units in the last place.
 */
#ifndef LAD_SYNTH_POWERS_H
#define LAD_SYNTH_POWERS_H

/* The natural logarithm of x >= 1. */
double lad_synth_log(double x);
/* e to the x, x <= 0. */
double lad_synth_exp(double x);

#endif
