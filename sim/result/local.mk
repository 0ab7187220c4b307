# sim/result: files of this room.
noinst_HEADERS += \
	sim/result/hdf5.h \
	sim/result/layout.h
libmemladder_la_SOURCES += \
	sim/result/derived.c \
	sim/result/from-run.c \
	sim/result/hdf5.c \
	sim/result/layout.c \
	sim/result/read.c \
	sim/result/result.c \
	sim/result/write.c
