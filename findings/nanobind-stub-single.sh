#!/usr/bin/env bash
# What:   nanobind's stub generator over a module whose class has one name in __match_args__, and a function whose default is a
#         tuple of one.
# Guess:  a stub has the values that the module has: what Python prints of a tuple of one, with its comma.
# Seen:   the comma is missing: ('x') is a str and (1) an int. A tuple of two is right. mypy refuses the stub of such a class, for it
#         declares a tuple and assigns a str; a default of a function changes its type in silence.
# Matter: a class that is matched by one position has to be mended in the stub by a pattern file, and the stub be checked where it is
#         made, not where it is used.
# Date:   2026-11-30
set -euo pipefail
nanobind=3.1.0
mypy=2.4.1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check "nanobind==$nanobind" "mypy==$mypy"

cat >shapes.py <<'PYTHON'
class Point:
    __match_args__ = ("x",)


class Pair:
    __match_args__ = ("x", "y")


def corners(of=("left",)): ...
PYTHON
tools/bin/python -m nanobind.stubgen -m shapes -i . -O made -q
cat made/shapes.pyi
checked=$(tools/bin/mypy made/shapes.pyi || true)
echo "$checked"

expect()
{
    grep -qF -- "$1" <<<"$2" || { echo "changed: expected '$1'" >&2; exit 1; }
}
stub=$(cat made/shapes.pyi)
expect "__match_args__: tuple = ('x')" "$stub"
expect "__match_args__: tuple = ('x', 'y')" "$stub"
expect "def corners(of=('left'))" "$stub"
expect 'expression has type "str", variable has type "tuple' "$checked"
echo "as seen: nanobind $nanobind, mypy $mypy"
