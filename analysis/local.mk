# analysis: files of this room.
noinst_HEADERS += \
	analysis/report/draw.h \
	analysis/report/html.h \
	analysis/report/report.h \
	analysis/report/sweep_report.h
libmemladder_la_SOURCES += \
	analysis/report/compare.c \
	analysis/report/draw.c \
	analysis/report/html.c \
	analysis/report/offload.c \
	analysis/report/page.c \
	analysis/report/sweep_axes.c \
	analysis/report/sweep_cases.c \
	analysis/report/sweep_context.c \
	analysis/report/sweep_ladder.c \
	analysis/report/sweep_page.c \
	analysis/report/sweep_pareto.c \
	analysis/report/sweep_savings.c \
	analysis/report/tables.c

# Requests made straight to a tier.
noinst_HEADERS += analysis/probe/streams.h
libmemladder_la_SOURCES += analysis/probe/streams.c

# Profiles of traces.
noinst_HEADERS += \
	analysis/profile/bandwidth.h \
	analysis/profile/burst.h \
	analysis/profile/code.h \
	analysis/profile/code_pages.h \
	analysis/profile/findings.h \
	analysis/profile/latency.h \
	analysis/profile/machine.h \
	analysis/profile/patterns.h \
	analysis/profile/reuse.h \
	analysis/profile/reuse_counts.h \
	analysis/profile/sources.h \
	analysis/profile/stack.h \
	analysis/profile/statistics.h \
	analysis/profile/traffic.h
libmemladder_la_SOURCES += \
	analysis/profile/bandwidth.c \
	analysis/profile/burst.c \
	analysis/profile/code.c \
	analysis/profile/code_events.c \
	analysis/profile/findings.c \
	analysis/profile/latency.c \
	analysis/profile/machine.c \
	analysis/profile/order.c \
	analysis/profile/patterns.c \
	analysis/profile/reuse.c \
	analysis/profile/reuse_counts.c \
	analysis/profile/sources.c \
	analysis/profile/stack.c \
	analysis/profile/statistics.c \
	analysis/profile/traffic.c

# The comparison of placement policies.
noinst_HEADERS += analysis/study/case_profile.h analysis/study/cases.h analysis/study/formula.h analysis/study/recording.h analysis/study/series.h analysis/study/source.h \
	analysis/study/study.h
libmemladder_la_SOURCES += \
	analysis/study/cases.c \
	analysis/study/case_profile.c \
	analysis/study/cases_show.c \
	analysis/study/formula.c \
	analysis/study/series.c \
	analysis/study/recording.c \
	analysis/study/replay.c \
	analysis/study/show.c \
	analysis/study/source.c \
	analysis/study/study.c

# The checks against outside figures: one file per group.
noinst_HEADERS += analysis/validate/groups.h analysis/validate/levels.h analysis/validate/validate.h
libmemladder_la_SOURCES += \
	analysis/validate/bursts.c \
	analysis/validate/dram.c \
	analysis/validate/levels.c \
	analysis/validate/loaded_latency.c \
	analysis/validate/kernel_data.c \
	analysis/validate/kernel_replay.c \
	analysis/validate/kernel_runs.c \
	analysis/validate/mm_runs.c \
	analysis/validate/senpai.c \
	analysis/validate/runs.c \
	analysis/validate/services.c \
	analysis/validate/table.c \
	analysis/validate/tpp.c \
	analysis/validate/tpp_workload.c \
	analysis/validate/reclaim_data.c \
	analysis/validate/reclaim_replay.c \
	analysis/validate/validate.c \
	analysis/validate/zswap.c

# Scripts and style of the report, compiled into the library: a report needs no files of ours.
LAD_PLOTS = \
	analysis/plots/bandwidth-by-pages.gp \
	analysis/plots/axis-names.gp \
	analysis/plots/axis.gp \
	analysis/plots/bars.gp \
	analysis/plots/difference.gp \
	analysis/plots/history.gp \
	analysis/plots/ladder.gp \
	analysis/plots/map.gp \
	analysis/plots/offload-ages.gp \
	analysis/plots/offload-curves.gp \
	analysis/plots/offload-rungs.gp \
	analysis/plots/offload-saving.gp \
	analysis/plots/pareto.gp \
	analysis/plots/prefetch-time.gp \
	analysis/plots/published.gp \
	analysis/plots/savings.gp \
	analysis/plots/sensitivity.gp \
	analysis/plots/burst.gp \
	analysis/plots/code-map.gp \
	analysis/plots/cpi-stack.gp \
	analysis/plots/topdown.gp \
	analysis/plots/topdown-time.gp \
	analysis/plots/heat.gp \
	analysis/plots/latency.gp \
	analysis/plots/loaded-latency.gp \
	analysis/plots/migrations.gp \
	analysis/plots/miss-ratio.gp \
	analysis/plots/residency.gp \
	analysis/plots/cases.gp \
	analysis/plots/study.gp \
	analysis/plots/style.gp \
	analysis/plots/time.gp \
	analysis/plots/traffic.gp \
	analysis/report/page.css
LAD_PLOTS_XML = analysis/plots.gresource.xml
LAD_COMPILE_PLOTS = $(AM_V_GEN)$(MKDIR_P) analysis/report && $(GLIB_COMPILE_RESOURCES) \
	--sourcedir=$(srcdir)/analysis --c-name=lad_plots --internal --target=$@
EXTRA_DIST += $(LAD_PLOTS) $(LAD_PLOTS_XML)
nodist_libmemladder_la_SOURCES = analysis/report/plots.c analysis/report/plots.h
BUILT_SOURCES += analysis/report/plots.c analysis/report/plots.h
CLEANFILES += analysis/report/plots.c analysis/report/plots.h
analysis/report/plots.c: $(LAD_PLOTS) $(LAD_PLOTS_XML)
	$(LAD_COMPILE_PLOTS) --generate-source $(srcdir)/$(LAD_PLOTS_XML)
analysis/report/plots.h: $(LAD_PLOTS) $(LAD_PLOTS_XML)
	$(LAD_COMPILE_PLOTS) --generate-header $(srcdir)/$(LAD_PLOTS_XML)

# Sweeps: plans, workers, merge.
noinst_HEADERS += \
	analysis/sweep/answers.h \
	analysis/sweep/condition.h \
	analysis/sweep/grid.h \
	analysis/sweep/merge.h \
	analysis/sweep/outcome.h \
	analysis/sweep/plan.h \
	analysis/sweep/plan_file.h \
	analysis/sweep/published.h \
	analysis/sweep/settings.h \
	analysis/sweep/table.h \
	analysis/sweep/values.h \
	analysis/sweep/work.h
libmemladder_la_SOURCES += \
	analysis/sweep/answers.c \
	analysis/sweep/condition.c \
	analysis/sweep/grid.c \
	analysis/sweep/merge.c \
	analysis/sweep/merged.c \
	analysis/sweep/outcome.c \
	analysis/sweep/plan.c \
	analysis/sweep/plan_file.c \
	analysis/sweep/published.c \
	analysis/sweep/settings.c \
	analysis/sweep/state.c \
	analysis/sweep/table.c \
	analysis/sweep/values.c \
	analysis/sweep/work.c
noinst_HEADERS += analysis/validate/kernel_data.h analysis/validate/kernel_replay.h \
	analysis/validate/reclaim_data.h analysis/validate/reclaim_replay.h \
	analysis/validate/runs.h \
	analysis/validate/tpp_workload.h
# Measured runs of a kernel that validate compares with; installed with the program.
nobase_pkgdata_DATA += \
	tests/data/kernel-6.1/placement/tpp_uni_r1_start.bin.gz \
	tests/data/kernel-6.1/placement/tpp_zipf_r1_start.bin.gz \
	tests/data/kernel-6.1/senpai/sc_half_lzo.csv \
	tests/data/kernel-6.1/senpai/sc_half_lzo_zbud.csv \
	tests/data/kernel-6.1/senpai/sc_half_zstd.csv \
	tests/data/kernel-6.1/senpai/sc_rand_lzo.csv \
	tests/data/kernel-6.1/senpai/sc_text_lzo.csv \
	tests/data/kernel-6.1/senpai/sc_text_zstd.csv \
	tests/data/kernel-6.1/senpai/spb_zipf_ssd_faithful.csv \
	tests/data/kernel-6.1/senpai/spb_zipf_ssd_x10.csv \
	tests/data/kernel-6.1/senpai/spb_zipf_ssd_x10_rep2_b.csv \
	tests/data/kernel-6.1/settings/spb_zipf_ssd_faithful.txt \
	tests/data/kernel-6.1/settings/spb_zipf_ssd_x10.txt \
	tests/data/kernel-6.1/settings/spb_zipf_ssd_x10_rep2_b.txt \
	tests/data/kernel-6.1/settings/sc_half_lzo.txt \
	tests/data/kernel-6.1/settings/sc_half_lzo_zbud.txt \
	tests/data/kernel-6.1/settings/sc_half_zstd.txt \
	tests/data/kernel-6.1/settings/sc_rand_lzo.txt \
	tests/data/kernel-6.1/settings/sc_text_lzo.txt \
	tests/data/kernel-6.1/settings/sc_text_zstd.txt \
	tests/data/kernel-6.1/summary_senpai.csv \
	tests/data/kernel-6.1/settings/demote_zipf_r1.txt \
	tests/data/kernel-6.1/settings/nz_balance_zipf_r1.txt \
	tests/data/kernel-6.1/settings/nz_off_uni_r1.txt \
	tests/data/kernel-6.1/settings/nz_off_zipf_r1.txt \
	tests/data/kernel-6.1/settings/tpp_mglru_zipf_r1.txt \
	tests/data/kernel-6.1/settings/tpp_uni_r1.txt \
	tests/data/kernel-6.1/settings/tpp_zipf_r1.txt \
	tests/data/kernel-6.1/settings/tpp_zipf_r2.txt \
	tests/data/kernel-6.1/settings/tpp_zipf_rate20.txt \
	tests/data/kernel-6.1/summary_mm.csv \
	tests/data/kernel-6.1/summary_tpp.csv \
	tests/data/kernel-6.1/tpp/demote_zipf_r1.csv \
	tests/data/kernel-6.1/tpp/nz_balance_zipf_r1.csv \
	tests/data/kernel-6.1/tpp/nz_off_uni_r1.csv \
	tests/data/kernel-6.1/tpp/nz_off_zipf_r1.csv \
	tests/data/kernel-6.1/tpp/tpp_mglru_zipf_r1.csv \
	tests/data/kernel-6.1/tpp/tpp_uni_r1.csv \
	tests/data/kernel-6.1/tpp/tpp_zipf_r1.csv \
	tests/data/kernel-6.1/tpp/tpp_zipf_r2.csv \
	tests/data/kernel-6.1/tpp/tpp_zipf_rate20.csv
