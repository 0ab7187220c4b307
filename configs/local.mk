# configs: files of this room.
nobase_pkgdata_DATA += \
	configs/machines/drcachesim-a.conf \
	configs/machines/drcachesim-b.conf \
	configs/machines/drcachesim-c.conf \
	configs/machines/drcachesim-d.conf \
	configs/machines/drcachesim-tlb.conf \
	configs/machines/drcachesim.conf \
	configs/machines/kernel-guest.conf \
	configs/machines/memprof-4core.conf \
	configs/machines/memprof-core.conf \
	configs/machines/memprof-gen4.conf \
	configs/machines/offload-server.conf \
	configs/machines/page-core.conf \
	configs/machines/page-server.conf \
	configs/machines/reclaim-guest.conf \
	configs/machines/memprof-l1-prefetch.conf \
	configs/machines/prefetchers-intel-l1.conf \
	configs/machines/prefetchers-intel-l2.conf \
	configs/machines/prefetchers-intel.conf \
	configs/machines/sample-server.conf \
	configs/machines/server-1core.conf \
	configs/machines/server-4core.conf \
	configs/machines/server-core.conf \
	configs/policies/first-touch.conf \
	configs/policies/interleave-1-3.conf \
	configs/policies/interleave-3-1.conf \
	configs/policies/interleave.conf \
	configs/policies/linux-tiering.conf \
	configs/policies/numa-balancing.conf \
	configs/policies/tpp.conf \
	configs/machines/reader-tiered.conf \
	configs/machines/reader-tiering.conf \
	configs/studies/bandwidth-tiering.conf \
	configs/studies/bench-1core.conf \
	configs/studies/bench-26core.conf \
	configs/studies/bench-4core.conf \
	configs/studies/bench-functional.conf \
	configs/studies/bench-page.conf \
	configs/studies/cachegrind.conf \
	configs/studies/capacity-split.conf \
	configs/studies/code-cache.conf \
	configs/studies/demo-ddr.conf \
	configs/studies/memory-bandwidth.conf \
	configs/studies/prefetchers.conf \
	configs/studies/demo-tpp.conf \
	configs/studies/placement.conf \
	configs/studies/real-programs.conf \
	configs/studies/shared-itlb.conf
nobase_pkgdata_DATA += \
	configs/tiers/curves/LICENSE.mess.txt \
	configs/tiers/curves/LICENSE.profet.txt \
	configs/tiers/curves/cxl-vendor-model.txt \
	configs/tiers/curves/ddr5-4800-sapphire-rapids.txt \
	configs/tiers/cxl-curve.conf \
	configs/tiers/cxl.conf \
	configs/tiers/ddr4-3200-banked.conf \
	configs/tiers/cxl-fpga.conf \
	configs/tiers/ddr4.conf \
	configs/tiers/ddr5-4800-banked.conf \
	configs/tiers/hbm2-banked.conf \
	configs/tiers/hbm2e.conf \
	configs/tiers/hbm3.conf \
	configs/tiers/lpddr5x.conf \
	configs/tiers/mrdimm.conf \
	configs/tiers/optane.conf \
	configs/tiers/remote-socket.conf \
	configs/tiers/ddr5-curve.conf \
	configs/tiers/remote-rdma-200g.conf \
	configs/tiers/remote-rdma-56g.conf \
	configs/tiers/remote-tcp-25g.conf \
	configs/tiers/ssd-100us.conf \
	configs/tiers/ssd-low-latency.conf \
	configs/tiers/ssd-nvme-mixed.conf \
	configs/tiers/ssd-nvme.conf \
	configs/tiers/ssd-old.conf \
	configs/tiers/ddr5.conf \
	configs/tiers/hb-dimm.conf
nobase_pkgdata_DATA += \
	configs/sweeps/cxl.conf \
	configs/sweeps/l2-sharing.conf \
	configs/sweeps/near-size.conf \
	configs/sweeps/senpai.conf
nobase_pkgdata_DATA += \
	configs/workloads/accessgen-zipf.conf \
	configs/workloads/chase.conf \
	configs/workloads/moving-hot-set.conf \
	configs/workloads/reader-pages.conf \
	configs/workloads/ads1.conf \
	configs/workloads/ads2.conf \
	configs/workloads/ads3.conf \
	configs/workloads/cache1.conf \
	configs/workloads/cache2.conf \
	configs/workloads/feed.conf \
	configs/workloads/reader.conf \
	configs/workloads/web1.conf \
	configs/workloads/web2.conf \
	configs/workloads/zipf.conf
nobase_pkgdata_DATA += \
	configs/machines/far-memory.conf \
	configs/machines/offload-host.conf \
	configs/machines/offload-ssd-old.conf \
	configs/machines/offload-ssd.conf \
	configs/machines/offload-zswap-3to1.conf \
	configs/machines/offload-zswap.conf \
	configs/studies/far-memory.conf \
	configs/studies/zswap-or-ssd.conf \
	configs/workloads/fleet-job.conf \
	configs/workloads/half-idle.conf \
	configs/tiers/compress/cc1plus-lz4.txt \
	configs/tiers/compress/cc1plus-zstd.txt \
	configs/tiers/compress/gap-pr-lz4.txt \
	configs/tiers/compress/gap-pr-zstd.txt \
	configs/tiers/compress/git-lz4.txt \
	configs/tiers/compress/git-zstd.txt \
	configs/tiers/compress/py-lz4.txt \
	configs/tiers/compress/py-zstd.txt \
	configs/tiers/compress/sqlite-lz4.txt \
	configs/tiers/compress/sqlite-zstd.txt \
	configs/tiers/compress/xz-lz4.txt \
	configs/tiers/compress/xz-zstd.txt \
	configs/tiers/zswap-6.1.conf \
	configs/tiers/zswap-far-memory.conf \
	configs/tiers/zswap-guest.conf \
	configs/tiers/zswap-lz4.conf \
	configs/tiers/zswap-zsmalloc-6.1.conf \
	configs/tiers/zswap-zstd.conf
EXTRA_DIST += $(nobase_pkgdata_DATA)
