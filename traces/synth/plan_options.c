/* plan_options.c - the options of [synth], [region.NAME], [code.NAME], [phase.NAME], [thread.NAME].
 */
#include "config.h"
#include "traces/synth/plan.h"

static const char *const level_names[] = {"instruction", "page", NULL};
static const char *const shared_names[] = {"none", "process", "all", NULL};
static const char *const kind_names[] = {"program", "page-cache", "kernel", NULL};
static const char *const populate_names[] = {"none", "read", "write", NULL};
static const char *const spread_names[] = {"threads", "processes", NULL};

const LadOption lad_synth_options[] = {
    LAD_OPT_ENUM(LadPlanOptions, level, "level", "instruction", level_names,
                 "instructions with their code and data accesses, or touches of pages alone"),
    LAD_OPT(LadPlanOptions, seed, "seed", UINT, "1", NULL, NULL, "seed of all random draws"),
    LAD_OPT(LadPlanOptions, accesses, "accesses", UINT, "0", NULL, "1000000000000",
            "data accesses of each thread that says no length of its own; 0: as its phases say"),
    LAD_OPT(LadPlanOptions, instructions, "instructions", UINT, "0", NULL, "1000000000000000",
            "the same in instructions; at level page as many touches as lines come from memory in "
            "these"),
    LAD_OPT(LadPlanOptions, rate, "rate", UINT, "0", NULL, "1000000000000",
            "at level page: touches of each thread in a second, or its instructions where lengths "
            "are in these; time stamps say when; 0: no time"),
    LAD_OPT(LadPlanOptions, sample, "sample", UINT, "1", "1", "1000000000000",
            "at level page each touch stands for so many: walks and runs jump to a place at "
            "random, and "
            "the trace says that it is a sample"),
    LAD_OPTIONS_END,
};

#define REGION(field, name, type, def, min, max, help)                                             \
    LAD_OPT(LadRegionParams, field, name, type, def, min, max, help)

const LadOption lad_synth_plan_region_options[] = {
    REGION(size, "size", BYTES, NULL, "64 B", "64 TiB", "bytes of it"),
    LAD_OPT_ENUM(
        LadRegionParams, shared, "shared", "none", shared_names,
        "by whom: each thread has one of its own, each process one for its threads, or all "
        "processes map the same file"),
    LAD_OPT_ENUM(
        LadRegionParams, kind, "kind", "program", kind_names,
        "the program's own; pages of a file that it reads and writes by system calls, which no "
        "page table maps, so that no hint fault finds them; or the kernel's own (socket buffers), "
        "which is on no list and never moves"),
    REGION(huge, "huge", BOOL, "false", NULL, NULL, "mapped with pages of 2 MiB"),
    LAD_OPT_ENUM(
        LadRegionParams, populate, "populate", "none", populate_names,
        "whether each page is touched once in ascending order before all else, between the "
        "begin and end of request 0"),
    LAD_OPT_ENUM(LadRegionParams, fill, "fill", "none", lad_fill_names,
                 "what the pages hold, told as compressed sizes at the start; none: not told"),
    REGION(algorithms, "algorithms", LIST, "lzo, lz4, zstd-3", NULL, NULL,
           "with fill, by which the pages are compressed"),
    REGION(
        compressed, "compressed", LIST, "", NULL, NULL,
        "compressed sizes told outright: algorithm and share of a page, such as `lz4 0.4, zstd-3 "
        "0.3`"),
    REGION(spread, "spread", DOUBLE, "0", "0", "1",
           "with compressed: pages differ evenly by up to this share of a page either way"),
    LAD_OPTIONS_END,
};

#define CODE(field, name, type, def, min, max, help)                                               \
    LAD_OPT(LadCodeParams, field, name, type, def, min, max, help)

const LadOption lad_synth_plan_code_options[] = {
    CODE(size, "size", BYTES, "64 KiB", "512 B", "1 GiB", "footprint of its functions"),
    CODE(function, "function", BYTES, "512 B", "128 B", "64 KiB", "bytes of a function"),
    CODE(block_instructions, "block-instructions", DOUBLE, "6", "1", "32",
         "mean instructions of a basic block; they lie between 1 and twice that"),
    CODE(instruction_bytes, "instruction-bytes", UINT, "4", "1", "15", "bytes of an instruction"),
    CODE(accesses, "accesses-per-instruction", DOUBLE, "0.35", "0.01", "1",
         "data accesses per instruction of a function's body"),
    CODE(taken, "taken", DOUBLE, "0.3", "0", "1",
         "how often the branch at the end of a basic block skips the next one"),
    CODE(iterations, "iterations", UINT, "4", "1", "1000000",
         "how often a call goes through the function's body"),
    CODE(exponent, "exponent", DOUBLE, "0.8", "0", "8",
         "of Zipf's law for which function is called"),
    CODE(body, "body", BYTES, "0 B", NULL, "64 KiB",
         "bytes of a function that are code, at least 128; the rest of it is never executed; 0: "
         "all"),
    CODE(
        calls, "calls", DOUBLE, "0", "0", "1",
        "share of basic blocks that end with a call of another function of the same pattern, which "
        "one by Zipf's law, fixed in the code"),
    CODE(
        depth, "depth", UINT, "8", "1", "64",
        "how deep such calls are nested at most: where it is reached the block is left without its "
        "call"),
    CODE(own, "own", DOUBLE, "0", "0", "1",
         "share of the dispatcher's calls that go by an order of popularity of the thread's own"),
    CODE(private, "private", DOUBLE, "0", "0", "1",
         "share of functions that lie in a file of each process's own, whatever is shared else"),
    CODE(scatter, "scatter", BOOL, "false", NULL, NULL,
         "popular functions lie anywhere; else side by side, as after a link in order of heat"),
    CODE(populate, "populate", BOOL, "false", NULL, NULL,
         "each page of it is executed from once before all else, by all threads in turn, as at the "
         "start of a service"),
    CODE(memory, "memory", DOUBLE, "0", "0", "1",
         "at level page: lines of it that come from memory, per instruction; touches go to the "
         "pages "
         "of its functions, by how often each is called and as caches filter that; 0: none"),
    LAD_OPT_ENUM(LadCodeParams, shared, "shared", "all", shared_names,
                 "by whom: all processes map the same file, or (process, none) each process has a "
                 "file of its own"),
    LAD_OPTIONS_END,
};

#define PHASE(field, name, type, def, min, max, help)                                              \
    LAD_OPT(LadPhaseParams, field, name, type, def, min, max, help)

const LadOption lad_synth_plan_phase_options[] = {
    PHASE(mix, "mix", LIST, "", NULL, NULL,
          "patterns and their weights in accesses, such as `hot 9, scan 1`; empty: all patterns, "
          "equally"),
    PHASE(code, "code", STRING, "", NULL, NULL,
          "name of the [code.NAME] it executes, at level instruction; empty: the first"),
    PHASE(accesses, "accesses", UINT, "0", NULL, "1000000000000",
          "data accesses of the phase; 0: see instructions"),
    PHASE(instructions, "instructions", UINT, "0", NULL, "1000000000000000",
          "instructions of the phase, to a basic block; with both 0 it is as long as the thread"),
    PHASE(run, "run", UINT, "1", "1", "1000000000",
          "accesses in a row by one pattern, at level page; at level instruction a call is a run"),
    PHASE(request, "request", UINT, "0", NULL, NULL,
          "data accesses of a request, marked by its begin and end; 0: no requests"),
    PHASE(burst, "burst", UINT, "0", NULL, NULL,
          "data accesses between two idle times; 0: no idle time"),
    PHASE(idle, "idle", TIME, "0 ns", NULL, "1000 s",
          "how long the thread sleeps after each burst"),
    LAD_OPTIONS_END,
};

#define THREAD(field, name, type, def, min, max, help)                                             \
    LAD_OPT(LadThreadParams, field, name, type, def, min, max, help)

const LadOption lad_synth_plan_thread_options[] = {
    THREAD(process, "process", UINT, "1", "1", "1000000", "number of its process"),
    THREAD(host, "host", UINT, "0", NULL, "65535", "number of its host"),
    THREAD(copies, "copies", UINT, "1", "1", "4096",
           "threads that do the same with draws of their own"),
    LAD_OPT_ENUM(LadThreadParams, spread, "spread", "threads", spread_names,
                 "whether copies are threads of one process, or processes counted from `process`"),
    THREAD(phases, "phases", LIST, "", NULL, NULL, "its phases in order; empty: all there are"),
    THREAD(repeat, "repeat", UINT, "1", "1", "1000000000",
           "how often its phases are run through, unless a length is given"),
    THREAD(accesses, "accesses", UINT, "0", NULL, "1000000000000",
           "its data accesses in all, the phases repeated as often as needed"),
    THREAD(instructions, "instructions", UINT, "0", NULL, "1000000000000000",
           "the same in instructions"),
    THREAD(cgroup, "cgroup", STRING, "", NULL, NULL, "name of its control group"),
    LAD_OPTIONS_END,
};
