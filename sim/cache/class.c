/* class.c - options and counters of the engine's own caches, TLBs and page walker.
 *
 * Modelled: see the class tables below; units are in the tables. Levels and sides come from the
 * options of each group, wiring from hierarchy.c.
 */
#include "config.h"
#include <memladder/cache.h>
#include <memladder/tlb.h>

static const char *const sides[] = {"unified", "instruction", "data", NULL};
static const char *const replacements[] = {"lru",   "tree-plru", "fifo", "random",
                                           "srrip", "drrip",     NULL};
static const char *const tlb_replacements[] = {"lru", "tree-plru", "fifo", "random", NULL};
static const char *const write_policies[] = {"write-back", "write-through", NULL};
static const char *const huge_modes[] = {"separate", "shared", "none", NULL};
static const char *const enters[] = {"l1", "next", "none", NULL};

#define CACHE_OPT(field, name, type, def, min, max, help)                                          \
    LAD_OPT(LadCacheParams, field, name, type, def, min, max, help)

static const LadOption cache_options[] = {
    CACHE_OPT(level, "level", UINT, NULL, "1", "3", "distance from the core, 1 being the nearest"),
    LAD_OPT_ENUM(LadCacheParams, side, "side", "unified", sides, "which references it serves"),
    CACHE_OPT(size, "size", BYTES, NULL, "64 B", "4 GiB", "capacity of one instance"),
    CACHE_OPT(ways, "ways", UINT, NULL, "1", "1048576",
              "lines per set; beyond 64 only of one set, under functional cores, lru or fifo"),
    CACHE_OPT(line, "line", BYTES, "64 B", "32 B", "128 B",
              "bytes per line; the same in all caches of a host"),
    CACHE_OPT(
        latency, "latency", CYCLES, NULL, NULL, "10000 cycles",
        "from the core's request to the data of a hit here; at level 1 part of the base time"),
    CACHE_OPT(mshrs, "mshrs", UINT, "16", "1", "4096", "misses under way at once"),
    LAD_OPT_ENUM(LadCacheParams, replacement, "replacement", "lru", replacements,
                 "which line of a set goes"),
    LAD_OPT_ENUM(LadCacheParams, write_policy, "write-policy", "write-back", write_policies,
                 "whether stores go on downwards at once"),
    CACHE_OPT(write_allocate, "write-allocate", BOOL, "true", NULL, NULL,
              "whether a store that misses brings the line in (level 1 only)"),
    CACHE_OPT(inclusive, "inclusive", BOOL, "false", NULL, NULL,
              "whether a line that leaves also leaves the levels nearer to the cores"),
    CACHE_OPT(exclusive, "exclusive", BOOL, "false", NULL, NULL,
              "whether it holds only what has left the nearer levels, and gives up what goes back"),
    CACHE_OPT(data_masks, "data-masks", LIST, "", NULL, NULL,
              "ways that data (and walks) may fill, bit by bit as 0x00ff: one mask for all cores "
              "or one per core (Intel CAT); empty: all; hits are found in any way"),
    CACHE_OPT(code_masks, "code-masks", LIST, "", NULL, NULL,
              "the same for instructions (Intel CDP)"),
    CACHE_OPT(shared_by, "shared-by", UINT, "1", "0", "256",
              "adjacent cores per instance; 0: one instance for all cores"),
    CACHE_OPT(cores, "cores", LIST, "", NULL, NULL,
              "core numbers; if given, this is one instance for just these cores"),
    LAD_OPTIONS_END,
};

#define CACHE_ROW(index, name, help) [index] = {name, "1", LAD_COUNT, LAD_SCOPE_CACHE, help}

static const LadCounter cache_counters[] = {
    CACHE_ROW(LAD_CACHE_FETCHES, "fetches",
              "look-ups of instruction lines; at level 1 one per "
              "instruction and line it touches"),
    CACHE_ROW(LAD_CACHE_FETCH_MISSES, "fetch_misses", "of them, those that missed"),
    CACHE_ROW(LAD_CACHE_LOADS, "loads", "look-ups by loads; a load of two lines counts twice"),
    CACHE_ROW(LAD_CACHE_LOAD_MISSES, "load_misses", "of them, those that missed"),
    CACHE_ROW(LAD_CACHE_STORES, "stores", "look-ups by stores, modifies and atomics"),
    CACHE_ROW(LAD_CACHE_STORE_MISSES, "store_misses", "of them, those that missed"),
    CACHE_ROW(LAD_CACHE_WALKS, "walks", "look-ups by page walks"),
    CACHE_ROW(LAD_CACHE_WALK_MISSES, "walk_misses", "of them, those that missed"),
    CACHE_ROW(LAD_CACHE_PREFETCHES, "prefetches", "look-ups by prefetchers"),
    CACHE_ROW(LAD_CACHE_PREFETCH_MISSES, "prefetch_misses", "of them, those that missed"),
    CACHE_ROW(LAD_CACHE_WRITEBACKS_IN, "writebacks_in",
              "dirty lines and written-through stores from the level above"),
    CACHE_ROW(LAD_CACHE_WRITEBACKS, "writebacks",
              "dirty lines and written-through stores sent or passed downwards"),
    CACHE_ROW(LAD_CACHE_VICTIMS_IN, "victims_in",
              "clean lines taken from the level above (exclusive = true)"),
    CACHE_ROW(LAD_CACHE_MERGES, "merges", "accesses that found their line still under way"),
    CACHE_ROW(LAD_CACHE_MSHR_WAITS, "mshr_waits", "misses that found all MSHRs taken"),
    CACHE_ROW(LAD_CACHE_INVALIDATIONS, "invalidations",
              "lines dropped for another core's write or for inclusion"),
    CACHE_ROW(LAD_CACHE_DOWNGRADES, "downgrades",
              "dirty lines written back because another core read them"),
    LAD_COUNTERS_END,
};
G_STATIC_ASSERT(G_N_ELEMENTS(cache_counters) == LAD_CACHE_N_COUNTERS + 1);

const LadCacheClass lad_cache_set_associative = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_CACHE, LadCacheClass, "set-associative",
                            "sets of lines, private or shared by any group of cores"),
             .models = "Any number of sets, lines of 32 to 128 bytes, write-back or write-through, "
                       "inclusive, exclusive or neither, MSHRs with merging, latency per level, "
                       "dirty victims, way masks per core for data and code, clusters of cores, "
                       "pages in the order of kernel.page-number.",
             .leaves_out = "Banks, ports and the time of look-ups that miss; victims are not "
                           "allocated in the level below unless that is exclusive; a shared "
                           "exclusive cache keeps a line that another core put there.",
             .source = "Textbook; misses and write-backs checked against an untimed replay of the "
                       "same geometry.",
             .options = cache_options, .params_size = sizeof(LadCacheParams),
             .counters = cache_counters},
    .repeats_are_idle = TRUE,
};

#define TLB_OPT(field, name, type, def, min, max, help)                                            \
    LAD_OPT(LadTlbParams, field, name, type, def, min, max, help)

static const LadOption tlb_options[] = {
    TLB_OPT(level, "level", UINT, NULL, "1", "2", "1: asked first"),
    LAD_OPT_ENUM(LadTlbParams, side, "side", "unified", sides, "which references it serves"),
    TLB_OPT(entries, "entries", UINT, NULL, "1", "65536", "entries for 4 KiB pages"),
    TLB_OPT(ways, "ways", UINT, NULL, "1", "65536",
            "entries per set; beyond 64 only of one set, under functional cores, lru or fifo"),
    TLB_OPT(latency, "latency", CYCLES, "0 cycles", NULL, "1000 cycles",
            "what a hit here costs beyond a hit in level 1; of level 1 no account is taken"),
    LAD_OPT_ENUM(LadTlbParams, huge, "huge", "separate", huge_modes,
                 "where translations of 2 MiB pages are held"),
    TLB_OPT(huge_entries, "huge-entries", UINT, "32", "1", "65536",
            "entries for 2 MiB pages, if separate"),
    TLB_OPT(huge_ways, "huge-ways", UINT, "4", "1", "64", "their ways"),
    LAD_OPT_ENUM(LadTlbParams, replacement, "replacement", "lru", tlb_replacements,
                 "which entry of a set goes"),
    TLB_OPT(shared_by, "shared-by", UINT, "1", "0", "256",
            "adjacent cores per instance (level 2, instructions only); 0: one for all cores"),
    TLB_OPT(asids, "asids", UINT, "1", "1", "8",
            "address spaces that one entry serves if they map its page alike (level 2, "
            "instructions only)"),
    TLB_OPT(asid_tags, "asid-tags", UINT, "65535", "1", "65535",
            "address spaces that its tags tell apart; more of them in a run are an error"),
    LAD_OPTIONS_END,
};

#define TLB_ROW(index, name, help) [index] = {name, "1", LAD_COUNT, LAD_SCOPE_CACHE, help}

static const LadCounter tlb_counters[] = {
    TLB_ROW(LAD_TLB_LOOKUPS, "lookups",
            "translations asked for; at level 1 one per line and reference"),
    TLB_ROW(LAD_TLB_MISSES, "misses", "of them, those that it did not hold"),
    TLB_ROW(LAD_TLB_SHOOTDOWNS, "shootdowns", "entries dropped by shootdowns"),
    TLB_ROW(LAD_TLB_JOINS, "joins",
            "misses whose walk found the translation of another address space in an entry, which "
            "serves both from then on"),
    LAD_COUNTERS_END,
};
G_STATIC_ASSERT(G_N_ELEMENTS(tlb_counters) == LAD_TLB_N_COUNTERS + 1);

const LadTlbClass lad_tlb_set_associative = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_TLB, LadTlbClass, "set-associative",
                            "a TLB of one level, for 4 KiB and 2 MiB pages"),
             .models = "Two levels, split or unified, entries tagged with the address space, "
                       "2 MiB pages apart, in the same entries or not at all, shootdowns; at level "
                       "2 instruction TLBs shared by clusters of cores, with one or several "
                       "address spaces per entry.",
             .leaves_out = "Entries that cover several adjacent pages, 1 GiB pages, ports and "
                           "queueing of a shared one, the recycling of tags.",
             .source = "Textbook.", .options = tlb_options, .params_size = sizeof(LadTlbParams),
             .counters = tlb_counters},
    .repeats_are_idle = TRUE,
};

#define WALK_OPT(field, name, type, def, min, max, help)                                           \
    LAD_OPT(LadWalkParams, field, name, type, def, min, max, help)

const LadOption lad_walk_options[] = {
    WALK_OPT(latency, "latency", CYCLES, "4 cycles", NULL, "1000 cycles",
             "of the walker itself, beyond its reads (assumed)"),
    WALK_OPT(pde_entries, "pde-entries", UINT, "32", "0", "256",
             "cached pointers to page tables (assumed)"),
    WALK_OPT(pdpte_entries, "pdpte-entries", UINT, "4", "0", "256",
             "cached pointers to page directories (assumed)"),
    WALK_OPT(pml4e_entries, "pml4e-entries", UINT, "2", "0", "256",
             "cached pointers to directory-pointer tables (assumed)"),
    LAD_OPT_ENUM(
        LadWalkParams, enter, "enter", "next", enters,
        "where its reads enter: at the data cache of level 1, at the next level, or nowhere, so "
        "that a walk takes `latency` alone"),
    LAD_OPTIONS_END,
};

const LadCounter lad_walk_counters[] = {
    TLB_ROW(LAD_WALK_WALKS, "walks", "page walks"),
    TLB_ROW(LAD_WALK_FETCH_WALKS, "fetch_walks", "of them, for instructions"),
    TLB_ROW(LAD_WALK_READS, "reads", "table entries read through the caches"),
    TLB_ROW(LAD_WALK_PDE_HITS, "pde_hits", "walks that began at the page table"),
    TLB_ROW(LAD_WALK_PDPTE_HITS, "pdpte_hits", "walks that began at the page directory"),
    TLB_ROW(LAD_WALK_PML4E_HITS, "pml4e_hits", "walks that began at the directory-pointer table"),
    TLB_ROW(LAD_WALK_FAULTS, "faults", "faults raised by this core's accesses"),
    [LAD_WALK_TICKS] = {"ticks", "cycle/16", LAD_COUNT, LAD_SCOPE_CACHE, "time of all walks"},
    LAD_COUNTERS_END,
};
