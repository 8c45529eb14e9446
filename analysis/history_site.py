"""Pages over time and machines from a folder of runs (analysis/archive.py puts them there): plain files, no server, nothing from outside.

    python3 analysis/history_site.py FOLDER --out SITE

writes SITE/index.html, a page for each machine (trends, change points) and one for each commit. A run that cannot be read is listed on the
first page; the exit status is then 1.
"""

import argparse
import functools
import pathlib
import sys

import jinja2

import archive
import checks
import first_screen
import history
import row_words
import style
import trend_charts
import trends

HERE = pathlib.Path(__file__).resolve().parent


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
    marks = [(at, letter) for at, letter, _ in history.marks_of(machine.runs)]
    return trend_charts.trend(series, [run.label for run in machine.runs], words, marks)


def regression_answer(machines):
    worse = sum(len(machine.events(True)) for machine in machines)
    better = sum(len(machine.events(False)) for machine in machines)
    unsearched = [machine for machine in machines if machine.unsearched == len(machine.rows)]
    rows = first_screen.plural(sum(len(machine.rows) for machine in machines), "row")
    text = f"{rows} on {first_screen.plural(len(machines), 'machine')}; {better} became faster."
    if unsearched:
        text += f" Not searched on {first_screen.plural(len(unsearched), 'machine')}: {why_unsearched(unsearched)}"
    nowhere = len(unsearched) == len(machines)
    return {
        "question": "What regressed?",
        "kind": first_screen.OPEN if nowhere else first_screen.BAD if worse else first_screen.GOOD,
        "verdict": "not searched" if nowhere else first_screen.plural(worse, "row") if worse else "nothing",
        "text": text,
    }


def correctness_answer(commits):
    counted = next((commit for commit in commits if commit["checks"]), None)
    told = {"question": "Is it as correct as it is fast?", "kind": first_screen.OPEN, "verdict": "no run has both", "text": ""}
    if counted is None:
        return told
    wrong = checks.wrong(counted["checks"])
    return {
        **told,
        "kind": first_screen.BAD if wrong else first_screen.GOOD,
        "verdict": "something went wrong" if wrong else "nothing found",
        "text": f"Newest run with both: {counted['label']}, {checks_text(counted['checks'])}.",
    }


def answers_of(machines, commits, refused):
    """The first screen: what regressed, whether it is as correct as it is fast, what could not be read."""
    told = [regression_answer(machines), correctness_answer(commits)]
    if refused:
        told.append(
            {
                "question": "What could not be read?",
                "kind": first_screen.MIXED,
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


class Site:
    """The pages that are written, and what all of them need."""

    def __init__(self, out, machines, commits):
        self.out, self.machines, self.commits = out, machines, commits
        self.templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
        )
        self.templates.filters.update(ns=style.format_ns, words=row_words.words, multiple=multiple, nanoseconds=nanoseconds)
        self.templates.filters["percent"] = lambda ratio: f"{100 * (ratio - 1):+.0f} %"
        pages = {commit["commit"]: commit["page"] for commit in commits}
        self.common = {
            "between": history.between,
            "remark": history.remark,
            "page_of": lambda run: pages[run.commit[:12]],
            "check_words": checks.WORDS,
            "check_columns": list(checks.COLUMNS),
            "check_cell": checks.cell,
            "headline_of": history.headline_of,
        }

    def write(self, name, kind, **values):
        page = self.templates.get_template(f"history_{kind}.html.j2").render(**self.common, **values)
        (self.out / name).write_text(page, encoding="utf-8")

    def index(self, refused):
        self.write(
            "index.html",
            "index",
            machines=self.machines,
            commits=self.commits,
            refused=refused,
            answers=answers_of(self.machines, self.commits, refused),
            side_by_side=history.side_by_side(self.machines) if len(self.machines) > 1 else [],
        )

    def machine(self, machine):
        def charts(names):
            return [(series, chart(machine, series)) for name in names if (series := machine.of(name))]

        self.write(
            machine.page,
            "machine",
            machine=machine,
            charts=charts(history.CHARTED),
            floor_charts=charts(history.FLOORS),
            spark=functools.partial(trend_charts.sparkline, runs=len(machine.runs)),
            marks=history.marks_of(machine.runs),
            why_unsearched=why_unsearched([machine]),
            fewest=trends.FEWEST,
            least=trends.LEAST,
        )

    def commit(self, commit):
        self.write(commit["page"], "commit", commit=commit, changes=history.changes_at(self.machines, commit))


def build(folder, out):
    """Writes the site. Returns: what could not be read."""
    by_name, refused = archive.load(folder)
    machines = [history.Machine(name, runs, trends.all_series(runs)) for name, runs in by_name.items()]
    machines.sort(key=lambda machine: (-len(machine.runs), machine.name))
    commits = history.commits_of(machines)
    out.mkdir(parents=True, exist_ok=True)
    site = Site(out, machines, commits)
    site.index(refused)
    for machine in machines:
        site.machine(machine)
    for commit in commits:
        site.commit(commit)
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
