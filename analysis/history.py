"""What the pages over time say of machines, commits and changes, before any page is written."""

import itertools
from dataclasses import dataclass

import archive
import row_words
import trends

SHOWN = "rtt/peer:kickmsg/size:{}/receive:{}/mode:{}/payload:touch"
# What has a chart of its own, where it was measured; everything else has a line of the table.
CHARTED = (
    "op/send_receive/size:64/receive:copy",
    "op/send_receive/size:64/receive:view",
    SHOWN.format(64, "copy", "spin"),
    SHOWN.format(64, "view", "spin"),
    SHOWN.format(64, "copy", "block"),
    SHOWN.format(64, "view", "block"),
    SHOWN.format(65536, "view", "spin"),
    "op/publish_receive/rings:8",
    "wake/idle_us:100",
    "op/recover_clean/pool:1024",
)
FLOORS = ("floor/rmw", "floor/payload/size:64", "floor/futex/size:64")
HEADLINE = CHARTED[:6]


@dataclass
class Machine:
    """A machine's runs along the history, and how its rows went."""

    name: str
    runs: list
    series: list

    @property
    def cpu(self):
        return self.newest.bench.machine()["cpu"]

    @property
    def newest(self):
        return self.runs[-1]

    @property
    def page(self):
        return f"machine-{self.name}.html"

    def of(self, name):
        return next((series for series in self.series if series.name == name), None)

    @property
    def rows(self):
        return [series for series in self.series if series.base]

    @property
    def floors(self):
        return [series for series in self.series if not series.base]

    def events(self, worse):
        """[(series, change), ...], the largest first: regressions that still stand, or improvements."""
        found = [
            (series, change)
            for series in self.rows
            for change in (series.regressed if worse else [change for change in series.changes if not change.slower])
        ]
        return sorted(found, key=lambda pair: -abs(pair[1].ratio - 1))

    @property
    def suspects(self):
        return [series for series in self.rows if series.suspect]

    @property
    def unsearched(self):
        return sum(not series.searched for series in self.rows)


def around(run):
    """What is around the library in a run: the benchmarks, the compiler, the kernel and their likes."""
    known = run.bench.machine()
    return {"benchmarks": run.about.get("bench"), **{words: known.get(key) for key, words in archive.AROUND.items()}}


def marks_of(runs):
    """[(run, letter, what changed before it), ...]"""
    told = []
    for at, (before, after) in enumerate(itertools.pairwise(runs), 1):
        was, now = around(before), around(after)
        changed = [f"{words}: {was[words]} → {now[words]}" for words in now if was[words] and now[words] and was[words] != now[words]]
        if changed:
            told.append((at, letter_of(len(told)), "; ".join(changed)))
    return told


def letter_of(count):
    """a, b, ... z, a2, b2, ..."""
    return chr(ord("a") + count % 26) + (str(count // 26 + 1) if count >= 26 else "")


def between(machine, change):
    """{'run', 'text'}: the first run after a change, and how it and the last before are called."""
    before, after = machine.runs[change.before], machine.runs[change.after]
    if before.commit == after.commit:
        return {"run": after, "text": f"{after.label}, between two runs of that commit: not of the library"}
    return {"run": after, "text": f"{after.label} (last before: {before.label})"}


def remark(machine, change):
    """What else changed at the same place, or an empty string."""
    told = [what for at, _, what in marks_of(machine.runs) if change.before < at <= change.after]
    floors = [
        f"the floor itself ({row_words.words(series.name)}) by {100 * (other.ratio - 1):+.0f} %"
        for series in machine.floors
        if series.name in FLOORS
        for other in series.changes
        if (other.before, other.after) == (change.before, change.after)
    ]
    return "; ".join(told + floors)


def headline_of(run):
    """[(row in words, key, multiple, nanoseconds one way), ...] of a run."""
    told = []
    for name in HEADLINE:
        row = run.bench.find(name)
        if row is not None:
            base = trends.base_of(row, run.bench)
            point = trends.point_of(0, trends.ratios_of(row, base))
            told.append((row_words.words(name), name, point, row.one_way_of_rounds() or row.values["real_time"]))
    return told


def commits_of(machines):
    """[{'commit', 'label', 'about', 'runs': [(machine, run), ...], 'checks'}, ...], the newest first."""
    found = {}
    for machine in machines:
        for run in machine.runs:
            found.setdefault(run.commit[:12], []).append((machine, run))
    told = []
    for commit, pairs in found.items():
        newest = max((run for _, run in pairs), key=lambda run: run.about["date"])
        counted = [run for _, run in pairs if run.about.get("checks")]
        told.append(
            {
                "commit": commit,
                "page": f"commit-{commit}.html",
                "label": newest.label,
                "order": newest.order,
                "about": newest.about,
                "runs": pairs,
                "checks": max(counted, key=lambda run: run.about["date"]).about["checks"] if counted else {},
            }
        )
    return sorted(told, key=lambda commit: commit["order"], reverse=True)


def changes_at(machines, commit):
    """[(machine, series, change), ...] whose first run after is of this commit."""
    return [
        (machine, series, change)
        for machine in machines
        for series in machine.rows
        for change in series.changes
        if machine.runs[change.after].commit[:12] == commit["commit"]
    ]


def side_by_side(machines):
    """[(words, key, [point or None, one for each machine]), ...]: the newest run of each."""
    lines = []
    for name in CHARTED:
        points = []
        for machine in machines:
            row = machine.newest.bench.find(name)
            points.append(None if row is None else trends.point_of(0, trends.ratios_of(row, trends.base_of(row, machine.newest.bench))))
        if sum(point is not None for point in points) > 1:
            lines.append((row_words.words(name), name, points))
    return lines
