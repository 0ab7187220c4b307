/* filter.h - what caches leave of a law of popularity.
 *
 * Che's approximation of LRU (H. Che, Y. Tung and Z. Wang, "Hierarchical Web Caching Systems", IEEE
 * JSAC 20(7), 2002): a line stays for about the same time T whatever its popularity, so that of
 * accesses at rate r those miss that come later than T after the one before, a share of exp(-r T).
 */
#ifndef LAD_SYNTH_FILTER_H
#define LAD_SYNTH_FILTER_H

#include <glib.h>

/* Of `n` rates, 0 or more and one above 0, what misses, in place: T is such that these are the
 * share `misses` of all, from 0 (exclusive) to 1. */
void lad_synth_filter(double *rates, gsize n, double misses);

#endif
