#!/usr/bin/env bash
# Gates a program that uses Kickmsg: builds it, runs its tests, kills it at every state, stresses it, and writes a report.
#
#   gate.sh [--source DIR] [--build DIR] [--report DIR] [--prefix DIR] [--jobs N] [--optional STEP]... [-- CMAKE-OPTION...]
#
#   --source    the project, with a CMakeLists.txt: by default the current folder
#   --build     its build folder: by default build/kickmsg-gate in the project
#   --report    where the results go: by default REPORT in the build folder
#   --prefix    where Kickmsg is installed, with its testing kit, if that is not where CMake looks by itself
#   --jobs      tests side by side: by default one; sweeps of one program do not disturb each other
#   --optional  unit, sweep or stress: the project may have no such tests. By default stress only
#
# Steps are told by ctest labels: `kickmsg-sweep` (kickmsg_add_sweep sets it), `kickmsg-stress` (yours), all other tests are `unit`.
# A step that is not optional and finds no test has failed.
# Exit status: 0 all passed, 1 a test failed or a step found none, 2 the project could not be configured or built.
set -euo pipefail

source=. build='' report='' prefix='' jobs=1 optional=(stress)

usage() {
    sed -n '2,/^set -euo/{/^set -euo/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
}
stop() {
    echo "gate.sh: $*" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
    --source | --build | --report | --prefix | --jobs | --optional)
        [ $# -gt 1 ] || stop "$1 needs a value"
        case $1 in
        --source) source=$2 ;;
        --build) build=$2 ;;
        --report) report=$2 ;;
        --prefix) prefix=$2 ;;
        --jobs) jobs=$2 ;;
        --optional) optional+=("$2") ;;
        esac
        shift 2
        ;;
    --help | -h)
        usage
        exit 0
        ;;
    --)
        shift
        break
        ;;
    *) stop "'$1' is not understood (gate.sh --help)" ;;
    esac
done
[ -f "$source/CMakeLists.txt" ] || stop "$source: expected a project with a CMakeLists.txt (--source)"
[[ $jobs =~ ^[1-9][0-9]*$ ]] || stop "--jobs $jobs: expected a number from 1"
for step in "${optional[@]}"; do
    case $step in unit | sweep | stress) ;; *) stop "--optional $step: expected unit, sweep or stress" ;; esac
done
build=${build:-$source/build/kickmsg-gate}
report=${report:-$build/REPORT}
mkdir -p "$build" "$report"
report=$(cd "$report" && pwd)
summary=$report/summary.md
status=0

say() {
    printf '%s\n' "$*" | tee -a "$summary"
}
is_optional() {
    local each
    for each in "${optional[@]}"; do
        [ "$each" != "$1" ] || return 0
    done
    return 1
}

# Runs the tests that ctest's options choose. Usage: step NAME OPTION...
step() {
    local name=$1 count outcome=passed
    shift
    count=$(ctest --test-dir "$build" "$@" --show-only | sed -n 's/^Total Tests: //p')
    if [ "${count:-0}" -eq 0 ]; then
        if is_optional "$name"; then
            say "| $name | 0 | not there, and optional |"
        else
            say "| $name | 0 | **failed**: no test is labelled so; a gate that ran nothing has not passed (--optional $name) |"
            status=1
        fi
        return 0
    fi
    ctest --test-dir "$build" "$@" --output-on-failure --parallel "$jobs" --output-junit "$report/$name.xml" \
        >"$report/$name.log" 2>&1 || outcome='**failed**'
    say "| $name | $count | $outcome |"
    if [ "$outcome" != passed ]; then
        status=1
        sed -n '/^The following tests FAILED/,$p' "$report/$name.log"
    fi
}

: >"$summary"
say "## Kickmsg gate"
say ""
if ! cmake -S "$source" -B "$build" ${prefix:+-DCMAKE_PREFIX_PATH="$prefix"} "$@" >"$report/build.log" 2>&1 ||
    ! cmake --build "$build" --parallel >>"$report/build.log" 2>&1; then
    tail -n 30 "$report/build.log" >&2
    say "**The project could not be configured or built**: the last lines of build.log are above."
    exit 2
fi
say "| step | tests | result |"
say "|---|---:|---|"
find "$build" -name '*.sweep.md' -delete # a sweep appends
step unit -LE '^kickmsg-(sweep|stress)$'
step sweep -L '^kickmsg-sweep$'
step stress -L '^kickmsg-stress$'
# what each sweep says of itself
find "$build" -name '*.sweep.md' -print0 | sort -z | while IFS= read -r -d '' each; do
    cat "$each"
done >>"$summary"
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    cat "$summary" >>"$GITHUB_STEP_SUMMARY"
fi
exit "$status"
