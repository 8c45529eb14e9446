"""The last column of ARCHITECTURE.md's table of edges: what dies when the edge is weakened."""

import difflib

from harness.run import ROOT
from lints.atomics import with_cells
from mutants import genmc_kills, killers, orders, tables

PAGE = ROOT / "ARCHITECTURE.md"
UNKNOWN = "not killed yet"
IN_THE_LIST = "redundant (models/redundant_orders.md)"
HALVES = {
    "relaxed": set(),
    "acquire": {"acquire"},
    "release": {"release"},
    "acq_rel": {"acquire", "release"},
    "seq_cst": {"acquire", "release", "seq_cst"},
}


def weakens_edge(mutant, edge):
    """Whether the mutant takes away an end that its site has for the edge."""
    ends = [HALVES[order] for name, order in mutant.site.edges if name == edge]
    return any(end - HALVES[mutant.order] for end in ends) and (not mutant.failure or "acquire" in set.union(*ends))


def edge_killer(edge, mutants, kills, listed):
    """The scenario that dies when the edge is weakened: of the mutant that takes least else away, the fastest kill."""
    weakened = [mutant for mutant in mutants if weakens_edge(mutant, edge)]
    found = []
    for mutant in weakened:
        kill = kills.get("orders", {}).get(mutant.site.key, {}).get(mutant.change)
        if kill:
            spare = len(HALVES[mutant.shipped] - HALVES[mutant.order])
            found.append((spare, kill["executions"], kill["scenario"]))
    if found:
        return f"`{min(found)[2]}`"
    return IN_THE_LIST if weakened and all(mutant.name in listed for mutant in weakened) else UNKNOWN


def second_killer(edge, mutants, kills):
    """The driver by which GenMC reports the edge weakened, and no other one with it: its drivers are few, and one that kills all of an
    operation says little of each. Empty: none."""
    for mutant in mutants:
        kill = genmc_kills.killer(kills, mutant)
        if kill and {name for name, _ in mutant.site.edges if weakens_edge(mutant, name)} == {edge}:
            return f"; GenMC: `{kill['driver']}`"
    return ""


def fill_edges(page, mutants, kills, listed, second=None):
    """The page with the last column of its table of edges as the kills say. `second`: those by GenMC."""

    def fill(edge, cells):
        cells[-1] = f" {edge_killer(edge, mutants, kills, listed)}{second_killer(edge, mutants, second or {})} "

    return with_cells(page, fill)


def check_edges(write):
    before = PAGE.read_text(encoding="utf-8")
    after = fill_edges(before, orders.shipped_mutants(), killers.load_kills(), tables.load_listed(), genmc_kills.load())
    if write:
        PAGE.write_text(after, encoding="utf-8")
        return 0
    difference = list(
        difflib.unified_diff(before.splitlines(), after.splitlines(), "ARCHITECTURE.md", "models/kills.json", lineterm="", n=0)
    )
    print("\n".join(difference) or "ARCHITECTURE.md's table of edges is as models/kills.json says")
    if difference:
        print("mend by: scripts/mutation.py --edges --write")
    return 1 if difference else 0
