"""The whole of a run: mutants, programs, tests, results. The command and the stage of plain mutants say what of it they want."""

import threading
import time
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from mutants.plain import building, judging, listing, results, scenarios, sites


@dataclass
class Wanted:
    files: list = None  # all
    only: str = ""  # in the name of a mutant
    shard: tuple = (1, 1)  # which, of how many
    sample: int = 0  # how many; 0: all
    seed: int = 1
    minutes: float = 0.0  # for judging; 0: as long as it takes
    most_seconds: float = 0.0  # of tests for a mutant; 0: all that come to it
    again: bool = False
    model_seconds: float = 20.0  # of model checking for what no test detects, where the base has models
    suites: tuple = ()  # of tests, that are asked first; empty: what comes to each mutant is recorded of all

    def chosen(self, mutants):
        """Of all mutants those of this run, in its order. A shard has the same ones whatever else there is."""
        part, parts = self.shard
        found = [mutant for mutant in mutants if self.only in mutant.name and zlib.crc32(mutant.name.encode()) % parts == part - 1]
        found = results.shuffled(found, self.seed)
        return found[: self.sample] if self.sample else found


@dataclass
class Work:
    root: Path
    base: Path  # a build of kickmsg_unit
    folder: Path
    say: object = print
    jobs: int = 2
    with_models: bool = False
    mutants: dict = field(default_factory=dict)  # by file
    build: building.Build = None
    refused: dict = field(default_factory=dict)  # by file, the names of what does not compile

    def find(self, files=None):
        self.mutants, self.refused = listing.mutants_of(self.root, self.folder / "found", files, self.jobs)
        return self.all

    @property
    def all(self):
        return [mutant for found in self.mutants.values() for mutant in found]

    def compile(self):
        began = time.monotonic()
        self.numbers = listing.numbers_of(self.all)
        self.build = building.Build(self.root, self.base, self.folder, self.jobs, self.with_models)
        refused = self.build.build(self.mutants, self.numbers)
        for name, found in self.mutants.items():
            self.refused[name] = [*self.refused.get(name, ()), *(one.name for one in found if one.name in refused)]
            self.mutants[name] = [one for one in found if one.name not in refused]
        wrong = sum(map(len, self.refused.values()))
        self.say(f"{len(self.all)} mutants in the programs, {wrong} do not compile; {time.monotonic() - began:.0f} s")

    def judge(self, wanted, store):
        """Returns: the row of each mutant that was chosen, also of an earlier run; not of those that the time did not suffice for."""
        tests_now = judging.test_sources(self.root)
        sources = {name: listing.digest([self.root / name]) for name in self.mutants}
        known = store.rows()
        chosen = wanted.chosen(self.all)
        kept = [] if wanted.again else [mutant for mutant in chosen if self.holds(known, mutant, sources, tests_now)]
        rows = {mutant.name: known[mutant.name] for mutant in kept}
        waiting = [mutant for mutant in chosen if mutant.name not in rows]
        if not waiting:
            return rows
        state = listing.digest([*sorted(path for path in self.build.tree.rglob("*") if path.is_file())])
        tests = judging.record(self.build, max(self.numbers.values()), state, wanted.suites)
        if tests.unusable():
            self.say(f"fail or are skipped without a mutant, and detect none: {', '.join(tests.unusable())}")
        kills = Counter(row["by"] for row in known.values() if row["by"])
        models = scenarios.record(self.build, max(self.numbers.values()), state, wanted.model_seconds) if self.build.has_models else None
        judge = judging.Judge(self.build, self.numbers, tests, kills, wanted.most_seconds, models)
        judge.check()
        deadline = time.monotonic() + 60 * wanted.minutes if wanted.minutes else None
        lock, said = threading.Lock(), [time.monotonic()]

        def one(mutant):
            if deadline and time.monotonic() > deadline:
                return
            before = known.get(mutant.name, {})
            tested = not wanted.again and self.is_current(before, mutant, sources, tests_now)
            outcome = judge.judge(mutant, before.get("by", ""), deadline, tested)
            if outcome.outcome == "undecided" and deadline and time.monotonic() > deadline:
                return
            with lock:
                rows[mutant.name] = results.row_of(outcome, sources[mutant.file], tests_now, models=models is not None)
                store.add(rows[mutant.name])
                if time.monotonic() - said[0] > 20:
                    said[0] = time.monotonic()
                    self.say(f"{len(rows)} of {len(chosen)} mutants judged")

        with ThreadPoolExecutor(max_workers=self.jobs) as pool:
            list(pool.map(one, waiting))
        return rows

    def current(self, store):
        """Returns: the row of each mutant that an earlier run has judged, and that is as it was; also where it has not asked all tests."""
        tests_now = judging.test_sources(self.root)
        sources = {name: listing.digest([self.root / name]) for name in self.mutants}
        known = store.rows()
        return {
            one.name: row
            for one in self.all
            if (row := known.get(one.name))
            and (self.is_current(row, one, sources, tests_now) or (row["outcome"], row["source"]) == ("undecided", sources[one.file]))
        }

    def is_current(self, row, mutant, sources, tests_now):
        return bool(row) and results.holds(row, sources[mutant.file], tests_now)

    def is_of_core(self, mutant):
        return "/core/" in mutant.file

    def holds(self, known, mutant, sources, tests_now):
        """What no test detects in a header the models are asked, too, where this run has them."""
        row = known.get(mutant.name, {})
        asked = not self.build.has_models or row.get("outcome") == "killed" or row.get("models") or not self.is_of_core(mutant)
        return self.is_current(row, mutant, sources, tests_now) and bool(asked)


def files_changed(root, base, ask):
    """The mutated files that differ from a commit, in the order of their names. `ask`: runs git, returns its lines."""
    changed = set(ask("diff", "--name-only", base, "--", "lib"))
    return [name for name in sites.files(root) if name in changed]
