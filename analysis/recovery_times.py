"""What a death costs: recovery time by pool and rings, and the delay of the next delivery; crash_times.json."""

import pathlib

from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

import loader
import style

TRAFFIC = {"off": ("-", "alone"), "on": ("--", "under traffic")}
RING_COLOURS = ("#0072B2", "#009E73", "#D55E00", "#CC79A7")
RING_MARKERS = ("o", "^", "s", "D")
VICTIMS = {
    "finished": ("#000000", "--", "no kill"),
    "none": ("#000000", "--", "no kill"),
    "stopped": ("#0072B2", ":", "stopped"),
    "killed": ("#D55E00", "-", "killed"),
}
SLICE_NS = 20e6
EARLIEST_NS = {"polling": 1.0, "sleeping": 1e3}  # what was there at the kill already is drawn here


def load(path):
    """The rows, or None where there are none."""
    if path is None or not pathlib.Path(path).exists():
        return None
    return loader.load_bench(path)


def recoveries(times):
    """{(rings, traffic): [(pool, row), ...]}, pools rising."""
    series = {}
    for row in times.rows:
        if row.subject == "recover":
            key = (int(row.parameters["rings"]), row.parameters["traffic"])
            series.setdefault(key, []).append((int(row.parameters["pool"]), row))
    return {key: sorted(points, key=lambda point: point[0]) for key, points in sorted(series.items())}


def draw_recovery(times):
    """Median of recover() by pool size, a line for each number of rings. None when it was not measured."""
    series = recoveries(times)
    if not series:
        return None
    fig, axes = style.figure("One recovery after one death\nmedian; bars to the longest", times)
    all_rings = sorted({rings for rings, _ in series})
    for (rings, traffic), points in series.items():
        at = all_rings.index(rings) % len(RING_COLOURS)
        line, words = TRAFFIC[traffic]
        pools = [pool for pool, _ in points]
        medians = [row.values["real_time"] for _, row in points]
        longest = [max(0.0, row.values["max_ns"] - row.values["real_time"]) for _, row in points]
        axes.errorbar(
            pools,
            medians,
            yerr=[[0.0] * len(pools), longest],
            fmt=line + RING_MARKERS[at],
            color=RING_COLOURS[at],
            elinewidth=0.7,
            capsize=2,
            label=f"{rings} ring{'s' if rings > 1 else ''}, {words}",
        )
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    pools = sorted({pool for points in series.values() for pool, _ in points})
    axes.xaxis.set_major_locator(FixedLocator(pools))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(style.format_count))
    style.time_axis(axes.yaxis)
    axes.set_xlabel("slots of the pool")
    axes.set_ylabel("time of recover()")
    axes.legend(loc="upper left", handlelength=3.5)
    return style.finish(fig)


def draw_delay(times, wait):
    """Share of next deliveries that take longer than a time, with and without a kill. None when it was not measured."""
    rows = [row for row in times.rows if row.subject == "delay" and row.parameters["wait"] == wait]
    if not rows:
        return None
    fig, axes = style.figure(f"The next delivery beside a death, before recovery\n{wait}", times)
    for row in rows:
        colour, line, words = VICTIMS[row.parameters["victim"]]
        axes.plot(
            *zip(*steps(row.buckets(), EARLIEST_NS[wait])),
            line,
            color=colour,
            drawstyle="steps-pre",
            label=f"{words}, n = {row.values['n']:,}",
        )
    if wait == "sleeping":
        axes.axvline(SLICE_NS, color="#777777", linewidth=1)
        axes.annotate("one slice", (SLICE_NS, 1.05), fontsize=8, color="#777777", ha="right")
    style.share_over_time(axes)
    axes.set_xlabel("time until the next message is there")
    axes.set_ylabel("share that takes at least so long")
    axes.legend(loc="lower left")
    return style.finish(fig)


def steps(buckets, earliest=1.0):
    """[(nanoseconds, share of the samples at or above it), ...]: every sample shows, also the last."""
    total, above, points = sum(count for _, count in buckets), sum(count for _, count in buckets), []
    for value, count in buckets:
        points.append((max(value, earliest), above / total))
        above -= count
    return points


CHARTS = {
    "recovery": (draw_recovery, "Time of one recovery by slots of the pool, for several numbers of rings, alone and under traffic."),
    "delay_polling": (lambda times: draw_delay(times, "polling"), "Delay of the next delivery beside a death, polling."),
    "delay_sleeping": (lambda times: draw_delay(times, "sleeping"), "Delay of the next delivery beside a death, sleeping."),
}
