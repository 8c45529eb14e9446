"""Several machines side by side: ratios to each one's own floor; nothing is reported of an emulated one but that it ran."""

import loader
import style

FAMILIES = ("rtt", "wake", "slow")
MARKS = (("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "D"), ("#E69F00", "v"), ("#56B4E9", "P"))


def label(bench, at):
    """'A: AMD EPYC (family 25, model 1, stepping 1)': what a machine is called in the tables."""
    machine = bench.machine()
    name = machine.get("cpu") or bench.context.get("executable", "unknown machine")
    return f"{chr(ord('A') + at)}: {name}{', emulated' if bench.emulated else ''}"


def ratio_of(bench, name):
    """The row's multiple of its floor; None where there is none, and of an emulated machine (the loader drops them)."""
    row = bench.find(name)
    return row and (row.ratio() or row.values.get("ratio_to_floor"))


def compared(benches):
    """[(name, [ratio or None, one for each machine]), ...]: rows that two machines or more have, at least one of them with a ratio."""
    names = {row.name for bench in benches for family in FAMILIES for row in bench.measured(family)}
    lines = [(name, [ratio_of(bench, name) for bench in benches]) for name in sorted(names, key=loader.natural_key)]
    return [
        (name, ratios)
        for name, ratios in lines
        if sum(bench.find(name) is not None for bench in benches) > 1 and any(ratio is not None for ratio in ratios)
    ]


def summary(benches):
    """{'labels', 'emulated', 'lines', 'floors'}, or None of a single machine."""
    if len(benches) < 2:
        return None
    rows = [
        (name, [(bench.emulated and bench.find(name) is not None, ratio) for bench, ratio in zip(benches, ratios)])
        for name, ratios in compared(benches)
    ]
    floors = [("a line of 64 bytes, one way", "floor/payload/size:64"), ("a bare futex, 64 bytes, one way", "floor/futex/size:64")]
    lines = [(words, [one_way(bench, name) for bench in benches]) for words, name in floors]
    lines.append(("one uncontended locked operation", [real_time(bench, "floor/rmw") for bench in benches]))
    return {
        "labels": [label(bench, at) for at, bench in enumerate(benches)],
        "rows": rows,
        "floors": lines,
        "runs": [
            f"commit {bench.context.get('commit', 'unknown')}, {bench.context.get('mode', '?')}, {bench.context.get('date', '')}"
            for bench in benches
        ],
    }


def one_way(bench, name):
    row = bench.find(name)
    return row.one_way_of_rounds() if row is not None and not bench.emulated else None


def real_time(bench, name):
    row = bench.find(name)
    return row.values["real_time"] if row is not None and not bench.emulated else None


def draw(benches, size=64):
    """Our closed loop of one size on every machine that is not emulated. None of less than two machines with a ratio."""
    told = []
    for name, ratios in compared(benches):
        row = loader.Row(name, {})
        if row.peer == "kickmsg" and row.size == size and row.parameters.get("payload") == "touch":
            told.append((f"{style.MODE_WORDS[row.parameters['mode']]}, {style.RECEIVE_WORDS[row.parameters['receive']]}", ratios))
    told.sort()
    if sum(any(ratios[at] is not None for _, ratios in told) for at in range(len(benches))) < 2:
        return None
    note = "\n".join(
        f"{chr(ord('A') + at)}: commit {bench.context.get('commit', 'unknown')}, mode {bench.context.get('mode', '?')}, "
        f"{bench.context.get('placement', '')}"
        for at, bench in enumerate(benches)
    )
    fig, axes = style.blank(
        f"kickmsg on {len(benches)} machines, {style.format_size(size)} touched\none way ÷ each machine's own floor",
        note,
        (5.2, 2.6 + 0.4 * len(told) + 0.3 * len(benches)),
    )
    for at, bench in enumerate(benches):
        colour, marker = MARKS[at % len(MARKS)]
        shift = 0.24 * (at - (len(benches) - 1) / 2)
        known = [(ratios[at], line + shift) for line, (_, ratios) in enumerate(told) if ratios[at] is not None]
        if known:
            axes.plot(*zip(*known), linestyle="none", marker=marker, color=colour, markersize=7, label=label(bench, at))
        for ratio, line in known:
            style.halo(
                axes.annotate(
                    f"{ratio:.2f}×", (ratio, line), xytext=(7, 0), textcoords="offset points", va="center", fontsize=8, color=colour
                )
            )
    axes.axvline(1.0, color="black", linestyle="--", linewidth=1)
    axes.set_yticks(range(len(told)), [words for words, _ in told])
    axes.set_ylim(len(told) - 0.4, -0.6)
    axes.margins(x=0.2)
    axes.set_xlabel("multiple of the floor (dashed: the floor)")
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.25), frameon=False, fontsize=8)
    return style.finish(fig, 0.12 * len(benches))
