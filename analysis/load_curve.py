"""Delay under a load on a schedule: from the due time (corrected), and from the sending, as a closed loop would see it (uncorrected)."""

import style

TOLD = ("p50", "p90", "p99")


def curve(bench, receive, peer="kickmsg", size=64):
    """[(load in percent of saturation, row), ...], loads rising."""
    rows = [
        row
        for row in bench.measured("open")
        if row.peer == peer and row.size == size and row.parameters.get("receive") == receive and "load" in row.parameters
    ]
    return sorted(((int(row.parameters["load"]), row) for row in rows), key=lambda point: point[0])


def points(rows, quantile, corrected):
    values = ((load, row.values if corrected else row.values["beside"]["uncorrected"]) for load, row in rows)
    return [(load, value[f"{quantile}_ns"]) for load, value in values if f"{quantile}_ns" in value]


def tick(load, row):
    """A load, and how it was borne: readers that were overtaken, sends behind their time."""
    lost = row.values["lost"] / max(1, row.values["sent"])
    late = row.values["late"] / max(1, row.values["scheduled"])
    return f"{load} %\nlost {lost:.0%}\nlate {late:.0%}"


def draw(bench, receive, peer="kickmsg", size=64):
    """Returns: the figure, or None when no load was measured."""
    rows = curve(bench, receive, peer, size)
    if not rows:
        return None
    fig, axes = style.figure(
        f"Delay by load, {peer}, {style.RECEIVE_WORDS[receive]}, {style.format_size(size)}, open loop",
        bench,
        [row for _, row in rows],
        (5.2, 4.9),
    )
    for quantile in TOLD:
        colour, marker = style.QUANTILE_LOOKS[quantile]
        for corrected, line, words in ((True, "-", "from the due time"), (False, "--", "from the sending")):
            known = points(rows, quantile, corrected)
            if known:
                axes.plot(
                    *zip(*known),
                    linestyle=line,
                    color=colour,
                    marker=marker,
                    markerfacecolor=colour if corrected else "white",
                    label=f"{quantile}, {words}",
                )
    axes.set_yscale("log")
    axes.margins(y=0.1)
    style.time_axis(axes.yaxis)
    axes.set_xlim(0, 105)
    axes.set_xticks([load for load, _ in rows], [tick(load, row) for load, row in rows], fontsize=8)
    axes.set_xlabel("load, of the rate that saturates; messages lost; sent late")
    axes.set_ylabel("delay, one way")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.3), ncol=2, frameon=False, fontsize=8.5, handlelength=3.2)
    return style.finish(fig)
