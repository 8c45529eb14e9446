"""What each further subscriber costs, and what rings, slots and publishers cost that take no part; in locked operations of this machine."""

import numpy

import style

TARGET = 4.5


def by_rings(bench):
    """[(live rings, row), ...] of a message published and received by each, rising."""
    rows = [
        (int(row.parameters["rings"]), row)
        for row in bench.measured("op")
        if row.subject == "publish_receive" and row.values.get("rmw_multiple") is not None
    ]
    return sorted(rows, key=lambda point: point[0])


def fit(points):
    """(slope, intercept) by least squares over the points with a subscriber (to nobody is another path); None of fewer than three."""
    known = [(rings, cost) for rings, cost in points if rings > 0]
    return tuple(float(part) for part in numpy.polyfit(*zip(*known), 1)) if len(known) >= 3 else None


def draw(bench):
    """Returns: the figure, or None when it was not measured."""
    rows = by_rings(bench)
    if not rows:
        return None
    fig, axes = style.figure("A message published and received by every subscriber\none thread, 64 B", bench, [row for _, row in rows])
    points = [(rings, row.values["rmw_multiple"]) for rings, row in rows]
    axes.plot(*zip(*points), linestyle="none", marker="o", color=style.COLOURS["copy"], label="measured, median of the rounds")
    fitted = fit(points)
    if fitted is not None:
        slope, start = fitted
        ends = numpy.array([1, points[-1][0]])
        axes.plot(ends, start + slope * ends, color=style.COLOURS["view"], label=f"fitted: {slope:.1f} locked operations a subscriber")
        axes.plot(ends, start + slope + TARGET * (ends - 1), "--", color="black", label=f"the target's slope: {TARGET}")
    axes.set_ylim(bottom=0)
    style.count_axis(
        axes.xaxis, [rings for rings, _ in points if rings not in (1, 2)] if len(points) > 4 else [rings for rings, _ in points]
    )
    axes.set_xlabel("subscribers")
    axes.set_ylabel("locked operations (floor/rmw)")
    axes.legend(loc="upper left")
    return style.finish(fig)


def draw_bystanders(bench):
    """A send and a receive beside what takes no part: bars. None when it was not measured."""
    rows = [row for row in bench.measured("scale") if row.values.get("rmw_multiple") is not None]
    if not rows:
        return None
    fig, axes = style.figure("One send and one receive\nbeside what takes no part", bench, rows, (5.2, 1.5 + 0.27 * len(rows)))
    costs = [row.values["rmw_multiple"] for row in rows]
    axes.barh(range(len(rows)), costs, color=style.COLOURS["copy"], height=0.7)
    for at, cost in enumerate(costs):
        axes.annotate(f"{cost:.1f}", (cost, at), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8)
    axes.set_yticks(range(len(rows)), [words(row) for row in rows], fontsize=8.5)
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set_xscale("log")
    axes.set_xlim(min(costs) / 3, max(costs) * 1.8)
    axes.xaxis.set_major_formatter(style.format_plain)
    axes.set_xlabel("locked operations (floor/rmw)")
    return style.finish(fig)


OWNERS = {"none": "", "never": ", never owned", "left": ", left behind", "recovered": ", recovered", "killed": ", of killed owners"}
WORDS = {"pool": "pool of {} slots", "ring": "ring of {} entries", "publishers": "{} joined as publisher"}


def words(row):
    """scale/other_rings:31/owners:killed -> '31 other rings, of killed owners'."""
    told = row.parameters
    if "other_rings" in told:
        owners = told.get("owners", "none")
        return f"{told['other_rings']} other rings{OWNERS.get(owners, ', ' + owners)}"
    return ", ".join(WORDS.get(key, key + " {}").format(value) for key, value in told.items())
