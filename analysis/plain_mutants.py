"""What the page says of plain mutants: plain_mutants.json of a validation run."""

import pathlib

import loader

COUNTED = ("killed", "mutants", "percent", "survived", "equivalent", "accepted", "marked")
KEPT = pathlib.Path(__file__).resolve().parent.parent / "scripts/mutants/plain/judged.json"


def kept():
    """The summary of what was judged last, by hand or at night, where it is kept; else None."""
    return summary(loader.load_json(KEPT if KEPT.exists() else None))


def summary(document):
    """{'score', 'core', 'left', 'interval' in words or empty, 'not_compilable', 'origin' of what is kept, 'operators' and 'files': lines,
    'survivors', 'argued'}, or None."""
    if document is None:
        return None
    score = document["score"]
    left = document["all_mutants"] - score["mutants"] - score["equivalent"]
    low, high = score["interval"]
    return {
        "score": score,
        "core": document["core"],
        "left": left,
        "interval": f"{low} to {high} %" if left and document.get("by_chance", True) else "",
        "not_compilable": document.get("not_compilable", 0),
        "timed_out": score.get("timed_out", 0),
        "all_core": document.get("all_core", 0),
        "origin": f"{document['commit']}, {document['date']}" if "commit" in document else "",
        "operators": [line_of(name, counts) for name, counts in document["operators"].items()],
        "files": [line_of(row["file"], row) for row in document["files"]],
        "survivors": [row for row in document["survivors"] if not row["reason"]],
        "argued": [row for row in document["survivors"] if row["reason"]],
    }


def line_of(name, counts):
    return {"name": name, **{what: counts[what] for what in COUNTED}}
