# tests: files of this room.
