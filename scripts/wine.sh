#!/usr/bin/env bash
# Runs a Windows program under Wine, without a display, in a prefix of its own.
# usage: wine.sh PROGRAM ARGUMENT...
#        wine.sh --end                 ends every process of the prefix, Wine's own included
# The prefix is WINEPREFIX, else build/wine of this checkout. Debian's package wine64 keeps its loader out of PATH.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

find_tool() {
    command -v "$1" || { [ -x "/usr/lib/wine/$1" ] && echo "/usr/lib/wine/$1"; } || {
        echo "wine.sh: there is no $1 (Debian: package wine64)" >&2
        exit 1
    }
}

export WINEPREFIX=${WINEPREFIX:-$root/build/wine}
export WINEDEBUG=${WINEDEBUG:--all}
export WINEDLLOVERRIDES=${WINEDLLOVERRIDES:-mscoree,mshtml,winemenubuilder.exe=} # no installers of them, no menus
unset DISPLAY WAYLAND_DISPLAY
if [ "${1:-}" = --end ]; then
    [ -d "$WINEPREFIX" ] || exit 0
    "$(find_tool wineserver64)" -k || true # which says no where none runs
    exit 0
fi
mkdir -p "$(dirname "$WINEPREFIX")"
exec "$(find_tool wine64)" "$@"
