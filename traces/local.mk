# traces: files of this room.
libmemladder_la_SOURCES += \
	traces/format/builder.c \
	traces/format/chunk.h \
	traces/format/chunk_load.c \
	traces/format/chunk_pack.c \
	traces/format/code.c \
	traces/format/code.h \
	traces/format/code_section.c \
	traces/format/code_section.h \
	traces/format/hash.c \
	traces/format/hash.h \
	traces/format/header.c \
	traces/format/header.h \
	traces/format/identity.c \
	traces/format/index.c \
	traces/format/index.h \
	traces/format/layout.h \
	traces/format/paths.c \
	traces/format/paths.h \
	traces/format/reader.c \
	traces/format/reader.h \
	traces/format/reader_scan.c \
	traces/format/record.c \
	traces/format/record.h \
	traces/format/section.c \
	traces/format/section.h \
	traces/format/sequence.h \
	traces/format/sink.c \
	traces/format/sink.h \
	traces/format/source.c \
	traces/format/source.h \
	traces/format/stream_reader.c \
	traces/format/verify.c \
	traces/format/writer.c

# Recording a live program: the recorder, and the plugin that the emulator loads. The plugin runs in
# another program's process, so it is built without the sanitizers and needs the C library only.
libmemladder_la_SOURCES += \
	traces/capture/capture.c \
	traces/capture/capture.h \
	traces/capture/content.c \
	traces/capture/content.h \
	traces/capture/describe.c \
	traces/capture/describe.h \
	traces/capture/describe_aarch64.c \
	traces/capture/describe_aarch64.h \
	traces/capture/encode_blocks.c \
	traces/capture/encode_code.c \
	traces/capture/encode_control.c \
	traces/capture/encoder.c \
	traces/capture/encoder.h \
	traces/capture/encoding.h \
	traces/capture/mapping.c \
	traces/capture/mapping.h \
	traces/capture/program.c \
	traces/capture/program.h \
	traces/capture/recipe.c \
	traces/capture/recipe.h \
	traces/capture/regions.c \
	traces/capture/regions.h \
	traces/capture/ring.h \
	traces/capture/shape.c \
	traces/capture/shape.h \
	traces/capture/tally.c \
	traces/capture/tally.h
plugin_LTLIBRARIES += memladder-capture.la
memladder_capture_la_SOURCES = \
	traces/capture/plugin.c \
	traces/capture/plugin.h \
	traces/capture/plugin_clock.c \
	traces/capture/plugin_opcode.c \
	traces/capture/plugin_pages.c \
	traces/capture/plugin_ring.c \
	traces/capture/qemu_plugin_api.h \
	traces/capture/ring.h
memladder_capture_la_CFLAGS = $(LAD_CFLAGS) $(LAD_WARN_CFLAGS) -fvisibility=hidden
memladder_capture_la_LDFLAGS = -module -avoid-version -shared
libmemladder_la_SOURCES += \
	traces/import/champsim.c \
	traces/import/champsim_registers.c \
	traces/import/champsim_registers.h \
	traces/import/drmemtrace.c \
	traces/import/drmemtrace.h \
	traces/import/drmemtrace_blocks.c \
	traces/import/drmemtrace_input.c \
	traces/import/drmemtrace_insn.c \
	traces/import/drmemtrace_out.c \
	traces/import/csv.c \
	traces/import/dinero.c \
	traces/import/formats.c \
	traces/import/formats.h \
	traces/import/import.c \
	traces/import/input.c \
	traces/import/input.h \
	traces/import/lackey.c \
	traces/import/ramulator.c \
	traces/import/text.h
# Formats of level page.
libmemladder_la_SOURCES += \
	traces/import/damon.c \
	traces/import/damon.h \
	traces/import/damon_json.c \
	traces/import/damon_script.c \
	traces/import/json_scan.c \
	traces/import/json_scan.h \
	traces/import/keys.c \
	traces/import/numbering.c \
	traces/import/numbering.h \
	traces/import/oracle_general.c \
	traces/import/perf_script.c \
	traces/import/touches.c \
	traces/import/touches.h

# Tools on traces.
libmemladder_la_SOURCES += \
	traces/toolbox/copy.c \
	traces/toolbox/copy.h \
	traces/toolbox/diff.c \
	traces/toolbox/diff.h \
	traces/toolbox/select.c \
	traces/toolbox/select.h \
	traces/toolbox/select_block.c \
	traces/toolbox/select_block.h \
	traces/toolbox/select_rules.c \
	traces/toolbox/select_rules.h \
	traces/toolbox/stitch.c \
	traces/toolbox/stitch.h \
	traces/toolbox/toolbox.h \
	traces/toolbox/windows.c \
	traces/toolbox/windows.h
# Traces for other tools.
libmemladder_la_SOURCES += \
	traces/export/champsim.c \
	traces/export/csv.c \
	traces/export/dinero.c \
	traces/export/export.c \
	traces/export/formats.c \
	traces/export/formats.h \
	traces/export/lackey.c \
	traces/export/text.h
samplesdir = $(pkgdatadir)/traces/samples
dist_samples_DATA = \
	traces/samples/README \
	traces/samples/blocks.mlt \
	traces/samples/sample.mlt

# Generated workloads.
libmemladder_la_SOURCES += \
	traces/synth/accessgen.c \
	traces/synth/accessgen.h \
	traces/synth/code.c \
	traces/synth/code.h \
	traces/synth/code_pages.c \
	traces/synth/code_pages.h \
	traces/synth/compressibility.c \
	traces/synth/compressibility.h \
	traces/synth/compressor.c \
	traces/synth/contents.c \
	traces/synth/contents.h \
	traces/synth/filter.c \
	traces/synth/filter.h \
	traces/synth/lzo_linux.c \
	traces/synth/output.c \
	traces/synth/output.h \
	traces/synth/pages.c \
	traces/synth/pages.h \
	traces/synth/pattern.c \
	traces/synth/pattern.h \
	traces/synth/pattern_accessgen.c \
	traces/synth/pattern_accessgen.h \
	traces/synth/pattern_chase.c \
	traces/synth/pattern_random.c \
	traces/synth/pattern_regular.c \
	traces/synth/places.c \
	traces/synth/places.h \
	traces/synth/plan.c \
	traces/synth/plan.h \
	traces/synth/plan_options.c \
	traces/synth/ranks.c \
	traces/synth/ranks.h \
	traces/synth/start.c \
	traces/synth/start.h \
	traces/synth/synth.c \
	traces/synth/thread.c \
	traces/synth/thread.h \
	traces/synth/turns.c \
	traces/synth/turns.h
