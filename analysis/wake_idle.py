"""How long a sleeper takes to answer, by how long nothing was sent before, beside the bare futex."""

import statistics

import style


def of_rounds(row):
    """The median of the rounds' medians, nanoseconds."""
    return statistics.median(row.values["round_p50_ns"])


def series(bench):
    """[(idle in ns, our row, the bare futex's row or None), ...], idle times rising."""
    found = [row for row in bench.measured("wake") if "idle_us" in row.parameters]
    rows = [(int(row.parameters["idle_us"]) * 1000, row, bench.find(row.values.get("floor", ""))) for row in found]
    return sorted(rows, key=lambda line: line[0])


def draw(bench):
    """Returns: the figure, or None when it was not measured."""
    rows = series(bench)
    if not rows:
        return None
    fig, axes = style.figure(
        "A sleeper's answer by the idle time before\nmedian of the rounds; × = multiple of the bare futex",
        bench,
        [row for _, row, _ in rows],
    )
    ours = [(idle, of_rounds(row)) for idle, row, _ in rows]
    style.line(axes, "copy", ours, "kickmsg", markers=True)
    style.line(axes, "floor", [(idle, of_rounds(floor)) for idle, _, floor in rows if floor is not None], "floor: bare futex", markers=True)
    for (_, row, floor), point in zip(rows, ours):
        if row.values.get("ratio_to_floor") is not None:
            style.label_point(
                axes, point, f"{row.values['ratio_to_floor']:.2f}×", "copy", above=floor is None or point[1] >= of_rounds(floor)
            )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.margins(x=0.1, y=0.25)
    style.count_axis(axes.xaxis, [idle for idle, _, _ in rows], style.format_ns)
    style.time_axis(axes.yaxis)
    axes.set_xlabel("idle before the send")
    axes.set_ylabel("send until the answer is seen")
    axes.legend(loc="upper left")
    return style.finish(fig)
