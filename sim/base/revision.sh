#!/bin/sh
# Print revision.h for the source tree $1 built with flags $2, or with --describe the revision alone.
set -u

describe() {
    if [ -e "$1/.git" ] && git -C "$1" describe --always --dirty --abbrev=12 2>/dev/null; then
        return
    fi
    if [ -r "$1/.revision" ]; then
        cat "$1/.revision"
        return
    fi
    echo unknown
}

if [ "$1" = --describe ]; then
    describe "$2"
    exit
fi
echo "#define LAD_REVISION \"$(describe "$1")\""
echo "#define LAD_BUILD_FLAGS \"$(echo "$2" | sed 's/["\\]/\\&/g; s/ *$//')\""
