# sim/commands: files of this room.
noinst_HEADERS += \
	sim/commands/bench_sweep.h \
	sim/commands/catalogue.h \
	sim/commands/catalogue_man.h \
	sim/commands/command.h \
	sim/commands/interrupt.h \
	sim/commands/measure.h \
	sim/commands/parts.h \
	sim/commands/profile.h \
	sim/commands/results.h \
	sim/commands/study_cases.h \
	sim/commands/version.h
memladder_SOURCES += \
	sim/commands/bench.c \
	sim/commands/bench_sweep.c \
	sim/commands/capture.c \
	sim/commands/catalogue.c \
	sim/commands/catalogue_man.c \
	sim/commands/compare.c \
	sim/commands/dump.c \
	sim/commands/interrupt.c \
	sim/commands/measure.c \
	sim/commands/models.c \
	sim/commands/probe.c \
	sim/commands/profile.c \
	sim/commands/profile_bandwidth.c \
	sim/commands/profile_burst.c \
	sim/commands/profile_code.c \
	sim/commands/profile_latency.c \
	sim/commands/profile_reuse.c \
	sim/commands/report.c \
	sim/commands/results.c \
	sim/commands/parts.c \
	sim/commands/run.c \
	sim/commands/study.c \
	sim/commands/study_cases.c \
	sim/commands/table.c \
	sim/commands/validate.c \
	sim/commands/version.c
noinst_HEADERS += sim/commands/trace.h sim/commands/trace_census.h sim/commands/trace_work.h
memladder_SOURCES += \
	sim/commands/trace.c \
	sim/commands/trace_census.c \
	sim/commands/trace_convert.c \
	sim/commands/trace_export.c \
	sim/commands/trace_formats.c \
	sim/commands/trace_diff.c \
	sim/commands/trace_filter.c \
	sim/commands/trace_head.c \
	sim/commands/trace_info.c \
	sim/commands/trace_merge.c \
	sim/commands/trace_sample.c \
	sim/commands/trace_slice.c \
	sim/commands/trace_stat.c \
	sim/commands/trace_stitch.c \
	sim/commands/trace_synth.c \
	sim/commands/trace_validate.c \
	sim/commands/trace_work.c
noinst_HEADERS += sim/commands/subcommand.h sim/commands/sweep.h
memladder_SOURCES += \
	sim/commands/subcommand.c \
	sim/commands/sweep.c \
	sim/commands/sweep_best.c \
	sim/commands/sweep_local.c \
	sim/commands/sweep_merge.c \
	sim/commands/sweep_plan.c \
	sim/commands/sweep_run.c \
	sim/commands/sweep_slurm.c \
	sim/commands/sweep_work.c
