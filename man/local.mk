# man: files of this room.
dist_man_MANS += man/memladder.1
dist_man_MANS += man/memladder-capture.1
dist_man_MANS += man/memladder-sweep.1

# The models' options and counters, as the program that was built knows them.
man_MANS = man/memladder-models.7
CLEANFILES += man/memladder-models.7
man/memladder-models.7: memladder$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && ./memladder$(EXEEXT) models --format=man > $@.new && mv -f $@.new $@
dist_man_MANS += man/memladder-trace.5
dist_man_MANS += man/memladder-result.5
