"""What has killed each mutant and found each fault: models/kills.json."""

import json
import re

from harness.run import ROOT
from mutants.orders import Mutant

KILLS = ROOT / "models/kills.json"


def kill_of(row):
    """What to record of a failed search."""
    keys = {"random": ("seed",), "bounded": ("preemptions", "stale"), "full": ()}[row["strategy"]]
    return {"scenario": row["scenario"], "strategy": row["strategy"], **{key: row[key] for key in keys}, "executions": row["executions"]}


def record(kills, what, row):
    """Keeps the killer of a mutant, or of a fault by its name."""
    if isinstance(what, Mutant):
        kills["orders"].setdefault(what.site.key, {})[what.change] = kill_of(row)
    else:
        kills["faults"][what] = kill_of(row)


def load_kills(path=KILLS):
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"orders": {}, "faults": {}}


def save_kills(kills, path=KILLS):
    tidy = {
        "orders": {key: dict(sorted(kills["orders"][key].items())) for key in sorted(kills["orders"]) if kills["orders"][key]},
        "faults": dict(sorted(kills["faults"].items())),
    }
    text = json.dumps(tidy, indent=1)
    text = re.sub(r"\{\s*(\"scenario\"[^{}]*?)\s*\}", lambda found: "{" + " ".join(found.group(1).split()) + "}", text)
    path.write_text(text + "\n", encoding="utf-8")


def forget_stale(kills, mutants):
    """Without what no mutant has the name of any more."""
    names = {(mutant.site.key, mutant.change) for mutant in mutants}
    orders = {key: {change: kill for change, kill in found.items() if (key, change) in names} for key, found in kills["orders"].items()}
    return {"orders": orders, "faults": kills["faults"]}
