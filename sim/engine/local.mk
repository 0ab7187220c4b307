# sim/engine: files of this room.
noinst_HEADERS += sim/engine/loop.h
libmemladder_la_SOURCES += sim/engine/queue.c
libmemladder_la_SOURCES += sim/engine/loop.c
noinst_HEADERS += sim/engine/plan.h
libmemladder_la_SOURCES += sim/engine/plan.c
noinst_HEADERS += sim/engine/replay.h sim/engine/replay-loop.h
libmemladder_la_SOURCES += sim/engine/bound.c
libmemladder_la_SOURCES += sim/engine/replay.c
noinst_HEADERS += sim/engine/ahead.h
libmemladder_la_SOURCES += sim/engine/ahead.c
noinst_HEADERS += sim/engine/interval.h sim/engine/pagesample.h
libmemladder_la_SOURCES += sim/engine/interval.c
noinst_HEADERS += sim/engine/touchkinds.h
libmemladder_la_SOURCES += sim/engine/touchkinds.c
