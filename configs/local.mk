# configs: files of this room.
nobase_pkgdata_DATA += \
	configs/machines/server-1core.conf \
	configs/machines/server-4core.conf \
	configs/machines/server-core.conf \
	configs/policies/first-touch.conf \
	configs/policies/interleave.conf \
	configs/policies/tpp.conf
EXTRA_DIST += $(nobase_pkgdata_DATA)
