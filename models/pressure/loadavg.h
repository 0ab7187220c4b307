/* loadavg.h - averages over 10, 60 and 300 s as Linux keeps them: fixed point with 11 bits, whole
 * per cent only, decaying by e^(-2 s / window) at each period of about two seconds.
 *
 * Source: Linux 6.1 kernel/sched/loadavg.c and calc_avgs of kernel/sched/psi.c.
 */
#ifndef LAD_PRESSURE_LOADAVG_H
#define LAD_PRESSURE_LOADAVG_H

#include <memladder/pressure.h>

/* `missed` periods without stall have passed, and then one of `period` ns, of which `stalled` ns
 * were. LAD_PRESSURE_N_WINDOWS averages; both times in the same unit, stalled <= period. */
void lad_load_average(guint64 *averages, guint64 missed, guint64 stalled, guint64 period);
/* Hundredths of a per cent, cut off as where they are printed. */
guint64 lad_load_printed(guint64 average);

#endif
