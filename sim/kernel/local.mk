# sim/kernel: files of this room.
noinst_HEADERS += sim/kernel/kernel.h
