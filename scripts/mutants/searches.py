"""Which searches to try for a mutant or a fault."""

from dataclasses import dataclass

KILLER_SECONDS = 60  # for a recorded killer on a slow machine; it ends by its executions


@dataclass
class Limits:
    """Of the searches for one mutant."""

    slices: tuple = (1.0, 4.0)  # seconds for each scenario and strategy, round after round
    total: float = 30.0
    seed: int = 1
    strategies: tuple = ("random", "climb")


def killer_search(kill):
    """A recorded killer again, with room for a small change of the scenario."""
    keys = ("scenario", "strategy", "seed", "preemptions", "stale")
    return {**{key: kill[key] for key in keys if key in kill}, "executions": 2 * kill["executions"] + 2000, "seconds": KILLER_SECONDS}


def promising(touched, site, sites, kills):
    """The scenarios that touch a site, most promising first: those that have killed mutants of the same site, then those
    that touch most other ends of its edges, for one end alone orders nothing."""
    names = {name for name, _ in site.edges}
    partners = [other.place for other in sites if other.key != site.key and names & {name for name, _ in other.edges}]

    def rank(scenario):
        own = sum(kill["scenario"] == scenario for kill in kills.get("orders", {}).get(site.key, {}).values())
        met = sum(scenario in touched.get(place, ()) for place in partners)
        return (-own, -met, scenario)

    return sorted(touched.get(site.place, ()), key=rank)


def searches(scenarios, limits):
    """All scenarios by all strategies, shortly, then longer."""
    return [
        {"scenario": scenario, "strategy": strategy, "seconds": seconds, "seed": limits.seed}
        for seconds in limits.slices
        for scenario in scenarios
        for strategy in limits.strategies
    ]


def plan(mutant, kills, sites, touched, limits):
    """The batch for one mutant: its recorded killer, then a search through what touches the site."""
    scenarios = promising(touched, mutant.site, sites, kills)
    recorded = kills.get("orders", {}).get(mutant.site.key, {}).get(mutant.change)
    return batch_of(recorded if recorded and recorded["scenario"] in scenarios else None, scenarios, limits)


def fault_plan(fault, kills, limits):
    recorded = kills.get("faults", {}).get(fault["name"])
    return batch_of(recorded if recorded and recorded["scenario"] == fault["scenario"] else None, [fault["scenario"]], limits)


def batch_of(recorded, scenarios, limits):
    first = [killer_search(recorded)] if recorded else []
    return {"seconds": limits.total + KILLER_SECONDS * len(first), "searches": first + searches(scenarios, limits)}


def probe_batch(names, seconds=0.3):
    return {"probe": True, "searches": [{"scenario": name, "strategy": "random", "seconds": seconds, "seed": 1} for name in names]}


def touched_by(rows):
    """Scenarios by place."""
    touched = {}
    for row in rows:
        for place in row["sites"]:
            touched.setdefault(place, []).append(row["scenario"])
    return {place: sorted(set(names)) for place, names in touched.items()}
