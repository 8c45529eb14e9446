"""Measures commits of the history in turns on this machine, into an archive of runs (analysis/archive.py).

    python3 scripts/remeasure.py --out build/history --minutes 60 COMMIT...

Every commit is built once. Then each round visits all of them, in an order of its own: a fresh process of each measures the same few
cells and the machine's floor beside them. A slow hour of the machine so falls on all commits alike, and a round of a row is divided by the
floor of the same process. The rounds of a commit are the rounds of its rows in the archive.
"""

import argparse
import datetime
import random
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from harness import machine, subjects
from harness.run import ROOT

sys.path.append(str(ROOT / "analysis"))

import archive
import compare
import loader

# Cells that every commit has whose benchmarks can be started for some of them. A pattern that one of the commits does not have is left out.
CELLS = (
    "floor/rmw",
    "floor/payload/size:64",
    "floor/futex/size:64",
    "op/send_receive/size:64/receive:copy",
    "op/send_receive/size:64/receive:view",
    "op/publish_receive/rings:8",
    "rtt/(peer:kickmsg/)?size:64/receive:copy/mode:spin(/payload:touch)?",
    "rtt/(peer:kickmsg/)?size:64/receive:view/mode:spin(/payload:touch)?",
    "rtt/(peer:kickmsg/)?size:64/receive:copy/mode:block(/payload:touch)?",
)
NEEDED = "floor/rmw"
SELECTION = "bench/selection.h"  # commits without it cannot measure some cells alone
OWN, HERE = "own", "here"
SECONDS, ROUNDS = 0.01, 3  # of a cell in a process; the least of the rounds counts, as in compare.py
MINUTES = 30
MOST_FAILURES = 3  # of visits, before a commit is left out
LIST_SECONDS = 60
WHAT = {"round_mean_ns": "of each visit the least mean", "round_p50_ns": "of each visit the median round trip"}


@dataclass
class Subject:
    """A commit that is measured."""

    commit: str
    program: Path
    bench: str  # the tree of the benchmarks
    times: dict = field(default_factory=dict)  # row: [nanoseconds of each round]
    keys: dict = field(default_factory=dict)  # row: where its rounds stand in the JSON
    context: dict = field(default_factory=dict)
    failures: int = 0

    @property
    def lost(self):
        return self.failures >= MOST_FAILURES


def benchmarks_of(commit, which):
    """The commit whose benchmarks measure `commit`, or None for those of this checkout. Errors: subjects.Broken."""
    if which == HERE:
        return None
    source = commit if which == OWN else subjects.resolve(which)
    if not machine.git(ROOT, "ls-tree", "--name-only", source, SELECTION):
        raise subjects.Broken(f"{source[:12]}: its benchmarks cannot be started for some cells alone ({SELECTION} is younger)")
    return source


def tree_of(source):
    """What the benchmarks are: their tree in git, or 'this checkout'."""
    return machine.git(ROOT, "rev-parse", f"{source}:bench")[:12] if source else "this checkout"


def built(name, which, say):
    """Errors: subjects.Broken."""
    commit = subjects.resolve(name)
    source = benchmarks_of(commit, which)
    program, _ = subjects.build(commit, say, source)
    return Subject(commit, program, tree_of(source))


def cells_of(program):
    """The names of the cells that a program has."""
    command = [program, "--quick", "--list"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIST_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise subjects.Broken(f"{compare.subjects_name(program)}: {error}") from error
    return done.stdout.decode("utf-8", "replace").split()


def common(cells, lists, say):
    """The patterns that every program has a cell of. `lists`: {commit: its cells}. Errors: subjects.Broken without the floor."""
    kept = []
    for cell in cells:
        without = [commit[:12] for commit, names in lists.items() if not any(re.fullmatch(cell, name) for name in names)]
        if without:
            say(f"{cell}: left out, not in {', '.join(without)}")
        else:
            kept.append(cell)
    if NEEDED not in kept:
        raise subjects.Broken(f"without {NEEDED} nothing can be a multiple of this machine's floor")
    return kept


def key_of(row):
    return "round_mean_ns" if "round_mean_ns" in row else "round_p50_ns"


def keep(subject, document):
    """Adds one visit: a round of every row."""
    for row in document["benchmarks"]:
        name = loader.name_of(row["name"])
        subject.times.setdefault(name, []).append(compare.value_of(row))
        subject.keys[name] = key_of(row)
    subject.context = document["context"]


def floor_of(name):
    """The row of the floor that a row is a multiple of, or None: floor/rmw."""
    if not name.startswith("rtt/"):
        return None
    return "floor/futex/size:64" if "/mode:block" in name else "floor/payload/size:64"


def row_of(name, times, key):
    middle = statistics.median(times)
    row = {"name": name, "what": WHAT[key], "real_time": middle, key: times}
    if key == "round_p50_ns":
        row["one_way_p50_ns"] = middle / 2
    if floor_of(name):
        row["floor"] = floor_of(name)
    return row


def document_of(subject, date):
    """The bench.json of a commit: a row's rounds are its visits. What is missing in a visit ends nowhere: a row needs all of them."""
    visits = max(len(times) for times in subject.times.values())
    rows = [row_of(name, times, subject.keys[name]) for name, times in subject.times.items() if len(times) == visits]
    kept = {key: subject.context.get(key) for key in ("machine", "placement", "num_cpus", "caches") if key in subject.context}
    return {"context": {**kept, "commit": subject.commit[:12], "date": date, "mode": "remeasured", "peers": []}, "benchmarks": rows}


def visit(meter, subject, cells):
    """One process of a commit. Errors: subjects.Broken."""
    keep(subject, meter.document(subjects.stage(subject.program, "A"), cells))


def progress(subject):
    times = subject.times.get("op/send_receive/size:64/receive:copy") or subject.times.get(NEEDED)
    return f"{times[-1]:.1f} ns" if times else "nothing"


def measure(subjects_, meter, cells, minutes, most, seed, say, clock=time.monotonic):
    """Rounds until the time is up; a round is not begun that would not end in time. Returns: how many were made."""
    draw, began, longest, rounds = random.Random(seed), clock(), 0.0, 0
    while rounds < most:
        started = clock()
        if rounds and started - began + longest > 60 * minutes:
            break
        order = [subject for subject in subjects_ if not subject.lost]
        if not order:
            break
        draw.shuffle(order)
        for at, subject in enumerate(order, 1):
            try:
                visit(meter, subject, cells)
            except subjects.Broken as why:
                subject.failures += 1
                say(f"{subject.commit[:12]}: {why}{': left out from now on' if subject.lost else ''}")
            else:
                passed = (clock() - began) / 60
                say(f"round {rounds + 1}, {at}/{len(order)}  {subject.commit[:12]}  {progress(subject)}  {passed:.1f} of {minutes:g} min")
        rounds += 1
        longest = max(longest, clock() - started)
    return rounds


def put(subjects_, out, date, which):
    """Puts what was measured into the archive. Returns: [commit, ...] of which there is nothing."""
    without = []
    for subject in subjects_:
        if not subject.times:
            without.append(subject.commit)
            continue
        how = f"remeasured in turns with {len(subjects_) - 1} others, benchmarks: {which}"
        print(archive.add(out, document_of(subject, date), root=ROOT, how=how, bench=subject.bench, replace=True))
    return without


def parse(arguments):
    parser = argparse.ArgumentParser(prog="scripts/remeasure.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commits", metavar="COMMIT", nargs="+", help="hashes, branches or tags")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the archive")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="of measuring, the building apart (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=sys.maxsize, help="at most (default: as many as there is time for)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of a round of a cell (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the orders (default: %(default)s)")
    parser.add_argument(
        "--bench",
        default=OWN,
        metavar="WHICH",
        help="whose benchmarks measure: each commit's own (default), 'here' for those of this checkout over each library, or a commit",
    )
    parser.add_argument(
        "--cells", nargs="+", default=CELLS, metavar="PATTERN", help="instead of the usual ones; floor/rmw must be among them"
    )
    return parser.parse_args(arguments)


def say(text):
    print(text, file=sys.stderr, flush=True)


def build_all(options):
    """Returns: ([Subject, ...], [what could not be built, ...])."""
    found, broken = {}, []
    for name in options.commits:
        try:
            subject = built(name, options.bench, say)
        except subjects.Broken as why:
            broken.append(str(why))
            say(str(why))
        else:
            found[subject.commit] = subject
    return list(found.values()), broken


def main(arguments):
    options = parse(arguments)
    found, broken = build_all(options)
    if not found:
        raise subjects.Broken("no commit could be built")
    cells = common(options.cells, {subject.commit: cells_of(subject.program) for subject in found}, say)
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    meter = compare.Meter(say, ROUNDS, options.seconds)
    try:
        rounds = measure(found, meter, cells, options.minutes, options.rounds, options.seed, say)
        say(f"{rounds} rounds of {len(found)} commits")
    except KeyboardInterrupt:
        say("stopped: what was measured is kept")
    without = put(found, options.out, date, options.bench)
    for commit in without:
        say(f"{commit[:12]}: nothing was measured")
    return 1 if broken or without else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (subjects.Broken, archive.Refused, OSError) as broken:
        say(f"remeasure.py: {broken}")
        sys.exit(2)
