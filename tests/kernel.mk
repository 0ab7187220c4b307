# Tests of the kernel, tiers, links and placement: each is driven by kernel_rig, without cores.
noinst_HEADERS += tests/unit/kernel_rig.h
unit_tests += tests/unit/check_pages
tests_unit_check_pages_SOURCES = tests/unit/check_pages.c tests/unit/kernel_rig.c
unit_tests += tests/unit/check_reclaim
tests_unit_check_reclaim_SOURCES = tests/unit/check_reclaim.c tests/unit/kernel_rig.c
unit_tests += tests/unit/check_tiering
tests_unit_check_tiering_SOURCES = tests/unit/check_tiering.c tests/unit/kernel_rig.c
unit_tests += tests/unit/check_tiers
tests_unit_check_tiers_SOURCES = tests/unit/check_tiers.c tests/unit/kernel_rig.c
