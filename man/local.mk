# man: files of this room.
dist_man_MANS += man/memladder.1
dist_man_MANS += man/memladder-capture.1
dist_man_MANS += man/memladder-profile.1
dist_man_MANS += man/memladder-sweep.1

# The models' options and counters, as the program that was built knows them.
man_MANS = man/memladder-models.7
CLEANFILES += man/memladder-models.7
man/memladder-models.7: memladder$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && ./memladder$(EXEEXT) models --format=man > $@.new && mv -f $@.new $@

# Other tools' formats, as the tables of the program that was built have them, in a frame that does not
# change.
man_MANS += man/memladder-formats.7
CLEANFILES += man/memladder-formats.7
EXTRA_DIST += man/memladder-formats.7.in
man/memladder-formats.7: memladder$(EXEEXT) $(srcdir)/man/memladder-formats.7.in
	$(AM_V_GEN)$(MKDIR_P) man && \
	./memladder$(EXEEXT) trace formats --format=man > man/formats.read && \
	./memladder$(EXEEXT) trace formats --format=man-export > man/formats.written && \
	sed -e '/^@FORMATS@$$/{r man/formats.read' -e 'd;}' \
	    -e '/^@EXPORTS@$$/{r man/formats.written' -e 'd;}' \
	    $(srcdir)/man/memladder-formats.7.in > $@.new && \
	rm -f man/formats.read man/formats.written && mv -f $@.new $@

dist_man_MANS += man/memladder-trace.5
dist_man_MANS += man/memladder-result.5
dist_man_MANS += man/memladder-synth.5
