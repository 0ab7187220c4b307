# models: files of this room.
noinst_HEADERS += \
	models/models.h \
	models/placement/plan.h \
	models/pressure/loadavg.h \
	models/reclaim/mglru.h \
	models/replacement/rrip.h \
	models/tier/backend.h \
	models/tier/compression.h
libmemladder_la_SOURCES += \
	models/check.c \
	models/models.c \
	models/registry.c \
	models/core/functional.c \
	models/core/in-order.c \
	models/core/paced.c \
	models/core/window.c \
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
	models/prefetcher/adjacent-line.c \
	models/prefetcher/best-offset.c \
	models/prefetcher/instruction-next-line.c \
	models/prefetcher/next-line.c \
	models/prefetcher/stream.c \
	models/prefetcher/stride.c \
	models/pressure/loadavg.c \
	models/pressure/psi.c \
	models/reclaim/mglru.c \
	models/reclaim/mglru_aging.c \
	models/reclaim/mglru_eviction.c \
	models/reclaim/mglru_generations.c \
	models/reclaim/two-list.c \
	models/replacement/drrip.c \
	models/replacement/fifo.c \
	models/replacement/lru.c \
	models/replacement/random.c \
	models/replacement/srrip.c \
	models/replacement/tree-plru.c \
	models/tier/backend.c \
	models/tier/banked.c \
	models/tier/compression.c \
	models/tier/curve.c \
	models/tier/fixed.c \
	models/tier/remote-swap.c \
	models/tier/ssd.c \
	models/tier/zswap.c
