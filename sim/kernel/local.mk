# sim/kernel: files of this room.
noinst_HEADERS += sim/kernel/kernel.h sim/kernel/cgroup.h sim/kernel/swap.h
noinst_HEADERS += sim/kernel/block.h sim/kernel/wbt.h
noinst_HEADERS += sim/kernel/sched.h sim/kernel/turns.h
libmemladder_la_SOURCES += sim/kernel/sched.c sim/kernel/turns.c
noinst_HEADERS += sim/kernel/agescan.h sim/kernel/offload.h sim/kernel/pressure.h
noinst_HEADERS += sim/kernel/flow.h sim/kernel/state.h sim/kernel/tier.h sim/kernel/touch.h
libmemladder_la_SOURCES += \
	sim/kernel/balance.c \
	sim/kernel/cgroup.c \
	sim/kernel/cgroup_charge.c \
	sim/kernel/cgroup_reclaim.c \
	sim/kernel/conserve.c \
	sim/kernel/copy.c \
	sim/kernel/fair.c \
	sim/kernel/fault.c \
	sim/kernel/filemap.c \
	sim/kernel/flow.c \
	sim/kernel/frames.c \
	sim/kernel/hindsight.c \
	sim/kernel/hintscan.c \
	sim/kernel/hotness.c \
	sim/kernel/kernel.c \
	sim/kernel/kswapd.c \
	sim/kernel/lru.c \
	sim/kernel/map.c \
	sim/kernel/migrate.c \
	sim/kernel/occupancy.c \
	sim/kernel/numapace.c \
	sim/kernel/pageout.c \
	sim/kernel/pages.c \
	sim/kernel/pcp.c \
	sim/kernel/agescan.c \
	sim/kernel/offload.c \
	sim/kernel/pagetable.c \
	sim/kernel/pressure.c \
	sim/kernel/ranges.c \
	sim/kernel/readahead.c \
	sim/kernel/reclaim.c \
	sim/kernel/reclaim_pages.c \
	sim/kernel/region.c \
	sim/kernel/rmap.c \
	sim/kernel/start.c \
	sim/kernel/swap.c \
	sim/kernel/swapin.c \
	sim/kernel/workingset.c \
	sim/kernel/writeback.c \
	sim/kernel/tier.c \
	sim/kernel/tiers.c \
	sim/kernel/touch.c
libmemladder_la_SOURCES += sim/kernel/block.c sim/kernel/wbt.c
noinst_HEADERS += sim/kernel/limits.h sim/kernel/oom.h
libmemladder_la_SOURCES += sim/kernel/limits.c sim/kernel/oom.c
noinst_HEADERS += sim/kernel/content.h sim/kernel/swapchain.h sim/kernel/swapmove.h
libmemladder_la_SOURCES += \
	sim/kernel/content.c \
	sim/kernel/swapchain.c \
	sim/kernel/swapmove.c \
	sim/kernel/zbud.c \
	sim/kernel/zpool.c \
	sim/kernel/zsmalloc.c
