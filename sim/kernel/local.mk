# sim/kernel: files of this room.
