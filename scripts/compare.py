"""The paired test of a change against a base; called by compare.sh."""

import argparse
import json
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy

from harness import documents, noise, paired, subjects
from harness.run import ROOT, fresh_prefix

PAIRS = 24
SECONDS = 0.003  # of a round
ROUNDS = 2  # of each row in a process: it takes 0.1 s, so that both of a pair meet the same neighbours on the machine
PROCESS_LIMIT = 120
# Single-threaded rows are gated; what two processes do is plotted.
GATED = (
    "op/send_receive/size:64/receive:copy",
    "op/send_receive/size:64/receive:view",
    "op/publish_receive/rings:8",
    "op/publish_receive/rings:16",
)  # of those that every mode measures
PLOTTED = ("rtt/(peer:kickmsg/)?size:64/receive:copy/mode:spin(/payload:touch)?",)
PLANTED = 0.20
BURN_FIRST, BURN_MOST, BURN_PAIRS = 16, 1 << 20, 24  # turns, where the search for PLANTED begins and where it gives up; of each
STALL_MS = 10
STALL_CELL = "open/.*load:50/size:64(/.*)?"
AA_RUNS, LEAST_SAME = 50, 48
PLANTED_RUNS, LEAST_CAUGHT = 20, 19

EPILOG = """\
Two commits, or a commit and the working tree, are built with the benchmarks of this checkout. Fresh processes of both run in the order
A B B A; each pair gives the logarithm of B over A for each row, and the sign test an interval of the median. A single-threaded row
fails when the lower end of the slowdown lies above 5 % and above the 99th percentile of what equal builds differ by on this machine
(--calibrate; kept under ~/.cache/kickmsg, see scripts/harness/noise.py). Rows of two processes are told, never gated.
Exit status: 0 not slower, 1 slower, 2 could not be compared."""


class Meter:
    """Runs the benchmarks once in a process of their own."""

    def __init__(self, say, rounds=ROUNDS, seconds=SECONDS):
        self.say, self.rounds, self.seconds = say, rounds, seconds

    def once(self, program, cells, burn="", extra=()):
        """Returns: {row: its row of the JSON}."""
        return {row["name"]: row for row in self.document(program, cells, burn, extra)["benchmarks"]}

    def document(self, program, cells, burn="", extra=()):
        """Returns: the JSON."""
        with tempfile.TemporaryDirectory(dir=subjects.FOLDER) as out:
            command = [
                program,
                "--quick",
                "--rounds",
                str(self.rounds),
                "--seconds",
                str(self.seconds),
                "--out",
                out,
                *extra,
                "--cells",
                *cells,
            ]
            inherited = {name: value for name, value in os.environ.items() if not name.startswith("BENCHMARK_")}
            env = {"KICKMSG_TEST_PREFIX": fresh_prefix(), **inherited, "KICKMSG_BENCH_BURN": burn, "LC_ALL": "C.UTF-8"}
            try:
                done = subprocess.run(
                    command,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    timeout=PROCESS_LIMIT,
                    check=False,
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise subjects.Broken(f"{subjects_name(program)}: {error}") from error
            if done.returncode != 0:
                last = done.stdout.decode("utf-8", "replace").strip().splitlines()[-3:]
                raise subjects.Broken(f"{subjects_name(program)}: exit status {done.returncode}: {' | '.join(last)}")
            return json.loads((Path(out) / "bench.json").read_text(encoding="utf-8"))

    def values(self, program, burn="", cells=GATED):
        """Returns: {row: nanoseconds}."""
        return {name: value_of(row) for name, row in self.once(program, cells, burn).items()}

    def sides(self, programs, pairs, burns=("", "")):
        """Returns: [(side, {row: ns})] in the order A B B A: a process each for the gated rows, then for the others. Each pair runs
        copies of its own: where the pages of a file lie makes the same code some percent faster or slower for as long as they stay."""
        runs = []
        for pair in range(pairs):
            latest = {side: {} for side in paired.order(pair)}
            staged = {side: subjects.stage(programs["AB".index(side)], side) for side in latest}
            for cells in (GATED, PLOTTED):
                for side, values in latest.items():
                    values.update(self.values(staged[side], burns["AB".index(side)], cells))
            runs += latest.items()
            first = next(iter(latest["A"]))
            self.say(f"  pair {pair + 1}/{pairs}  {first}  A {latest['A'][first]:.1f} ns  B {latest['B'][first]:.1f} ns")
        return runs


def subjects_name(program):
    return Path(program).parent.name + "/" + Path(program).name


def value_of(row):
    """The least of the rounds' means, for a neighbour or the hypervisor only ever adds; of a distribution the middle of their medians."""
    values = row.get("round_mean_ns") or row.get("round_p50_ns")
    if not values or min(values) <= 0:
        raise subjects.Broken(f"{row['name']}: no time in its row")
    return min(values) if "round_mean_ns" in row else statistics.median(values)


def is_gated(name):
    return name in GATED


def compare(runs, history):
    """Returns: a Comparison for each row."""
    comparisons = []
    for name in runs[0][1]:
        logs, nulls = paired.log_ratios([(side, values[name]) for side, values in runs])
        most = paired.threshold(noise.of_row(history, name))
        comparisons.append(paired.Comparison(name, is_gated(name), logs, most, nulls))
    return comparisons


def line_of(row):
    low, high = row.interval
    kind = row.verdict if row.gated else f"{row.verdict} (not gated)"
    return f"{row.name:<44} {row.median:+7.1%}  [{low:+.1%}, {high:+.1%}]  threshold {row.threshold:.1%}  {kind}"


def differences(comparisons):
    return {row.name: row.certain_difference for row in comparisons}


def burn_for(meter, program):
    """Returns: KICKMSG_BENCH_BURN that makes each row PLANTED slower, and by how much it did. Some of a burn hides behind what the
    processor has to wait for anyway: it is doubled until it costs enough, and then chosen between two that were measured."""
    names = list(meter.values(program))
    measured = {name: [(0, 0.0)] for name in names}
    count = BURN_FIRST
    while min(points[-1][1] for points in measured.values()) < 1.2 * PLANTED:
        if count > BURN_MOST:
            raise subjects.Broken(f"planted turns take no time ({BURN_MOST} of them): {', '.join(names)}")
        for name, share in effect(meter, program, dict.fromkeys(names, count)).items():
            measured[name].append((count, max(share, measured[name][-1][1] + 1e-6)))
        count *= 2
    turns = {name: max(1, round(float(numpy.interp(PLANTED, *reversed(list(zip(*points))))))) for name, points in measured.items()}
    return in_words(turns), effect(meter, program, turns)


def in_words(turns):
    return ";".join(f"{name}={count}" for name, count in turns.items())


def effect(meter, program, turns):
    """The median share by which each row is slower with its turns than without, over pairs in the order A B B A."""
    logs = {name: [] for name in turns}
    for pair in range(BURN_PAIRS):
        staged = subjects.stage(program, "A")
        runs = {side: meter.values(staged, in_words(turns) if side == "B" else "") for side in paired.order(pair)}
        for name, values in logs.items():
            values.append(math.log(runs["B"][name] / runs["A"][name]))
    return {name: math.expm1(statistics.median(values)) for name, values in logs.items()}


def repeat(meter, programs, options, history, count, what, burns=("", "")):
    """Runs `count` whole comparisons. Returns: their lists of Comparison."""
    results = []
    for number in range(count):
        began = time.monotonic()
        results.append(compare(meter.sides(programs, options.pairs, burns), history))
        failing = [row.name for row in results[-1] if row.fails]
        meter.say(
            f"{what} {number + 1}/{count}: {'slower: ' + ', '.join(failing) if failing else 'same'}  ({time.monotonic() - began:.0f} s)"
        )
    return results


def stall(meter, program):
    """Open loop without and with an injected stall: {what: [p50, p99.9]}."""
    found = {}
    for what, extra in (("without", ()), ("with", ("--inject-stall-ms", str(STALL_MS)))):
        rows = [row for _ in range(3) for row in Meter(meter.say, 1, 0.5).once(program, (STALL_CELL,), extra=extra).values()]
        if any("p99.9_ns" not in row for row in rows):
            raise subjects.Broken(f"{STALL_CELL}: too few messages for a p99.9")
        found[what] = [statistics.median(row[key] for row in rows) for key in ("p50_ns", "p99.9_ns")]
    return {"stall_ms": STALL_MS, **found}


def stall_shows(found):
    """The stall moves the p99.9 by a good part of itself, and the p50 by less than a half."""
    (p50, tail), (stalled_p50, stalled_tail) = found["without"], found["with"]
    return stalled_tail > tail + 0.2e6 * STALL_MS and stalled_p50 < 1.5 * p50


def accept(meter, program, options, known):
    """The acceptance of the gate itself. Returns: its part of the JSON; `ok` says whether it holds."""
    programs = [program, program]
    before = noise.load(known)
    equal = repeat(meter, programs, options, before, options.aa, "A/A")
    noise.add(known, [differences(rows) for rows in equal])
    burn, planted_by = burn_for(meter, program)
    meter.say("planted: " + ", ".join(f"{name} {share:+.1%}" for name, share in planted_by.items()))
    planted = repeat(meter, programs, options, noise.load(known), options.planted, f"planted {PLANTED:+.0%}", ("", burn))
    same = sum(not any(row.fails for row in rows) for rows in equal)
    caught = sum(any(row.fails for row in rows) for rows in planted)
    part = {
        "aa": {"runs": len(equal), "same": same, "rows": [[row.as_json() for row in rows] for rows in equal]},
        "planted": {
            "by": PLANTED,
            "burn": burn,
            "measured": planted_by,
            "runs": len(planted),
            "caught": caught,
            "caught_by_row": {row.name: sum(rows[i].fails for rows in planted) for i, row in enumerate(planted[0])} if planted else {},
            "rows": [[row.as_json() for row in rows] for rows in planted],
        },
    }
    part["ok"] = same * AA_RUNS >= LEAST_SAME * len(equal) and caught * PLANTED_RUNS >= LEAST_CAUGHT * len(planted)
    if not options.no_stall:
        part["stall"] = stall(meter, program)
        part["stall"]["ok"] = stall_shows(part["stall"])
        part["ok"] = part["ok"] and part["stall"]["ok"]
    return part


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="scripts/compare.sh",
        description="Whether a change makes kickmsg slower than a base.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("base", metavar="BASE", help="a commit: hash, branch or tag")
    parser.add_argument("head", metavar="HEAD", nargs="?", help="another (default: the working tree as it is)")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="of runs, even, at least 6 (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=subjects.FOLDER, metavar="DIR", help="for compare.json (default: build/compare)")
    parser.add_argument("--calibrate", type=int, metavar="N", help="compare BASE with itself N times, and keep what it differs by")
    parser.add_argument(
        "--accept",
        action="store_true",
        help=f"the acceptance of this test: BASE against itself, and with {PLANTED * 100:+.0f} %% planted, and a stall in the open loop",
    )
    parser.add_argument("--aa", type=int, default=AA_RUNS, metavar="N", help="runs of --accept with equal builds (default: %(default)s)")
    parser.add_argument("--planted", type=int, default=PLANTED_RUNS, metavar="N", help="… with the plant (default: %(default)s)")
    parser.add_argument("--no-stall", action="store_true", help="--accept without the open loop")
    options = parser.parse_args(arguments)
    if options.pairs < 6 or options.pairs % 2 != 0:
        parser.error(f"--pairs {options.pairs}: expected an even number from 6 on")
    if options.head and (options.accept or options.calibrate):
        parser.error("--accept and --calibrate compare BASE with itself: leave out HEAD")
    return options


def say(text):
    print(text, file=sys.stderr, flush=True)


def report(options, document):
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "compare.json"
    documents.write(path, document)
    shown = path.resolve()
    print(shown.relative_to(ROOT) if shown.is_relative_to(ROOT) else path)


def main(arguments):
    options = parse(arguments)
    known = noise.fingerprint()
    meter = Meter(say)
    program, base = subjects.build(options.base, say)
    document = {"machine": known, "pairs": options.pairs, "confidence": paired.CONFIDENCE, "base": base}
    if options.accept:
        document["acceptance"] = accept(meter, program, options, known)
        report(options, document)
        aa, planted = document["acceptance"]["aa"], document["acceptance"]["planted"]
        print(f"A/A: {aa['same']} of {aa['runs']} same; planted: {planted['caught']} of {planted['runs']} caught")
        return 0 if document["acceptance"]["ok"] else 1
    if options.calibrate:
        equal = repeat(meter, [program, program], options, noise.load(known), options.calibrate, "A/A")
        print(f"kept in {noise.add(known, [differences(rows) for rows in equal]).name}")
        return 0
    other, document["head"] = subjects.build(options.head, say)
    history = noise.load(known)
    if not history:
        say("no A/A run of this machine is known (--calibrate): the threshold is 5 % alone")
    rows = compare(meter.sides([program, other], options.pairs), history)
    document.update(aa_runs=len(history), rows=[row.as_json() for row in rows], fails=[row.name for row in rows if row.fails])
    print("\n".join(line_of(row) for row in rows))
    report(options, document)
    print(f"slower: {', '.join(document['fails'])}" if document["fails"] else "not slower")
    return 1 if document["fails"] else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (subjects.Broken, OSError) as broken:
        say(re.sub(r"^\s*", "compare.sh: ", str(broken), count=1))
        sys.exit(2)
