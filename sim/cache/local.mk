# sim/cache: files of this room.
noinst_HEADERS += sim/cache/hierarchy.h
noinst_HEADERS += sim/cache/geometry.h
libmemladder_la_SOURCES += sim/cache/geometry.c
noinst_HEADERS += sim/cache/functional.h sim/cache/prepared.h sim/cache/slice.h sim/cache/tags.h
libmemladder_la_SOURCES += sim/cache/functional.c sim/cache/prepared.c sim/cache/slice.c sim/cache/tags.c
