# sim/kernel: files of this room.
noinst_HEADERS += sim/kernel/kernel.h
noinst_HEADERS += sim/kernel/sched.h
libmemladder_la_SOURCES += sim/kernel/sched.c
