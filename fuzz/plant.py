#!/usr/bin/env python3
"""Plants faults in a copy of the library, one at a time; the fuzz target of each must find it, from the seeds that are checked in.

    fuzz/plant.py --build DIR [--only NAME ...] [--seconds N] [--seed S] [--json FILE]

The names are those of the rows of models/faults.md that F owns. Exit status: 0 when every fault was found.
"""

import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))
from harness import planting

CORE = "lib/include/kickmsg/core/"
MARKS = ("FOUND:", "SUMMARY:", "runtime error:")
GRACE_SECONDS = 120  # a target ends after the input at hand


def Fault(name, target, file, sound, broken):
    """A text that occurs once, the text in its place, and the target that must report it."""
    return planting.Fault(name, ((file, sound, broken),), (target,))


# fmt: off
FAULTS = (
    Fault("offsets-not-compared", "attach", "lib/src/RegionHeader.cc", "if (!(found == expected)) {", "if (false) {"),
    Fault("names-meet-silently", "names", "lib/src/Identity.cc", "owner == other.owner && text == other.text", "owner == other.owner"),
    Fault("alignment-not-checked", "config", "lib/src/Geometry.cc",
          'check_power_of_two("payload_alignment", cfg.payload_alignment);', ""),
    Fault("loss-counted-short", "operations", CORE + "Receiver.h", "lost_ += oldest - position_;", "lost_ += oldest - position_ - 1;"),
    Fault("slot-index-not-checked", "words", CORE + "Receiver.h", " && Entry::slot(seen) < layout_.pool_size()", ""),
    # The value that is used is not the one that was checked: only somebody who writes in between tells them apart. A few
    # nanoseconds pass there: a turn of the others is put between the two.
    Fault("length-read-twice", "mutator", "lib/src/SubscriberState.h",
          "std::memcpy(room, layout_.payload(message.taken.slot), message.length);",
          "sched_yield();\n"
          "std::memcpy(room, layout_.payload(message.taken.slot), layout_.slot(message.taken.slot).length.load());"),
    Fault("entry-read-twice", "mutator", CORE + "Receiver.h",
          "laps == 0 && is_message(seen)) {\n            if (Taken const taken = take_from(entry, seen))",
          "laps == 0 && is_message(seen)) {\n            if (Taken const taken = take_from(entry, (sched_yield(), entry.load())))"),
    Fault("claim-of-the-living-reset", "schema", CORE + "SchemaSlot.h", " && !env.is_alive(OwnerWord::incarnation(word));",
          " && (!env.is_alive(OwnerWord::incarnation(word)) || true);"),
    Fault("schema-name-does-not-end", "schema", "lib/src/Region.cc", "    info.name[sizeof(info.name) - 1] = '\\0';\n", ""),
)
# fmt: on


class Targets(planting.Lens):
    """Judges by the fuzz targets: one has to end with a report."""

    def add_options(self, parser):
        parser.add_argument("--seconds", type=int, default=60, help="for each fault")
        parser.add_argument("--seed", type=int, default=1)

    def targets(self, faults):
        return sorted({f"kickmsg_fuzz_{target}" for fault in faults for target in fault.by})

    def unpatched(self, copy, faults):
        """Every seed once."""
        reports = {target: search(copy, "unpatched-" + target, target, "-runs=0") for target in sorted({fault.by[0] for fault in faults})}
        return [f"{target} reports in the unpatched copy: {report}" for target, report in reports.items() if report], None

    def judge(self, copy, fault, _kept):
        started = time.monotonic()
        report = search(copy, fault.name, fault.by[0], f"-max_total_time={copy.options.seconds}", f"-seed={copy.options.seed}")
        wrong = [] if report else [f"{fault.by[0]} does not find it in {copy.options.seconds} s"]
        return wrong, f"found in {time.monotonic() - started:.1f} s: {report}"


def search(copy, name, target, *options):
    """Runs a target until it reports. Returns: the report's line, or None."""
    new = copy.logs / f"corpus-{name}"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    status = copy.execute(
        name,
        [
            copy.build / f"kickmsg_fuzz_{target}",
            *options,
            "-timeout=20",
            "-max_len=16384",
            f"-artifact_prefix={copy.logs}/{name}-",
            new,
            copy.tree / "fuzz/corpus" / target,
        ],
        copy.options.seconds + GRACE_SECONDS,
    )
    log = copy.logs / f"{name}.log"
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if any(mark in line for mark in MARKS)]
    if status is None or any("the harness:" in line for line in lines):
        raise planting.Broken(f"{name}: {lines[0] if lines else 'no end'}: {log}")
    return lines[0] if status and lines else None


LENS = Targets(
    owner="F",
    faults=FAULTS,
    program="",
    copied=("CMakeLists.txt", "lib", "testkit", "fuzz"),
    options=("-DCMAKE_CXX_COMPILER=clang++", "-DKICKMSG_BUILD_FUZZERS=ON", "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DCMAKE_CXX_FLAGS="),
)

if __name__ == "__main__":
    sys.exit(planting.main(LENS))
