"""Which orders of the core can be made weaker: the sites, and the mutants of each.

A mutant is one atomic operation of core/*.h with one of its orders made weaker, while everything else stays as shipped.
kickmsg_models weakens it at run time (--weaken), so nothing is compiled. C++17 lets a compare-and-swap have a failure
order that its success order does not contain, so a mutant of the one never needs the other lowered.
"""

import re
from dataclasses import dataclass

from harness.run import ROOT
from lints import atomics

CORE = ROOT / "lib/include/kickmsg/core"
# Weakest last. A store has no acquire half, a load no release half.
LOADS = ("seq_cst", "acquire", "relaxed")
STORES = ("seq_cst", "release", "relaxed")
WEAKER = {
    "load": {order: LOADS[at + 1 :] for at, order in enumerate(LOADS)},
    "store": {order: STORES[at + 1 :] for at, order in enumerate(STORES)},
    "change": {
        "seq_cst": ("acq_rel", "acquire", "release", "relaxed"),
        "acq_rel": ("acquire", "release", "relaxed"),
        "acquire": ("relaxed",),
        "release": ("relaxed",),
        "relaxed": (),
    },
}


@dataclass
class Site:
    """One atomic operation. Its key has no line number: lines move."""

    file: str
    function: str
    operation: str
    ordinal: int
    line: int
    orders: tuple
    edges: tuple

    @property
    def key(self):
        return f"{self.file} {self.function} {self.operation}" + (f" #{self.ordinal}" if self.ordinal > 1 else "")

    @property
    def place(self):
        return f"{self.file}:{self.line}"


@dataclass
class Mutant:
    site: Site
    order: str
    failure: bool = False

    @property
    def change(self):
        return ("failure " if self.failure else "") + self.order

    @property
    def name(self):
        return f"{self.site.key}: {self.change}"

    @property
    def shipped(self):
        return self.site.orders[1 if self.failure else 0]

    @property
    def weaken(self):
        return f"{self.site.place}{':failure' if self.failure else ''}={self.order}"


def find_sites(sources):
    """`sources`: text by file name. Returns: the sites in order."""
    sites, seen = [], {}
    for file, text in sorted(sources.items()):
        for found in atomics.find_operations(file, text):
            operation = re.sub(r"_(strong|weak)$", "", found.kind)
            ordinal = seen[(file, found.function, operation)] = seen.get((file, found.function, operation), 0) + 1
            sites.append(Site(file, found.function, operation, ordinal, found.line, tuple(found.orders), tuple(found.edges())))
    return sites


def core_sources(core=CORE):
    return {path.name: path.read_text(encoding="utf-8") for path in core.glob("*.h")}


def mutants_of(site):
    """Strongest first."""
    kind = site.operation if site.operation in WEAKER else "change"
    found = [Mutant(site, order) for order in WEAKER[kind][site.orders[0]]]
    if site.operation == "compare_exchange":
        found += [Mutant(site, order, failure=True) for order in WEAKER["load"][site.orders[1]]]
    return found


def all_mutants(sites):
    return [mutant for site in sites for mutant in mutants_of(site)]


def shipped_mutants():
    return all_mutants(find_sites(core_sources()))


def one_each(mutants, listed):
    """The weakest mutant of each site, one that is not listed as redundant where there is one."""
    chosen = {}
    for mutant in mutants:
        before = chosen.get(mutant.site.key)
        if before is None or (not mutant.failure and (mutant.name not in listed or before.name in listed)):
            chosen[mutant.site.key] = mutant
    return list(chosen.values())


def site_faults(sites, met, touched, excused=()):
    """What the scan of the headers and the run do not agree on. `met`: sites as kickmsg_models lists them; `touched`:
    scenarios by place (FILE:LINE); `excused`: keys of sites that cannot be touched."""
    by_place = {site.place: site for site in sites}
    for entry in met:
        place = f"{entry['file']}:{entry['line']}"
        site = by_place.get(place)
        if site is None:
            yield f"{place}: {entry['operation']} in {entry['function']} was run, but not found in the headers"
            continue
        orders = (entry["order"], entry["failure"]) if "failure" in entry else (entry["order"],)
        for what, scanned, run in (
            ("function", site.function, entry["function"]),
            ("operation", site.operation, entry["operation"]),
            ("orders", site.orders, orders),
        ):
            if scanned != run:
                yield f"{place}: the headers say {what} {scanned}, the run says {run}"
    for site in sites:
        if not touched.get(site.place) and site.key not in excused:
            yield f"{site.key} ({site.place}): touched by no scenario"
        if touched.get(site.place) and site.key in excused:
            yield f"{site.key} ({site.place}): models/redundant_orders.md says it is not touched, but {touched[site.place][0]} does"
    for key in sorted(set(excused) - {site.key for site in sites}):
        yield f"{key}: models/redundant_orders.md says it is not touched, but there is no such site"
