"""Plants faults in patched copies of the library, and requires that each is reported.

A lens lists faults, and says how one is judged. One copy and one build folder for all faults of a lens: a fault costs the objects
that it touches. The unpatched copy comes first: nothing may be reported of it.
"""

import argparse
import importlib.util
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from harness import documents, leftovers
from harness.run import ROOT

TABLE = ROOT / "models/faults.md"
SECONDS = 300
COMPILE_SECONDS = 900


@dataclass(frozen=True)
class Fault:
    name: str
    edits: tuple  # (file, text that occurs exactly once, text in its place)
    by: tuple  # what must report it: the names that its lens judges by


@dataclass(frozen=True)
class Lens:
    """One owner of models/faults.md, and how its faults are judged: here each of the tests named must fail, of a program of GoogleTest.
    Another lens overrides the four functions."""

    owner: str  # empty: the table has no rows of it
    faults: tuple
    program: str
    copied: tuple  # files and folders of the tree
    options: tuple  # of cmake
    environment: dict = field(default_factory=dict)
    prefix: str = ""  # of the tests' names, that the table leaves out

    def add_options(self, parser):
        """What the command takes beyond the options of every lens."""

    def targets(self, _faults):
        """Returns: what has to be built to judge them."""
        return [self.program]

    def unpatched(self, copy, faults):
        """Returns: what is wrong with the unpatched copy, and what of it `judge` needs."""
        tests = sorted({test for fault in faults for test in fault.by})
        return unexpected(copy.test("unpatched", tests), tests, False), None

    def judge(self, copy, fault, _kept):
        """Returns: what is wrong with a fault that is planted now (nothing, where it is reported), and its report."""
        return unexpected(copy.test(fault.name, fault.by), fault.by, True), f"reported by {len(fault.by)} tests"


def load(path):
    """Returns: the lens LENS of a file of faults."""
    spec = importlib.util.spec_from_file_location("faults_of_" + "_".join(path.relative_to(ROOT).with_suffix("").parts), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.LENS


class Broken(Exception):
    """The harness itself could not do its work."""


def run(command, log, seconds=SECONDS, **more):
    """Returns: the exit status; None when it took too long. Everything that it started ends with it."""
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True, **more)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


class Copy:
    """A copy of the tree, its build folder, and what is planted in it."""

    def __init__(self, folder, lens, options=None):
        self.lens, self.options = lens, options
        self.tree, self.build, self.logs = folder / "tree", folder / "build", folder / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.refresh()

    def refresh(self):
        """Copies what differs, so that an earlier build is of use; removes what is gone."""
        wanted = {
            file.relative_to(ROOT)
            for name in self.lens.copied
            for file in [ROOT / name, *(ROOT / name).rglob("*")]
            if file.is_file() and "__pycache__" not in file.parts
        }
        for name in wanted:
            self.write(name, (ROOT / name).read_bytes())
        for file in [file for file in self.tree.rglob("*") if file.is_file()]:
            if file.relative_to(self.tree) not in wanted:
                file.unlink()

    def write(self, name, contents):
        file = self.tree / name
        if not file.exists() or file.read_bytes() != contents:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(contents)

    def plant(self, fault):
        for name, before, after in fault.edits:
            text = (self.tree / name).read_text(encoding="utf-8")
            if text.count(before) != 1:
                raise Broken(f"{fault.name}: {name} holds the text to replace {text.count(before)} times: {before!r}")
            self.write(name, text.replace(before, after).encode())

    def uproot(self, fault):
        for name in {name for name, _, _ in fault.edits}:
            self.write(name, (ROOT / name).read_bytes())

    def compile(self, name, targets):
        configure = [
            "cmake",
            "-S",
            self.tree,
            "-B",
            self.build,
            "-G",
            "Ninja",
            "-DCMAKE_BUILD_TYPE=None",
            "-DCMAKE_CXX_FLAGS=-O1",
            *self.lens.options,
        ]
        if not (self.build / "build.ninja").exists() and run(configure, self.logs / "configure.log") != 0:
            raise Broken(f"{name}: cmake failed, see {self.logs / 'configure.log'}")
        if run(["ninja", "-C", self.build, "-j2", *targets], self.logs / f"{name}.build.log", COMPILE_SECONDS) != 0:
            raise Broken(f"{name}: the copy does not build, see {self.logs / f'{name}.build.log'}")

    def execute(self, name, command, seconds=SECONDS):
        """Runs a program of the copy, what it says goes to the log of this name. Returns: as run()."""
        prefix = f"kmfault_{os.getpid()}"
        status = run(
            command,
            self.logs / f"{name}.log",
            seconds,
            cwd=self.build,
            env={**os.environ, **self.lens.environment, "KICKMSG_TEST_PREFIX": prefix},
        )
        leftovers.remove_regions(prefix)
        return status

    def test(self, name, tests):
        """Returns: {test: whether it failed} of those that ran; empty when the program did not come to its end."""
        result = self.logs / f"{name}.json"
        result.unlink(missing_ok=True)
        self.execute(name, [self.build / self.lens.program, f"--gtest_filter={':'.join(tests)}", f"--gtest_output=json:{result}"])
        return {test: bool(row.get("failures")) for test, row in documents.gtest_results(result) if row.get("result") == "COMPLETED"}


def table_faults(lens, text):
    """What is wrong with the rows of a lens in models/faults.md."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    rows = {row[0].strip("`"): row[2] for row in rows if len(row) >= 3 and row[1] == lens.owner}
    planted = {fault.name: fault for fault in lens.faults}
    for name in sorted(set(rows) ^ set(planted)):
        yield f"{name}: " + (f"the table says {lens.owner}, but nothing plants it" if name in rows else f"not in the table as {lens.owner}")
    for name in sorted(set(rows) & set(planted)):
        for test in planted[name].by:
            if f"`{test.removeprefix(lens.prefix)}`" not in rows[name]:
                yield f"{name}: the table does not name {test.removeprefix(lens.prefix)}"


def unexpected(outcome, tests, should_fail):
    """What is wrong with an outcome; empty when nothing is."""
    wrong = [f"{test} did not run to its end" for test in tests if test not in outcome]
    word = "does not report it" if should_fail else "fails in the unpatched copy"
    return wrong + [f"{test} {word}" for test in tests if test in outcome and outcome[test] != should_fail]


def work(copy, chosen):
    """Yields a row for each fault, after one for the unpatched copy."""
    copy.compile("unpatched", copy.lens.targets(chosen))
    wrong, kept = copy.lens.unpatched(copy, chosen)
    yield {"fault": "none", "by": [], "wrong": wrong, "report": "nothing, as it should be"}
    for fault in () if wrong else chosen:
        begin = time.monotonic()
        try:
            copy.plant(fault)
            copy.compile(fault.name, copy.lens.targets([fault]))
            wrong, report = copy.lens.judge(copy, fault, kept)
        finally:
            copy.uproot(fault)
        yield {"fault": fault.name, "by": list(fault.by), "seconds": round(time.monotonic() - begin, 1), "wrong": wrong, "report": report}


def main(lens):
    """The command of a lens. Returns: its exit status, 0 when every fault was reported."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, required=True, help="folder for the copy and its build")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=[fault.name for fault in lens.faults])
    parser.add_argument("--json", type=Path, help="where the rows go")
    lens.add_options(parser)
    args = parser.parse_args()
    chosen = [fault for fault in lens.faults if not args.only or fault.name in args.only]
    rows = []

    def keep(row):
        rows.append(row)
        print(f"{row['fault']:<32} {'; '.join(row['wrong']) or row['report']}  {row.get('seconds', '')}", flush=True)

    if lens.owner:
        keep({"fault": "table", "by": [], "wrong": list(table_faults(lens, TABLE.read_text(encoding="utf-8"))), "report": "agrees"})
    try:
        for row in work(Copy(args.build.resolve(), lens, args), chosen):
            keep(row)
    except (Broken, OSError) as broken:
        keep({"fault": "harness", "by": [], "wrong": [str(broken)], "report": ""})
    if args.json:
        documents.write(args.json, rows)
    return 1 if any(row["wrong"] for row in rows) else 0


def run_in_stage(stage, command, *options):
    """Runs the command of a lens, a file of the tree: a check of the stage for each fault. Returns: the rows."""
    rows = stage.run.artifacts / f"planted-{stage.name}.json"
    outcome = stage.command(
        "planted", [sys.executable, stage.run.root / command, "--build", stage.folder / "planted", "--json", rows, *options]
    )
    planted = documents.read(rows, [])
    for row in planted:
        if row["wrong"]:
            stage.failed(f"planted: {row['fault']}", "; ".join(row["wrong"]), outcome.log)
        else:
            stage.passed(f"planted: {row['fault']}", numbers=row["report"])
    stage.expect(planted, "planted faults", f"no fault was planted: {outcome.describe()}", outcome.log)
    return planted
