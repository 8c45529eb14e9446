"""What the page says of stress tests, fuzzing, sanitizers and coverage: the JSON of these stages in a validation run."""

import loader

TOLD = ("stress", "fuzz", "planted-fuzz", "sanitizers", "coverage")


def load(folder):
    """The documents that a run's folder has, by name; None without a folder."""
    return folder and {name: loader.load_json(folder / f"{name}.json") for name in TOLD}


def summary(documents):
    """{'stress', 'fuzz', 'planted', 'sanitizers', 'faults', 'coverage'}, each None or empty where its stage did not run; or None."""
    if not documents or not any(documents.values()):
        return None
    sanitizers = documents["sanitizers"] or {"programs": [], "faults": []}
    return {
        "stress": stress(documents["stress"]),
        "fuzz": documents["fuzz"],
        "planted": planted(documents["planted-fuzz"] or []),
        "sanitizers": sanitizers["programs"],
        "faults": sanitizers["faults"],
        "coverage": documents["coverage"],
    }


def stress(document):
    """{'seed', 'lines': [{'test', 'facts': [(what, count), ...]}, ...]}, or None."""
    if document is None:
        return None
    lines = [
        {"test": row["test"], "facts": [(what.replace("_", " "), count) for what, count in row["counts"].items() if what != "seed"]}
        for row in document["rows"]
    ]
    return {"seed": document["seed"], "lines": lines}


def planted(rows):
    """[{'target', 'fault', 'found'}, ...]: of each fault, without the rows of the harness itself."""
    return [{"target": row["by"][0], "fault": row["fault"], "found": not row["wrong"]} for row in rows if row["by"]]
