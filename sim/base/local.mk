# sim/base: files of this room.
noinst_HEADERS += \
	sim/base/config_store.h \
	sim/base/mapped.h \
	sim/base/nearest.h \
	sim/base/powers.h \
	sim/base/progress.h \
	sim/base/publish.h \
	sim/base/units.h
libmemladder_la_SOURCES += \
	sim/base/config.c \
	sim/base/config_fill.c \
	sim/base/config_read.c \
	sim/base/counter.c \
	sim/base/error.c \
	sim/base/histogram.c \
	sim/base/mapped.c \
	sim/base/nearest.c \
	sim/base/option.c \
	sim/base/powers.c \
	sim/base/progress.c \
	sim/base/publish.c \
	sim/base/random.c \
	sim/base/servers.c \
	sim/base/spread.c \
	sim/base/table.c \
	sim/base/units.c \
	sim/base/version.c

# The state of the source tree: asked of git, or as the release recorded it. Made anew by every build,
# replaced only when it changes.
BUILT_SOURCES += revision.h
CLEANFILES += revision.h
EXTRA_DIST += sim/base/revision.sh
.PHONY: lad-revision
revision.h: lad-revision
	$(AM_V_GEN)$(SHELL) $(top_srcdir)/sim/base/revision.sh $(top_srcdir) '$(CFLAGS) $(LAD_SAN_CFLAGS)' > $@.new
	@if cmp -s $@.new $@; then rm -f $@.new; else mv -f $@.new $@; fi
dist-hook-revision:
	$(SHELL) $(top_srcdir)/sim/base/revision.sh --describe $(top_srcdir) > $(distdir)/.revision
