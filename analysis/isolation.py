"""What stopped subscribers cost those that run: quantiles of the round trip beside none, one and several of them."""

import loader
import style

POOLS = {None: "", "dry": ", dry pool"}


def series(bench, pool=None):
    """[(stopped subscribers, row), ...], rising, with an ample pool or a `dry` one."""
    rows = [(int(row.parameters["stopped"]), row) for row in bench.measured("slow") if row.parameters.get("pool") == pool]
    return sorted(rows, key=lambda point: point[0])


def draw(bench, pool=None):
    """Returns: the figure, or None when it was not measured."""
    rows = series(bench, pool)
    if not rows:
        return None
    title = f"Round trip beside stopped subscribers{POOLS[pool]}\n× = median as a multiple of the one beside none"
    fig, axes = style.figure(title, bench, [row for _, row in rows])
    for quantile in loader.QUANTILES:
        colour, marker = style.QUANTILE_LOOKS[quantile]
        known = [(at, row.quantile(quantile)) for at, (_, row) in enumerate(rows) if row.quantile(quantile) is not None]
        if known:
            axes.plot(*zip(*known), color=colour, marker=marker, label=quantile)
    for at, (_, row) in enumerate(rows):
        if row.ratio() is not None and row.quantile("p50") is not None:
            style.label_point(axes, (at, row.quantile("p50")), f"{row.ratio():.2f}×", "copy", above=False)
    axes.set_yscale("log")
    axes.set_xlim(-0.3, len(rows) - 0.7)
    axes.margins(y=0.15)
    axes.set_xticks(range(len(rows)), [str(stopped) for stopped, _ in rows])
    style.time_axis(axes.yaxis)
    axes.set_xlabel("subscribers of the same channel that are stopped (SIGSTOP)")
    axes.set_ylabel("round trip")
    axes.legend(loc="upper center", ncol=5, columnspacing=1, handlelength=1.6)
    axes.set_ylim(top=axes.get_ylim()[1] * 2)
    return style.finish(fig)
