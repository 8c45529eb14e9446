#!/usr/bin/env python3
"""Checks that the test folders stand side by side on one floor: what two of them need is in testkit/, or in lib/test below it.

    lib, lib/test  <-  testkit  <-  models, crash, stress, fuzz, bench

No CMake file of one of these folders names a path of a folder beside or above it, and no source includes a header of such a one.

usage: floor_lint.py [--root FOLDER]
"""

import argparse
import re
import sys
from pathlib import Path

FLOORS = (("lib",), ("testkit",), ("models", "crash", "stress", "fuzz", "bench"))
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
COMMENT = re.compile(r"#.*")


def out_of_reach(folder):
    """The folders beside and above."""
    floor = next(index for index, names in enumerate(FLOORS) if folder in names)
    return [name for names in FLOORS[floor:] for name in names if name != folder]


def sources(folder, suffixes):
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name.endswith(suffixes))


def path_faults(path, text, forbidden):
    """A name with a slash before or behind it is a path."""
    pattern = re.compile(rf"(?:/({'|'.join(forbidden)})(?![\w.-])|(?<![\w.-])({'|'.join(forbidden)})/)")
    for number, line in enumerate(text.splitlines(), 1):
        for found in pattern.finditer(COMMENT.sub("", line)):
            yield f"{path}:{number}: names a path of {found[1] or found[2]}/"


def include_faults(path, text, headers, folder, forbidden):
    """A header is of another folder when its path says so, or when no folder within reach has one of its name."""
    within = {name for other, names in headers.items() if other not in forbidden for name in names}
    for found in INCLUDE.finditer(text):
        parts = Path(found[1]).parts
        others = [name for name in forbidden if name in parts[:-1] or (parts[-1] in headers[name] and parts[-1] not in within)]
        if others:
            number = text.count("\n", 0, found.start()) + 1
            yield f'{path}:{number}: {folder}/ includes "{found[1]}", a header of {others[0]}/'


def lint(root):
    """Returns: (files that were read, faults)."""
    folders = [name for names in FLOORS for name in names]
    headers = {name: {path.name for path in sources(root / name, (".h",))} for name in folders}
    count, faults = 0, []
    for folder in folders:
        forbidden = out_of_reach(folder)
        for path in sources(root / folder, ("CMakeLists.txt", ".cmake")):
            count += 1
            faults += path_faults(path, path.read_text(encoding="utf-8"), forbidden)
        for path in sources(root / folder, (".h", ".cc")):
            count += 1
            faults += include_faults(path, path.read_text(encoding="utf-8"), headers, folder, forbidden)
    return count, [fault.removeprefix(f"{root}/") for fault in faults]


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    count, faults = lint(parser.parse_args(arguments).root)
    for fault in faults:
        print(fault)
    print(f"floor_lint: {count} files, {len(faults)} faults")
    return 0 if count and not faults else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
