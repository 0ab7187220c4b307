# sim/cache: files of this room.
noinst_HEADERS += sim/cache/hierarchy.h
noinst_HEADERS += sim/cache/geometry.h
libmemladder_la_SOURCES += sim/cache/geometry.c
