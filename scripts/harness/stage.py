"""A stage of a run: its checks, and the commands that it makes them with."""

import shlex
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from harness import process

PROGRESS_SECONDS = 25


class OutOfTime(Exception):
    """The stage's time is over; what it had recorded stays."""


@dataclass
class Check:
    name: str
    outcome: str  # passed, failed, skipped
    reason: str = ""
    log: str = ""
    replay: str = ""
    seconds: float = 0.0


@dataclass
class Stage:
    run: object
    name: str
    timeout: float
    checks: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    told: list = field(default_factory=list)  # of the notes, those that are printed
    started: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    finished: bool = False
    folded: Counter = field(default_factory=Counter)

    # --- what a stage records
    def passed(self, name, seconds=0.0, numbers=""):
        """`numbers`: what there is to say of a check that passed, for the results."""
        self.checks.append(Check(name, "passed", numbers, seconds=seconds))

    def failed(self, name, reason, log="", replay=""):
        self.checks.append(Check(name, "failed", reason, self.run.relative(log) if log else "", replay or self.replay()))

    def skipped(self, name, reason):
        self.checks.append(Check(name, "skipped", reason))

    def expect(self, condition, name, reason, log=""):
        if condition:
            self.passed(name)
        else:
            self.failed(name, reason, log)
        return bool(condition)

    def note(self, text, told=False):
        """A fact for the report: a number, a seed, a limit. `told`: printed, too, below the stage's line."""
        self.notes.append(text)
        if told:
            self.told.append(text)

    # --- what it makes them with
    def command(self, name, argv, timeout=None, env=None, cwd=None):
        """Runs a command; its log is `name`.log in the stage's folder. Raises OutOfTime with the stage's time-out."""
        left = self.started + self.timeout - time.monotonic()
        limit = left if timeout is None else min(timeout, left)
        self.progress(name)
        log = self.folder / f"{name.replace('/', '_').replace(' ', '_')}.log"
        outcome = process.run(
            argv, log, max(0.1, limit), {**self.run.environment(), **(env or {})}, cwd or self.run.root, lambda: self.progress(name, log)
        )
        if outcome.timed_out and limit >= left:
            self.failed(name, f"the stage's time-out of {self.timeout:.0f} s", log)
            raise OutOfTime(name)
        return outcome

    def check_command(self, name, argv, replay="", **arguments):
        """One check: the command succeeds."""
        outcome = self.command(name, argv, **arguments)
        if outcome.ok:
            self.passed(name, outcome.seconds)
        else:
            self.failed(name, outcome.describe(), outcome.log, replay or shlex.join(map(str, argv)))
        return outcome.ok

    def progress(self, name, log=None):
        """A line when none was said for long."""
        if time.monotonic() - self.run.said >= PROGRESS_SECONDS:
            doing = f": {process.last_line(log)}" if log else ""
            self.run.say(f"     {self.name}  {time.monotonic() - self.started:.0f} s  {name}{doing}")

    def fold(self):
        """Keeps of what passed or was skipped only the numbers: a soak of hours makes millions of checks."""
        self.folded += Counter(check.outcome for check in self.checks if check.outcome != "failed")
        self.checks = [check for check in self.checks if check.outcome == "failed"]

    @property
    def folder(self) -> Path:
        return self.run.artifacts / "logs" / self.name

    def replay(self):
        return f"scripts/validate.sh{self.run.mode_option()} --seed {self.run.seed} {self.name.removeprefix('soak-')}"

    # --- what came of it
    def count(self, outcome):
        return self.folded[outcome] + sum(check.outcome == outcome for check in self.checks)

    @property
    def total(self):
        return len(self.checks) + sum(self.folded.values())

    @property
    def outcome(self):
        if self.count("failed") or not self.total:
            return "failed"
        return "passed" if self.count("passed") else "skipped"

    def reasons(self, outcome):
        """Each reason once; one that begins with the name of its check is told with the name of the first, and how many more have it."""
        first, more = {}, Counter()
        for check in self.checks:
            if check.outcome == outcome:
                name, _, rest = check.reason.partition(": ")
                reason = rest if rest and check.name.endswith(name) else check.reason
                if reason in first and first[reason] != check.reason:
                    more[reason] += 1
                first.setdefault(reason, check.reason)
        return "; ".join(words + (f" (and {more[reason]} more)" if more[reason] else "") for reason, words in first.items())

    def line(self):
        word = {"passed": "PASS", "failed": "FAIL", "skipped": "SKIP"}[self.outcome]
        counts = [f"{self.total} checks"]
        counts += [f"{self.count(what)} {what}" for what in ("failed", "skipped") if self.count(what)]
        why = f"  (skipped: {self.reasons('skipped')})" if self.count("skipped") else ""
        return f"{word} {self.name}  {', '.join(counts)}  {self.seconds:.0f} s{why}"

    def as_json(self):
        return {
            "name": self.name,
            "outcome": self.outcome,
            "passed": self.count("passed"),
            "failed": self.count("failed"),
            "skipped": self.count("skipped"),
            "seconds": round(self.seconds, 3),
            "reason": self.reasons("failed") or self.reasons("skipped"),
            "log": self.run.relative(self.folder),
            "notes": self.notes,
            "checks": [asdict(check) for check in self.checks],
        }
