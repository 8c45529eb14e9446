#!/usr/bin/env bash
# Runs a Linux program of another processor under Debian's qemu-user, with the libraries of Debian's cross compiler.
# usage: qemu.sh PROGRAM ARGUMENT...
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: qemu.sh PROGRAM ARGUMENT..." >&2; exit 2; }

# The machine in the ELF header: two bytes at 18, their order by byte 5.
read -r class order <<<"$(od -An -tu1 -j4 -N2 "$1")"
read -r first second <<<"$(od -An -tu1 -j18 -N2 "$1")"
[ "$order" = 2 ] && machine=$((first * 256 + second)) || machine=$((second * 256 + first))
case $class/$machine in
    2/183) processor=aarch64 ;;
    2/243) processor=riscv64 ;;
    2/22) processor=s390x ;;
    *)
        echo "qemu.sh: $1: expected a 64-bit ELF program for aarch64, riscv64 or s390x, found class $class, machine $machine" >&2
        exit 1
        ;;
esac
command -v "qemu-$processor" >/dev/null || {
    echo "qemu.sh: there is no qemu-$processor (Debian: package qemu-user)" >&2
    exit 1
}
exec "qemu-$processor" -L "/usr/$processor-linux-gnu" "$@"
