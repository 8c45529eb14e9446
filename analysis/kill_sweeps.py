"""What the page says of the kill sweeps: crash.json of a validation run."""

CALLS = {"kill_calls": "kill", "stop_calls": "stop"}  # creation: states are system calls
COUNTED = ("count_kill", "count_stop")  # the portable sweep
NOT_FACTS = ("kind", "subject", "seed", "failed")


def summary(document):
    """{'operations', 'pairs', 'swarms', 'kills', 'stops', 'pair_rounds', 'pair_states', 'failed'}, or None."""
    if document is None:
        return None
    rows = document["rows"]
    pairs = [row for row in rows if row["kind"] == "pair"]
    lines = operations(rows)
    return {
        "operations": lines,
        "pairs": pairs,
        "kills": sum(line["kills"] for line in lines),
        "stops": sum(line["stops"] for line in lines),
        "pair_rounds": sum(row["rounds"] for row in pairs),
        "pair_states": sum(row["states"] for row in pairs),
        "failed": sum(row["failed"] for row in rows),
        "swarms": [swarm(row) for row in rows if row["kind"] == "swarm"],
    }


def operations(rows):
    """One line for each operation, in the order of the sweeps."""
    lines = {}
    for row in rows:
        kind = CALLS.get(row["kind"], row["kind"])
        if kind not in ("kill", "stop", *COUNTED):
            continue
        line = lines.setdefault(
            row["subject"], {"name": row["subject"], "instructions": None, "states": 0, "kills": 0, "stops": 0, "counted": 0, "failed": 0}
        )
        if kind in COUNTED:
            line["counted"] += row["rounds"]
            line["failed"] += row["failed"]
            continue
        line["states"] = max(line["states"], row["states"])
        line["kills" if kind == "kill" else "stops"] += row["rounds"]
        line["failed"] += row["failed"]
        if kind == "kill":
            line["instructions"] = row.get("instructions")
    return list(lines.values())


def swarm(row):
    facts = [(key.replace("_", " "), value) for key, value in row.items() if key not in NOT_FACTS]
    return {"seed": row["seed"], "facts": facts}
