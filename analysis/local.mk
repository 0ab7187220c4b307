# analysis: files of this room.
