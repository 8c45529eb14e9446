"""Pages over time and machines from a folder of runs (analysis/archive.py puts them there): plain files, no server, nothing from outside.

    python3 analysis/history_site.py FOLDER --out SITE

writes SITE/index.html, a page for each machine (trends, change points) and one for each commit. A run that cannot be read is listed on the
first page; the exit status is then 1.
"""

import argparse
import functools
import itertools
import pathlib
import sys
from dataclasses import dataclass

import jinja2

import archive
import checks
import first_screen
import row_words
import style
import trend_charts
import trends

HERE = pathlib.Path(__file__).resolve().parent
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
    """'abc1234 (after def5678)': the first commit after a change, and the last before it."""
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


def multiple(point):
    """'2.15× (2.10 … 2.21)'; of nanoseconds see nanoseconds()."""
    return f"{point.middle:.3g}× ({point.low:.3g} … {point.high:.3g})"


def nanoseconds(point):
    return f"{style.format_ns(point.middle)} ({style.format_ns(point.low)} … {style.format_ns(point.high)})"


def point_words(series, machine, point):
    run = machine.runs[point.at]
    value = multiple(point) if series.base else nanoseconds(point)
    kind = "95 % interval" if point.sure else "least and most"
    return f"{run.label} {run.about.get('subject', '')}\n{value}, {kind} of {point.rounds} rounds, {run.about['date'][:10]}"


def chart(machine, series):
    words = {point.at: point_words(series, machine, point) for point in series.points}
    marks = [(at, letter) for at, letter, _ in marks_of(machine.runs)]
    return trend_charts.trend(series, [run.label for run in machine.runs], words, marks)


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


def verdicts(machines, commits, refused):
    """The first screen: what regressed, how fast it is now, whether it is as correct as it is fast, what could not be read."""
    worse = sum(len(machine.events(True)) for machine in machines)
    better = sum(len(machine.events(False)) for machine in machines)
    unsearched = [machine for machine in machines if machine.rows and machine.unsearched == len(machine.rows)]
    rows = first_screen.plural(sum(len(machine.rows) for machine in machines), "row")
    text = f"{rows} on {first_screen.plural(len(machines), 'machine')}; {better} became faster."
    if unsearched:
        text += f" Not searched on {first_screen.plural(len(unsearched), 'machine')}: {why_unsearched(unsearched)}"
    told = [
        {
            "question": "What regressed?",
            "kind": "open" if len(unsearched) == len(machines) else "bad" if worse else "good",
            "verdict": "not searched" if len(unsearched) == len(machines) else first_screen.plural(worse, "row") if worse else "nothing",
            "text": text,
        }
    ]
    counted = next((commit for commit in commits if commit["checks"]), None)
    told.append(
        {
            "question": "Is it as correct as it is fast?",
            "kind": "open" if counted is None else "bad" if checks.wrong(counted["checks"]) else "good",
            "verdict": "no run has both"
            if counted is None
            else "something went wrong"
            if checks.wrong(counted["checks"])
            else "nothing found",
            "text": "" if counted is None else f"Newest run with both: {counted['label']}, {checks_text(counted['checks'])}.",
        }
    )
    if refused:
        told.append(
            {
                "question": "What could not be read?",
                "kind": "mixed",
                "verdict": first_screen.plural(len(refused), "run"),
                "text": "Listed with the reason at the end of this page; the others are shown without them.",
            }
        )
    return told


def why_unsearched(machines):
    if trends.ruptures() is None:
        return "ruptures is not installed (scripts/bootstrap.sh)."
    return f"fewer than {trends.FEWEST} comparable runs."


def checks_text(counted):
    shown = [(words, counted[key]) for key, words in checks.WORDS.items() if key in counted]
    return ", ".join(f"{words} {value:,}" for words, value in shown)


def environment():
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    made.filters.update(ns=style.format_ns, words=row_words.words, multiple=multiple, nanoseconds=nanoseconds)
    made.filters["percent"] = lambda ratio: f"{100 * (ratio - 1):+.0f} %"
    return made


def write(out, name, template, **values):
    (out / name).write_text(template.render(**values), encoding="utf-8")


def build(folder, out):
    """Writes the site. Returns: what could not be read."""
    by_name, refused = archive.load(folder)
    machines = [Machine(name, runs, trends.all_series(runs)) for name, runs in by_name.items()]
    machines.sort(key=lambda machine: (-len(machine.runs), machine.name))
    commits = commits_of(machines)
    pages = {commit["commit"]: commit["page"] for commit in commits}
    out.mkdir(parents=True, exist_ok=True)
    templates = environment()
    common = {
        "between": between,
        "remark": remark,
        "page_of": lambda run: pages[run.commit[:12]],
        "check_words": checks.WORDS,
        "wrong": checks.wrong,
        "headline_of": headline_of,
    }
    index = templates.get_template("history_index.html.j2")
    write(
        out,
        "index.html",
        index,
        machines=machines,
        commits=commits,
        refused=refused,
        answers=verdicts(machines, commits, refused),
        side_by_side=side_by_side(machines) if len(machines) > 1 else [],
        **common,
    )
    for machine in machines:
        write(
            out,
            machine.page,
            templates.get_template("history_machine.html.j2"),
            machine=machine,
            charts=[(series, chart(machine, series)) for name in CHARTED if (series := machine.of(name))],
            floor_charts=[(series, chart(machine, series)) for name in FLOORS if (series := machine.of(name))],
            spark=functools.partial(trend_charts.sparkline, runs=len(machine.runs)),
            marks=marks_of(machine.runs),
            why_unsearched=why_unsearched([machine]),
            fewest=trends.FEWEST,
            least=trends.LEAST,
            **common,
        )
    for commit in commits:
        write(
            out,
            commit["page"],
            templates.get_template("history_commit.html.j2"),
            commit=commit,
            changes=changes_at(machines, commit),
            **common,
        )
    return refused


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="of analysis/archive.py")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="folder to write")
    options = parser.parse_args(arguments)
    if not (options.folder / "runs").is_dir():
        parser.error(f"{options.folder}: no folder 'runs' in it: expected what analysis/archive.py made")
    refused = build(options.folder, options.out)
    for why in refused:
        print(f"history_site.py: {why}", file=sys.stderr)
    print(options.out / "index.html")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
