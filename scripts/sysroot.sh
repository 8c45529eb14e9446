#!/usr/bin/env bash
# Unpacks Debian packages of another architecture into a folder, for cross builds to find; installs nothing and needs no root.
# usage: sysroot.sh ARCHITECTURE FOLDER PACKAGE...
# The packages come from where this machine's apt gets its own. Does nothing when the folder has them already.
set -euo pipefail
[ $# -ge 3 ] || { echo "usage: sysroot.sh ARCHITECTURE FOLDER PACKAGE..." >&2; exit 2; }
architecture=$1 folder=$2
shift 2
done_mark="$folder/.packages"
[ -f "$done_mark" ] && [ "$(cat "$done_mark")" = "$*" ] && exit 0
command -v apt-get >/dev/null || { echo "sysroot.sh: there is no apt-get: it unpacks Debian's packages" >&2; exit 1; }

rm -rf "$folder"
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
state=$(mktemp -d "$folder/.apt-XXXXXX")
trap 'rm -rf "$state"' EXIT
mkdir -p "$state"/{lists,archives}/partial
: >"$state/status"
export APT_CONFIG="$state/apt.conf"
cat >"$APT_CONFIG" <<CONFIG
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "$(id -un)";
Acquire::Retries "3";
Dir::State "$state";
Dir::State::Lists "$state/lists";
Dir::State::status "$state/status";
Dir::Cache "$state";
CONFIG
apt-get -qq update </dev/null
(cd "$state" && apt-get -qq download "$@" </dev/null)
for package in "$state"/*.deb; do
    dpkg-deb -x "$package" "$folder"
done
echo "$*" >"$done_mark"
