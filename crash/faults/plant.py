#!/usr/bin/env python3
"""Plants each fault of faults.py in a copy of the library and requires that the tests named there report it.

    crash/faults/plant.py --build DIR [--only NAME ...] [--json FILE]

One copy and one build folder for all: a fault costs the objects that it touches. First the unpatched copy has to pass
every named test. Exit status: 0 when every fault was reported.
"""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from faults import FAULTS

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("CMakeLists.txt", "lib", "crash", "bench")
TABLE = ROOT / "models/faults.md"
PROGRAM = "kickmsg_crash_test"
SECONDS = 300


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

    def __init__(self, folder):
        self.tree, self.build, self.logs = folder / "tree", folder / "build", folder / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.refresh()

    def refresh(self):
        """Copies what differs, so that an earlier build is of use; removes what is gone."""
        wanted = {file.relative_to(ROOT) for name in COPIED for file in [ROOT / name, *(ROOT / name).rglob("*")]
                  if file.is_file() and "__pycache__" not in file.parts}
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

    def compile(self, name):
        configure = ["cmake", "-S", self.tree, "-B", self.build, "-G", "Ninja", "-DBUILD_CRASH_TESTS=ON", "-DKICKMSG_CRASH_ALONE=ON",
                     "-DCMAKE_BUILD_TYPE=None", "-DCMAKE_CXX_FLAGS=-O1"]
        if not (self.build / "build.ninja").exists() and run(configure, self.logs / "configure.log") != 0:
            raise Broken(f"{name}: cmake failed, see {self.logs / 'configure.log'}")
        if run(["ninja", "-C", self.build, "-j2", PROGRAM], self.logs / f"{name}.build.log", 900) != 0:
            raise Broken(f"{name}: the copy does not build, see {self.logs / f'{name}.build.log'}")

    def test(self, name, tests):
        """Returns: {test: whether it failed} of those that ran; empty when the program did not come to its end."""
        result, prefix = self.logs / f"{name}.json", f"kmfault_{os.getpid()}"
        result.unlink(missing_ok=True)
        run([self.build / PROGRAM, f"--gtest_filter={':'.join(tests)}", f"--gtest_output=json:{result}"],
            self.logs / f"{name}.log", cwd=self.build, env={**os.environ, "KICKMSG_TEST_PREFIX": prefix})
        for left in Path("/dev/shm").glob(f"{prefix}_*"):
            left.unlink(missing_ok=True)
        if not result.exists():
            return {}
        suites = json.loads(result.read_text(encoding="utf-8"))["testsuites"]
        return {f"{suite['name']}.{test['name']}": bool(test.get("failures"))
                for suite in suites for test in suite["testsuite"] if test.get("result") == "COMPLETED"}


def table_faults(text):
    """What is wrong with the rows of K in models/faults.md."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    rows = {row[0].strip("`"): row[2] for row in rows if len(row) >= 3 and row[1] == "K"}
    planted = {fault.name: fault for fault in FAULTS}
    for name in sorted(set(rows) ^ set(planted)):
        yield f"{name}: " + ("the table says K, but faults.py does not plant it" if name in rows else "not in the table as K")
    for name in sorted(set(rows) & set(planted)):
        for test in planted[name].tests:
            if f"`{test.removeprefix('Sweep/')}`" not in rows[name]:
                yield f"{name}: the table does not name {test.removeprefix('Sweep/')}"


def judge(outcome, tests, should_fail):
    """What is wrong with an outcome; empty when nothing is."""
    wrong = [f"{test} did not run to its end" for test in tests if test not in outcome]
    word = "does not report it" if should_fail else "fails in the unpatched copy"
    return wrong + [f"{test} {word}" for test in tests if test in outcome and outcome[test] != should_fail]


def work(copy, chosen):
    """Yields a row for each fault, after one for the unpatched copy."""
    everything = sorted({test for fault in chosen for test in fault.tests})
    copy.compile("unpatched")
    wrong = judge(copy.test("unpatched", everything), everything, False)
    yield {"fault": "none", "tests": everything, "wrong": wrong}
    for fault in () if wrong else chosen:
        begin = time.monotonic()
        try:
            copy.plant(fault)
            copy.compile(fault.name)
            wrong = judge(copy.test(fault.name, fault.tests), fault.tests, True)
        finally:
            copy.uproot(fault)
        yield {"fault": fault.name, "tests": list(fault.tests), "seconds": round(time.monotonic() - begin, 1), "wrong": wrong}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, required=True, help="folder for the copy and its build")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=[fault.name for fault in FAULTS])
    parser.add_argument("--json", type=Path, help="where the rows go")
    args = parser.parse_args()
    chosen = [fault for fault in FAULTS if not args.only or fault.name in args.only]
    rows = [{"fault": "table", "tests": [], "wrong": list(table_faults(TABLE.read_text(encoding="utf-8")))}]
    try:
        for row in work(Copy(args.build.resolve()), chosen):
            rows.append(row)
            print(f"{row['fault']:<32} {'; '.join(row['wrong']) or 'ok'}  {row.get('seconds', '')}", flush=True)
    except Broken as broken:
        rows.append({"fault": "harness", "tests": [], "wrong": [str(broken)]})
    for row in rows:
        if row["wrong"] and row["fault"] in ("table", "harness"):
            print(f"{row['fault']}: {'; '.join(row['wrong'])}")
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 1 if any(row["wrong"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
