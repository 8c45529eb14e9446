"""Round trip by percentile, beside the floor. Polling and sleeping, copied and in place are charts of their own."""

from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

import loader
import style

LOWEST = 0.1  # the fastest tenth says nothing, and would stretch the axis
TICKS = (LOWEST, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999)


def nines(share):
    """How far out a percentile is: p90 -> 10, p99 -> 100."""
    return 1.0 / (1.0 - share)


def curve(row):
    return [(nines(share), value) for share, value in loader.percentile_curve(row.buckets()) if share >= LOWEST]


def draw(bench, receive, mode, size=64):
    """Returns: the figure, or None when the row was not measured."""
    ours, floor = bench.rtt(size, receive, mode), bench.floor_of(size, mode)
    if ours is None or floor is None:
        return None
    title = f"Round trip by percentile, {style.format_size(size)}\n{style.MODE_WORDS[mode]}, {style.RECEIVE_WORDS[receive]}"
    fig, axes = style.figure(title, bench)
    style.line(axes, receive, curve(ours), f"kickmsg, {style.RECEIVE_WORDS[receive]} (n = {ours.values['n']:,})")
    style.line(axes, "floor", curve(floor), f"{style.FLOOR_WORDS[mode]} (n = {floor.values['n']:,})")
    axes.set_xscale("log")
    axes.set_yscale("log")
    furthest = max(x for row in (ours, floor) for x, _ in curve(row))
    axes.set_xlim(nines(LOWEST), furthest * 1.3)
    lowest = LOWEST if furthest < 1e3 else TICKS[1]  # p10 and p50 collide on a long axis
    axes.xaxis.set_major_locator(FixedLocator([nines(share) for share in TICKS if lowest <= share and nines(share) <= furthest * 1.3]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"p{100 - 100 / x:.6g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    style.time_axis(axes.yaxis)
    axes.set_xlabel("percentile of the samples (as far as 20 lie beyond)")
    axes.set_ylabel("round trip")
    axes.legend(loc="upper left")
    return style.finish(fig)
