/* pressure.h - the contract of pressure models: turn the states of threads into a signal of how
 * much memory is missing, as PSI or vmpressure do. The scheduler knows every thread's state
 * (running, runnable, in memory stall, in I/O wait), so pressure is computed and not guessed.
 */
#ifndef MEMLADDER_PRESSURE_H
#define MEMLADDER_PRESSURE_H

#include <memladder/host.h>

G_BEGIN_DECLS

typedef struct LadPressureClass LadPressureClass;

/* What is measured: the whole host, or one cgroup of it. */
typedef struct {
    const LadPressureClass *class;
    LadHost *host;
    guint32 group;     /* cgroup, dense per host; 0: the whole host */
    void *params;      /* as class->base.options fill it */
    void *state;       /* class->base.host_size bytes, zeroed */
    guint64 *counters; /* the class's own table */
} LadPressure;

/* Threads of the group on one core, by state. */
typedef struct {
    guint running;          /* runnable ones included */
    guint memstall;         /* asleep for memory */
    guint memstall_running; /* on the CPU, but reclaiming for themselves */
    guint iowait;           /* asleep for other I/O */
    gboolean oncpu;         /* one of them has the core */
} LadPressureTasks;

/* Shares of time, 0 to 1. */
typedef struct {
    double memory_some; /* at least one thread waited for memory */
    double memory_full; /* all non-idle ones did */
    double io_some;
    double io_full;
} LadPressureSignal;

struct LadPressureClass {
    LadModel base;
    /* Optional. Once per group, after the parameters are filled. */
    gboolean (*init)(LadPressure *pressure, GError **error);
    /* Optional. Frees what `state` points to. */
    void (*clear)(LadPressure *pressure);
    /* Required. Called by the scheduler whenever the counts of a core change, at most a few times
     * per context switch, stall or wake-up; `now` never goes back on one core. */
    void (*change)(LadPressure *pressure, guint core, const LadPressureTasks *tasks, LadTime now);
    /* Optional. Called by reclaim after each batch: how many pages it looked at and how many it got
     * (vmpressure). */
    void (*reclaimed)(LadPressure *pressure, guint64 scanned, guint64 reclaimed, LadTime now);
    /* Required. Called by offload controllers and at epochs: shares over the model's own window up
     * to `now`. */
    void (*read)(LadPressure *pressure, LadTime now, LadPressureSignal *signal);
    /* Required. Total stalled time in ps since the start, memory `some`: the differences are what
     * controllers with small targets use. */
    LadTime (*total)(LadPressure *pressure, LadTime now);
};

G_END_DECLS
#endif
