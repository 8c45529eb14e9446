#!/usr/bin/env bash
# Installs what scripts/validate.sh needs and is missing; does nothing, and needs no network, when all is there.
# usage: bootstrap.sh [--peers] [--platforms]
#   --peers      also what the benchmarks compare with
#   --platforms  also the compilers and emulators of every platform, beyond the gate's
set -euo pipefail
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lists=("$scripts/packages.txt")
with_peers=

for argument in "$@"; do
    case $argument in
        --peers)
            lists+=("$scripts/peers.txt")
            with_peers=yes
            ;;
        --platforms)
            lists+=("$scripts/platforms.txt")
            ;;
        *)
            echo "usage: bootstrap.sh [--peers] [--platforms]" >&2
            exit 2
            ;;
    esac
done
mapfile -t wanted < <(grep -hv '^ *\(#\|$\)' "${lists[@]}")

# Debian has no ruff: it goes to a folder of its own, named for the version that pyproject.toml asks for.
install_ruff() {
    local version folder
    version=$(sed -n 's/^required-version = "==\([^"]*\)".*/\1/p' "$scripts/../pyproject.toml")
    folder=${XDG_CACHE_HOME:-~/.cache}/kickmsg/ruff-$version
    [ "$("$folder/bin/ruff" --version 2>/dev/null)" = "ruff $version" ] && return
    echo "bootstrap: installing ruff $version into $folder"
    python3 -m venv "$folder" && "$folder/bin/pip" install --quiet --disable-pip-version-check "ruff==$version" && return
    echo "bootstrap: ruff $version could not be had from PyPI: the stage lint skips the two checks of it" >&2
}

# The library that finds change points in the trends over time (analysis/trends.py); there is no package of it either.
install_ruptures() {
    local version folder
    version=$(sed -n 's/^ruptures==//p' "$scripts/../analysis/requirements.txt")
    folder=${XDG_CACHE_HOME:-~/.cache}/kickmsg/ruptures-$version
    [ -d "$folder/ruptures" ] && return
    echo "bootstrap: installing ruptures $version into $folder"
    python3 -m venv "$folder.venv" && "$folder.venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --target "$folder" "ruptures==$version" &&
        rm -r "$folder.venv" && return
    rm -rf "$folder.venv" "$folder"
    echo "bootstrap: ruptures $version could not be had from PyPI: pages over time search no change points, and tests of them are skipped" >&2
}

# The C code of the peer aeron asks for a CMake that Debian 12 has not.
install_cmake_of_peers() {
    local version=4.4.5 folder
    folder=${XDG_CACHE_HOME:-~/.cache}/kickmsg/cmake-$version
    printf '3.30\n%s\n' "$(cmake --version 2>/dev/null | sed -n 's/^cmake version //p')" | sort -C -V && return
    [ -x "$folder/bin/cmake" ] && return
    echo "bootstrap: installing CMake $version into $folder"
    python3 -m venv "$folder" && "$folder/bin/pip" install --quiet --disable-pip-version-check "cmake==$version" && return
    rm -rf "$folder"
    echo "bootstrap: CMake $version could not be had from PyPI: the peer aeron is not measured" >&2
}

# What the package manager has not.
install_from_pypi() {
    [ -z "$with_peers" ] || install_cmake_of_peers
    install_ruff
    install_ruptures
    python3 "$scripts/python_tools.py"
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    missing=()
    for tool in c++ cmake ninja git python3 clang-format clang-tidy doxygen shellcheck pkg-config; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        install_from_pypi
        exit
    fi
    echo "bootstrap: this is not Debian or Ubuntu, and these are missing: ${missing[*]}" >&2
    echo "bootstrap: install them, and what Debian calls: ${wanted[*]}" >&2
    exit 1
fi

# A package also counts as there when another one provides it (pkgconf provides pkg-config).
installed=$(dpkg-query -W -f '${db:Status-Abbrev}|${Package}, ${Provides}\n' | sed -n 's/^.i.*|//p' | tr ',' '\n' | sed 's/^ *//; s/[ :].*//')
mapfile -t missing < <(printf '%s\n' "${wanted[@]}" | grep -vxF -e "$installed")
if [ ${#missing[@]} -eq 0 ]; then
    install_from_pypi
    exit
fi

if [ "$(id -u)" -ne 0 ]; then
    echo "bootstrap: missing packages: ${missing[*]}" >&2
    echo "bootstrap: have them installed by: sudo apt-get update && sudo apt-get install -y ${missing[*]}" >&2
    exit 1
fi
echo "bootstrap: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get -qq -o Acquire::Retries=3 update </dev/null
apt-get -qq -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 install -y --no-install-recommends "${missing[@]}" </dev/null
install_from_pypi
