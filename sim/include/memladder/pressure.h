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
    LadTime jiffy;     /* between ticks, kernel.time-scale included */
    LadTime second;    /* of kernel time, kernel.time-scale included */
    void *params;      /* as class->base.options fill it */
    void *state;       /* class->base.host_size bytes, zeroed */
    guint64 *counters; /* the class's own table */
} LadPressure;

/* Threads of the group on one core, by state. A thread may be counted in several rows. */
typedef struct {
    guint running;           /* runnable ones included */
    guint memstall;          /* waiting or working for memory that was missing */
    guint memstall_running;  /* of them, those that are running or runnable */
    guint iowait;            /* asleep for I/O, swap-ins included */
    gboolean oncpu;          /* one of them has the core */
    gboolean oncpu_memstall; /* and works for missing memory */
} LadPressureTasks;

/* some: at least one thread was delayed; full: all that were not idle. */
typedef enum {
    LAD_PRESSURE_MEMORY_SOME,
    LAD_PRESSURE_MEMORY_FULL,
    LAD_PRESSURE_IO_SOME,
    LAD_PRESSURE_IO_FULL,
    LAD_PRESSURE_CPU_SOME,
    LAD_PRESSURE_CPU_FULL,
    LAD_PRESSURE_N_STATES
} LadPressureState;

/* Running averages, by their windows; a model with one window says the same three times. */
typedef enum {
    LAD_PRESSURE_10S,
    LAD_PRESSURE_60S,
    LAD_PRESSURE_300S,
    LAD_PRESSURE_N_WINDOWS
} LadPressureWindow;

typedef struct {
    /* Shares of time, 0 to 1, as coarse as the model keeps them. */
    double average[LAD_PRESSURE_N_STATES][LAD_PRESSURE_N_WINDOWS];
    /* Time stalled since the start, ps: differences are what controllers with small targets use. */
    LadTime stalled[LAD_PRESSURE_N_STATES];
} LadPressureSignal;

struct LadPressureClass {
    LadModel base;
    /* Optional. Once per group, after the parameters are filled; the host's cores exist. */
    gboolean (*init)(LadPressure *pressure, GError **error);
    /* Optional. Frees what `state` points to. */
    void (*clear)(LadPressure *pressure);
    /* Required. Called whenever the counts of a core change, at most a few times per context
     * switch, stall or wake-up; `now` never goes back on one core. */
    void (*change)(LadPressure *pressure, guint core, const LadPressureTasks *tasks, LadTime now);
    /* Optional. Called by reclaim after each batch: how many pages it looked at and how many it got
     * (vmpressure). */
    void (*reclaimed)(LadPressure *pressure, guint64 scanned, guint64 reclaimed, LadTime now);
    /* Required. Called by offload controllers, as they would read the kernel's file: the signal up
     * to `now`. May change what later reads say, as PSI's samples do. */
    void (*read)(LadPressure *pressure, LadTime now, LadPressureSignal *signal);
};

G_END_DECLS
#endif
