"""What a message costs, in the documents: a table and a figure of a report run, and the part of its bench.json that they are drawn of.

    python3 analysis/headline.py build/artifacts/latest/bench.json

writes docs/headline.json, docs/headline.svg, and what stands between the marks in README.md (the figure and a sentence) and in
docs/performance.md (the table, the targets and what is missed). Nothing in them is written by hand.
"""

import argparse
import json
import pathlib
import re
import sys

import fingerprint
import loader
import marked
import peer_ratios
import style

ROOT = pathlib.Path(__file__).resolve().parents[1]
SIZES = (64, 16384, 1048576)
BEGIN, END = "<!-- headline: written by analysis/headline.py -->", "<!-- end of headline -->"
AGAINST = " against its fastest peer, "
LEVEL = 1.1  # rows of a few rounds on a shared machine: closer than this is not distinguished
COMMAND = "scripts/validate.sh bench report"
# What the table and the figure do not show: most of a recording is histograms.
LEFT_OUT = re.compile(
    r"histogram|round_mean_ns|p9[09]|max_ns|min_ns|cpu_time|transport_checked|settings|family_index|instance_index|run_name"
    r"|repetition|sent$|delivered$|beside"
)


def reduced(document):
    """The part of a bench.json that the headline needs: the same rows, fewer of them and shorter."""
    context = {key: document["context"].get(key) for key in ("date", "commit", "mode", "seed", "placement", "machine", "peers", "targets")}
    rows = [
        {key: value for key, value in row.items() if not LEFT_OUT.search(key)} for row in document["benchmarks"] if is_shown(row["name"])
    ]
    return {"context": context, "benchmarks": rows}


def is_shown(name):
    found = loader.Row(name, {})
    closed_loop = found.family == "rtt" and found.parameters.get("payload") == "touch"
    floor = found.family == "floor" and found.subject in ("payload", "futex")
    return found.size in SIZES and (closed_loop or floor)


def cell(bench, row, size):
    """'312 ns (1.62×)' of the row's peer at another size; why not, in a word, where it was not measured."""
    name = row.name.replace(f"/size:{row.size}/", f"/size:{size}/")
    measured = bench.find(name)
    if measured is None:
        return "–"
    return f"{style.format_ns(measured.one_way_of_rounds())} ({measured.ratio():.2f}×)"


def floor_cell(bench, name, size):
    floor = bench.floor_of_class(name, size)
    return "–" if floor is None else style.format_ns(floor.one_way_of_rounds())


def table(bench):
    """The lines of a Markdown table: each class with its floor, then its members as the figure orders them."""
    lines = [
        f"| one way, median | {' | '.join(style.format_size(size) for size in SIZES)} | after `kill -9` of a peer (according to its own documentation) |",
        "|---|" + "---:|" * len(SIZES) + "---|",
    ]
    for name, rows in peer_ratios.bars(bench, SIZES[0]):
        floors = [f"*{floor_cell(bench, name, size)}*" for size in SIZES]
        lines.append(f"| **{style.CLASS_WORDS[name]}**: the baseline | {' | '.join(floors)} | |")
        for row in rows:
            words = style.peer_words(bench, row, name == "blocking")
            words = f"**{words}**" if row.peer == "kickmsg" else words
            survives = row.values["promises"]["survives_kill_9"]
            lines.append(f"| {words} | {' | '.join(cell(bench, row, size) for size in SIZES)} | {survives} |")
    return lines


def target_lines(bench):
    """What was aimed at and by how much it was missed, in the run's order; the peers in one paragraph."""
    told = [target for target in bench.context.get("targets") or [] if "met" in target]
    own = [target for target in told if AGAINST not in target["what"]]
    missed = [target for target in own if not target["met"]]
    lines = [f"{len(own) - len(missed)} of the run's {len(own)} targets are met" + (". Missed:" if missed else ".")]
    lines += [""] * bool(missed) + [
        f"- `{target['what']}`: {target['value']:.2f} {target['unit']}, aimed at {target['at_most']:g}" for target in missed
    ]
    return [*lines, "", *peer_lines([target for target in told if AGAINST in target["what"]])]


def peer_lines(targets):
    """How our rows stand against the fastest peer of each one's class and size."""
    if not targets:
        return ["No peer was measured beside ours."]
    ahead = sum(target["value"] <= 1 / LEVEL for target in targets)
    behind = [target for target in targets if target["value"] > LEVEL]
    within = f"{(LEVEL - 1) * 100:.0f} %"
    lines = [
        f"Compared with the fastest peer of the same class and payload size, kickmsg is more than {within} faster in {ahead} of {len(targets)} rows, "
        f"within {within} in {len(targets) - ahead - len(behind)} and slower in {len(behind)}" + (":" if behind else ".")
    ]
    groups = {}
    for target in behind:
        name, peer = target["what"].split(AGAINST)
        parameters = loader.Row(name, {}).parameters
        words = f"{style.MODE_WORDS[parameters['mode']]}, {style.RECEIVE_WORDS[parameters['receive']]}"
        words += ", first word only" if parameters["payload"] == "handoff" else ""
        groups.setdefault(words, []).append(f"{style.format_size(int(parameters['size']))} {target['value']:.2f}× {peer}")
    return lines + [""] * bool(groups) + [f"- {words}: {', '.join(rows)}" for words, rows in groups.items()]


def provenance(bench):
    known, context = bench.machine(), bench.context
    return (
        f"{known.get('cpu', 'unknown processor')}, {fingerprint.virtualisation(known)}, {context.get('placement')}; "
        f"{known.get('kernel')}, {known.get('compiler')}, {known.get('flags')}; commit {context.get('commit')}, "
        f"{context.get('date', '')[:10]}, mode {context.get('mode')}."
    )


def baseline_and_ours(bench, name, size):
    """'278 ns, 1.23 times ...': what the row of ours costs in a class, in words. Nothing where it was not measured."""
    ours = next((row for row in dict(peer_ratios.bars(bench, size)).get(name, []) if row.peer == "kickmsg"), None)
    if ours is None:
        return ""
    return f"{style.format_ns(ours.one_way_of_rounds())}, {ours.ratio():.2f} times the baseline"


def sentence(bench):
    """The numbers of the figure that the README says in words."""
    said = [
        f"{words} it takes {ours}"
        for words, name in (("polling, in place,", "spin-zero-copy"), ("sleeping", "blocking"))
        for ours in [baseline_and_ours(bench, name, SIZES[0])]
        if ours
    ]
    return f"A message of {style.format_size(SIZES[0])}, one way between two processes: {'; '.join(said) or 'not measured'}."


def figure(folder):
    return f"![What a message of 64 bytes costs as a multiple of the baseline, each peer, by class]({folder}headline.svg)"


def short(bench):
    """The README's section, marks included."""
    lines = [
        BEGIN,
        "",
        figure("docs/"),
        "",
        sentence(bench),
        "The *baseline* is bare shared memory (polling) or a bare futex (sleeping), measured in the same run; it is no bound, and a row can be below it.",
        "[docs/performance.md](docs/performance.md) has each size and peer, and every target that is missed.",
        "",
        END,
    ]
    return "\n".join(lines)


def section(bench):
    """The section of docs/performance.md, marks included."""
    lines = [
        BEGIN,
        "",
        figure(""),
        "",
        *table(bench),
        "",
        "Half of a round trip between two pinned processes, every byte written and read; in brackets the multiple of the baseline, which moves the same",
        "payload with bare shared memory (polling) or a bare futex (sleeping), measured interleaved with the other rows in the same run. It is no bound:",
        "a row can be below it. Names of rows and keys, and the figures, call the baseline `floor`. Classes are not compared with each other.",
        "",
        *target_lines(bench),
        "",
        f"Measured on: {provenance(bench)}",
        f"`{COMMAND}` measures the same here and draws it.",
        "",
        END,
    ]
    return "\n".join(lines)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench", type=pathlib.Path, help="bench.json of a report run with the peers")
    parser.add_argument("--root", type=pathlib.Path, default=ROOT, help="the tree to write to (default: this one)")
    options = parser.parse_args(arguments)
    document = reduced(json.loads(options.bench.read_text(encoding="utf-8")))
    docs = options.root / "docs"
    docs.mkdir(exist_ok=True)
    (docs / "headline.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    bench = loader.load_bench(docs / "headline.json")
    style.save(peer_ratios.draw(bench, SIZES[0]), docs, "headline")
    marked.rewrite(options.root / "README.md", BEGIN, END, short(bench))
    marked.rewrite(docs / "performance.md", BEGIN, END, section(bench))
    print(f"{docs / 'headline.svg'}, README.md and docs/performance.md; look at {docs / 'headline.png'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
