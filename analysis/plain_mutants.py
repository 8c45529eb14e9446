"""What the page says of plain mutants: plain_mutants.json of a validation run."""

COUNTED = ("killed", "mutants", "percent", "survived", "equivalent", "accepted", "marked")


def summary(document):
    """{'score', 'core', 'left', 'interval' in words or empty, 'operators' and 'files': lines, 'survivors', 'argued'}, or None."""
    if document is None:
        return None
    score = document["score"]
    left = document["all_mutants"] - score["mutants"] - score["equivalent"]
    low, high = score["interval"]
    return {
        "score": score,
        "core": document["core"],
        "left": left,
        "interval": f"{low} to {high} %" if left else "",
        "operators": [line_of(name, counts) for name, counts in document["operators"].items()],
        "files": [line_of(row["file"], row) for row in document["files"]],
        "survivors": [row for row in document["survivors"] if not row["reason"]],
        "argued": [row for row in document["survivors"] if row["reason"]],
    }


def line_of(name, counts):
    return {"name": name, **{what: counts[what] for what in COUNTED}}
