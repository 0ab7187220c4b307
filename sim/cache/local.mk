# sim/cache: files of this room.
