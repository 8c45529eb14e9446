"""One self-contained page from a bench.json, and the figures beside it.

    python analysis/report.py --out DIR bench.json [--results results.json]

with --models, --mutants, --crash and --crash-times and the JSON of those stages also what they found, with --run and the folder of a
validation run what its stages stress, fuzz, sanitizers and coverage found;
writes DIR/index.html (opens without network), DIR/figures/*.svg and *.png.
"""
import argparse
import base64
import pathlib
import sys

import jinja2

import crash
import dynamic
import loader
import machine
import models
import payload_sweep
import recovery_times
import rtt_ccdf
import rtt_percentiles
import style

HERE = pathlib.Path(__file__).resolve().parent
CHARTS = (
    ("payload_sweep", payload_sweep.draw, "Median one way by payload size"),
    ("rtt_percentiles", rtt_percentiles.draw, "Round trip by percentile at 64 bytes"),
    ("rtt_ccdf", rtt_ccdf.draw, "Share of round trips longer than a time, at 64 bytes"),
)


def draw_figures(bench, folder):
    """Returns: [{'name', 'alt', 'mode', 'data'}, ...], one for each chart whose rows were measured."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for mode in ("spin", "block"):
        for kind, draw, words in CHARTS:
            for receive in ("copy", "view"):
                fig = draw(bench, receive, mode)
                if fig is None:
                    continue
                name = f"{kind}_{mode}_{receive}"
                svg = style.save(fig, folder, name)
                data = base64.b64encode(svg.encode()).decode()
                alt = f"{words}: {style.MODE_WORDS[mode]}, {style.RECEIVE_WORDS[receive]}, beside the floor."
                drawn.append({"name": name, "alt": alt, "mode": mode, "data": data})
    return drawn


def draw_recovery(times, folder):
    """Returns: [{'name', 'alt', 'data'}, ...] of what a death costs."""
    drawn = []
    for name, (draw, alt) in recovery_times.CHARTS.items():
        fig = draw(times) if times is not None else None
        if fig is not None:
            svg = style.save(fig, folder, name)
            drawn.append({"name": name, "alt": alt, "data": base64.b64encode(svg.encode()).decode()})
    return drawn


def headline(bench, size=64):
    """The lines of the first table: the floor and ours, polling and sleeping, one way."""
    lines = []
    for mode in ("spin", "block"):
        floor = bench.floor_of(size, mode)
        if floor is None:
            continue
        lines.append({"what": style.FLOOR_WORDS[mode], "mode": mode, "time": floor.one_way_of_rounds(), "ratio": 1.0, "floor": True,
                      "rmw": floor.values.get("rmw_multiple")})
        for receive in ("copy", "view"):
            ours = bench.rtt(size, receive, mode)
            if ours is not None:
                lines.append({"what": f"kickmsg, {style.RECEIVE_WORDS[receive]}", "mode": mode, "time": ours.one_way_of_rounds(),
                              "ratio": ours.ratio(), "net": ours.values.get("one_way_ratio_to_floor_without_clock"),
                              "rmw": ours.values.get("rmw_multiple"), "floor": False})
    return lines


def verdict(bench):
    """The headline in a sentence, or an empty string when it was not measured. The bound is the run's own."""
    ratios = [row.ratio() for row in (bench.rtt(64, receive, "spin") for receive in ("copy", "view")) if row is not None]
    if not ratios or None in ratios:
        return ""
    worst = max(ratios)
    target = bench.context.get("headline", {}).get("target")
    bound = "" if target is None else f" ({'within' if worst <= target else 'above'} the bound of {target:.1f})"
    return (f"A message of 64 bytes, written and read in full, costs {min(ratios):.2f} to {worst:.2f} times the floor of this machine"
            f"{bound}.")


def targets(bench):
    """What the run aimed at, in the run's order: [{'what', 'value', 'unit', 'bound', 'state'}, ...]; those without a bound are left out."""
    lines = []
    for target in bench.context.get("targets", []):
        if "met" in target:
            state = "met" if target["met"] else f"not met, by {100 * target.get('excess', 0):.0f} %"
            lines.append({"what": target["what"], "value": target["value"], "unit": target["unit"], "bound": target["at_most"],
                          "state": state, "met": target["met"]})
    return lines


def rounds_text(row):
    rounds = row.values.get("round_mean_ns") or row.values.get("round_p50_ns") or []
    return f"{style.format_ns(min(rounds))} … {style.format_ns(max(rounds))}" if rounds else "–"


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench", help="bench.json of kickmsg_bench")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="folder to write")
    parser.add_argument("--results", help="results.json of a validation run; may be missing")
    parser.add_argument("--models", help="models.json of a validation run; may be missing")
    parser.add_argument("--mutants", help="mutants.json of a validation run; may be missing")
    parser.add_argument("--crash", help="crash.json of a validation run; may be missing")
    parser.add_argument("--crash-times", help="crash_times.json of a validation run; may be missing")
    parser.add_argument("--run", type=pathlib.Path, help="folder of a validation run: what the other stages found")
    options = parser.parse_args(arguments)
    bench = loader.load_bench(options.bench)
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True,
                                     undefined=jinja2.StrictUndefined)
    environment.filters.update(ns=style.format_ns, times=lambda ratio: "–" if ratio is None else f"{ratio:.2f}", rounds=rounds_text)
    page = environment.get_template("report.html.j2").render(
        bench=bench,
        headline=headline(bench),
        verdict=verdict(bench),
        targets=targets(bench),
        figures=draw_figures(bench, options.out / "figures"),
        quantiles=loader.QUANTILES,
        rtt=sorted(bench.family("rtt"), key=lambda row: (row.parameters["mode"] == "block", loader.natural_key(row.name))),
        floor=sorted(bench.family("floor"), key=lambda row: loader.natural_key(row.name)),
        op=sorted(bench.family("op"), key=lambda row: loader.natural_key(row.name)),
        machine=machine.lines(bench.context),
        results=loader.load_results(options.results),
        models=models.summary(models.load(options.models)),
        mutants=models.load(options.mutants),
        crash=crash.summary(models.load(options.crash)),
        dynamic=dynamic.summary(dynamic.load(options.run)),
        costs=draw_recovery(recovery_times.load(options.crash_times), options.out / "figures"),
    )
    (options.out / "index.html").write_text(page, encoding="utf-8")
    print(options.out / "index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
