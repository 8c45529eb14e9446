"""The tables that are kept by hand, models/redundant_orders.md and models/faults.md: what they say, and what is wrong with it."""

import re

from harness.run import ROOT

REDUNDANT = ROOT / "models/redundant_orders.md"
FAULTS = ROOT / "models/faults.md"
HEADING = re.compile(r"^### (\S+ \S+ \w+(?: #\d+)?): (failure )?(\w+)\s*$", re.MULTILINE)
EXCUSED = re.compile(r"^### (\S+ \S+ \w+(?: #\d+)?): not touched\s*$", re.MULTILINE)


def redundant_names(text):
    """The mutants that redundant_orders.md lists, each with the proof below its heading."""
    found = {}
    for mark in HEADING.finditer(text):
        proof = re.split(r"\n##", text[mark.end() :])[0].strip()
        found[f"{mark.group(1)}: {mark.group(2) or ''}{mark.group(3)}"] = proof
    return found


def excused_sites(text):
    """The sites that, as redundant_orders.md explains, no scenario can touch."""
    return EXCUSED.findall(text)


def load_listed(path=REDUNDANT):
    return redundant_names(path.read_text(encoding="utf-8")) if path.exists() else {}


def list_faults(listed, mutants):
    """What is wrong with redundant_orders.md itself."""
    names = {mutant.name for mutant in mutants}
    for name, proof in listed.items():
        if name not in names:
            yield f"{name}: there is no such mutant"
        elif len(proof.split()) < 10:
            yield f"{name}: a proof in words is missing"


def fault_table(text):
    """Rows of models/faults.md: [(fault, owner, where), ...]."""
    rows = [[cell.strip().strip("`") for cell in line.strip().strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [(row[0], row[1], row[2]) for row in rows if len(row) >= 3 and row[1] in set("MKSFU")]


def fault_table_faults(rows, planted, scenarios):
    """`planted`: the faults of --list. Every one stands in the table with its scenario, every M one can be planted."""
    owned = {fault: where for fault, owner, where in rows if owner == "M"}
    for fault in planted:
        if fault["name"] not in owned:
            yield f"{fault['name']}: not in the table, or not as M"
        elif owned[fault["name"]] != fault["scenario"]:
            yield f"{fault['name']}: the table says {owned[fault['name']]}, kickmsg_models says {fault['scenario']}"
        if fault["scenario"] not in scenarios:
            yield f"{fault['name']}: there is no scenario {fault['scenario']}"
    for name in sorted(set(owned) - {fault["name"] for fault in planted}):
        yield f"{name}: the table says M, but kickmsg_models cannot plant it"
    names = [fault for fault, _, _ in rows]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{name}: listed twice"
    for fault, owner, where in rows:
        if not where:
            yield f"{fault}: says not where {owner} reports it"
