# models: files of this room.
noinst_HEADERS += models/models.h
libmemladder_la_SOURCES += \
	models/check.c \
	models/models.c \
	models/registry.c
