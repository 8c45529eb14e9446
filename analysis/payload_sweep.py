"""One way by payload, median of the rounds: ours beside the floor and one memcpy, and ours against the peers of a class."""

import style


def series(bench, receive, mode):
    """[(size, our row, floor row), ...] of the sizes that have both."""
    pairs = ((size, bench.rtt(size, receive, mode), bench.floor_of(size, mode)) for size in bench.sizes())
    return [(size, ours, floor) for size, ours, floor in pairs if ours is not None and floor is not None]


def copies(bench):
    rows = ((size, bench.find(f"floor/memcpy/size:{size}")) for size in bench.sizes())
    return [(size, row.values["real_time"]) for size, row in rows if row is not None]


def handoffs(bench, receive, mode):
    rows = ((size, bench.rtt(size, receive, mode, payload="handoff")) for size in bench.sizes())
    return [(size, row.one_way_of_rounds()) for size, row in rows if row is not None]


def by_peer(bench, peer_class, payload="touch"):
    """[[row, ...], ...]: the rows of each peer (and way of receiving) of a class, sizes rising."""
    peers = {}
    for row in bench.of_class(peer_class, payload=payload):
        peers.setdefault((row.peer, row.parameters["receive"]), []).append(row)
    return [sorted(rows, key=lambda row: row.size) for rows in peers.values()]


def draw(bench, receive, mode):
    """Ours. Returns: the figure, or None when no size was measured."""
    measured = series(bench, receive, mode)
    if not measured:
        return None
    title = f"One way by payload, median of the rounds\n{style.MODE_WORDS[mode]}, {style.RECEIVE_WORDS[receive]}; × = multiple of the floor"
    fig, axes = style.figure(title, bench, [row for _, row, _ in measured])
    ours = [(size, row.one_way_of_rounds()) for size, row, _ in measured]
    style.line(axes, receive, ours, f"kickmsg, {style.RECEIVE_WORDS[receive]}, every byte touched", markers=True)
    style.line(axes, "handoff", handoffs(bench, receive, mode), "kickmsg, first word only (handoff)", markers=True)
    style.line(axes, "floor", [(size, floor.one_way_of_rounds()) for size, _, floor in measured], style.FLOOR_WORDS[mode], markers=True)
    if mode == "spin":
        style.line(axes, "memcpy", copies(bench), "one memcpy, warm, one core", markers=True)
    for (size, row, floor), (_, time) in zip(measured, ours):
        if row.ratio() is not None:
            style.label_point(axes, (size, time), f"{row.ratio():.2f}×", receive, above=time >= floor.one_way_of_rounds())
    finish_axes(axes, [size for size, _, _ in measured])
    axes.legend(loc="upper left", fontsize=8)
    return style.finish(fig)


def draw_peers(bench, peer_class):
    """Ours against the peers of a class: every byte touched (lines), or handed over (open marks). None when there is no peer."""
    peers = by_peer(bench, peer_class)
    if not any(rows[0].peer != "kickmsg" for rows in peers) and peer_class != "middleware":
        return None
    if not peers:
        return None
    sizes = sorted({row.size for rows in peers for row in rows})
    fig, axes = style.figure(
        f"One way by payload, ours and peers\n{style.CLASS_WORDS[peer_class]}", bench, [row for rows in peers for row in rows], (5.2, 5.2)
    )
    for rows in peers:
        colour, line, marker = style.peer_look(rows[0])
        axes.plot(
            [row.size for row in rows],
            [row.one_way_of_rounds() for row in rows],
            color=colour,
            linestyle=line,
            marker=marker,
            label=style.peer_words(bench, rows[0], peer_class == "blocking"),
        )
    for rows in by_peer(bench, peer_class, "handoff"):
        colour, _, marker = style.peer_look(rows[0])
        axes.plot(
            [row.size for row in rows],
            [row.one_way_of_rounds() for row in rows],
            linestyle="none",
            marker=marker,
            markersize=8,
            markerfacecolor="none",
            markeredgecolor=colour,
        )
    floors = [(size, bench.floor_of_class(peer_class, size)) for size in sizes]
    style.line(
        axes,
        "floor",
        [(size, row.one_way_of_rounds()) for size, row in floors if row is not None],
        style.FLOOR_WORDS["spin" if peer_class.startswith("spin") else "block"],
        markers=True,
    )
    if peer_class.startswith("spin"):
        style.line(axes, "memcpy", copies(bench), "one memcpy, warm, one core", markers=True)
    if by_peer(bench, peer_class, "handoff"):
        axes.plot(
            [],
            [],
            linestyle="none",
            marker="o",
            markersize=8,
            markerfacecolor="none",
            markeredgecolor="#444444",
            label="open: first word only",
        )
    finish_axes(axes, sizes)
    style.legend_below(axes, 3 if len(peers) > 4 else 2, 0.37 if is_crowded(sizes) else 0.17)
    return style.finish(fig)


def is_crowded(sizes):
    """Whether the labels of the sizes stand aslant."""
    return len(sizes) > 6


def with_room(sizes):
    """Those that have room for a label: one between neighbours of half and of twice its size has none."""
    return [size for before, size, after in zip([0, *sizes], sizes, [*sizes[1:], float("inf")]) if not before or after / before > 4]


def finish_axes(axes, sizes):
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.margins(x=0.08, y=0.15)
    style.count_axis(axes.xaxis, with_room(sizes), style.format_size)
    axes.tick_params(axis="x", rotation=45 if is_crowded(sizes) else 0)
    style.time_axis(axes.yaxis)
    axes.set_xlabel("payload")
    axes.set_ylabel("one way (half of a round trip)")
