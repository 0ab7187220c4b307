#!/bin/sh
# shellcheck disable=SC2154
# What `make install` left works: the program, its presets and completion, the headers each on its own,
# and a program built against the library by pkg-config.
set -eu

# $1: source directory, $2: DESTDIR. The environment has prefix, bindir, libdir, includedir, pkgdatadir, datadir,
# mandir, CC, GLIB_CFLAGS.
source=$1
root=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset LAD_CONFIG_PATH

demand() {
    "$@" >"$scratch/out" 2>&1 || {
        echo "installcheck: failed: $*" >&2
        cat "$scratch/out" >&2
        exit 1
    }
}

LD_LIBRARY_PATH=$root$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
demand "$root$bindir/memladder" --version
cp "$scratch/out" "$scratch/version"
demand grep -q '^memladder ' "$scratch/version"
demand "$root$bindir/memladder" models
demand test -s "$root$mandir/man1/memladder.1"
demand test -s "$root$datadir/bash-completion/completions/memladder"

for header in "$root$includedir"/memladder/*.h; do
    echo "#include <memladder/${header##*/}>" >"$scratch/header.c"
    # shellcheck disable=SC2086
    demand $CC -std=gnu17 -Wall -Wextra -Werror $GLIB_CFLAGS "-I$root$includedir" -fsyntax-only "$scratch/header.c"
done

# The .pc file names final directories; this copy says where they are now.
sed "s|^prefix=.*|prefix=$root$prefix|" "$root$libdir/pkgconfig/memladder.pc" >"$scratch/memladder.pc"
PKG_CONFIG_PATH=$scratch${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH
# shellcheck disable=SC2046,SC2086
demand $CC -std=gnu17 -Wall -Werror $LAD_SAN_CFLAGS "$source/tests/install/consumer.c" -o "$scratch/consumer" \
    $(pkg-config --cflags --libs memladder)
demand "$scratch/consumer"
echo "installcheck: the installed program, headers and library work"
