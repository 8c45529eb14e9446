"""Messages delivered by a publisher that waits for room, ours and the peers that lose nothing: a chart for each number of subscribers."""

import statistics

import style
import throughput

OURS = "kickmsg"


def rows(bench):
    return [row for row in bench.measured("tput") if row.subject == "reliable" and row.peer is not None]


def subscribers(bench):
    return sorted({int(row.parameters["subscribers"]) for row in rows(bench)})


def of_subscribers(bench, count):
    """{peer: [(size, row), ...]}, ours first, sizes rising."""
    found = {}
    for row in sorted(rows(bench), key=lambda row: (row.peer != OURS, row.peer, row.size)):
        if int(row.parameters["subscribers"]) == count:
            found.setdefault(row.peer, []).append((row.size, row))
    return found


def ahead(ours, other):
    """How many times what the peer delivers ours does, in the median of the rounds; None where they do not have the same rounds."""
    times = [row.values.get("round_mean_ns", []) for row in (ours, other)]
    alike = times[0] and len(times[0]) == len(times[1])
    return statistics.median(theirs / own for own, theirs in zip(*times)) if alike else None


def lines(bench):
    """What the table says: [{'subscribers', 'size', 'oversubscribed', 'peers': {peer: (rate, ahead)}}, ...]."""
    told = []
    for count in subscribers(bench):
        found = of_subscribers(bench, count)
        ours = dict(found.get(OURS, []))
        for size in sorted({size for line in found.values() for size, _ in line}):
            peers = [(peer, row) for peer, line in found.items() for at, row in line if at == size]
            told.append(
                {
                    "subscribers": count,
                    "size": size,
                    "oversubscribed": any(row.oversubscribed for _, row in peers),
                    "peers": {
                        peer: (row.values["delivered_per_s"], ahead(ours[size], row) if size in ours else None) for peer, row in peers
                    },
                }
            )
    return told


def peers(bench):
    """The peers of the table, ours first."""
    return sorted({row.peer for row in rows(bench)}, key=lambda peer: (peer != OURS, peer))


def draw(bench, count):
    """Returns: the figure, or None when nothing was measured with so many subscribers."""
    found = of_subscribers(bench, count)
    if not found:
        return None
    known = [row for line in found.values() for _, row in line]
    crowded = any(row.oversubscribed for row in known)
    fig, axes = style.figure(
        f"Nothing lost: one publisher to {count} subscriber{'s' if count > 1 else ''}\n"
        + ("all together; more processes than processors" if crowded else "delivered by all together"),
        bench,
        known,
        (5.2, 4.4),
    )
    for peer, line in found.items():
        colour, stroke, marker = style.PEER_LOOKS["kickmsg view"] if peer == OURS else style.PEER_LOOKS.get(peer, style.UNKNOWN_PEER)
        points = [(size, row.values["delivered_per_s"]) for size, row in line]
        axes.plot(*zip(*points), color=colour, linestyle=stroke, marker=marker, label=bench.label(peer))
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.margins(x=0.08, y=0.15)
    style.count_axis(axes.xaxis, [size for line in found.values() for size, _ in line], style.format_size)
    axes.yaxis.set_major_formatter(lambda rate, _: throughput.per_second(rate))
    axes.yaxis.set_minor_formatter(lambda _rate, _at: "")
    axes.set_xlabel("payload, written and read in full")
    axes.set_ylabel("messages delivered")
    axes.legend(loc="lower left")
    return style.finish(fig)
