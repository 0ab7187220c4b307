# sim/machine: files of this room.
libmemladder_la_SOURCES += \
	sim/machine/heat.c \
	sim/machine/metrics.c
