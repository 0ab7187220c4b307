# traces: files of this room.
libmemladder_la_SOURCES += \
	traces/format/builder.c \
	traces/format/chunk.h \
	traces/format/chunk_pack.c \
	traces/format/code.c \
	traces/format/code.h \
	traces/format/code_section.c \
	traces/format/code_section.h \
	traces/format/hash.c \
	traces/format/hash.h \
	traces/format/header.c \
	traces/format/header.h \
	traces/format/identity.c \
	traces/format/index.c \
	traces/format/index.h \
	traces/format/layout.h \
	traces/format/paths.c \
	traces/format/paths.h \
	traces/format/record.c \
	traces/format/record.h \
	traces/format/section.c \
	traces/format/section.h \
	traces/format/sink.c \
	traces/format/sink.h \
	traces/format/writer.c
