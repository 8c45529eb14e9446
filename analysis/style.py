"""One look for all figures: sizes, colours that survive colour-blindness, units, saving."""

import io

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

import fingerprint

# Okabe and Ito, "Color Universal Design" (2008); each role also has its own marker and line style.
COLOURS = {"copy": "#0072B2", "view": "#D55E00", "floor": "#000000", "memcpy": "#999933", "hiccup": "#777777", "handoff": "#CC79A7"}
LINES = {"copy": "-", "view": "-", "floor": "--", "memcpy": "-.", "hiccup": ":", "handoff": (0, (5, 1, 1, 1))}
MARKERS = {"copy": "o", "view": "s", "floor": "D", "memcpy": "x", "hiccup": None, "handoff": "v"}

# The peers of one chart are at most ten: seven colours besides the floor's black, told apart by line and marker as well.
PEER_LOOKS = {
    "kickmsg view": ("#D55E00", "-", "s"),
    "kickmsg copy": ("#0072B2", "-", "o"),
    "iceoryx": ("#009E73", "--", "^"),
    "iceoryx2": ("#CC79A7", ":", "h"),
    "aeron": ("#999933", ":", "v"),
    "boost-spsc": ("#56B4E9", (0, (5, 1, 1, 1, 1, 1)), "P"),
    "boost-mq": ("#009E73", "--", "P"),
    "posix-mq": ("#CC79A7", "-.", "v"),
    "eventfd-shm": ("#56B4E9", "--", "^"),
    "unix-socket": ("#E69F00", "-.", "X"),
    "pipe": ("#009E73", ":", "d"),
    "zeromq": ("#999933", "--", "<"),
    "nng": ("#777777", "-.", ">"),
    "cyclonedds": ("#009E73", "--", "^"),
    "cyclonedds-shm": ("#CC79A7", "-.", "v"),
    "fastdds": ("#56B4E9", ":", "P"),
    "zenoh": ("#E69F00", "-.", "X"),
    "zenoh-shm": ("#999933", (0, (5, 1, 1, 1)), "d"),
}
UNKNOWN_PEER = ("#777777", (0, (1, 2)), "*")
CLASS_WORDS = {
    "spin-zero-copy": "polling, in place",
    "spin-copy": "polling, copied",
    "blocking": "sleeping",
    "middleware": "middleware, sleeping",
}
CLASS_HATCHES = {"spin-zero-copy": "", "spin-copy": "///", "blocking": "...", "middleware": "xxx"}
CLASS_COLOURS = {"spin-zero-copy": "#D55E00", "spin-copy": "#0072B2", "blocking": "#009E73", "middleware": "#CC79A7"}
QUANTILE_LOOKS = {
    "p50": ("#0072B2", "o"),
    "p90": ("#009E73", "^"),
    "p99": ("#E69F00", "s"),
    "p99.9": ("#D55E00", "D"),
    "p99.99": ("#CC79A7", "v"),
}

NOTE_INCHES = 0.32

MODE_WORDS = {"spin": "polling", "block": "sleeping"}
RECEIVE_WORDS = {"copy": "copied", "view": "in place"}
FLOOR_WORDS = {"spin": "floor: raw cache lines", "block": "floor: bare futex"}

plt.rcParams.update(
    {
        "figure.figsize": (5.2, 4.1),
        "figure.dpi": 100,
        "savefig.dpi": 160,
        "font.size": 10,
        "axes.titlesize": 11,
        "axes.grid": True,
        "grid.color": "#dddddd",
        "grid.linewidth": 0.6,
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.fontsize": 9,
        "legend.framealpha": 0.9,
        "lines.linewidth": 1.8,
        "lines.markersize": 5,
        "svg.hashsalt": "kickmsg",
        "svg.fonttype": "path",
    }
)


def format_ns(value, _position=None):
    """1234 -> '1.23 µs': three digits and the unit that fits."""
    if value is None:
        return "–"
    for limit, divisor, unit in ((1e3, 1, "ns"), (1e6, 1e3, "µs"), (1e9, 1e6, "ms"), (float("inf"), 1e9, "s")):
        if abs(value) < limit * 0.9995:
            return f"{value / divisor:.3g} {unit}"
    return str(value)


def format_count(value, _position=None):
    """65536 -> '65,536'."""
    return f"{value:,.0f}"


def format_plain(value, _position=None):
    """100.0 -> '100', without an exponent."""
    return f"{value:g}"


def format_size(size, _position=None):
    """65536 -> '64 KiB'."""
    for limit, divisor, unit in ((1 << 10, 1, "B"), (1 << 20, 1 << 10, "KiB"), (1 << 60, 1 << 20, "MiB")):
        if size < limit:
            return f"{size / divisor:g} {unit}"
    return str(size)


def time_axis(axis):
    """Logarithmic, labelled with units; at 1, 2 and 5 where it spans less than two decades. Called when all is drawn."""
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < 100 * low else (1.0,), numticks=20))
    axis.set_major_formatter(FuncFormatter(format_ns))
    axis.set_minor_formatter(NullFormatter())


def share_over_time(axes):
    """Axes of a share of samples that take longer than a time, both logarithmic."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(top=1.5)
    time_axis(axes.xaxis)


def line(axes, role, points, label, markers=False):
    """Draws [(x, y), ...] in the look of its role."""
    if not points:
        return
    xs, ys = zip(*points)
    marker = MARKERS[role] if markers else None
    axes.plot(xs, ys, linestyle=LINES[role], color=COLOURS[role], marker=marker, label=label)


def label_point(axes, point, text, role, above=True):
    """Text beside a point, on the side away from the other line, readable across lines."""
    note = axes.annotate(
        text,
        point,
        xytext=(0, 7 if above else -8),
        textcoords="offset points",
        ha="center",
        va="bottom" if above else "top",
        fontsize=8,
        color=COLOURS[role],
        zorder=5,
    )
    halo(note)


def halo(text):
    """Makes a text readable across lines."""
    text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
    return text


def peer_look(row):
    """(colour, line style, marker) of a peer's row: the same in every chart."""
    key = f"kickmsg {row.parameters.get('receive')}" if row.peer == "kickmsg" else row.peer
    return PEER_LOOKS.get(key, UNKNOWN_PEER)


def peer_words(bench, row, receive_told):
    """The peer's name and version; where a class has more than one way of receiving, ours says which."""
    label = bench.label(row.peer)
    return f"{label}, {RECEIVE_WORDS[row.parameters['receive']]}" if receive_told and row.peer == "kickmsg" else label


def count_axis(axis, values, words=format_count):
    """Ticks at the values alone."""
    axis.set_major_locator(FixedLocator(sorted(set(values))))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(words))


def sample_words(rows):
    """'n = 1,014 … 3,361 per row': how many samples the rows of a chart have; of loops the iterations."""
    counts = [row.values.get("n") or row.values.get("iterations") for row in rows]
    counts = [count for count in counts if count]
    if not counts:
        return ""
    low, high = min(counts), max(counts)
    return f"n = {low:,} per row" if low == high else f"n = {low:,} … {high:,} per row"


def footnote(bench, samples=""):
    """Machine, placement, build, commit, mode and number of samples in three short lines."""
    known = bench.machine()
    lines = (
        (known.get("cpu", "").split(" (")[0], fingerprint.virtualisation(known), known.get("kernel")),
        (bench.context.get("placement"), samples),
        (
            known.get("compiler"),
            known.get("flags"),
            f"commit {bench.context.get('commit', 'unknown')}",
            f"mode {bench.context.get('mode', '?')}",
        ),
    )
    return "\n".join(", ".join(part for part in line if part) for line in lines)


def figure(title, bench, rows=(), size=None):
    """A figure with one chart, its title, and below where and how it was measured, and of how many samples `rows` are."""
    return blank(title, footnote(bench, sample_words(rows)), size)


def blank(title, note, size=None):
    """A figure with one chart, its title, and a foot note."""
    fig, axes = plt.subplots(figsize=size)
    axes.set_title(title, loc="left")
    fig.text(0.01, 0.05 / fig.get_figheight(), note, fontsize=6.2, color="#555555", va="bottom")
    return fig, axes


def finish(fig, note_inches=0.0):
    """Lays out the chart above its foot note."""
    fig.tight_layout(rect=(0, max(NOTE_INCHES, note_inches) / fig.get_figheight(), 1, 1))
    return fig


def legend_below(axes, columns, labels=0.17):
    """A legend under the chart, where it hides no line. `labels`: how much of the chart's height those of its axis take."""
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, -labels), ncol=columns, handlelength=3.2, columnspacing=1.0, frameon=False, fontsize=8.5
    )


def save(fig, folder, name):
    """Writes name.svg and name.png. Returns: the SVG's text."""
    text = io.StringIO()
    fig.savefig(text, format="svg", metadata={"Date": None})
    (folder / f"{name}.svg").write_text(text.getvalue(), encoding="utf-8")
    fig.savefig(folder / f"{name}.png", metadata={"Software": None})
    plt.close(fig)
    return text.getvalue()
