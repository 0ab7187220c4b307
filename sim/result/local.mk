# sim/result: files of this room.
noinst_HEADERS += sim/result/logs.h \
	sim/result/derived.h \
	sim/result/differences.h \
	sim/result/hdf5.h \
	sim/result/hdf5_read.h \
	sim/result/hdf5_write.h \
	sim/result/layout.h \
	sim/result/quantity.h \
	sim/result/rows.h
libmemladder_la_SOURCES += \
	sim/result/compare.c \
	sim/result/derived.c \
	sim/result/derived_caches.c \
	sim/result/derived_cores.c \
	sim/result/derived_cost.c \
	sim/result/derived_groups.c \
	sim/result/derived_sums.c \
	sim/result/derived_tiers.c \
	sim/result/differences.c \
	sim/result/dump.c \
	sim/result/from-run.c \
	sim/result/hdf5.c \
	sim/result/hdf5_read.c \
	sim/result/hdf5_write.c \
	sim/result/logs.c \
	sim/result/layout.c \
	sim/result/quantity.c \
	sim/result/read.c \
	sim/result/result.c \
	sim/result/rows.c \
	sim/result/summary-json.c \
	sim/result/summary-text.c \
	sim/result/write.c
