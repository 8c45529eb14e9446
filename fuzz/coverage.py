#!/usr/bin/env python3
"""Counts the lines of lib/ that the fuzz corpora run, each input once, and requires all of the attach path (attach_path.py).

    fuzz/coverage.py --build DIR [--json FILE]

DIR is a build of the preset fuzz-coverage. The target `mutator` is left out: what it runs is up to the machine. Exit status: 0
when the attach path is run, but for the lines that attach_path.py argues, and each of those is not.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from attach_path import ARGUED, FUNCTIONS

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = ("mutator",)


class Broken(Exception):
    """The harness itself could not do its work."""


def command(argv, **more):
    done = subprocess.run(
        list(map(str, argv)), stdin=subprocess.DEVNULL, capture_output=True, check=False, text=True, errors="replace", **more
    )
    if done.returncode:
        raise Broken(f"{argv[0]} failed with exit status {done.returncode}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def tool(name):
    """The program of the compiler's own version: formats differ between versions."""
    compiler = shutil.which("clang++")
    beside = Path(os.path.realpath(compiler)).parent / name if compiler else None
    if beside is None or not beside.exists():
        raise Broken(f"{name} is not beside clang++: install the packages of scripts/packages.txt")
    return beside


def targets():
    names = sorted(file.name.removesuffix("_fuzz.cc") for file in (ROOT / "fuzz").glob("*_fuzz.cc"))
    return [name for name in names if name not in LEFT_OUT]


def run_corpora(build):
    """Every input once, in a process for each target. Returns: the merged profile."""
    raw = []
    for target in targets():
        inputs = sorted((ROOT / "fuzz/corpus" / target).iterdir())
        if not inputs:
            raise Broken(f"fuzz/corpus/{target} is empty")
        raw.append(build / f"{target}.profraw")
        raw[-1].unlink(missing_ok=True)
        command([build / f"kickmsg_fuzz_{target}", *inputs], env={**os.environ, "LLVM_PROFILE_FILE": str(raw[-1])}, timeout=300)
    merged = build / "all.profdata"
    command([tool("llvm-profdata"), "merge", "-sparse", "-o", merged, *raw])
    return merged


def export(build, profile, form):
    first, *others = [build / f"kickmsg_fuzz_{target}" for target in targets()]
    return command(
        [tool("llvm-cov"), "export", f"-format={form}", f"-instr-profile={profile}", first, *(f"-object={other}" for other in others)]
    )


def lines_of(lcov):
    """Returns: {file: {line: times}} of lib/, without its tests."""
    files, lines = {}, None
    for row in lcov.splitlines():
        if row.startswith("SF:"):
            name = os.path.relpath(row[3:], ROOT)
            lines = files.setdefault(name, {}) if name.startswith(("lib/src/", "lib/include/")) else None
        elif row.startswith("DA:") and lines is not None:
            line, times = map(int, row[3:].split(",")[:2])
            lines[line] = max(lines.get(line, 0), times)
    return files


def plain(name):
    """A demangled name without template arguments, parameters, return type and unnamed namespaces."""
    name = re.sub(r"\[abi:\w+\]", "", name.replace("(anonymous namespace)::", "").replace("operator<", "operator "))
    while re.search(r"<[^<>]*>", name):
        name = re.sub(r"<[^<>]*>", "", name)
    return name.split("(")[0].split(" ")[-1]


def functions_of(document):
    """Returns: {plain name: {(file, first line, last line)}} of lib/, without lambdas: they lie in their functions."""
    found = {}
    functions = [function for part in json.loads(document)["data"] for function in part["functions"]]
    mangled = [function["name"].split(":")[-1] for function in functions]
    demangled = subprocess.run(
        [tool("llvm-cxxfilt")], input="\n".join(mangled), stdout=subprocess.PIPE, text=True, check=True
    ).stdout.splitlines()
    for function, name in zip(functions, demangled):
        own = [region for region in function["regions"] if region[5] == 0 and region[7] == 0]
        file = os.path.relpath(function["filenames"][0], ROOT)
        if own and "$_" not in name and "{lambda" not in name:
            span = (file, min(region[0] for region in own), max(region[2] for region in own))
            found.setdefault(plain(name), set()).add(span)
    return found


def attach_path(files, functions):
    """Returns: what is said of it, and what is wrong with it."""
    counts, wrong, unused = {"functions": len(FUNCTIONS), "lines": 0, "run": 0, "argued": 0}, [], set(ARGUED)
    for name in FUNCTIONS:
        if not functions.get(name):
            wrong.append(f"{name}: there is no such function")
        for file, first, last in sorted(functions.get(name, ())):
            text = [line.strip() for line in (ROOT / file).read_text(encoding="utf-8").splitlines()]
            argued = False  # the line of code before it
            for line, times in sorted(files.get(file, {}).items()):
                if not first <= line <= last:
                    continue
                counts["lines"] += 1
                if times:
                    counts["run"] += 1
                    argued = False
                elif (name, text[line - 1]) in ARGUED or (text[line - 1] == "}" and argued):
                    counts["argued"] += 1
                    unused.discard((name, text[line - 1]))
                    argued = True
                else:
                    argued = False
                    wrong.append(f"{file}:{line}: {name}: no input runs '{text[line - 1]}'")
    wrong += [f"{name}: '{line}' is argued, but run or not there" for name, line in sorted(unused)]
    return {**counts, "wrong": wrong}


def measured(build):
    """Returns: the document of a measurement."""
    profile = run_corpora(build)
    files = lines_of(export(build, profile, "lcov"))
    rows = [
        {"file": file, "lines": len(found), "run": sum(1 for times in found.values() if times)} for file, found in sorted(files.items())
    ]
    if not rows:
        raise Broken("no line of lib/ was counted")
    return {
        "targets": targets(),
        "files": rows,
        "lines": sum(row["lines"] for row in rows),
        "run": sum(row["run"] for row in rows),
        "attach_path": attach_path(files, functions_of(export(build, profile, "text"))),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    try:
        found = measured(options.build.resolve())
    except (Broken, subprocess.TimeoutExpired) as broken:
        print(f"coverage: {broken}")
        return 2
    for row in found["files"]:
        print(f"{row['file']:<50} {row['run']:>5} of {row['lines']:>5} lines  {100 * row['run'] / row['lines']:5.1f} %")
    path = found["attach_path"]
    percent = 100 * found["run"] / found["lines"]
    print(f"lib/: {found['run']} of {found['lines']} lines, {percent:.1f} %, by the corpora of {', '.join(found['targets'])}")
    print(f"attach path: {path['run']} of {path['lines']} lines of {path['functions']} functions, {path['argued']} argued")
    for fault in path["wrong"]:
        print(f"attach path: {fault}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 1 if path["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
