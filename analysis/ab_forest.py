"""Two builds compared: each row's slowdown with its interval, and below it what two runs of one build differ by; compare.json."""

import style

VERDICT_COLOURS = {"slower": "#D55E00", "faster": "#009E73", "same": "#0072B2"}


def lines(document):
    """[(what, part, colour, marker), ...]: a row, then its A/A."""
    told = []
    for row in document.get("rows", []):
        told.append(
            (
                row["name"].replace("/payload", "\n/payload") + ("" if row["gated"] else " (not gated)"),
                row,
                VERDICT_COLOURS[row["verdict"]],
                "o" if row["gated"] else "D",
            )
        )
        if "aa" in row:
            told.append(("A/A", row["aa"], "#777777", "x"))
    return told


def commit_of(side):
    """The commit of a side of compare.json, whichever way it is told."""
    return str(side.get("commit", "unknown"))[:12] if isinstance(side, dict) else str(side)[:12]


def draw(document):
    """Returns: the figure, or None when nothing was compared."""
    told = lines(document) if document is not None else []
    if not told:
        return None
    note = (
        f"{commit_of(document['base'])} (A) and {commit_of(document['head'])} (B), {document['pairs']} pairs in the order A B B A, "
        f"{document['confidence']:.0%} interval of the median by the sign test\n{machine_words(document['machine'])}"
    )
    fig, axes = style.blank("Slowdown of B against A\nA/A: two runs of one build", note, (5.8, 1.5 + 0.3 * len(told)))
    for at, (_, part, colour, marker) in enumerate(told):
        low, middle, high = (100 * part[key] for key in ("low", "slowdown", "high"))
        axes.errorbar(
            middle, at, xerr=[[max(0, middle - low)], [max(0, high - middle)]], fmt=marker, color=colour, capsize=3, elinewidth=1.5
        )
        if "threshold" in part and part["gated"]:
            axes.plot([100 * part["threshold"]] * 2, [at - 0.4, at + 0.4], color="black", linewidth=2)
    axes.axvline(0, color="black", linestyle="--", linewidth=1)
    axes.plot([], [], color="black", linewidth=2, label="threshold: slower when the whole interval is beyond")
    axes.set_yticks(range(len(told)), [what for what, *_ in told], fontsize=7.5)
    axes.set_ylim(len(told) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:+.3g} %" if value else "0")
    axes.set_xlabel("slowdown, median of the pairs")
    axes.legend(loc="upper center", bbox_to_anchor=(0.3, -0.18), frameon=False, fontsize=8)
    return style.finish(fig)


def machine_words(machine):
    if isinstance(machine, dict):
        return ", ".join(str(value) for value in machine.values() if isinstance(value, str))[:150]
    return str(machine)[:150]
