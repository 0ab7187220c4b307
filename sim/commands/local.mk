# sim/commands: files of this room.
