/* backend.h - what models of back ends that pages are swapped to share. */
#ifndef LAD_TIER_BACKEND_H
#define LAD_TIER_BACKEND_H

#include <memladder/random.h>
#include <memladder/tier.h>

/* Refuse an option's value. FALSE, with CONFIG. */
gboolean lad_backend_refuse(const LadTier *tier, const char *option, const char *expected,
                            GError **error);
/* The options `option` and `option`-p99, median and 99th percentile of a latency: 0 for the latter
 * becomes the median. Errors: CONFIG if it lies below. */
gboolean lad_backend_check_p99(const LadTier *tier, const char *option, LadTime median,
                               LadTime *p99, GError **error);
/* The back end's own random stream, by the tier's name. */
void lad_backend_random(const LadTier *tier, LadRandom *random);
/* What bytes take at a bandwidth in bytes per second; 0: no limit. */
LadTime lad_backend_time_of_bytes(LadBytes bytes, guint64 bandwidth);

#endif
