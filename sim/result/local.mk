# sim/result: files of this room.
