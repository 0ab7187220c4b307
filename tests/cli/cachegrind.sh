# shellcheck shell=bash
# cachegrind.sh - what the comparisons with cachegrind share; sourced after harness.sh.

# The nine counts of a trace under a geometry, in cachegrind's order: Ir I1mr ILmr Dr D1mr DLmr Dw D1mw
# DLmw. Caches are given as to cachegrind: bytes,ways,line.
replay_counts() {
    local trace=$1 i1=$2 d1=$3 ll=$4
    local options=() name spec size ways line
    for spec in "i1,$i1" "d1,$d1" "ll,$ll"; do
        IFS=, read -r name size ways line <<<"$spec"
        options+=(--set "cache.$name.size=$size B" --set "cache.$name.ways=$ways"
            --set "cache.$name.line=$line B")
    done
    rm -f counts.h5
    "$MEMLADDER" run "$LAD_TEST_SRCDIR/configs/studies/cachegrind.conf" --set run.trace="$trace" \
        "${options[@]}" -o counts.h5 >/dev/null 2>>"$err" || return 1
    # Columns of the caches are in the order of their groups: i1, d1, ll; row 1 is the measured phase.
    "$MEMLADDER" dump --canonical counts.h5 2>>"$err" | awk -F'\t' '
        $1 == "/cache" && ($2 != "cache_i1" || $3 != "cache_d1" || $4 != "cache_ll") { exit 1 }
        $1 ~ /^\/summary\/cache_(fetch|load|store)(es|s|_misses)\[1\]$/ {
            sub(/^\/summary\/cache_/, "", $1); sub(/\[1\]$/, "", $1); value[$1] = $2 " " $3 " " $4
        }
        END {
            split(value["fetches"], f, " "); split(value["fetch_misses"], fm, " ")
            split(value["loads"], l, " "); split(value["load_misses"], lm, " ")
            split(value["stores"], s, " "); split(value["store_misses"], sm, " ")
            print f[1], fm[1], fm[3], l[2], lm[2], lm[3], s[2], sm[2], sm[3]
        }'
}

# The same counts by cachegrind, of a program. Like lackey's, its standard output is thrown away and its
# environment has PATH and LC_ALL only.
cachegrind_counts() {
    local i1=$1 d1=$2 ll=$3
    shift 3
    env -i PATH="$PATH" LC_ALL=C valgrind --tool=cachegrind --cache-sim=yes --I1="$i1" --D1="$d1" \
        --LL="$ll" --log-file=/dev/null --cachegrind-out-file=cachegrind.out "$@" >/dev/null 2>&1
    sed -n 's/^summary: *//p' cachegrind.out
}

lackey_trace() {
    local trace=$1
    shift
    env -i PATH="$PATH" LC_ALL=C valgrind --tool=lackey --trace-mem=yes --log-file=lackey.text "$@" \
        >/dev/null 2>&1
    "$MEMLADDER" trace convert --quiet --from lackey lackey.text "$trace" >/dev/null 2>>"$err"
}

# What cachegrind is asked for: I1, D1, LL.
cachegrind_geometries='32768,8,64 32768,8,64 8388608,16,64
32768,8,64 49152,12,64 1572864,12,64
4096,1,64 4096,1,64 65536,2,64
8192,2,32 16384,4,32 262144,8,32
16384,4,64 8192,2,32 131072,8,128'

lad_same() {
    lad_active || return 0
    [ -n "$2" ] && [ "$1" = "$2" ] || lad_fault "$3: counted $1, cachegrind $2"
}
