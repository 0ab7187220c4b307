# configs: files of this room.
