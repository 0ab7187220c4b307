# man: files of this room.
dist_man_MANS += man/memladder.1
