# sim/engine: files of this room.
