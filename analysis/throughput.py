"""Messages delivered at full speed: with the share that was lost, a chart for each payload; and by a publisher that overwrites nothing."""

import numpy
from matplotlib.colors import LogNorm
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, NullFormatter

import style


def overwriting(bench):
    """The rows whose publishers overwrite what was not read."""
    return [row for row in bench.measured("tput") if row.subject == ""]


def cells(bench, size):
    """{(publishers, subscribers): row} of a payload."""
    return {(int(row.parameters["publishers"]), int(row.parameters["subscribers"])): row for row in overwriting(bench) if row.size == size}


def sizes(bench):
    return sorted({row.size for row in overwriting(bench)})


def per_second(rate):
    """1234567 -> '1.23 M/s'."""
    for limit, divisor, unit in ((1e3, 1, ""), (1e6, 1e3, " k"), (1e9, 1e6, " M"), (float("inf"), 1e9, " G")):
        if rate < limit * 0.9995:
            return f"{rate / divisor:.3g}{unit}/s"
    return str(rate)


def words(row):
    if not row.values["delivered_per_s"]:
        return f"{per_second(row.values['sent_per_s'])}\nsent, no reader"
    return f"{per_second(row.values['delivered_per_s'])}\nlost {100 * row.values['lost_share']:.3g} %" + (
        "\n*" if row.oversubscribed else ""
    )


def draw(bench, size):
    """Returns: the figure, or None when nothing of that payload was measured."""
    known = cells(bench, size)
    if not known:
        return None
    publishers, subscribers = sorted({p for p, _ in known}), sorted({s for _, s in known})
    fig, axes = style.figure(
        f"Delivered by all subscribers together, {style.format_size(size)}\n* hatched: more processes than processors",
        bench,
        known.values(),
        (max(5.2, 1.9 + len(subscribers)), max(3.6, 1.9 + 0.75 * len(publishers))),
    )
    rates = numpy.full((len(publishers), len(subscribers)), numpy.nan)
    for (p, s), row in known.items():
        rates[publishers.index(p), subscribers.index(s)] = row.values["delivered_per_s"] or numpy.nan
    seen = rates[~numpy.isnan(rates)]
    low, high = (seen.min(), seen.max()) if seen.size else (1, 1)
    norm = LogNorm(low * 0.8, high * 1.25)  # with one rate alone there is a scale, too
    image = axes.imshow(rates, cmap="cividis", norm=norm, aspect="auto", origin="lower")
    for y, p in enumerate(publishers):
        for x, s in enumerate(subscribers):
            tell(axes, known.get((p, s)), (x, y), image)
    axes.set_xticks(range(len(subscribers)), subscribers)
    axes.set_yticks(range(len(publishers)), publishers)
    axes.grid(visible=False)
    axes.set_xlabel("subscribers")
    axes.set_ylabel("publishers")
    if seen.size:
        bar = fig.colorbar(
            image, ax=axes, format=lambda rate, _: per_second(rate), ticks=numpy.geomspace(low, high, 3) if high > low else [low]
        )
        bar.ax.minorticks_off()
        bar.set_label("messages delivered")
    return style.finish(fig)


def tell(axes, row, at, image):
    """What a cell says: rate and loss; hatched where the machine had too few processors, grey where nothing was measured."""
    x, y = at
    rate = row.values["delivered_per_s"] if row is not None else 0
    dark = bool(rate) and image.norm(rate) < 0.55
    if not rate:
        axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor="#eeeeee", edgecolor="white"))
    if row is not None and row.oversubscribed:
        axes.add_patch(
            Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, hatch="//", edgecolor="#ffffff55" if dark else "#00000033", linewidth=0)
        )
    axes.text(x, y, words(row) if row is not None else "not run", ha="center", va="center", fontsize=8, color="white" if dark else "black")


RELIABLE_LOOKS = {1: ("#0072B2", "o"), 2: ("#D55E00", "s"), 4: ("#009E73", "^")}


def reliable(bench):
    """{subscribers: [(payload, row), ...]} of one publisher that overwrites nothing, payloads rising."""
    found = {}
    own = [row for row in bench.measured("tput") if row.subject == "reliable" and row.peer is None]  # those beside peers: reliable_flows
    for row in sorted(own, key=lambda row: row.size):
        found.setdefault(int(row.parameters["subscribers"]), []).append((row.size, row))
    return dict(sorted(found.items()))


def draw_reliable(bench):
    """Returns: the figure, or None when it was not measured."""
    lines = reliable(bench)
    if not lines:
        return None
    rows = [row for line in lines.values() for _, row in line]
    fig, axes = style.figure("Delivered by one publisher that overwrites nothing\n* more processes than processors", bench, rows)
    for subscribers, line in lines.items():
        colour, marker = RELIABLE_LOOKS.get(subscribers, ("#777777", "*"))
        label = f"{subscribers} subscriber{'s' if subscribers > 1 else ''}" + (" *" if line[0][1].oversubscribed else "")
        axes.plot([size for size, _ in line], [row.values["delivered_per_s"] for _, row in line], color=colour, marker=marker, label=label)
    axes.set_xscale("log")
    axes.set_yscale("log")
    style.count_axis(axes.xaxis, [size for line in lines.values() for size, _ in line], style.format_size)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda rate, _: per_second(rate)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("payload")
    axes.set_ylabel("messages delivered, all subscribers together")
    axes.legend(loc="best")
    return style.finish(fig)
