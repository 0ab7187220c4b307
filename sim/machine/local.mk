# sim/machine: files of this room.
