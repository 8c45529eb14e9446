"""How many atomic operations and instructions each operation takes, counted: budgets.json of a validation run."""

import re

import style

KINDS = (("rmw", "read-modify-writes", "#D55E00", ""), ("stores", "stores", "#0072B2", "///"), ("loads", "loads", "#56B4E9", "..."))


def name_of(row):
    return f"{row['family']}: {row['operation']}, {row['live_rings']} live ring{'' if row['live_rings'] == 1 else 's'}"


def key_of(row):
    """The name of the same operation among the instructions."""
    return f"{row['family']}/{row['operation']}/rings:{row['live_rings']}"


def summary(document):
    """{'compilers', 'lines': [{'name', 'rmw', 'loads', 'stores', 'instructions': [one for each compiler]}]}, or None."""
    if document is None:
        return None
    compilers = list(document.get("instructions") or {})
    counted = [document["instructions"][name]["instructions"] for name in compilers]
    lines = [
        {"name": name_of(row), **{kind: row[kind] for kind, *_ in KINDS}, "instructions": [found.get(key_of(row)) for found in counted]}
        for row in document["operations"]
    ]
    return {"compilers": [" ".join(re.sub(r"\(.*?\)", "", name.split(",")[0]).split()) for name in compilers], "lines": lines}


def draw(document):
    """Returns: the figure, or None without the counts."""
    if document is None or not document["operations"]:
        return None
    rows = document["operations"]
    note = (
        "Counted by an instrumented build, so the same on every machine; relaxed, acquire and release alike.\n"
        + f"{len(rows)} operations, each counted whole, not sampled."
    )
    fig, axes = style.blank("Atomic operations of each operation", note, (5.6, 1.7 + 0.27 * len(rows)))
    begun = [0] * len(rows)
    for kind, words, colour, hatch in KINDS:
        counts = [row[kind] for row in rows]
        axes.barh(range(len(rows)), counts, left=begun, color=colour, hatch=hatch, edgecolor="white", linewidth=0, height=0.75, label=words)
        begun = [at + count for at, count in zip(begun, counts)]
    for at, row in enumerate(rows):
        axes.annotate(
            f"{row['rmw']} + {row['stores']} + {row['loads']}",
            (begun[at], at),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
        )
    axes.set_yticks(range(len(rows)), [name_of(row) for row in rows], fontsize=7.5)
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set_xlim(0, max(begun) * 1.4)
    axes.set_xlabel("atomic operations")
    axes.legend(loc="lower right")
    return style.finish(fig)
