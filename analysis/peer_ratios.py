"""How many line transfers a message costs: each peer's median over the floor of its own round, a group of bars for each class."""

import loader
import style

LINE_INCHES = 0.25
NAMES = 3  # of peers that are not here; more are counted


def bars(bench, size=64):
    """[(class, [row, ...]), ...]: rows with a ratio, the cheapest first; classes without one are left out."""
    groups = []
    for name in loader.CLASSES:
        rows = [row for row in bench.of_class(name, size) if row.ratio() is not None]
        if rows:
            groups.append((name, sorted(rows, key=lambda row: row.ratio())))
    return groups


def draw(bench, size=64):
    """Returns: the figure, or None when no row has a ratio."""
    groups = bars(bench, size)
    if not groups:
        return None
    absent = absent_words([name for name, _ in bench.not_measured(size)])
    lines = sum(len(rows) + 1 for _, rows in groups) + bool(absent)
    rows = [row for _, group in groups for row in group]
    fig, axes = style.figure(
        f"What a message costs, {style.format_size(size)}\none way ÷ floor, every byte touched",
        bench,
        rows,
        (5.2, 1.4 + LINE_INCHES * lines),
    )
    ticks, words, at = [], [], 0
    for name, group in groups:
        head(
            axes,
            at,
            f"{style.CLASS_WORDS[name]} (÷ {style.FLOOR_WORDS['spin' if name.startswith('spin') else 'block'].removeprefix('floor: ')})",
        )
        for row in group:
            at += 1
            axes.barh(
                at,
                row.ratio(),
                color=style.CLASS_COLOURS[name],
                hatch=style.CLASS_HATCHES[name],
                edgecolor="white",
                linewidth=0,
                height=0.75,
            )
            axes.annotate(
                f"{row.ratio():.2f}×", (max(1.0, row.ratio()), at), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8
            )
            ticks.append(at)
            words.append(style.peer_words(bench, row, name == "blocking"))
        at += 1
    if absent:
        write(axes, at, absent, fontsize=7, color="#444444")
        at += 1
    finish_axes(axes, ticks, words, at, rows)
    return style.finish(fig)


def head(axes, at, text):
    write(axes, at, text, fontsize=8.5, fontweight="bold")


def write(axes, at, text, **look):
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    axes.text(0.01, at, text, transform=axes.get_yaxis_transform(), va="center", bbox=box, **look)


def absent_words(names):
    """One line, or an empty string: who is missing. Why stands in the table of the peers."""
    more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
    return f"not measured: {', '.join(names[:NAMES])}{more}" if names else ""


def finish_axes(axes, ticks, words, lines, rows):
    ratios = [row.ratio() for row in rows]
    axes.set_ylim(lines - 0.3, -0.7)
    axes.set_yticks(ticks, words, fontsize=8.5)
    for label, row in zip(axes.get_yticklabels(), rows):
        label.set_fontweight("bold" if row.peer == "kickmsg" else "normal")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.axvline(1.0, color="black", linestyle="--", linewidth=1)
    axes.set_xscale("log", base=2)
    axes.set_xlim(min(0.5, min(ratios) * 0.8), max(ratios) * 2)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}×")
    axes.set_xlabel("multiple of the floor (dashed: the floor)")
