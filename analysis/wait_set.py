"""How long one wait for many topics takes to wake and answer, beside a receive from one topic, the peers' wait sets and the bare futex."""

import statistics

import style

RECEIVE = "wake/idle_us:100"
KINDS = ("set", "epoll")
PLACES = {"set": ((0, -8), "center", "top"), "epoll": ((-7, 5), "right", "center"), "peer": ((7, 5), "left", "center")}
WORDS = {"set": "one wait set", "epoll": "its descriptor in an epoll"}


def of_rounds(row):
    """The median of the rounds' medians, nanoseconds."""
    return statistics.median(row.values["round_p50_ns"])


def ratio(row, base):
    """The median over the rounds of one row by the other; None where one is missing or they do not have the same rounds."""
    pairs = [] if row is None or base is None else list(zip(row.values["round_p50_ns"], base.values["round_p50_ns"]))
    alike = pairs and len(row.values["round_p50_ns"]) == len(base.values["round_p50_ns"])
    return statistics.median(one / other for one, other in pairs) if alike else None


def rows(bench):
    """[row, ...]: the waits for many topics, ours first, topics rising."""
    found = [row for row in bench.measured("wake") if row.subject in KINDS and "topics" in row.parameters]
    return sorted(found, key=lambda row: (row.peer != "kickmsg", row.peer, KINDS.index(row.subject), int(row.parameters["topics"])))


def lines(bench):
    """What the table says: [{'what', 'topics', 'time', 'receive', 'futex'}, ...], the receive from one first; empty without a wait set."""
    receive = bench.find(RECEIVE)
    told = [
        {
            "what": f"{bench.label(row.peer)}, {WORDS[row.subject]}",
            "topics": int(row.parameters["topics"]),
            "time": of_rounds(row),
            "receive": ratio(row, receive),
            "futex": row.values.get("ratio_to_floor"),
        }
        for row in rows(bench)
    ]
    if told and receive is not None:
        first = {"what": "kickmsg, receive", "topics": 1, "time": of_rounds(receive), "receive": 1.0}
        told.insert(0, {**first, "futex": receive.values.get("ratio_to_floor")})
    return told


def series(bench):
    """{(peer, kind): [(topics, row), ...]}, topics rising."""
    found = {}
    for row in rows(bench):
        found.setdefault((row.peer, row.subject), []).append((int(row.parameters["topics"]), row))
    return found


def look(peer, kind):
    """(colour, line style, marker) of a line."""
    if peer == "kickmsg":
        return style.PEER_LOOKS["kickmsg view" if kind == "set" else "kickmsg copy"]
    return style.PEER_LOOKS.get(peer, style.UNKNOWN_PEER)


def draw(bench):
    """Returns: the figure, or None when it was not measured."""
    found = series(bench)
    if not found:
        return None
    receive = bench.find(RECEIVE)
    fig, axes = style.figure(
        "An answer by the number of topics waited for\nmedians; × = multiple of a receive from one",
        bench,
        rows(bench),
        (5.2, 4.6),
    )
    places = sorted({topics for line in found.values() for topics, _ in line})
    for (peer, kind), line in found.items():
        colour, stroke, marker = look(peer, kind)
        points = [(places.index(topics), of_rounds(row)) for topics, row in line]
        axes.plot(*zip(*points), color=colour, linestyle=stroke, marker=marker, label=f"{bench.label(peer)}, {WORDS[kind]}")
        for point, (_, row) in zip(points, line):
            multiple = ratio(row, receive)
            if multiple is not None:
                tell(axes, point, f"{multiple:.2f}×", colour, kind if peer == "kickmsg" else "peer")
    for row, words, role in (
        (receive, "kickmsg, receive from one", "view"),
        (bench.find(f"floor/{RECEIVE}"), "floor: bare futex", "floor"),
    ):
        if row is not None:
            axes.axhline(of_rounds(row), color=style.COLOURS[role], linestyle=":" if role == "view" else "--", linewidth=1.2, label=words)
    axes.set_yscale("log")
    axes.set_xlim(-0.5, len(places) - 0.5)
    axes.margins(y=0.2)
    axes.set_xticks(range(len(places)), [str(topics) for topics in places])
    style.time_axis(axes.yaxis)
    axes.set_xlabel("topics that one wait is for")
    axes.set_ylabel("send until the answer is seen")
    style.legend_below(axes, 2)
    return style.finish(fig)


def tell(axes, point, text, colour, place):
    """A label where lines that meet leave room: ours below, those of the descriptor on the left, those of peers on the right."""
    offset, across, along = PLACES[place]
    note = axes.annotate(text, point, xytext=offset, textcoords="offset points", ha=across, va=along, fontsize=8, color=colour, zorder=5)
    style.halo(note)
