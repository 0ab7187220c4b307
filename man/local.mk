# man: files of this room.
