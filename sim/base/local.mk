# sim/base: files of this room.
libmemladder_la_SOURCES += \
	sim/base/error.c \
	sim/base/histogram.c
