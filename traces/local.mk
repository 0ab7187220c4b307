# traces: files of this room.
