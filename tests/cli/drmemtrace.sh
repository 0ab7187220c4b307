# shellcheck shell=bash
# drmemtrace.sh - counts of results and traces in the form of tests/data/drmemtrace; sourced by tests.

# The devices of a result of CONFIG (a, b, c, d or tlb): name, hits, misses, compulsory misses, prefetch hits,
# prefetch misses, child hits, flushes.
devices_of() { # RESULT CONFIG
    "$MEMLADDER" dump "$1" | awk -F '\t' -v config="$2" '
        $1 == "/cache" { n = NF - 1; for (i = 1; i <= n; i++) name[i] = $(i + 1) }
        $1 ~ /^\/summary\/cache_.*\[1\]$/ {
            row = $1; sub(/^\/summary\/cache_/, "", row); sub(/\[1\]$/, "", row)
            for (i = 1; i <= n; i++) value[row, i] = $(i + 1)
        }
        END {
            for (i = 1; i <= n; i++) {
                tlb = name[i] ~ /^tlb_/
                if (tlb != (config == "tlb")) continue
                device = name[i]; number = ""
                if (match(device, /[0-9]+$/) && device !~ /^(tlb_l2|cache_l1)$/) {
                    number = substr(device, RSTART)
                    if (device ~ /^tlb_l2[0-9]/) number = substr(device, 7)
                    device = substr(device, 1, length(device) - length(number))
                }
                if (device != "cache_ll" && number == "") number = 0
                sub(/^(cache|tlb)_/, "", device)
                device = toupper(device)
                if (tlb && device == "L2") device = "L2TLB"
                misses = value["fetch_misses", i] + value["load_misses", i] + value["store_misses", i]
                all = value["fetches", i] + value["loads", i] + value["stores", i]
                if (tlb) { misses = value["misses", i]; all = value["lookups", i] }
                fetched = tlb ? 0 : value["prefetches", i]
                missed = tlb ? 0 : value["prefetch_misses", i]
                printf "%s%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", device, number, all - misses, misses,
                    value["compulsory_misses", i], fetched - missed, missed,
                    value["child_hits", i], tlb ? 0 : value["flushes", i]
            }
        }' | sort
}

# Replays TRACE and compares with FILE, of devices as above (flushes may be left out).
expect_devices() { # TRACE CONFIG CORES PLACEMENT FILE [SETTING]...
    lad_active || return 0
    local trace=$1 config=$2 cores=$3 placement=$4 expected=$5 width
    shift 5
    if ! "$MEMLADDER" run "$LAD_TEST_SRCDIR/configs/machines/drcachesim-$config.conf" \
        --set run.trace="$trace" --set core.cores="$cores" --set sched.placement="$placement" \
        "$@" -o counted.h5 >"$out" 2>"$err"; then
        lad_fault "cannot replay $trace"
        return
    fi
    [ -s "$expected" ] || lad_fault "nothing is expected of $trace"
    width=$(head -n 1 "$expected" | awk -F '\t' '{ print NF }')
    # Cores that no thread was placed on have no row in the published counts.
    devices_of counted.h5 "$config" | cut -f "1-$width" | awk -F '\t' '$2 + $3 + $4 > 0' >counted
    sort "$expected" | awk -F '\t' '$2 + $3 + $4 > 0' >wanted
    cmp -s wanted counted ||
        lad_fault "$trace, $config, $cores cores, $placement: $(diff wanted counted | head -n 6)"
}
