# sim/cache: files of this room.
noinst_HEADERS += sim/cache/hierarchy.h
