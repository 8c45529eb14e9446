#!/usr/bin/env python3
"""Plants faults in a copy of the library, one at a time; the fuzz target of each must find it, from the seeds that are checked in.

    fuzz/plant.py --build DIR [--only NAME ...] [--seconds N] [--seed S] [--json FILE]

Exit status: 0 when every fault was found.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("CMakeLists.txt", "lib", "testkit", "fuzz")

TABLE = ROOT / "models/faults.md"
CORE = "lib/include/kickmsg/core/"


@dataclass(frozen=True)
class Fault:
    name: str  # a row of models/faults.md that F owns
    target: str  # it must report it
    file: str
    sound: str  # text that occurs exactly once
    broken: str  # text in its place


FAULTS = (
    Fault("offsets-not-compared", "attach", "lib/src/Header.cc", "if (!(found == expected)) {", "if (false) {"),
    Fault("names-meet-silently", "names", "lib/src/Header.cc", "owner == other.owner && text == other.text", "owner == other.owner"),
    Fault("alignment-not-checked", "config", "lib/src/Geometry.cc",
          'check_power_of_two("payload_alignment", cfg.payload_alignment);', ""),
    Fault("loss-counted-short", "operations", CORE + "Receiver.h", "lost_ += oldest - position_;", "lost_ += oldest - position_ - 1;"),
    Fault("slot-index-not-checked", "words", CORE + "Receiver.h", "|| Entry::slot(seen) >= layout_.pool_size()", ""),
    # The value that is used is not the one that was checked: only somebody who writes in between tells them apart. A few
    # nanoseconds pass there: a turn of the others is put between the two.
    Fault("length-read-twice", "mutator", "lib/src/SubscriberState.h",
          "std::memcpy(room, layout_.payload(message.taken.slot), message.length);",
          "sched_yield();\n"
          "std::memcpy(room, layout_.payload(message.taken.slot), layout_.slot(message.taken.slot).length.load());"),
    Fault("entry-read-twice", "mutator", CORE + "Receiver.h", "take_from(entry, seen))", "take_from(entry, (sched_yield(), entry.load())))"),
    Fault("claim-of-the-living-reset", "schema", CORE + "SchemaSlot.h", " && !env.is_alive(OwnerWord::incarnation(word));",
          " && (!env.is_alive(OwnerWord::incarnation(word)) || true);"),
    Fault("schema-name-does-not-end", "schema", "lib/src/Region.cc", "    info.name[sizeof(info.name) - 1] = '\\0';\n", ""),
)


class Broken(Exception):
    """The harness itself could not do its work."""


def command(argv, log):
    with open(log, "ab") as output:
        if subprocess.run(list(map(str, argv)), stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False).returncode:
            raise Broken(f"{argv[0]} failed: {log}")


def planted(text, fault):
    """The text of a file with the fault in it."""
    if text.count(fault.sound) != 1:
        raise Broken(f"{fault.file} has '{fault.sound}' {text.count(fault.sound)} times: {fault.name} no longer fits")
    return text.replace(fault.sound, fault.broken)


def table_faults(text):
    """What is wrong with the rows of F in models/faults.md."""
    cells = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    table = {row[0]: row[2] for row in cells if len(row) == 4 and row[1] == "F"}
    here = {fault.name: fault.target for fault in FAULTS}
    for name in sorted(table.keys() | here.keys()):
        if table.get(name) != here.get(name):
            yield f"{name}: the table says {table.get(name, 'nothing')}, plant.py says {here.get(name, 'nothing')}"


def refresh(tree):
    """Copies what differs, so that an earlier build is of use; removes what is gone."""
    wanted = {file.relative_to(ROOT) for name in COPIED for file in [ROOT / name, *(ROOT / name).rglob("*")] if file.is_file()}
    for name in wanted:
        contents = (ROOT / name).read_bytes()
        if not (tree / name).exists() or (tree / name).read_bytes() != contents:
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_bytes(contents)
    for file in [file for file in tree.rglob("*") if file.is_file() and file.relative_to(tree) not in wanted]:
        file.unlink()


def prepare(folder):
    """A copy of the tree, configured. Returns: its tree and its build folder."""
    tree, build = folder / "tree", folder / "build"
    refresh(tree)
    command(["cmake", "-G", "Ninja", "-S", tree, "-B", build, "-DCMAKE_CXX_COMPILER=clang++", "-DBUILD_FUZZERS=ON",
             "-DCMAKE_BUILD_TYPE=RelWithDebInfo"], folder / "build.log")
    return tree, build


def search(program, tree, fault, options, folder):
    """Runs a target until it reports. Returns: seconds and the report's line; None when it found nothing."""
    log, new = folder / f"{fault.name}.log", folder / f"corpus-{fault.name}"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    started = time.monotonic()
    with open(log, "wb") as output:
        done = subprocess.run([program, f"-max_total_time={options.seconds}", f"-seed={options.seed}", "-timeout=20", "-max_len=16384",
                               f"-artifact_prefix={folder}/{fault.name}-", new, tree / "fuzz/corpus" / fault.target], check=False,
                              stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=options.seconds + 120)
    marks = ("FOUND:", "SUMMARY:", "runtime error:")
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if any(mark in line for mark in marks)]
    if any("the harness:" in line for line in lines):
        raise Broken(f"{fault.name}: {lines[0]}: {log}")
    return (time.monotonic() - started, lines[0]) if done.returncode and lines else None


def plant(fault, tree, build, options):
    """Returns: the row of a fault."""
    file, program = tree / fault.file, f"kickmsg_fuzz_{fault.target}"
    sound = file.read_text(encoding="utf-8")
    file.write_text(planted(sound, fault), encoding="utf-8")
    try:
        command(["cmake", "--build", build, "--target", program], options.build / "build.log")
        found = search(build / program, tree, fault, options, options.build)
    finally:
        file.write_text(sound, encoding="utf-8")
    for region in Path("/dev/shm").glob(os.environ["KICKMSG_TEST_PREFIX"] + "_*"):
        region.unlink(missing_ok=True)
    return {"target": fault.target, "fault": fault.name, "found": bool(found),
            "seconds": round(found[0], 1) if found else options.seconds, "report": found[1] if found else ""}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--only", nargs="*", choices=[fault.name for fault in FAULTS], metavar="NAME")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.build.mkdir(parents=True, exist_ok=True)
    os.environ["KICKMSG_TEST_PREFIX"] = os.environ.get("KICKMSG_TEST_PREFIX", f"kmplant{os.getpid()}")
    tree, build = prepare(options.build)
    rows = []
    for fault in [fault for fault in FAULTS if not options.only or fault.name in options.only]:
        rows.append(plant(fault, tree, build, options))
        print(f"{fault.target}: {fault.name}: " + (f"found in {rows[-1]['seconds']} s: {rows[-1]['report']}" if rows[-1]["found"]
                                                    else f"NOT found in {options.seconds} s"), flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0 if all(row["found"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
