# sim/dram: files of this room.
noinst_HEADERS += sim/dram/channel.h
libmemladder_la_SOURCES += \
	sim/dram/bank_turns.c \
	sim/dram/channel.c \
	sim/dram/fr_fcfs.c \
	sim/dram/front.c \
	sim/dram/map.c
