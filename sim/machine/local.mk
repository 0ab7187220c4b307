# sim/machine: files of this room.
noinst_HEADERS += \
	sim/machine/cluster.h \
	sim/machine/cores.h \
	sim/machine/future.h \
	sim/machine/goals.h \
	sim/machine/hosts.h \
	sim/machine/machine.h \
	sim/machine/options.h \
	sim/machine/records.h \
	sim/machine/sampler.h \
	sim/machine/streams.h \
	sim/machine/totals.h \
	sim/machine/windows.h
libmemladder_la_SOURCES += \
	sim/machine/cluster.c \
	sim/machine/cores.c \
	sim/machine/future.c \
	sim/machine/goals.c \
	sim/machine/heat.c \
	sim/machine/hosts.c \
	sim/machine/machine.c \
	sim/machine/metrics.c \
	sim/machine/options.c \
	sim/machine/probe.c \
	sim/machine/records.c \
	sim/machine/run.c \
	sim/machine/sampler.c \
	sim/machine/streams.c \
	sim/machine/totals.c \
	sim/machine/windows.c
