# Tests of the kernel, tiers, links and placement: each is driven by kernel_rig, without cores.
noinst_HEADERS += tests/unit/kernel_rig.h
# Compiled and tested, not listed in the registry.
skeleton_sources = \
	models/link/skeleton.c \
	models/offload/skeleton.c \
	models/placement/skeleton.c \
	models/pressure/skeleton.c \
	models/reclaim/skeleton.c \
	models/space/skeleton.c \
	models/tier/skeleton.c
unit_tests += tests/unit/check_pages
tests_unit_check_pages_SOURCES = tests/unit/check_pages.c tests/unit/kernel_rig.c
unit_tests += tests/unit/check_reclaim
tests_unit_check_reclaim_SOURCES = tests/unit/check_reclaim.c tests/unit/kernel_rig.c
unit_tests += tests/unit/check_skeletons
tests_unit_check_skeletons_SOURCES = tests/unit/check_skeletons.c tests/unit/kernel_rig.c $(skeleton_sources)
unit_tests += tests/unit/check_tiering
tests_unit_check_tiering_SOURCES = tests/unit/check_tiering.c tests/unit/kernel_rig.c
unit_tests += tests/unit/check_measured_families
tests_unit_check_measured_families_SOURCES = tests/unit/check_measured_families.c tests/unit/kernel_rig.c
unit_tests += tests/unit/check_tiers
tests_unit_check_tiers_SOURCES = tests/unit/check_tiers.c tests/unit/kernel_rig.c
unit_tests += tests/unit/check_mglru
tests_unit_check_mglru_SOURCES = tests/unit/check_mglru.c tests/unit/kernel_rig.c
unit_tests += tests/unit/check_block
tests_unit_check_block_SOURCES = tests/unit/check_block.c tests/unit/kernel_rig.c
unit_tests += tests/unit/check_zswap
tests_unit_check_zswap_SOURCES = tests/unit/check_zswap.c tests/unit/kernel_rig.c
unit_tests += tests/unit/check_swap
tests_unit_check_swap_SOURCES = tests/unit/check_swap.c tests/unit/kernel_rig.c models/reclaim/skeleton.c
unit_tests += tests/unit/check_limits
tests_unit_check_limits_SOURCES = tests/unit/check_limits.c tests/unit/kernel_rig.c
unit_tests += tests/unit/check_agescan
tests_unit_check_agescan_SOURCES = tests/unit/check_agescan.c tests/unit/kernel_rig.c
