"""Which order mutants GenMC has reported, and by which driver: models/genmc/kills.json."""

import json
import re

from harness.run import ROOT

KILLS = ROOT / "models/genmc/kills.json"


def load(path=KILLS):
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def save(kills, path=KILLS):
    tidy = {key: dict(sorted(kills[key].items())) for key in sorted(kills) if kills[key]}
    text = json.dumps(tidy, indent=1)
    text = re.sub(r"\{\s*(\"driver\"[^{}]*?)\s*\}", lambda found: "{" + " ".join(found.group(1).split()) + "}", text)
    path.write_text(text + "\n", encoding="utf-8")


def record(kills, mutant, driver, model, death, verdict):
    kill = {"driver": driver.name, "model": model, **({"death": death} if driver.steps else {}), "report": verdict.words.rstrip("!")}
    kills.setdefault(mutant.site.key, {})[mutant.change] = kill


def killer(kills, mutant):
    """What has killed it: {"driver": ..., "model": ..., "death": ...}, or None."""
    return kills.get(mutant.site.key, {}).get(mutant.change)
