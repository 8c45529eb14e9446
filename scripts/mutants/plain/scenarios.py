"""The scenarios of models/ judge what no unit test detects in the headers that they run: interleavings, deaths."""

import hashlib
import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from mutants.plain import sandbox
from mutants.plain.building import MODELS

PROBE_SECONDS = 0.3
SLICES = (("random", 0.2), ("climb", 0.4), ("random", 1.5))  # strategy and seconds for each scenario, round after round
GRACE_SECONDS = 60  # beyond the time of a batch: what takes longer has no end
MOST_SCENARIOS = 24  # of those that come to a mutant
FAILED = re.compile(r"^(\S+) .*: FAILED", re.MULTILINE)


class Scenarios:
    """`reached`: {scenario: numbers of the mutants that it comes to}."""

    def __init__(self, build, reached, seconds):
        self.build, self.reached, self.seconds = build, reached, seconds
        self.kills = Counter()

    def of(self, number):
        """Those that come to a mutant, the most promising first: what has detected many, and comes to few."""
        found = [name for name, numbers in self.reached.items() if number in numbers]
        return sorted(found, key=lambda name: (-(self.kills[name] + 1) / (len(self.reached[name]) + 50), name))[:MOST_SCENARIOS]

    def judge(self, number, folder):
        """Returns: the scenario that detects it, or empty."""
        names = self.of(number)
        if not names:
            return ""
        searches = [
            {"scenario": name, "strategy": strategy, "seconds": seconds, "seed": 1} for strategy, seconds in SLICES for name in names
        ]
        folder.mkdir(parents=True, exist_ok=True)
        batch = folder / "batch.json"
        batch.write_text(json.dumps({"seconds": self.seconds, "searches": searches}), encoding="utf-8")
        outcome = run(self.build, folder, ["--batch", batch], self.seconds + GRACE_SECONDS, {"KICKMSG_MUTANT": str(number)})
        if outcome.ok:
            return ""
        failed = FAILED.search(outcome.text())
        by = failed.group(1) if failed else names[0]
        self.kills[by] += 1
        return f"model {by}"


def run(build, folder, options, seconds, environment):
    return sandbox.run([build.programs / MODELS, *options], folder / "models.log", seconds, environment, folder)


def record(build, count, state, seconds):
    """Runs each scenario shortly without a mutant. Returns: Scenarios."""
    folder = build.folder / "reached" / hashlib.sha256(f"models {state} {count}".encode()).hexdigest()[:16]
    kept = folder / "scenarios.json"
    if not kept.exists():
        listed = folder / "list.json"
        outcome = run(build, folder, ["--list", "--json", listed], GRACE_SECONDS, {})
        if not outcome.ok:
            raise ValueError(f"{MODELS} --list: {outcome.describe()}, see {outcome.log}")
        names = [scenario["name"] for scenario in json.loads(listed.read_text(encoding="utf-8"))["scenarios"]]
        with ThreadPoolExecutor(max_workers=build.jobs) as pool:
            found = dict(zip(names, pool.map(lambda name: probe(build, folder / name.replace("/", "_"), name, count), names)))
        kept.write_text(json.dumps(found), encoding="utf-8")
    found = json.loads(kept.read_text(encoding="utf-8"))
    return Scenarios(build, {name: frozenset(numbers) for name, numbers in found.items()}, seconds)


def probe(build, folder, name, count):
    folder.mkdir(parents=True, exist_ok=True)
    reached = folder / "reached"
    reached.write_bytes(bytes(count + 1))
    options = [name, "--strategy", "random", "--seconds", str(PROBE_SECONDS)]
    outcome = run(build, folder, options, GRACE_SECONDS, {"KICKMSG_MUTANTS_REACHED": str(reached)})
    if not outcome.ok:
        raise ValueError(f"{name} fails without a mutant: {outcome.describe()}, see {outcome.log}")
    return [number for number, byte in enumerate(reached.read_bytes()) if byte]
