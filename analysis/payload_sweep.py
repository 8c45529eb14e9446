"""One way by payload, median of the rounds, every byte written and read, beside the floor and one memcpy."""
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

import style


def series(bench, receive, mode):
    """[(size, our row, floor row), ...] of the sizes that have both."""
    pairs = ((size, bench.rtt(size, receive, mode), bench.floor_of(size, mode)) for size in bench.sizes())
    return [(size, ours, floor) for size, ours, floor in pairs if ours is not None and floor is not None]


def copies(bench):
    rows = ((size, bench.find(f"floor/memcpy/size:{size}")) for size in bench.sizes())
    return [(size, row.values["real_time"]) for size, row in rows if row is not None]


def draw(bench, receive, mode):
    """Returns: the figure, or None when no size was measured."""
    measured = series(bench, receive, mode)
    if not measured:
        return None
    title = f"One way by payload, median of the rounds\n{style.MODE_WORDS[mode]}, {style.RECEIVE_WORDS[receive]}; × = multiple of the floor"
    fig, axes = style.figure(title, bench)
    ours = [(size, row.one_way_of_rounds()) for size, row, _ in measured]
    style.line(axes, receive, ours, f"kickmsg, {style.RECEIVE_WORDS[receive]}", markers=True)
    style.line(axes, "floor", [(size, floor.one_way_of_rounds()) for size, _, floor in measured], style.FLOOR_WORDS[mode], markers=True)
    if mode == "spin":
        style.line(axes, "memcpy", copies(bench), "one memcpy, warm, one core", markers=True)
    for (size, row, floor), (_, time) in zip(measured, ours):
        if row.ratio() is not None:
            style.label_point(axes, (size, time), f"{row.ratio():.2f}×", receive, above=time >= floor.one_way_of_rounds())
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.margins(y=0.15)
    sizes = [size for size, _, _ in measured]
    axes.xaxis.set_major_locator(FixedLocator(sizes))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(style.format_size))
    axes.tick_params(axis="x", rotation=45 if len(sizes) > 6 else 0)
    style.time_axis(axes.yaxis)
    axes.set_xlabel("payload")
    axes.set_ylabel("one way (half of a round trip)")
    axes.legend(loc="upper left")
    return style.finish(fig)
