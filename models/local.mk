# models: files of this room.
