/* plan.h - a configuration of [synth], checked and with its names resolved.
 *
 * Threads run phases one after the other; a phase draws from a mix of patterns; a pattern works on
 * a region. At level instruction a phase executes code, whose functions belong to patterns.
 */
#ifndef LAD_SYNTH_PLAN_H
#define LAD_SYNTH_PLAN_H

#include "traces/synth/contents.h"
#include "traces/synth/pattern.h"

typedef enum { LAD_SHARED_NOT, LAD_SHARED_PROCESS, LAD_SHARED_ALL } LadShared;
typedef enum { LAD_POPULATE_NONE, LAD_POPULATE_READ, LAD_POPULATE_WRITE } LadPopulate;

typedef struct {
    guint level; /* 0 instruction, 1 page */
    guint64 seed;
    guint64 accesses, instructions;
    guint64 rate, sample; /* at level page */
} LadPlanOptions;

typedef enum { LAD_REGION_PROGRAM, LAD_REGION_PAGE_CACHE, LAD_REGION_KERNEL } LadRegionKind;

/* [region.NAME] */
typedef struct {
    LadBytes size;
    guint shared; /* LadShared */
    guint kind;   /* LadRegionKind */
    gboolean huge;
    guint populate; /* LadPopulate */
    guint fill;     /* LadFill */
    char **algorithms;
    char **compressed;
    double spread;
} LadRegionParams;

/* A compression ratio that is told, not measured. */
typedef struct {
    char *algorithm;
    double share; /* of a page */
} LadCompressed;

typedef struct {
    char *name;
    LadRegionParams params;
    guint64 address, span; /* of the first copy; from one thread's copy to the next's */
    GArray *algorithms;    /* guint */
    GArray *compressed;    /* LadCompressed */
} LadPlanRegion;

typedef struct {
    char *name;
    const LadPatternClass *class;
    LadPatternCommon common;
    void *params;
    guint region;
    LadBytes offset, bytes; /* of its part of the region */
    guint n_chains;         /* 0: none */
    guint first_chain;      /* among the chains of all patterns */
} LadPlanPattern;

/* [code.NAME] */
typedef struct {
    LadBytes size, function, body;
    double block_instructions, accesses, taken, exponent;
    double calls, own, private, memory;
    guint64 iterations, instruction_bytes, depth;
    gboolean scatter, populate;
    guint shared; /* LadShared */
} LadCodeParams;

typedef struct {
    char *name;
    LadCodeParams params;
    guint64 address;
} LadPlanCode;

/* [phase.NAME] */
typedef struct {
    char **mix;
    char *code;
    guint64 accesses, instructions;
    guint64 run, request, burst;
    LadTime idle;
} LadPhaseParams;

typedef struct {
    guint pattern;
    double weight;
} LadPlanShare;

typedef struct {
    char *name;
    LadPhaseParams params;
    GArray *mix; /* LadPlanShare */
    guint code;  /* at level page G_MAXUINT if there is none */
} LadPlanPhase;

/* [thread.NAME] */
typedef struct {
    guint64 process, host, copies;
    guint spread; /* 0 threads of one process, 1 processes */
    char **phases;
    guint64 repeat, accesses, instructions;
    char *cgroup;
} LadThreadParams;

typedef struct {
    char *name;
    LadThreadParams params;
    GArray *phases; /* guint */
} LadPlanThread;

/* One stream of the trace. */
typedef struct {
    guint thread, copy;
    guint32 host, process, number; /* number: thread id */
    guint in_process;              /* how many streams of its process come before it */
    gboolean first;                /* of all */
} LadPlanStream;

typedef struct {
    LadPlanOptions options;
    GArray *regions;  /* LadPlanRegion */
    GArray *patterns; /* LadPlanPattern */
    GArray *codes;    /* LadPlanCode; at level page only those that are given */
    GArray *phases;   /* LadPlanPhase */
    GArray *threads;  /* LadPlanThread */
    GArray *streams;  /* LadPlanStream */
} LadSynthPlan;

/* Reads [synth] alone. */
gboolean lad_synth_plan_options_read(LadConfig *config, LadPlanOptions *options, GError **error);
/* All groups; text stays owned by `config`. Errors: CONFIG. */
LadSynthPlan *lad_synth_plan_read(LadConfig *config, const LadPlanOptions *options, GError **error);
void lad_synth_plan_free(LadSynthPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadSynthPlan, lad_synth_plan_free)

/* The pattern's class, or NULL with CONFIG and the nearest name. */
const LadSynthPattern *lad_synth_plan_find_pattern(LadConfig *config, const char *group,
                                                   GError **error);

/* Functions of a code, and those of them that each process has for itself, which lie behind the
 * others from a page on: at this address. */
guint32 lad_synth_plan_n_functions(const LadPlanCode *code);
guint32 lad_synth_plan_n_private(const LadPlanCode *code);
guint64 lad_synth_plan_private_address(const LadPlanCode *code);

extern const LadOption lad_synth_plan_region_options[];
extern const LadOption lad_synth_plan_code_options[];
extern const LadOption lad_synth_plan_phase_options[];
extern const LadOption lad_synth_plan_thread_options[];

#define LAD_PLAN_AT(array, type, i) (&g_array_index(array, type, i))
#define LAD_TICK_PS                 1000

/* Where things lie in front of a code's functions, in bytes from its start. */
#define LAD_SYNTH_TOUCHER_OFFSET   64
#define LAD_SYNTH_FUNCTIONS_OFFSET 128

#endif
