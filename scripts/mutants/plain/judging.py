"""Which tests come to a mutant, and which of them detects it."""

import hashlib
import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from mutants.plain import listing, sandbox

LEAST_SECONDS = 10  # that a run of tests may take
TIMES = 10  # as long as without a mutant
RECORD_SECONDS = 900
REST_SECONDS = 300  # all tests, those left out that are recorded
BATCHES = (0.2, 1.5)  # seconds of tests in the first runs of a mutant, which most do not survive; then
LARGE = 15.0
PARTS = 12  # that all tests are recorded in: what is complete of them an interrupted run need not record again
MOST_TESTS = 400  # in one run: the names go into its command line

FAILED = re.compile(r"^\[  FAILED  \] ([\w./]+)", re.MULTILINE)
STARTED = re.compile(r"^\[ RUN      \] ([\w./]+)", re.MULTILINE)
COUNTED = re.compile(r"^\[==========\] Running (\d+) tests?", re.MULTILINE)


class Unusable(Exception):
    """The programs do not do what they should without a mutant."""


@dataclass
class Test:
    name: str
    seconds: float
    usable: bool  # it passes without a mutant
    reached: frozenset


class Tests:
    """What every test comes to. Recorded by the tests themselves (listener.cc). `suites`: only of these; empty: of all."""

    def __init__(self, rows, suites=()):
        self.suites = tuple(suites)
        self.rows = {row.name: row for row in rows if row.name}
        self.before = frozenset().union(*(row.reached for row in rows if not row.name))
        self.by_mutant = {}
        for row in self.rows.values():
            for number in row.reached if row.usable else ():
                self.by_mutant.setdefault(number, []).append(row)

    def of(self, number):
        """What a program does before its first test all of them may detect."""
        if number in self.before:
            return [row for row in self.rows.values() if row.usable]
        return self.by_mutant.get(number, [])

    def unusable(self):
        return sorted(name for name, row in self.rows.items() if not row.usable)


def parse(texts, suites=()):
    rows = []
    for text in texts:
        for line in text.splitlines():
            name, milliseconds, outcome, reached = line.split("\t")
            rows.append(Test(name, int(milliseconds) / 1000, outcome == "passed", frozenset(map(int, reached.split()))))
    return Tests(rows, suites)


def record(build, count, state, suites=()):
    """Runs the tests once, in parts. `state`: of the sources; what is recorded of the same is used again."""
    folder = build.folder / "reached" / hashlib.sha256(f"{state} {count} {suites}".encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    logs = [folder / f"{part}.tsv" for part in range(PARTS)]
    missing = [part for part in range(PARTS) if not logs[part].with_suffix(".complete").exists()]
    with ThreadPoolExecutor(max_workers=build.jobs) as pool:
        list(pool.map(lambda part: record_part(build, count, logs[part], part, suites), missing))
    return parse([log.read_text(encoding="utf-8") for log in logs], suites)


def record_part(build, count, log, part, suites):
    log.unlink(missing_ok=True)
    reached = log.with_suffix(".reached")
    reached.write_bytes(bytes(count + 1))
    reached.chmod(0o666)  # some tests start processes of other users
    environment = {
        "KICKMSG_MUTANTS_REACHED": str(reached),
        "KICKMSG_MUTANTS_LOG": str(log),
        "GTEST_TOTAL_SHARDS": str(PARTS),
        "GTEST_SHARD_INDEX": str(part),
    }
    output = log.with_suffix(".log")
    chosen = [f"--gtest_filter={':'.join(f'{suite}.*' for suite in suites)}"] if suites else []
    outcome = sandbox.run([build.unit, "--gtest_color=no", *chosen], output, RECORD_SECONDS, environment, log.parent)
    if outcome.code not in (0, 1) or outcome.timed_out or not log.exists():
        raise Unusable(f"the tests do not come to their end without a mutant: {outcome.describe()}, see {output}")
    log.with_suffix(".complete").touch()


@dataclass
class Outcome:
    mutant: object
    outcome: str  # killed, survived, unreached, undecided
    by: str = ""
    seconds: float = 0.0
    tests: int = 0
    timed_out: bool = False  # the test comes to its end without the mutant, and did not with it


class Judge:
    def __init__(self, build, numbers, tests, kills=None, most_seconds=None, scenarios=None):
        """`kills`: how many mutants each test has detected so far. `most_seconds`: of tests for a mutant, else it stays undecided.
        `scenarios`: models that judge what no test detects."""
        self.build, self.numbers, self.tests, self.most_seconds = build, numbers, tests, most_seconds
        self.scenarios = scenarios
        self.kills, self.lock = Counter(kills or {}), threading.Lock()
        self.local, self.workers = threading.local(), 0

    def order(self, rows, first=""):
        """The most promising for its time first: what has detected many, and comes to few. `first`: what has detected it before."""
        weights = {row.name: (self.kills[row.name] + 1) / (row.seconds + 0.005) / (len(row.reached) + 50) for row in rows}
        return sorted(rows, key=lambda row: (row.name != first, -weights[row.name]))

    def batches(self, rows):
        """Parts of a list, each as long as BATCHES and LARGE say, or a single test that is longer."""
        sizes, part, total = iter(BATCHES), [], 0.0
        most = next(sizes)
        for row in rows:
            if part and (total + row.seconds > most or len(part) == MOST_TESTS):
                yield part
                part, total, most = [], 0.0, next(sizes, LARGE)
            part.append(row)
            total += row.seconds
        if part:
            yield part

    def judge(self, mutant, first="", deadline=None, tested=False):
        """`tested`: all tests were asked before, only the models are asked now."""
        began, rows = time.monotonic(), self.order(self.tests.of(self.numbers[mutant.name]), first)
        done, spent, left_out = 0, 0.0, False
        for part in () if tested else self.batches(rows):
            seconds = sum(row.seconds for row in part)
            if deadline and time.monotonic() > deadline:
                return Outcome(mutant, "undecided", "", time.monotonic() - began, done)
            if self.most_seconds and spent + seconds > self.most_seconds and done:
                left_out = True
                break
            by, timed_out = self.run(self.numbers[mutant.name], part, seconds)
            done, spent = done + len(part), spent + seconds
            if by:
                with self.lock:
                    self.kills[by] += 1
                return Outcome(mutant, "killed", by, time.monotonic() - began, done, timed_out)
        if self.tests.suites and self.most_seconds:
            return Outcome(mutant, "undecided", "", time.monotonic() - began, done)
        if self.tests.suites:
            return self.by_the_rest(mutant, began, done, deadline)
        by = self.scenarios.judge(self.numbers[mutant.name], self.worker()) if self.scenarios else ""
        outcome = "killed" if by else "undecided" if left_out else "survived" if rows else "unreached"
        return Outcome(mutant, outcome, by, time.monotonic() - began, done)

    def by_the_rest(self, mutant, began, done, deadline):
        """By all tests that are not of the suites recorded, in one run."""
        seconds = min(REST_SECONDS, deadline - time.monotonic()) if deadline else REST_SECONDS
        if seconds <= LEAST_SECONDS:
            return Outcome(mutant, "undecided", "", time.monotonic() - began, done)
        rest = "-" + ":".join(f"{suite}.*" for suite in self.tests.suites)
        outcome, text = self.start(self.numbers[mutant.name], rest, seconds)
        by = "" if outcome.ok else self.blamed(text)
        if outcome.timed_out and seconds < REST_SECONDS:
            return Outcome(mutant, "undecided", "", time.monotonic() - began, done)
        return Outcome(mutant, "killed" if by else "survived", by, time.monotonic() - began, done, outcome.timed_out)

    def worker(self):
        """A folder for each thread."""
        if not hasattr(self.local, "folder"):
            with self.lock:
                self.workers += 1
                self.local.folder = self.build.folder / "work" / str(self.workers)
        return self.local.folder

    def start(self, number, chosen, seconds):
        folder = self.worker()
        outcome = sandbox.run(
            [self.build.unit, "--gtest_color=no", "--gtest_fail_fast", f"--gtest_filter={chosen}"],
            folder / "log",
            seconds,
            {"KICKMSG_MUTANT": str(number)},
            folder,
        )
        return outcome, outcome.text()

    def blamed(self, text):
        """The test that failed, or did not come to its end."""
        failed, started = FAILED.search(text), STARTED.findall(text)
        return failed.group(1) if failed else started[-1] if started else "before the first test"

    def run(self, number, rows, seconds):
        """Returns: the test that detects it, or empty, and whether it did not come to its end."""
        names = [row.name for row in rows]
        outcome, text = self.start(number, ":".join(names), max(LEAST_SECONDS, TIMES * seconds))
        if not outcome.ok:
            return self.blamed(text), outcome.timed_out
        counted = COUNTED.search(text)
        if not counted or int(counted.group(1)) != len(names):
            raise Unusable(f"{len(names)} tests were to run: {text[-1000:]}")
        return "", False

    def check(self):
        """Raises Unusable where tests do not pass without a mutant as they are run here."""
        rows = [row for row in self.tests.rows.values() if row.usable and row.seconds < 0.05][:50]
        if not rows:
            raise Unusable("no test passes without a mutant")
        by, _ = self.run(0, rows, sum(row.seconds for row in rows))
        if by:
            raise Unusable(f"{by} fails without a mutant, see {self.worker() / 'log'}")


def test_sources(root):
    return listing.digest(sorted(path for path in (root / "lib/test").iterdir() if path.is_file()))
