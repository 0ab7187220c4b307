/* result_sample.h - a small result made by hand, whose every figure can be computed on paper. */
#ifndef LAD_TEST_RESULT_SAMPLE_H
#define LAD_TEST_RESULT_SAMPLE_H

#include <memladder/result.h>

/* Two cores at 2 GHz, three caches, tiers near and far, a kernel. Warm-up [0, 1 ms), measured
 * [1 ms, 5 ms), eight epochs. `far_share` in percent is the share of traffic that goes far. */
LadResult *result_sample_new(guint far_share);
/* The same without anything that happened. */
LadResult *result_sample_empty(void);

#endif
