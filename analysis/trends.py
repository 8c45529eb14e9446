"""How each row went from run to run of one machine, and where it changed for good.

A row is a multiple of the machine's floor in the same run: of the row that its `floor` names, of floor/rmw otherwise. Rows of the floor are
nanoseconds. Change points are searched with ruptures (PELT, squares about the mean of the logarithms); each that it proposes must then hold
by itself: Student's t between its two sides, corrected for the places where it could have been, and at least LEAST.
"""

import itertools
import math
import pathlib
import statistics
import sys
from dataclasses import dataclass, field

import numpy
from scipy import stats

import loader

ROOT = pathlib.Path(__file__).resolve().parents[1]
for folder in (ROOT / "scripts",):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

from harness import machine, paired  # noqa: E402

FLOOR = "floor/rmw"
LEAST = paired.LEAST_SLOWDOWN  # a smaller change is not looked for
ALPHA = 0.001  # that noise alone makes a change point of a row
FEWEST = 6  # runs, of which at least two on each side
LEAST_SEGMENT = 2
REQUIREMENTS = ROOT / "analysis/requirements.txt"


def ruptures():
    """The library, or None where scripts/bootstrap.sh could not install it."""
    version = REQUIREMENTS.read_text(encoding="utf-8").strip().rpartition("==")[2]
    kept = str(machine.cache() / f"ruptures-{version}")
    if kept not in sys.path:
        sys.path.append(kept)
    try:
        import ruptures as library
    except ImportError:
        return None
    return library


@dataclass(frozen=True)
class Point:
    """A row in one run. `low` and `high`: the 95 % interval of the median over the rounds, of less than six the least and the most."""

    at: int  # of the run, along the history
    middle: float
    low: float
    high: float
    rounds: int
    sure: bool  # whether low and high are the interval


@dataclass(frozen=True)
class Change:
    """A row changed for good between two runs that follow each other."""

    before: int  # the last run of before
    after: int  # the first run of after
    ratio: float  # after by before
    low: float
    high: float

    @property
    def slower(self):
        return self.ratio > 1


@dataclass
class Series:
    """A row over the runs of a machine."""

    name: str
    base: str  # of what its values are multiples; empty: nanoseconds
    points: list
    missing: list = field(default_factory=list)  # runs that do not have it
    breaks: list = field(default_factory=list)  # runs from which on it is another measurement
    changes: list = field(default_factory=list)
    searched: bool = False  # whether change points could be searched
    suspect: float = 0.0  # the newest run by what was before, where it alone stands apart; else 0

    @property
    def newest(self):
        return self.points[-1]

    @property
    def regressed(self):
        """[Change, ...]: slower since, and not mended by what came after."""
        values = {point.at: point.middle for point in self.points}
        return [
            change for change in self.changes if change.slower and self.level_now() >= (1 + LEAST) * level(values, self.changes, change)
        ]

    def level_now(self):
        start = self.changes[-1].after if self.changes else 0
        return statistics.median(point.middle for point in self.points if point.at >= start)


def level(values, changes, change):
    """The median of the runs between the change before and this one."""
    starts = [other.after for other in changes if other.after < change.after]
    return statistics.median(value for at, value in values.items() if max(starts, default=0) <= at <= change.before)


def rounds_of(row):
    return row.values.get("round_mean_ns") or row.values.get("round_p50_ns") or []


def base_of(row, bench):
    """The row that a row is a multiple of, or None of the floor itself."""
    if row.family == "floor":
        return None
    named = bench.find(loader.name_of(row.values["floor"])) if row.values.get("floor") not in (None, row.values.get("name")) else None
    return named or bench.find(FLOOR)


def ratios_of(row, base):
    """[multiple in each round, ...]; of rounds that do not pair, the quotient of the medians alone."""
    times = rounds_of(row) or [row.values["real_time"]]
    if base is None:
        return times
    floors = rounds_of(base) or [base.values["real_time"]]
    if len(times) == len(floors):
        return [time / floor for time, floor in zip(times, floors)]
    return [statistics.median(times) / statistics.median(floors)]


def point_of(at, ratios):
    try:
        low, high = paired.sign_interval(ratios)
        sure = True
    except ValueError:
        low, high, sure = min(ratios), max(ratios), False
    return Point(at, statistics.median(ratios), low, high, len(ratios), sure)


def is_ours(row):
    return row.peer in (None, "kickmsg")


def names(runs):
    """Our rows and the floor's that two runs or more have, in the order of the names."""
    seen = {}
    for run in runs:
        for row in run.bench.rows:
            if is_ours(row) and not row.failed and row.values.get("real_time"):
                seen[row.name] = seen.get(row.name, 0) + 1
    return sorted((name for name, count in seen.items() if count > 1), key=loader.natural_key)


def series_of(runs, name):
    """The row over the runs, without its changes."""
    points, missing, breaks, what, base_name = [], [], [], None, ""
    for at, run in enumerate(runs):
        row = run.bench.find(name)
        if row is None:
            missing.append(at)
            continue
        base = base_of(row, run.bench)
        measured = (row.values.get("what"), base and base.name)
        if what is not None and measured != what:
            breaks.append(at)
        what, base_name = measured, base.name if base is not None else ""
        points.append(point_of(at, ratios_of(row, base)))
    return Series(name, base_name, points, missing, breaks)


def spread(values):
    """A standard deviation that one change, or one outlier, does not move: of the differences of neighbours."""
    steps = numpy.diff(values)
    return float(1.4826 * numpy.median(numpy.abs(steps - numpy.median(steps))) / math.sqrt(2))


def holds(logs, left, at, right, bounds, robust):
    """The change at `at` between `left` and `right` as (probability of it by noise, ratio, low, high)."""
    before, after = logs[left:at], logs[at:right]
    residuals = numpy.concatenate([logs[a:b] - logs[a:b].mean() for a, b in itertools.pairwise(bounds)])
    freedom = len(logs) - (len(bounds) - 1)
    pooled = math.sqrt(float((residuals**2).sum()) / freedom)
    error = max(pooled, robust, 1e-9) * math.sqrt(1 / len(before) + 1 / len(after))
    step = float(after.mean() - before.mean())
    chance = 2 * float(stats.t.sf(abs(step) / error, freedom)) * (len(logs) - 1)
    reach = float(stats.t.ppf(0.975, freedom)) * error
    return chance, math.exp(step), math.exp(step - reach), math.exp(step + reach)


def change_places(values):
    """[(place of the first value after, ratio, low, high), ...]. Errors: ValueError of too few values; ImportError without ruptures."""
    if len(values) < FEWEST:
        raise ValueError(f"{len(values)} runs: change points are searched from {FEWEST} on")
    library = ruptures()
    if library is None:
        raise ImportError("ruptures is not installed: scripts/bootstrap.sh installs it")
    logs = numpy.log(numpy.asarray(values, dtype=float))
    robust = spread(logs)
    scaled = logs / max(robust, 1e-9)
    found = library.Pelt(model="l2", min_size=LEAST_SEGMENT, jump=1).fit(scaled.reshape(-1, 1)).predict(pen=3 * math.log(len(values)))
    bounds = [0, *found]
    while True:
        judged = [(holds(logs, left, at, right, bounds, robust), at) for left, at, right in zip(bounds, bounds[1:-1], bounds[2:])]
        failing = [
            (told[0], abs(math.log(told[1])), at) for told, at in judged if told[0] > ALPHA or abs(math.log(told[1])) < math.log1p(LEAST)
        ]
        if not failing:
            return [(at, *told[1:]) for told, at in judged]
        bounds.remove(max(failing, key=lambda one: (one[0], -one[1]))[2])


def last_alone(values):
    """The newest value by the others since the last change, where it alone stands apart; else 0. One run is no change yet."""
    logs = numpy.log(numpy.asarray(values, dtype=float))
    before = logs[:-1]
    if len(before) < FEWEST - 1:
        return 0.0
    error = max(float(before.std(ddof=1)), spread(before), 1e-9) * math.sqrt(1 + 1 / len(before))
    step = float(logs[-1] - before.mean())
    apart = 2 * float(stats.t.sf(abs(step) / error, len(before) - 1)) < ALPHA and abs(step) >= math.log1p(LEAST)
    return math.exp(step) if apart else 0.0


def with_changes(series):
    """Searches the part since the last break: before it, it was another measurement."""
    start = series.breaks[-1] if series.breaks else 0
    points = [point for point in series.points if point.at >= start]
    values = [point.middle for point in points]
    try:
        found = change_places(values)
    except (ValueError, ImportError):
        return series
    series.searched = True
    series.changes = [Change(points[at - 1].at, points[at].at, *told) for at, *told in found]
    series.suspect = last_alone(values[found[-1][0] if found else 0 :])
    return series


def all_series(runs):
    """[Series, ...] of a machine's runs, with their changes."""
    return [with_changes(series_of(runs, name)) for name in names(runs)]
