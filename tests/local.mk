# tests: files of this room.
#
# Programs that use Check are one line each below: `unit_tests += tests/unit/check_NAME` (its source is
# tests/unit/check_NAME.c). Command-line tests are `cli_tests += tests/cli/NAME.test`. Both print TAP.
unit_tests =
unit_tests += tests/unit/check_accessgen
unit_tests += tests/unit/check_cache
unit_tests += tests/unit/check_capture
unit_tests += tests/unit/check_capture_schedule
unit_tests += tests/unit/check_capture_shape
unit_tests += tests/unit/check_config
unit_tests += tests/unit/check_contents
unit_tests += tests/unit/check_describe_aarch64
unit_tests += tests/unit/check_dram
unit_tests += tests/unit/check_forked
unit_tests += tests/unit/check_functional
unit_tests += tests/unit/check_heat
unit_tests += tests/unit/check_import_page
unit_tests += tests/unit/check_offload
unit_tests += tests/unit/check_option
unit_tests += tests/unit/check_oracle
unit_tests += tests/unit/check_paced
unit_tests += tests/unit/check_prefetch
unit_tests += tests/unit/check_profile
unit_tests += tests/unit/check_progress
unit_tests += tests/unit/check_psi
unit_tests += tests/unit/check_random
unit_tests += tests/unit/check_registry
unit_tests += tests/unit/check_report
unit_tests += tests/unit/check_result
unit_tests += tests/unit/check_run
unit_tests += tests/unit/check_sched
unit_tests += tests/unit/check_stitch
unit_tests += tests/unit/check_sweep
unit_tests += tests/unit/check_formula
tests_unit_check_formula_SOURCES = tests/unit/check_formula.c tests/unit/result_sample.c
unit_tests += tests/unit/check_sweep_table
unit_tests += tests/unit/check_synth
unit_tests += tests/unit/check_timed
unit_tests += tests/unit/check_shared
unit_tests += tests/unit/check_toolbox
unit_tests += tests/unit/check_turns
unit_tests += tests/unit/check_tpp_workload
unit_tests += tests/unit/check_trace_damage
unit_tests += tests/unit/check_trace_page
unit_tests += tests/unit/check_trace_roundtrip
unit_tests += tests/unit/check_traffic
unit_tests += tests/unit/check_validate
unit_tests += tests/unit/check_zpool

include tests/kernel.mk

cli_tests =
cli_tests += tests/cli/bench.test
cli_tests += tests/cli/cachegrind.test
cli_tests += tests/cli/cachegrind-recorded.test
cli_tests += tests/cli/functional-timed.test
cli_tests += tests/cli/capture.test
cli_tests += tests/cli/completion.test
cli_tests += tests/cli/controllers.test
cli_tests += tests/cli/documents.test
cli_tests += tests/cli/drmemtrace.test
cli_tests += tests/cli/foreign.test
cli_tests += tests/cli/models.test
cli_tests += tests/cli/new-policy.test
cli_tests += tests/cli/offload.test
cli_tests += tests/cli/probe.test
cli_tests += tests/cli/profile-latency.test
cli_tests += tests/cli/profile.test
cli_tests += tests/cli/program.test
cli_tests += tests/cli/result.test
cli_tests += tests/cli/readme.test
cli_tests += tests/cli/run.test
cli_tests += tests/cli/study.test
cli_tests += tests/cli/study-recorded.test
cli_tests += tests/cli/slurm.test
cli_tests += tests/cli/sweep.test
cli_tests += tests/cli/sweep-report.test
cli_tests += tests/cli/tools.test
cli_tests += tests/cli/synth.test
cli_tests += tests/cli/trace.test
cli_tests += tests/cli/validate.test

# Fuzz targets: one line here, one line of sources below.
fuzz_tests =
fuzz_tests += tests/fuzz/fuzz_config
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c tests/fuzz/driver.c

tests_cli_make_loop_trace_SOURCES = tests/cli/make_loop_trace.c tests/unit/loop_trace.c
tests_unit_check_paced_SOURCES = tests/unit/check_paced.c tests/unit/run_bed.c tests/unit/loop_trace.c
tests_unit_check_run_SOURCES = tests/unit/check_run.c tests/unit/run_bed.c tests/unit/loop_trace.c
tests_unit_check_tpp_workload_SOURCES = tests/unit/check_tpp_workload.c tests/unit/run_bed.c \
	tests/unit/loop_trace.c
noinst_HEADERS += tests/unit/run_bed.h tests/unit/loop_trace.h
fuzz_tests += tests/fuzz/fuzz_zpool
tests_fuzz_fuzz_zpool_SOURCES = tests/fuzz/fuzz_zpool.c tests/fuzz/driver.c
fuzz_tests += tests/fuzz/fuzz_drmemtrace
tests_fuzz_fuzz_drmemtrace_SOURCES = tests/fuzz/fuzz_drmemtrace.c tests/fuzz/driver.c \
	tests/unit/trace_sample.c
fuzz_tests += tests/fuzz/fuzz_lackey
import_fuzz_sources = tests/fuzz/import_case.c tests/fuzz/driver.c tests/unit/trace_sample.c
noinst_HEADERS += tests/fuzz/import_case.h
fuzz_tests += tests/fuzz/fuzz_damon
tests_fuzz_fuzz_damon_SOURCES = tests/fuzz/fuzz_damon.c $(import_fuzz_sources)
fuzz_tests += tests/fuzz/fuzz_keys
tests_fuzz_fuzz_keys_SOURCES = tests/fuzz/fuzz_keys.c $(import_fuzz_sources)
fuzz_tests += tests/fuzz/fuzz_oracle_general
tests_fuzz_fuzz_oracle_general_SOURCES = tests/fuzz/fuzz_oracle_general.c $(import_fuzz_sources)
fuzz_tests += tests/fuzz/fuzz_perf_script
tests_fuzz_fuzz_perf_script_SOURCES = tests/fuzz/fuzz_perf_script.c $(import_fuzz_sources)
tests_fuzz_fuzz_lackey_SOURCES = tests/fuzz/fuzz_lackey.c $(import_fuzz_sources)
fuzz_tests += tests/fuzz/fuzz_champsim
tests_fuzz_fuzz_champsim_SOURCES = tests/fuzz/fuzz_champsim.c $(import_fuzz_sources)
fuzz_tests += tests/fuzz/fuzz_csv
tests_fuzz_fuzz_csv_SOURCES = tests/fuzz/fuzz_csv.c $(import_fuzz_sources)
fuzz_tests += tests/fuzz/fuzz_dinero
tests_fuzz_fuzz_dinero_SOURCES = tests/fuzz/fuzz_dinero.c $(import_fuzz_sources)
fuzz_tests += tests/fuzz/fuzz_ramulator
tests_fuzz_fuzz_ramulator_SOURCES = tests/fuzz/fuzz_ramulator.c $(import_fuzz_sources)
fuzz_tests += tests/fuzz/fuzz_trace
tests_fuzz_fuzz_trace_SOURCES = tests/fuzz/fuzz_trace.c tests/fuzz/driver.c tests/unit/trace_sample.c
# A program for the tests of capture to record: without the sanitizers, as it runs in an emulator.
if HAVE_CHECK
check_PROGRAMS += tests/guests/guest tests/guests/steady
endif
tests_guests_guest_SOURCES = tests/guests/guest.c
tests_guests_guest_CFLAGS = $(LAD_CFLAGS) $(LAD_WARN_CFLAGS) -pthread
tests_guests_guest_LDADD = -lpthread
# Without a C library, whose start differs from run to run.
tests_guests_steady_SOURCES = tests/guests/steady.c
tests_guests_steady_CFLAGS = -O1 -ffreestanding -fno-stack-protector -fno-pie -mno-avx $(LAD_WARN_CFLAGS)
tests_guests_steady_LDFLAGS = -nostdlib -no-pie
tests_guests_steady_LDADD =

noinst_HEADERS += tests/unit/suite.h tests/fuzz/driver.h
noinst_HEADERS += tests/unit/result_sample.h
tests_unit_check_stitch_SOURCES = tests/unit/check_stitch.c tests/unit/run_bed.c \
	tests/unit/loop_trace.c
tests_unit_check_turns_SOURCES = tests/unit/check_turns.c tests/unit/loop_trace.c \
	tests/unit/script_trace.c models/core/skeleton.c models/prefetcher/skeleton.c
tests_unit_check_traffic_SOURCES = tests/unit/check_traffic.c tests/unit/run_bed.c \
	tests/unit/loop_trace.c tests/unit/script_trace.c
tests_unit_check_forked_SOURCES = tests/unit/check_forked.c tests/unit/run_bed.c \
	tests/unit/loop_trace.c
tests_unit_check_shared_SOURCES = tests/unit/check_shared.c tests/unit/run_bed.c \
	tests/unit/loop_trace.c tests/unit/script_trace.c
tests_unit_check_prefetch_SOURCES = tests/unit/check_prefetch.c tests/unit/run_bed.c \
	tests/unit/loop_trace.c tests/unit/script_trace.c
tests_unit_check_timed_SOURCES = tests/unit/check_timed.c tests/unit/run_bed.c \
	tests/unit/loop_trace.c tests/unit/script_trace.c
noinst_HEADERS += tests/unit/script_trace.h
tests_unit_check_cache_SOURCES = tests/unit/check_cache.c models/replacement/skeleton.c
tests_unit_check_report_SOURCES = tests/unit/check_report.c tests/unit/result_sample.c
tests_unit_check_result_SOURCES = tests/unit/check_result.c tests/unit/result_sample.c
tests_unit_check_sweep_table_SOURCES = tests/unit/check_sweep_table.c tests/unit/result_sample.c
noinst_HEADERS += tests/unit/trace_sample.h
tests_unit_check_toolbox_SOURCES = tests/unit/check_toolbox.c tests/unit/trace_sample.c
tests_unit_check_trace_damage_SOURCES = tests/unit/check_trace_damage.c tests/unit/trace_sample.c
tests_unit_check_trace_page_SOURCES = tests/unit/check_trace_page.c tests/unit/trace_sample.c
tests_unit_check_trace_roundtrip_SOURCES = \
	tests/unit/check_trace_roundtrip.c tests/unit/trace_sample.c
EXTRA_DIST += tests/cli/harness.sh $(cli_tests) tests/cli/small.lackey \
	tests/data/ramulator-gcc.gz tests/data/LICENSE.ramulator.txt
EXTRA_DIST += tests/cli/browser.sh tests/cli/cluster.sh
LDADD = libmemladder.la $(LAD_LIBS) $(CHECK_LIBS)
tests_cli_drmemtrace_tool_SOURCES = tests/cli/drmemtrace_tool.c

if HAVE_CHECK
check_PROGRAMS += $(unit_tests) tests/cli/make_loop_trace tests/cli/champsim_file
TESTS += $(unit_tests)
else
TESTS += tests/unit/without-check.test
endif
EXTRA_DIST += tests/unit/without-check.test
check_PROGRAMS += $(fuzz_tests) tests/cli/drmemtrace_tool
TESTS += $(fuzz_tests) $(cli_tests)

TEST_LOG_COMPILER = bash
TEST_LOG_DRIVER = $(LOG_DRIVER)
# Recorded traces and cachegrind's counts for them.
EXTRA_DIST += tests/cli/cachegrind.sh tests/data/SOURCES tests/data/cachegrind-counts.txt \
	tests/data/gzip.mlt tests/data/perl-forked.mlt tests/data/sort.mlt tests/data/true.mlt
# Streams of two DRAM simulators and the timing they were run with; installed for `validate`.
nobase_pkgdata_DATA += tests/data/dram/truth.csv \
	tests/data/dram/DRAMsim3-DDR4-3200.conf tests/data/dram/DRAMsim3-HBM2.conf \
	tests/data/dram/Ramulator2-DDR4-3200.conf tests/data/dram/Ramulator2-DDR5-4800.conf
# Beginnings of recordings of level page.
EXTRA_DIST += tests/data/cloudphysics-w106.keys tests/data/orm-busy.keys tests/data/perf-page-faults.txt
# DynamoRIO's recordings and what its own tools count on them.
EXTRA_DIST += tests/cli/drmemtrace.sh \
	tests/data/drmemtrace/LICENSE \
	tests/data/drmemtrace/basic.tsv \
	tests/data/drmemtrace/counts.tsv \
	tests/data/drmemtrace/reuse.tsv \
	tests/data/drmemtrace/drmemtrace.simple_app.trace.zip \
	tests/data/drmemtrace/offline-legacy-trace.gz \
	tests/data/drmemtrace/small.tsv \
	tests/data/drmemtrace/threadsig-core-sharded.x64/drmemtrace.core.000000.trace.zip \
	tests/data/drmemtrace/threadsig-core-sharded.x64/drmemtrace.core.000001.trace.zip \
	tests/data/drmemtrace/threadsig-core-sharded.x64/drmemtrace.core.000002.trace.zip \
	tests/data/drmemtrace/threadsig-core-sharded.x64/drmemtrace.core.000003.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/cpu_schedule.bin.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444839.4030.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444840.3645.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444841.0322.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444842.6024.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444843.9605.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444844.4715.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444845.2284.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444846.2304.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444847.8160.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444848.0411.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444849.2220.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444850.1587.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444851.4339.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444852.5559.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444853.4311.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444854.6282.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444855.9902.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444856.8264.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444857.2749.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444858.5885.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/drmemtrace.threadsig.2444859.1170.trace.zip \
	tests/data/drmemtrace/threadsig.aarch64/serial_schedule.bin.gz \
	tests/data/drmemtrace/threadsig.x64/cpu_schedule.bin.zip \
	tests/data/drmemtrace/threadsig.x64/drmemtrace.threadsig.872805.4975.trace.zip \
	tests/data/drmemtrace/threadsig.x64/drmemtrace.threadsig.872884.3060.trace.zip \
	tests/data/drmemtrace/threadsig.x64/drmemtrace.threadsig.872894.3824.trace.zip \
	tests/data/drmemtrace/threadsig.x64/drmemtrace.threadsig.872901.9125.trace.zip \
	tests/data/drmemtrace/threadsig.x64/drmemtrace.threadsig.872902.5666.trace.zip \
	tests/data/drmemtrace/threadsig.x64/drmemtrace.threadsig.872903.3218.trace.zip \
	tests/data/drmemtrace/threadsig.x64/drmemtrace.threadsig.872904.7848.trace.zip \
	tests/data/drmemtrace/threadsig.x64/drmemtrace.threadsig.872905.5783.trace.zip \
	tests/data/drmemtrace/threadsig.x64/drmemtrace.threadsig.872906.1041.trace.zip \
	tests/data/drmemtrace/threadsig.x64/serial_schedule.bin.gz
