"""Trends as SVG that stands in the page itself: colours are the page's, sizes follow its width, a point tells its run when pointed at."""

import math
from html import escape

WIDTH, HEIGHT = 640, 230
LEFT, RIGHT, TOP, BOTTOM = 68, 14, 12, 44
MOST_LABELS = 9


def number(value):
    """Three digits, without an exponent where it has few."""
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def ticks(low, high, count=5):
    """Round values from low to high."""
    step = 10 ** math.floor(math.log10((high - low) / count))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= count)
    first = math.ceil(low / step)
    return [step * at for at in range(first, math.floor(high / step) + 1)]


def spans(points):
    """The points in parts without a gap between their runs."""
    parts = []
    for point in points:
        if parts and point.at == parts[-1][-1].at + 1:
            parts[-1].append(point)
        else:
            parts.append([point])
    return parts


class Frame:
    """Where a run and a value lie in the drawing."""

    def __init__(self, runs, low, high, width=WIDTH, height=HEIGHT, edges=(LEFT, RIGHT, TOP, BOTTOM)):
        self.runs, self.low, self.high = runs, low, high
        self.width, self.height = width, height
        self.left, self.right, self.top, self.bottom = edges

    def x(self, at):
        room = self.width - self.left - self.right
        return self.left + room * ((at + 0.5) / self.runs)

    def y(self, value):
        share = (value - self.low) / (self.high - self.low)
        return self.top + (self.height - self.top - self.bottom) * (1 - share)

    def path(self, points):
        return " ".join(f"{self.x(at):.1f},{self.y(value):.1f}" for at, value in points)


def band_of(frame, part):
    """The interval of a part without a gap; of a single run a bar."""
    if len(part) == 1:
        only = part[0]
        x = frame.x(only.at)
        return f'<line class="band" x1="{x:.1f}" x2="{x:.1f}" y1="{frame.y(only.low):.1f}" y2="{frame.y(only.high):.1f}" stroke-width="6"/>'
    edge = [(point.at, point.high) for point in part] + [(point.at, point.low) for point in reversed(part)]
    return f'<polygon class="band" points="{frame.path(edge)}"/>'


def line_of(frame, part):
    return f'<polyline class="line" points="{frame.path([(point.at, point.middle) for point in part])}"/>'


def dot_of(frame, point, words):
    return (
        f'<circle class="dot" cx="{frame.x(point.at):.1f}" cy="{frame.y(point.middle):.1f}" r="3.4"><title>{escape(words)}</title></circle>'
    )


def labels_of(frame, labels):
    every = max(1, math.ceil(len(labels) / MOST_LABELS))
    base = frame.height - frame.bottom + 15
    return "".join(
        f'<text class="tick" x="{frame.x(at):.1f}" y="{base}" text-anchor="middle">{escape(label)}</text>'
        for at, label in enumerate(labels)
        if at % every == 0
    )


def scale_of(frame, unit):
    lines = ""
    for value in ticks(frame.low, frame.high):
        y = frame.y(value)
        lines += f'<line class="grid" x1="{frame.left}" x2="{frame.width - frame.right}" y1="{y:.1f}" y2="{y:.1f}"/>'
        lines += f'<text class="tick" x="{frame.left - 6}" y="{y + 4:.1f}" text-anchor="end">{number(value)}{unit}</text>'
    return lines


def change_of(frame, change):
    """A line between the last run before and the first after, with by how much."""
    x = (frame.x(change.before) + frame.x(change.after)) / 2
    kind = "worse" if change.slower else "better"
    words = f"{100 * (change.ratio - 1):+.0f} %"
    aside, anchor = (-4, "end") if x > frame.width - 90 else (4, "start")
    text = f'<text class="{kind}" x="{x + aside:.1f}" y="{frame.top + 10}" text-anchor="{anchor}">{words}</text>'
    return f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{frame.top}" y2="{frame.height - frame.bottom}"/>{text}'


def mark_of(frame, at, letter):
    """Something around the library changed before this run."""
    x = (frame.x(at - 1) + frame.x(at)) / 2
    base = frame.height - frame.bottom
    return (
        f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{frame.top}" y2="{base}"/>'
        f'<text class="mark" x="{x:.1f}" y="{base + 30}" text-anchor="middle">{letter}</text>'
    )


def limits(points):
    """From the least to the most, with room; bands that reach far beyond the middles are cut, not the middles."""
    middles = [point.middle for point in points]
    reach = max(max(middles) - min(middles), 0.05 * max(middles))
    low = max(min(point.low for point in points), min(middles) - reach)
    high = min(max(point.high for point in points), max(middles) + reach)
    room = 0.12 * (high - low) or 0.1 * high
    return max(0.0, low - room), high + room


def trend(series, labels, words, marks=()):
    """The chart of a row. `labels`: of each run; `words`: what a point tells, by run; `marks`: [(run, letter), ...]."""
    low, high = limits(series.points)
    frame = Frame(len(labels), low, high)
    parts = spans(series.points)
    inner = scale_of(frame, "×" if series.base else " ns") + labels_of(frame, labels)
    inner += "".join(mark_of(frame, at, letter) for at, letter in marks)
    clip = f'<svg x="0" y="0" width="{WIDTH}" height="{HEIGHT - BOTTOM}">' + "".join(band_of(frame, part) for part in parts) + "</svg>"
    inner += clip + "".join(line_of(frame, part) for part in parts)
    inner += "".join(change_of(frame, change) for change in series.changes)
    inner += "".join(dot_of(frame, point, words[point.at]) for point in series.points)
    return f'<svg class="trend" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(series.name)}">{inner}</svg>'


def sparkline(series, runs):
    """The same in a line of a table."""
    low, high = limits(series.points)
    frame = Frame(runs, low, high, 120, 26, (2, 2, 3, 3))
    inner = "".join(line_of(frame, part) for part in spans(series.points))
    for change in series.changes:
        x = (frame.x(change.before) + frame.x(change.after)) / 2
        inner += f'<line class="{"worse" if change.slower else "better"}" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="26"/>'
    newest = series.newest
    inner += f'<circle class="dot" cx="{frame.x(newest.at):.1f}" cy="{frame.y(newest.middle):.1f}" r="2.4"/>'
    return f'<svg class="spark" viewBox="0 0 120 26" role="img" aria-label="trend">{inner}</svg>'
