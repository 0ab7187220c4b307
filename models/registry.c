/* registry.c - the models of the library, one line each: declare the class, list its head.
 *
 * A kind that other kinds name by default comes with its simplest model first.
 */
#include "config.h"
#include <memladder/core.h>
#include <memladder/link.h>
#include <memladder/offload.h>
#include <memladder/placement.h>
#include <memladder/pressure.h>
#include <memladder/prefetcher.h>
#include <memladder/reclaim.h>
#include <memladder/replacement.h>
#include <memladder/tier.h>

/* One line per model: its kind and the name of its class table. */
#define BUILTIN_MODELS(MODEL)                                                                      \
    MODEL(Core, lad_core_functional)                                                               \
    MODEL(Core, lad_core_in_order)                                                                 \
    MODEL(Core, lad_core_window)                                                                   \
    MODEL(Core, lad_core_paced)                                                                    \
    MODEL(Replacement, lad_replacement_lru)                                                        \
    MODEL(Replacement, lad_replacement_tree_plru)                                                  \
    MODEL(Replacement, lad_replacement_fifo)                                                       \
    MODEL(Replacement, lad_replacement_random)                                                     \
    MODEL(Prefetcher, lad_prefetcher_next_line)                                                    \
    MODEL(Prefetcher, lad_prefetcher_adjacent_line)                                                \
    MODEL(Prefetcher, lad_prefetcher_best_offset)                                                  \
    MODEL(Prefetcher, lad_prefetcher_instruction_next_line)                                        \
    MODEL(Prefetcher, lad_prefetcher_stream)                                                       \
    MODEL(Prefetcher, lad_prefetcher_stride)                                                       \
    MODEL(Replacement, lad_replacement_srrip)                                                      \
    MODEL(Replacement, lad_replacement_drrip)                                                      \
    MODEL(Tier, lad_tier_fixed)                                                                    \
    MODEL(Tier, lad_tier_curve)                                                                    \
    MODEL(Tier, lad_tier_banked)                                                                   \
    MODEL(Tier, lad_tier_ssd)                                                                      \
    MODEL(Tier, lad_tier_remote_swap)                                                              \
    MODEL(Tier, lad_tier_zswap)                                                                    \
    MODEL(Link, lad_link_channel)                                                                  \
    MODEL(Offload, lad_offload_none)                                                               \
    MODEL(Offload, lad_offload_senpai)                                                             \
    MODEL(Offload, lad_offload_gswap)                                                              \
    MODEL(Offload, lad_offload_static_age)                                                         \
    MODEL(Placement, lad_placement_first_touch)                                                    \
    MODEL(Placement, lad_placement_interleave)                                                     \
    MODEL(Placement, lad_placement_linux_tiering)                                                  \
    MODEL(Placement, lad_placement_numa_balancing)                                                 \
    MODEL(Placement, lad_placement_oracle)                                                         \
    MODEL(Placement, lad_placement_oracle_static)                                                  \
    MODEL(Placement, lad_placement_tpp)                                                            \
    MODEL(Pressure, lad_pressure_psi)                                                              \
    MODEL(Reclaim, lad_reclaim_two_list)                                                           \
    MODEL(Reclaim, lad_reclaim_mglru)

#define DECLARE(kind, table) extern const Lad##kind##Class table;
#define HEAD(kind, table)    &table.base,

BUILTIN_MODELS(DECLARE)

const LadModel *const lad_models_builtin[] = {BUILTIN_MODELS(HEAD) NULL};
