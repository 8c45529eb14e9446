"""One self-contained page from a bench.json, and the figures beside it; from several, the machines side by side.

    python analysis/report.py --out DIR bench.json [another.json ...] [--results results.json]

with --models, --mutants, --crash and --crash-times and the JSON of those stages also what they found, with --run and the folder of a
validation run what its stages plain_mutants, stress, fuzz, sanitizers, coverage and budgets found;
writes DIR/index.html (opens without network), DIR/figures/*.svg and *.png.
"""

import argparse
import pathlib
import re
import sys

import jinja2

import counted_costs
import dynamic_checks
import figures
import fingerprint
import first_screen
import kill_sweeps
import loader
import model_checking
import peer_versions
import plain_mutants
import recovery_times
import reliable_flows
import row_notes
import row_words
import side_by_side
import style
import throughput
import verification
import wait_set

HERE = pathlib.Path(__file__).resolve().parent


def headline(bench, size=64):
    """The lines of the first table: the floor and ours, polling and sleeping, one way."""
    lines = []
    for mode in ("spin", "block"):
        floor = bench.floor_of(size, mode)
        if floor is None:
            continue
        lines.append(
            {
                "what": style.FLOOR_WORDS[mode],
                "mode": mode,
                "time": floor.one_way_of_rounds(),
                "ratio": 1.0,
                "floor": True,
                "rmw": floor.values.get("rmw_multiple"),
            }
        )
        for receive in ("copy", "view"):
            ours = bench.rtt(size, receive, mode)
            if ours is not None:
                lines.append(
                    {
                        "what": f"kickmsg, {style.RECEIVE_WORDS[receive]}",
                        "mode": mode,
                        "time": ours.one_way_of_rounds(),
                        "ratio": ours.ratio(),
                        "net": ours.values.get("one_way_ratio_to_floor_without_clock"),
                        "rmw": ours.values.get("rmw_multiple"),
                        "floor": False,
                    }
                )
    return lines


def verdict(bench):
    """The headline in a sentence, or an empty string when it was not measured. The bound is the run's own."""
    ratios = [row.ratio() for row in (bench.rtt(64, receive, "spin") for receive in ("copy", "view")) if row is not None]
    if not ratios or None in ratios:
        return ""
    worst = max(ratios)
    target = bench.context.get("headline", {}).get("target")
    bound = "" if target is None else f" ({'within' if worst <= target else 'above'} the bound of {target:.1f})"
    return (
        f"A message of 64 bytes, written and read in full, costs {min(ratios):.2f} to {worst:.2f} times the floor of this machine{bound}."
    )


def targets(bench):
    """What the run aimed at, in the run's order: [{'what', 'value', 'unit', 'bound', 'state'}, ...]; those without a bound are left out."""
    lines = []
    for target in bench.context.get("targets", []):
        if "met" in target:
            state = "met" if target["met"] else f"not met, by {100 * target.get('excess', 0):.0f} %"
            lines.append(
                {
                    "what": target["what"],
                    "words": first_screen.target_words(target, bench.labels()),
                    "value": target["value"],
                    "unit": target["unit"],
                    "bound": target["at_most"],
                    "state": state,
                    "met": target["met"],
                }
            )
    return lines


def with_contents(page):
    """Gives each section a name, and lists them where the page asks for it."""
    titles = []

    def named(match):
        title = match.group(1)
        name = re.sub(r"[^a-z0-9]+", "-", re.sub(r"<.*?>|&\w+;", "", title).lower()).strip("-")
        titles.append((name, title))
        return f'<h2 id="{name}">{title}</h2>'

    page = re.sub(r"<h2>(.*?)</h2>", named, page)
    entries = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title in titles)
    return page.replace("<!-- contents -->", f'<nav aria-label="contents"><ol>{entries}</ol></nav>')


def rounds_text(row):
    rounds = row.values.get("round_mean_ns") or row.values.get("round_p50_ns") or []
    return f"{style.format_ns(min(rounds))} … {style.format_ns(max(rounds))}" if rounds else "–"


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench", nargs="+", help="bench.json of kickmsg_bench; of several the first is told in full, and all side by side")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="folder to write")
    parser.add_argument("--results", help="results.json of a validation run; may be missing")
    parser.add_argument("--models", help="models.json of a validation run; may be missing")
    parser.add_argument("--mutants", help="mutants.json of a validation run; may be missing")
    parser.add_argument("--crash", help="crash.json of a validation run; may be missing")
    parser.add_argument("--crash-times", help="crash_times.json of a validation run; may be missing")
    parser.add_argument("--compare", help="compare.json of scripts/compare.sh; may be missing")
    parser.add_argument("--run", type=pathlib.Path, help="folder of a validation run: what the other stages found")
    return parser.parse_args(arguments)


def found(options):
    """What the other stages found, each None where it is missing."""
    return {
        "results": loader.load_results(options.results),
        "models": model_checking.summary(loader.load_json(options.models)),
        "mutants": loader.load_json(options.mutants),
        "plain": plain_mutants.summary(loader.load_json(options.run and options.run / "plain_mutants.json")),
        "crash": kill_sweeps.summary(loader.load_json(options.crash)),
        "dynamic": dynamic_checks.summary(dynamic_checks.load(options.run)),
    }


def documents(options):
    """The JSON that figures alone are drawn of."""
    return {
        "budgets": loader.load_json(options.run and options.run / "budgets.json"),
        "compare": loader.load_json(options.compare or (options.run and options.run / "compare.json")),
        "times": recovery_times.load(options.crash_times),
    }


def tables(bench):
    """The rows of each table, in its order."""

    def order(row):
        return (row.parameters.get("mode") == "block", loader.natural_key(row.name))

    told = {
        name: sorted(bench.family(family), key=order)
        for name, family in (("rtt", "rtt"), ("floor", "floor"), ("op", "op"), ("flowing", "tput"))
    }
    others = (row for row in bench.rows if row.family not in ("rtt", "floor", "op", "tput"))
    return {**told, "rest": sorted(others, key=order)}


def template(bench):
    """The page's template, with the words that are the run's own."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    labels = bench.labels()
    environment.filters.update(
        ns=style.format_ns,
        times=lambda ratio: "–" if ratio is None else f"{ratio:.2f}",
        rounds=rounds_text,
        size=style.format_size,
        rate=throughput.per_second,
        share=lambda share: row_notes.share(share) if share else "none",
        words=lambda name: row_words.words(name, labels),
        notes=row_notes.notes,
        legend=row_notes.legend,
    )
    return environment.get_template("report.html.j2")


def main(arguments=None):
    options = parse(arguments)
    benches = [loader.load_bench(path) for path in options.bench]
    bench, stages, drawn_of = benches[0], found(options), documents(options)
    drawn = figures.draw_all(benches, drawn_of, verification.counts(**stages), options.out / "figures")
    page = template(bench).render(
        bench=bench,
        answers=first_screen.answers(bench, verdict(bench), stages),
        shown=first_screen.shown_figure(drawn),
        headline=headline(bench),
        targets=targets(bench),
        waits=wait_set.lines(bench),
        flows={"peers": reliable_flows.peers(bench), "lines": reliable_flows.lines(bench)},
        figures=drawn,
        quantiles=loader.QUANTILES,
        machine=fingerprint.lines(bench.context),
        machines=side_by_side.summary(benches),
        budgets=counted_costs.summary(drawn_of["budgets"]),
        versions=peer_versions.lines(bench),
        looked_up=peer_versions.table()["looked_up"],
        plain_told=stages["plain"] or plain_mutants.kept(),
        **tables(bench),
        **stages,
    )
    page = with_contents(page)
    (options.out / "index.html").write_text(page, encoding="utf-8")
    print(options.out / "index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
