# The contracts: installed as <memladder/...>.
pkginclude_HEADERS = \
	sim/include/memladder/bloom.h \
	sim/include/memladder/cache.h \
	sim/include/memladder/configuration.h \
	sim/include/memladder/core.h \
	sim/include/memladder/counter.h \
	sim/include/memladder/error.h \
	sim/include/memladder/dram.h \
	sim/include/memladder/event.h \
	sim/include/memladder/future.h \
	sim/include/memladder/heat.h \
	sim/include/memladder/host.h \
	sim/include/memladder/export.h \
	sim/include/memladder/import.h \
	sim/include/memladder/link.h \
	sim/include/memladder/model.h \
	sim/include/memladder/occupancy.h \
	sim/include/memladder/offload.h \
	sim/include/memladder/option.h \
	sim/include/memladder/page.h \
	sim/include/memladder/placement.h \
	sim/include/memladder/prefetcher.h \
	sim/include/memladder/pressure.h \
	sim/include/memladder/random.h \
	sim/include/memladder/recency.h \
	sim/include/memladder/reclaim.h \
	sim/include/memladder/replacement.h \
	sim/include/memladder/result.h \
	sim/include/memladder/run.h \
	sim/include/memladder/space.h \
	sim/include/memladder/synth.h \
	sim/include/memladder/tier.h \
	sim/include/memladder/tlb.h \
	sim/include/memladder/trace.h \
	sim/include/memladder/types.h \
	sim/include/memladder/version.h
