# sim/engine: files of this room.
noinst_HEADERS += sim/engine/loop.h
libmemladder_la_SOURCES += sim/engine/queue.c
libmemladder_la_SOURCES += sim/engine/loop.c
