"""What is unusual about a row, in a word beside it, and what that word means."""

TELLING_LOSS = 0.001  # of the messages sent; less is told in the table of flows alone
MEANING = {
    "oversubscribed": "more processes than processors: the scheduler is measured with it, and times are no property of the library.",
    "lost": "publishers at full speed never wait, and a subscriber that is slower loses its own oldest messages; the share is of all that "
    "the subscribers were due. Close to 100 %: the publishers have taken nearly all the time that the processors have.",
    "no reader": "nobody subscribes: what is measured is the send alone.",
    "killed owners": "rings of subscribers that were killed and that nobody recovered: the publisher recovers each when it has overwritten "
    "a lap of it, so most sends pay nothing for them.",
    "dry pool": "the pool is smaller than a ring: room for each message is made by giving up the oldest one of every stopped subscriber.",
    "late": "sent later than its schedule said; the delay is counted from when the message was due, so a sender that falls behind shows.",
    "no payload": "the first word alone is written and read, and the floor moves the whole payload: the multiple is no cost of a message.",
    "not measured": "the peer or the system cannot carry this row; the reason stands in it.",
    "failed": "measured, and wrong: a message was missing or damaged, or an end did not answer.",
    "few samples": "a quantile is shown only where at least 20 samples lie beyond it.",
    "below the floor": "the floor is what bare shared memory or a bare futex costs here, not a bound: a row that reuses what is in a cache "
    "can be below it.",
    "unsteady": "the rounds are more than 2 times apart: something else used the processors. The median stands; do not lean on it.",
}
UNSTEADY = 2.0


def rounds(row):
    return row.values.get("round_mean_ns") or row.values.get("round_p50_ns") or []


def share(value):
    """0.998 -> '99.8 %'; never rounded to 100 % or 0 %."""
    percent = 100 * value
    return f"{percent:.3g} %" if percent < 99.95 else f"{percent:.4g} %" if percent < 99.995 else f"{percent:.6g} %"


def flow(row):
    """Of rows that send as fast as they can or by a schedule."""
    lost = row.values.get("lost_share")
    if lost is None and row.values.get("lost") and row.values.get("sent"):
        lost = row.values["lost"] / row.values["sent"]
    if lost and lost >= TELLING_LOSS:
        yield "lost", f"lost {share(lost)}"
    if row.parameters.get("subscribers") == "0":
        yield "no reader", "no reader"
    late = row.values.get("late")
    if late and row.values.get("scheduled") and late / row.values["scheduled"] >= TELLING_LOSS:
        yield "late", f"late {share(late / row.values['scheduled'])}"


def notes(row):
    """[(key of MEANING, what stands beside the row), ...]"""
    if row.failed:
        return [("failed", "failed")]
    if row.skipped:
        return [("not measured", "not measured")]
    told = [("oversubscribed", "oversubscribed")] if row.oversubscribed else []
    told += flow(row)
    if row.parameters.get("owners") == "killed":
        told.append(("killed owners", "killed owners"))
    if row.parameters.get("pool") == "dry":
        told.append(("dry pool", "dry pool"))
    ratio = row.ratio() or row.values.get("ratio_to_floor")
    if row.parameters.get("payload") == "handoff":
        told.append(("no payload", "no payload"))
    elif ratio is not None and ratio < 1:
        told.append(("below the floor", "below the floor"))
    return told + unsteady(rounds(row))


def unsteady(times):
    apart = max(times) / min(times) if times and min(times) > 0 else 1.0
    return [("unsteady", f"unsteady, {apart:,.0f}×" if apart >= 10 else f"unsteady, {apart:.1f}×")] if apart > UNSTEADY else []


def legend(rows, quantiles=()):
    """[(word, what it means), ...] of the words beside these rows, in the order of MEANING."""
    used = {key for row in rows for key, _ in notes(row)}
    if any(row.quantile(name) is None for row in rows for name in quantiles if not row.failed and not row.skipped):
        used.add("few samples")
    return [("–" if key == "few samples" else key, text) for key, text in MEANING.items() if key in used]
