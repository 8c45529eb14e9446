#!/usr/bin/env bash
# Installs the library and uses it in every way that a user can; prints one line for each: ok, not ok or skip.
# usage: consumers.sh [--build DIR] [--work DIR] [--all]
#   --build DIR  install from this finished build (default: build one)
#   --work DIR   a folder to work in, emptied first (default: a temporary one); removed when all is well
#   --all        also as a shared library, and what compiles the library once more
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
consumers=$root/test/consumers
export KICKMSG_TEST_PREFIX=${KICKMSG_TEST_PREFIX:-kmtest_$$}
region=/${KICKMSG_TEST_PREFIX}_consumer
build='' work='' all=no failures=0

while [ $# -gt 0 ]; do
    case $1 in
        --build) build=$2; shift 2 ;;
        --work) work=$2; shift 2 ;;
        --all) all=yes; shift ;;
        *) echo "usage: consumers.sh [--build DIR] [--work DIR] [--all]" >&2; exit 2 ;;
    esac
done
if [ -n "$work" ]; then
    rm -rf "$work" && mkdir -p "$work" || exit 1
else
    work=$(mktemp -d)
fi

# check NAME COMMAND…: runs the command, says what came of it.
check() {
    local name=$1
    shift
    echo "--- $name: $*"
    if "$@"; then
        echo "ok $name"
    else
        echo "not ok $name"
        failures=$((failures + 1))
    fi
}

configure_and_build() { # SOURCE BUILD OPTION…
    local source=$1 target=$2
    shift 2
    cmake -G Ninja -S "$source" -B "$target" "$@" && cmake --build "$target"
}

# The library alone: a build may have the testing kit, too.
install_into() { # BUILD PREFIX
    cmake --install "$1" --prefix "$2" --component development && cmake --install "$1" --prefix "$2" --component runtime
}

sends_and_receives() { # PROGRAM
    "$1" "$region" | tee "$work/output" && grep -qx 'received: one message' "$work/output"
}

use_package() { # LABEL PREFIX
    local label=$1 prefix=$2 out=$work/$1
    check "$label find_package builds" configure_and_build "$consumers/find_package" "$out-package" "-DCMAKE_PREFIX_PATH=$prefix"
    check "$label find_package runs" sends_and_receives "$out-package/consumer"

    local pkgconfig
    pkgconfig=$(dirname "$(find "$prefix" -name kickmsg.pc)")
    mkdir -p "$out-pkgconfig"
    check "$label pkg-config builds" env "PKG_CONFIG_PATH=$pkgconfig" make -C "$consumers/pkg_config" "OUT=$out-pkgconfig"
    check "$label pkg-config runs" env "LD_LIBRARY_PATH=${pkgconfig%/pkgconfig}" "$out-pkgconfig/consumer" "$region"
}

refuses_other_version() { # PREFIX
    ! cmake -G Ninja -S "$consumers/find_package" -B "$work/other-version" "-DCMAKE_PREFIX_PATH=$1" -DWANTED_VERSION=2.0
}

accepted() { # PROGRAM
    "$1" | tee "$work/output" && grep -qx 'acceptance: all calls hold' "$work/output"
}

use_acceptance() { # PREFIX
    local acceptance=$consumers/acceptance
    if [ "$all" = yes ]; then
        check "acceptance as a subdirectory builds" configure_and_build "$acceptance" "$work/acceptance-source" "-DKICKMSG_SOURCE=$root"
        check "acceptance as a subdirectory runs" accepted "$work/acceptance-source/readme_api"
    fi
    check "acceptance against the package builds" configure_and_build "$acceptance" "$work/acceptance-package" "-DCMAKE_PREFIX_PATH=$1"
    check "acceptance against the package runs" accepted "$work/acceptance-package/readme_api"
}

only_the_api() { # PREFIX
    (cd "$1/include" && find . -type f | sed 's,^\./,,' | LC_ALL=C sort) | diff "$consumers/headers/installed.txt" -
}

# Each installed header alone, and every function that they declare.
use_headers() { # LABEL PREFIX
    local compiler
    check "$1 has the API and no more" only_the_api "$2"
    for compiler in g++ clang++; do
        check "$1 headers link by $compiler" configure_and_build "$consumers/headers" "$work/$1-headers-$compiler" "-DCMAKE_PREFIX_PATH=$2" \
            "-DCMAKE_CXX_COMPILER=$compiler"
    done
}

holds_by_kit() { # PROGRAM
    "$1" | tee "$work/output" && grep -qx 'testing kit: all hold' "$work/output"
}

# refuses_components PREFIX WORDS COMPONENT…
refuses_components() {
    local prefix=$1 words=$2 output=$work/components.log
    shift 2
    ! cmake -G Ninja -S "$consumers/testing_kit" -B "$work/components" "-DCMAKE_PREFIX_PATH=$prefix" "-DWANTED=$(IFS=';'; echo "$*")" >"$output" 2>&1 &&
        tr -s ' \n' ' ' <"$output" | grep -qF "$words"
}

use_testing_kit() { # BUILD PREFIX
    check "testing kit that is not installed is named" refuses_components "$2" "configure kickmsg with -DKICKMSG_BUILD_TESTING_KIT=ON" testing
    if ! grep -q '^KICKMSG_BUILD_TESTING_KIT:BOOL=ON' "$1/CMakeCache.txt"; then
        echo "skip testing kit: the build has none"
        return
    fi
    check "testing kit installs" cmake --install "$1" --prefix "$2" --component testing
    check "testing kit builds" configure_and_build "$consumers/testing_kit" "$work/testing-kit" "-DCMAKE_PREFIX_PATH=$2"
    check "testing kit runs" holds_by_kit "$work/testing-kit/consumer"
    check "an unknown component is named" refuses_components "$2" "kickmsg has no component 'spanner': it has 'testing'" testing spanner
}

# gates PREFIX CODE WORDS OPTION…: the gate that users copy ends with CODE, and its summary has the WORDS
gates() {
    local prefix=$1 code=$2 words=$3 ended=0 report=$work/gated-report
    shift 3
    rm -rf "$report"
    "$root/packaging/ci/gate.sh" --source "$consumers/gated" --build "$work/gated" --report "$report" --prefix "$prefix" -- "$@" || ended=$?
    [ "$ended" -eq "$code" ] && grep -F "$words" "$report/summary.md"
}

use_gate() { # BUILD PREFIX
    if ! grep -q '^KICKMSG_BUILD_SWEEP:BOOL=ON' "$1/CMakeCache.txt"; then
        echo "skip gate: the build has no kickmsg-sweep"
        return
    fi
    check "gate passes a right program" gates "$2" 0 "| sweep | 1 | passed |"
    check "gate reports what is said too early" gates "$2" 1 "the check ended with exit code 1" -DFAULT=early
    check "gate reports what is forgotten" gates "$2" 1 "the check ended with exit code 1" -DFAULT=forgets
}

# From C11, by each compiler.
use_from_c() { # LABEL PREFIX
    local compiler
    for compiler in "gcc g++" "clang clang++"; do
        check "$1 from C builds by ${compiler% *}" configure_and_build "$consumers/c" "$work/$1-c-${compiler% *}" "-DCMAKE_PREFIX_PATH=$2" \
            "-DCMAKE_C_COMPILER=${compiler% *}" "-DCMAKE_CXX_COMPILER=${compiler#* }"
        check "$1 from C runs by ${compiler% *}" sends_and_receives "$work/$1-c-${compiler% *}/consumer"
    done
}

use_plugin() { # PREFIX
    check "plugin builds" configure_and_build "$consumers/plugin" "$work/plugin" "-DCMAKE_PREFIX_PATH=$1"
    check "plugin runs" sends_and_receives "$work/plugin/host"
}

# The programs and libraries of a build, and what it would test and install.
is_a_guest() { # BUILD
    (cd "$1" && find . -type f \( -name '*.a' -o -name '*.so*' -o -perm -u+x \) ! -path '*/CMakeFiles/*' ! -path './_deps/kickmsg-src/*') |
        LC_ALL=C sort | diff <(printf '%s\n' ./_deps/kickmsg-build/lib/libkickmsg.a ./bin/consumer) - &&
        (cd "$1" && ctest -N) | grep -qx 'Total Tests: 0' &&
        cmake --install "$1" --prefix "$1/installed" && [ -z "$(find "$1/installed" -type f)" ]
}

# A repository of the tree as it is, committed or not.
clone_into() { # DIR
    git clone -q "$root" "$1" && git -C "$root" diff --binary HEAD >"$work/changes" || return 1
    [ ! -s "$work/changes" ] || (cd "$1" && git apply --index "$work/changes" && git commit -qm changes)
}

use_fetch_content() {
    local options=("-DFETCHCONTENT_SOURCE_DIR_KICKMSG=$root")
    export GIT_CONFIG_GLOBAL=$work/gitconfig # the checkout may be another user's, as in a container
    printf '[safe]\n\tdirectory = *\n[user]\n\tname = consumer\n\temail = consumer\n' >"$GIT_CONFIG_GLOBAL"
    if [ "$(git -C "$root" rev-parse --show-toplevel 2>&1)" = "$root" ]; then
        check "clone" clone_into "$work/clone"
        options=("-DKICKMSG_REPOSITORY=$work/clone" "-DKICKMSG_TAG=$(git -C "$work/clone" rev-parse HEAD)")
    else
        echo "skip FetchContent from a repository: this tree is no checkout"
    fi
    check "FetchContent builds" configure_and_build "$consumers/fetch_content" "$work/fetched" "${options[@]}" -DCMAKE_BUILD_TYPE=Debug
    check "FetchContent runs" sends_and_receives "$work/fetched/bin/consumer"
    check "FetchContent gets the library alone" is_a_guest "$work/fetched"
}

if [ -z "$build" ]; then
    build=$work/build
    check "library builds" configure_and_build "$root" "$build"
fi
check "install" install_into "$build" "$work/installed"
check "add_subdirectory builds" configure_and_build "$consumers/add_subdirectory" "$work/subdirectory"
check "add_subdirectory runs" sends_and_receives "$work/subdirectory/consumer"
use_fetch_content
use_package static "$work/installed"
use_headers static "$work/installed"
use_from_c static "$work/installed"
use_plugin "$work/installed"
check "another major version is refused" refuses_other_version "$work/installed"
use_acceptance "$work/installed"
use_testing_kit "$build" "$work/installed"
use_gate "$build" "$work/installed"
if [ "$all" = yes ]; then
    check "shared library builds" configure_and_build "$root" "$work/build-shared" -DBUILD_SHARED_LIBS=ON
    check "shared library installs" install_into "$work/build-shared" "$work/installed-shared"
    use_package shared "$work/installed-shared"
    use_headers shared "$work/installed-shared"
    use_from_c shared "$work/installed-shared"
fi

if [ "$failures" -gt 0 ]; then
    echo "$failures failed; see $work"
    exit 1
fi
rm -rf "$work"
