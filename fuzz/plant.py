#!/usr/bin/env python3
"""Plants a fault for each fuzz target in a copy of the library; the target must find it, from the seeds that are checked in.

    fuzz/plant.py --build DIR [--only TARGET ...] [--seconds N] [--seed S] [--json FILE]

Exit status: 0 when every fault was found.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("CMakeLists.txt", "lib", "fuzz")

# target: (what is wrong, file, text, its replacement)
FAULTS = {
    "attach": ("offsets not compared with the geometry", "lib/src/Header.cc", "if (!(found == expected)) {", "if (false) {"),
    "names": ("two user names meet silently", "lib/src/Header.cc", "owner == other.owner && text == other.text",
              "owner == other.owner"),
    "config": ("any payload alignment is laid out", "lib/src/Geometry.cc",
               'check_power_of_two("payload_alignment", cfg.payload_alignment);', ""),
    "operations": ("a loss by overtaking is counted one short", "lib/include/kickmsg/core/Receiver.h",
                   "lost_ += oldest - position_;", "lost_ += oldest - position_ - 1;"),
    "words": ("slot index not checked", "lib/include/kickmsg/core/Receiver.h", "|| Entry::slot(seen) >= layout_.pool_size()", ""),
}


class Broken(Exception):
    """The harness itself could not do its work."""


def command(argv, log):
    with open(log, "ab") as output:
        if subprocess.run(list(map(str, argv)), stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False).returncode:
            raise Broken(f"{argv[0]} failed: {log}")


def planted(text, fault):
    """The text of a file with the fault in it."""
    _, name, sound, broken = fault
    if text.count(sound) != 1:
        raise Broken(f"{name} has '{sound}' {text.count(sound)} times: the fault no longer fits")
    return text.replace(sound, broken)


def prepare(folder):
    """A fresh copy, configured. Returns: its tree and its build folder."""
    tree, build = folder / "tree", folder / "build"
    shutil.rmtree(tree, ignore_errors=True)
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, tree / name)
    command(["cmake", "-G", "Ninja", "-S", tree, "-B", build, "-DCMAKE_CXX_COMPILER=clang++", "-DBUILD_FUZZERS=ON",
             "-DCMAKE_BUILD_TYPE=RelWithDebInfo"], folder / "build.log")
    return tree, build


def search(program, tree, target, options, folder):
    """Runs a target until it reports. Returns: seconds and the report's line; None when it found nothing."""
    log, new = folder / f"{target}.log", folder / f"corpus-{target}"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    started = time.monotonic()
    with open(log, "wb") as output:
        done = subprocess.run([program, f"-max_total_time={options.seconds}", f"-seed={options.seed}", "-timeout=20", "-max_len=16384",
                               f"-artifact_prefix={folder}/{target}-", new, tree / "fuzz/corpus" / target], check=False,
                              stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=options.seconds + 120)
    marks = ("FOUND:", "SUMMARY:", "runtime error:")
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if any(mark in line for mark in marks)]
    return (time.monotonic() - started, lines[0]) if done.returncode and lines else None


def plant(target, tree, build, options):
    """Returns: the row of a fault."""
    fault = FAULTS[target]
    file = tree / fault[1]
    sound = file.read_text(encoding="utf-8")
    file.write_text(planted(sound, fault), encoding="utf-8")
    try:
        command(["cmake", "--build", build, "--target", f"kickmsg_fuzz_{target}"], options.build / "build.log")
        found = search(build / f"kickmsg_fuzz_{target}", tree, target, options, options.build)
    finally:
        file.write_text(sound, encoding="utf-8")
    for region in Path("/dev/shm").glob(os.environ.get("KICKMSG_TEST_PREFIX", "kmplant") + "_*"):
        region.unlink(missing_ok=True)
    return {"target": target, "fault": fault[0], "found": bool(found), "seconds": round(found[0], 1) if found else options.seconds,
            "report": found[1] if found else ""}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--only", nargs="*", choices=FAULTS, default=list(FAULTS))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.build.mkdir(parents=True, exist_ok=True)
    os.environ["KICKMSG_TEST_PREFIX"] = os.environ.get("KICKMSG_TEST_PREFIX", f"kmplant{os.getpid()}")
    tree, build = prepare(options.build)
    rows = []
    for target in options.only:
        rows.append(plant(target, tree, build, options))
        print(f"{target}: {rows[-1]['fault']}: " + (f"found in {rows[-1]['seconds']} s: {rows[-1]['report']}" if rows[-1]["found"]
                                                    else f"NOT found in {options.seconds} s"), flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0 if all(row["found"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
