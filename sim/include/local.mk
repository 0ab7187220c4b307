# The contracts: installed as <memladder/...>.
pkginclude_HEADERS = \
	sim/include/memladder/configuration.h \
	sim/include/memladder/counter.h \
	sim/include/memladder/error.h \
	sim/include/memladder/model.h \
	sim/include/memladder/option.h \
	sim/include/memladder/random.h \
	sim/include/memladder/trace.h \
	sim/include/memladder/types.h
