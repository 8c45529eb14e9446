"""What the page says of model checking and mutation: models.json and mutants.json of a validation run."""


def reach(row):
    """How far the widest complete search of a climb came."""
    if row is None or row["bound"] is None:
        return "–"
    if row["bound"] == "full":
        return "everything"
    return f"{row['bound']['preemptions']} preemptions, {row['bound']['stale']} stale"


def summary(document):
    """{'lines': one for each scenario, 'scenarios', 'executions', 'complete', 'failed'}, or None."""
    if document is None:
        return None
    names = list(dict.fromkeys(row["scenario"] for row in document["rows"]))
    lines = [line_of([row for row in document["rows"] if row["scenario"] == name]) for name in names]
    return {
        "lines": lines,
        "scenarios": len(lines),
        "executions": sum(line["executions"] for line in lines),
        "complete": sum(line["cpp"] == "everything" for line in lines),
        "failed": sum(bool(line["failed"]) for line in lines),
    }


def line_of(rows):
    climbs = {row["seq_cst"]: row for row in rows if row["strategy"] == "climb"}
    first = rows[0]
    return {
        "name": first["scenario"],
        "what": first["what"],
        "threads": first["threads"],
        "deaths": first["deaths"],
        "executions": sum(row["executions"] for row in rows),
        "cpp": reach(climbs.get(False)),
        "seq_cst": reach(climbs.get(True)),
        "failed": "; ".join(row["verdict"] for row in rows if row["failed"]),
    }
