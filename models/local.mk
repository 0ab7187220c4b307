# models: files of this room.
noinst_HEADERS += models/models.h models/placement/plan.h \
	models/reclaim/mglru.h
libmemladder_la_SOURCES += \
	models/check.c \
	models/models.c \
	models/registry.c
libmemladder_la_SOURCES += \
	models/replacement/drrip.c \
	models/replacement/fifo.c \
	models/replacement/lru.c \
	models/replacement/random.c \
	models/replacement/srrip.c \
	models/replacement/tree-plru.c
libmemladder_la_SOURCES += \
	models/link/channel.c \
	models/offload/gswap.c \
	models/offload/none.c \
	models/offload/senpai.c \
	models/offload/static-age.c \
	models/placement/first-touch.c \
	models/placement/interleave.c \
	models/placement/linux-tiering.c \
	models/placement/numa-balancing.c \
	models/placement/oracle-static.c \
	models/placement/oracle.c \
	models/placement/plan.c \
	models/placement/tpp.c \
	models/pressure/psi.c \
	models/reclaim/mglru.c \
	models/reclaim/mglru_aging.c \
	models/reclaim/mglru_eviction.c \
	models/reclaim/mglru_generations.c \
	models/reclaim/two-list.c \
	models/tier/banked.c \
	models/tier/curve.c \
	models/tier/fixed.c
libmemladder_la_SOURCES += models/core/in-order.c models/core/window.c
libmemladder_la_SOURCES += models/core/functional.c
libmemladder_la_SOURCES += models/core/paced.c
libmemladder_la_SOURCES += \
	models/prefetcher/adjacent-line.c \
	models/prefetcher/best-offset.c \
	models/prefetcher/instruction-next-line.c \
	models/prefetcher/next-line.c \
	models/prefetcher/stream.c \
	models/prefetcher/stride.c
libmemladder_la_SOURCES += models/tier/remote-swap.c models/tier/ssd.c
libmemladder_la_SOURCES += models/tier/zswap.c
