"""Share of round trips that take longer than a time, both axes logarithmic: the peers of one class, the floor and the machine's hiccups."""

import loader
import style


def draw(bench, peer_class, size=64):
    """Classes never share a chart. Returns: the figure, or None when no row of the class was measured."""
    rows, floor, hiccup = bench.of_class(peer_class, size), bench.floor_of_class(peer_class, size), bench.find("floor/hiccup")
    if not rows or floor is None:
        return None
    title = f"Round trips longer than …, {style.format_size(size)}\n{style.CLASS_WORDS[peer_class]}"
    fig, axes = style.figure(title, bench, [*rows, floor], (5.2, 5.0))
    mode = "spin" if peer_class.startswith("spin") else "block"
    for row in rows:
        colour, line, marker = style.peer_look(row)
        axes.plot(
            *zip(*loader.ccdf(row.buckets())),
            color=colour,
            linestyle=line,
            marker=marker,
            markevery=0.12,
            markersize=4,
            linewidth=1.5,
            label=style.peer_words(bench, row, peer_class == "blocking"),
        )
    style.line(axes, "floor", loader.ccdf(floor.buckets()), style.FLOOR_WORDS[mode])
    if hiccup is not None and mode == "spin":
        style.line(axes, "hiccup", loader.ccdf(hiccup.buckets()), "hiccups of the machine alone")
    style.share_over_time(axes)
    axes.set_xlabel("round trip")
    axes.set_ylabel("share of the samples that take longer")
    style.legend_below(axes, 3 if len(rows) > 4 else 2)
    return style.finish(fig)
