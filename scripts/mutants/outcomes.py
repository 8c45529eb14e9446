"""What came of the searches: killed, listed as redundant, or survived."""

from dataclasses import dataclass, field

from mutants.killers import kill_of
from mutants.orders import Mutant


@dataclass
class Verdict:
    """Of one mutant."""

    mutant: Mutant
    listed: bool
    rows: list = field(default_factory=list)

    @property
    def killer(self):
        return next((row for row in self.rows if row["failed"]), None)

    @property
    def outcome(self):
        return "killed" if self.killer else "listed" if self.listed else "survived"

    def fault(self):
        """What is wrong with it, in words, or None."""
        if self.killer and self.listed:
            return f"models/redundant_orders.md lists it, but {self.killer['scenario']} kills it: {self.killer['verdict']}"
        if not self.killer and not self.listed:
            return f"no scenario kills it, and models/redundant_orders.md does not list it ({self.work()})"
        return None

    def work(self):
        executions = sum(row["executions"] for row in self.rows)
        return f"{executions:,} executions of {len({row['scenario'] for row in self.rows})} scenarios"

    def as_json(self):
        site, killer = self.mutant.site, self.killer
        row = {
            "site": site.key,
            "place": site.place,
            "edges": sorted({name for name, _ in site.edges}),
            "from": self.mutant.shipped,
            "to": self.mutant.change,
            "outcome": self.outcome,
            "killed_by": killer["scenario"] if killer else None,
            "executions": sum(found["executions"] for found in self.rows),
        }
        return {**row, **kill_of(killer), "verdict": killer["verdict"]} if killer else row


def score(verdicts):
    killed = sum(verdict.outcome == "killed" for verdict in verdicts)
    return {
        "killed": killed,
        "mutants": len(verdicts),
        "percent": round(100.0 * killed / len(verdicts), 1) if verdicts else 0.0,
        "listed": sum(verdict.outcome == "listed" for verdict in verdicts),
    }


def how(row):
    if row.get("strategy") == "bounded":
        return f"bounded, {row['preemptions']} preemptions, {row['stale']} stale"
    return f"random, seed {row['seed']}" if row.get("strategy") == "random" else row.get("strategy") or ""


def as_markdown(document):
    """The readable form of mutants.json."""
    total = document["score"]
    lines = [
        "# Mutants",
        "",
        f"Orders: {total['killed']} of {total['mutants']} killed ({total['percent']} %), {total['listed']} listed as redundant.",
        "",
        "| site | place | edges | order | weakened to | killed by | after executions | how |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in document["mutants"]:
        lines.append(
            f"| {row['site']} | {row['place']} | {' '.join(row['edges'])} | {row['from']} | {row['to']} "
            f"| {row['killed_by'] or '**' + row['outcome'] + '**'} | {row['executions']:,} | {how(row)} |"
        )
    found = sum(bool(row["killed_by"]) for row in document["faults"])
    lines += [
        "",
        f"Planted faults: {found} of {len(document['faults'])} found.",
        "",
        "| fault | what | found by | after executions | how |",
        "|---|---|---|---|---|",
    ]
    for row in document["faults"]:
        lines.append(f"| {row['name']} | {row['what']} | {row['killed_by'] or '**nobody**'} | {row['executions']:,} | {how(row)} |")
    if document.get("redundant"):
        lines += [
            "",
            "Redundant orders: how far each scenario that touches the site was searched completely.",
            "",
            "| mutant | scenario | reach | executions |",
            "|---|---|---|---|",
        ]
        lines += [f"| {row['mutant']} | {row['scenario']} | {row['reach']} | {row['executions']:,} |" for row in document["redundant"]]
    return "\n".join(lines) + "\n"
