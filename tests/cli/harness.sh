# shellcheck shell=bash
# harness.sh - command-line tests as short scripts; sourced by tests/cli/*.test, run by bash.
#
#   . "$LAD_TEST_SRCDIR/tests/cli/harness.sh"
#
#   it 'names the nearest command'      # starts a test case
#   lad modls --flag                    # runs the program; captures status, stdout, stderr
#   status 2                            # ... and what is demanded of it
#   stderr 'did you mean `models`'      # a fixed string somewhere in stderr
#   no_stdout
#
# Others: `stdout STRING`, `no_stderr`, `stdout_like REGEX` and `stderr_like REGEX` (grep -E),
# `stdout_is FILE`, `lacks FILE STRING`, `exists FILE`, `absent FILE`, `demand COMMAND...` (its status is
# 0), `skip REASON` (this case), `skip_all REASON` (the file). `run COMMAND...` captures any command as
# `lad` does. A case runs in an empty directory of its own; what was captured is in $out, $err (files)
# and $rc. Nothing may depend on time or on the network.

set -u
lad_scratch=$(mktemp -d "${TMPDIR:-/tmp}/lad-cli.XXXXXX") || exit 99
out=$lad_scratch/stdout
err=$lad_scratch/stderr
rc=
lad_n=0
lad_title=
lad_skip=
lad_faults=
MEMLADDER=${MEMLADDER:-$LAD_TEST_BUILDDIR/memladder}
# Programs that tests start must not take TAP's place on stdout.
unset CK_TAP_LOG_FILE_NAME

lad_close() {
    [ -n "$lad_title" ] || return 0
    lad_n=$((lad_n + 1))
    if [ -n "$lad_skip" ]; then
        echo "ok $lad_n - $lad_title # SKIP $lad_skip"
    elif [ -z "$lad_faults" ]; then
        echo "ok $lad_n - $lad_title"
    else
        echo "not ok $lad_n - $lad_title"
        printf '%s' "$lad_faults" | sed 's/^/# /'
        echo "# status: $rc"
        head -c 4000 "$out" 2>/dev/null | sed 's/^/# stdout: /'
        head -c 4000 "$err" 2>/dev/null | sed 's/^/# stderr: /'
        echo
    fi
    lad_title=
}

lad_end() {
    lad_close
    echo "1..$lad_n"
    cd / && rm -rf "$lad_scratch"
}
trap lad_end EXIT

lad_fault() {
    lad_faults="$lad_faults$*
"
}

it() {
    lad_close
    lad_title=$1
    lad_skip=
    lad_faults=
    rc=
    : >"$out"
    : >"$err"
    rm -rf "$lad_scratch/cwd"
    mkdir "$lad_scratch/cwd"
    cd "$lad_scratch/cwd" || exit 99
}

run() {
    [ -z "$lad_skip" ] || return 0
    rc=0
    "$@" >"$out" 2>"$err" || rc=$?
}

lad() {
    run "$MEMLADDER" "$@"
}

lad_active() {
    [ -z "$lad_skip" ]
}

status() {
    lad_active || return 0
    [ "$rc" = "$1" ] || lad_fault "status $rc, expected $1"
}

lad_has() {
    lad_active || return 0
    grep -qF -e "$3" "$2" || lad_fault "$1 lacks: $3"
}

lad_like() {
    lad_active || return 0
    grep -qE -e "$3" "$2" || lad_fault "$1 has nothing like: $3"
}

lad_empty() {
    lad_active || return 0
    [ ! -s "$2" ] || lad_fault "$1 is not empty"
}

stdout() { lad_has stdout "$out" "$1"; }
stderr() { lad_has stderr "$err" "$1"; }
stdout_like() { lad_like stdout "$out" "$1"; }
stderr_like() { lad_like stderr "$err" "$1"; }
no_stdout() { lad_empty stdout "$out"; }
no_stderr() { lad_empty stderr "$err"; }

stdout_is() {
    lad_active || return 0
    cmp -s "$1" "$out" || lad_fault "stdout differs from $1: $(diff "$1" "$out" | head -n 10)"
}

lacks() {
    lad_active || return 0
    ! grep -qF -e "$2" "$1" || lad_fault "$1 has: $2"
}

exists() {
    lad_active || return 0
    [ -s "$1" ] || lad_fault "$1 is missing or empty"
}

absent() {
    lad_active || return 0
    [ ! -e "$1" ] || lad_fault "$1 exists"
}

demand() {
    lad_active || return 0
    "$@" >>"$err" 2>&1 || lad_fault "failed: $*"
}

skip() {
    lad_skip=$1
}

skip_all() {
    trap - EXIT
    rm -rf "$lad_scratch"
    echo "1..0 # SKIP $1"
    exit 0
}
