#!/usr/bin/env python3
"""Order mutation of the core: which orders can be made weaker, what kills each mutant, what the tables say of it.

A mutant is one atomic operation of core/*.h with one of its orders made weaker, while everything else stays as shipped.
kickmsg_models weakens it at run time (--weaken), so nothing is compiled. C++17 lets a compare-and-swap have a failure
order that its success order does not contain, so a mutant of the one never needs the other lowered.

usage: mutation.py --list              the mutants, and what is recorded of them
       mutation.py --edges [--write]   checks (fills) the last column of ARCHITECTURE.md's table of edges
       mutation.py --explore [--seconds S] [--again] [--only TEXT] [--program PROGRAM] [--processes N]
                                       looks for killers of the mutants and faults without one (--again: of all), at most
                                       S seconds each, and keeps them in models/kills.json
"""
import argparse
import difflib
import json
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from lints import edge_lint

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "lib/include/kickmsg/core"
KILLS = ROOT / "models/kills.json"
REDUNDANT = ROOT / "models/redundant_orders.md"
FAULTS = ROOT / "models/faults.md"
PAGE = ROOT / "ARCHITECTURE.md"

# Weakest last. A store has no acquire half, a load no release half.
LOADS = ("seq_cst", "acquire", "relaxed")
STORES = ("seq_cst", "release", "relaxed")
WEAKER = {
    "load": {order: LOADS[at + 1:] for at, order in enumerate(LOADS)},
    "store": {order: STORES[at + 1:] for at, order in enumerate(STORES)},
    "change": {"seq_cst": ("acq_rel", "acquire", "release", "relaxed"), "acq_rel": ("acquire", "release", "relaxed"),
               "acquire": ("relaxed",), "release": ("relaxed",), "relaxed": ()},
}
HEADING = re.compile(r"^### (\S+ \S+ \w+(?: #\d+)?): (failure )?(\w+)\s*$", re.MULTILINE)
EXCUSED = re.compile(r"^### (\S+ \S+ \w+(?: #\d+)?): not touched\s*$", re.MULTILINE)
KILLER_SECONDS = 60  # for a recorded killer on a slow machine; it ends by its executions
UNKNOWN = "not killed yet"
IN_THE_LIST = "redundant (models/redundant_orders.md)"


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


@dataclass
class Limits:
    """Of the searches for one mutant."""
    slices: tuple = (1.0, 4.0)  # seconds for each scenario and strategy, round after round
    total: float = 30.0
    seed: int = 1
    strategies: tuple = ("random", "climb")


# --- sites and mutants
def find_sites(sources):
    """`sources`: text by file name. Returns: the sites in order."""
    sites, seen = [], {}
    for file, text in sorted(sources.items()):
        for found in edge_lint.find_operations(file, text):
            operation = re.sub(r"_(strong|weak)$", "", found.kind)
            ordinal = seen[(file, found.function, operation)] = seen.get((file, found.function, operation), 0) + 1
            sites.append(Site(file, found.function, operation, ordinal, found.line, tuple(found.orders),
                              tuple(found.edges())))
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
        for what, scanned, run in (("function", site.function, entry["function"]),
                                   ("operation", site.operation, entry["operation"]), ("orders", site.orders, orders)):
            if scanned != run:
                yield f"{place}: the headers say {what} {scanned}, the run says {run}"
    for site in sites:
        if not touched.get(site.place) and site.key not in excused:
            yield f"{site.key} ({site.place}): touched by no scenario"
        if touched.get(site.place) and site.key in excused:
            yield f"{site.key} ({site.place}): models/redundant_orders.md says it is not touched, but {touched[site.place][0]} does"
    for key in sorted(set(excused) - {site.key for site in sites}):
        yield f"{key}: models/redundant_orders.md says it is not touched, but there is no such site"


# --- which searches to try
def killer_search(kill):
    """A recorded killer again, with room for a small change of the scenario."""
    keys = ("scenario", "strategy", "seed", "preemptions", "stale")
    return {**{key: kill[key] for key in keys if key in kill}, "executions": 2 * kill["executions"] + 2000, "seconds": KILLER_SECONDS}


def kill_of(row):
    """What to record of a failed search."""
    keys = {"random": ("seed",), "bounded": ("preemptions", "stale"), "full": ()}[row["strategy"]]
    return {"scenario": row["scenario"], "strategy": row["strategy"], **{key: row[key] for key in keys},
            "executions": row["executions"]}


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
    return [{"scenario": scenario, "strategy": strategy, "seconds": seconds, "seed": limits.seed}
            for seconds in limits.slices for scenario in scenarios for strategy in limits.strategies]


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


# --- what came of it
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
        row = {"site": site.key, "place": site.place, "edges": sorted({name for name, _ in site.edges}),
               "from": self.mutant.shipped, "to": self.mutant.change, "outcome": self.outcome,
               "killed_by": killer["scenario"] if killer else None,
               "executions": sum(found["executions"] for found in self.rows)}
        return {**row, **kill_of(killer), "verdict": killer["verdict"]} if killer else row


def score(verdicts):
    killed = sum(verdict.outcome == "killed" for verdict in verdicts)
    return {"killed": killed, "mutants": len(verdicts),
            "percent": round(100.0 * killed / len(verdicts), 1) if verdicts else 0.0,
            "listed": sum(verdict.outcome == "listed" for verdict in verdicts)}


def how(row):
    if row.get("strategy") == "bounded":
        return f"bounded, {row['preemptions']} preemptions, {row['stale']} stale"
    return f"random, seed {row['seed']}" if row.get("strategy") == "random" else row.get("strategy") or ""


def as_markdown(document):
    """The readable form of mutants.json."""
    total = document["score"]
    lines = ["# Mutants", "", f"Orders: {total['killed']} of {total['mutants']} killed ({total['percent']} %),"
             f" {total['listed']} listed as redundant.", "",
             "| site | place | edges | order | weakened to | killed by | after executions | how |", "|---|---|---|---|---|---|---|---|"]
    for row in document["mutants"]:
        lines.append(f"| {row['site']} | {row['place']} | {' '.join(row['edges'])} | {row['from']} | {row['to']} "
                     f"| {row['killed_by'] or '**' + row['outcome'] + '**'} | {row['executions']:,} | {how(row)} |")
    found = sum(bool(row["killed_by"]) for row in document["faults"])
    lines += ["", f"Planted faults: {found} of {len(document['faults'])} found.", "",
              "| fault | what | found by | after executions | how |", "|---|---|---|---|---|"]
    for row in document["faults"]:
        lines.append(f"| {row['name']} | {row['what']} | {row['killed_by'] or '**nobody**'} | {row['executions']:,} | {how(row)} |")
    if document.get("redundant"):
        lines += ["", "Redundant orders: how far each scenario that touches the site was searched completely.", "",
                  "| mutant | scenario | reach | executions |", "|---|---|---|---|"]
        lines += [f"| {row['mutant']} | {row['scenario']} | {row['reach']} | {row['executions']:,} |"
                  for row in document["redundant"]]
    return "\n".join(lines) + "\n"


# --- tables by hand
def redundant_names(text):
    """The mutants that redundant_orders.md lists, each with the proof below its heading."""
    found = {}
    for mark in HEADING.finditer(text):
        proof = re.split(r"\n##", text[mark.end():])[0].strip()
        found[f"{mark.group(1)}: {mark.group(2) or ''}{mark.group(3)}"] = proof
    return found


def excused_sites(text):
    """The sites that, as redundant_orders.md explains, no scenario can touch."""
    return EXCUSED.findall(text)


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
    rows = [[cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
            for line in text.splitlines() if line.startswith("|")]
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


# --- the last column of the table of edges
HALVES = {"relaxed": set(), "acquire": {"acquire"}, "release": {"release"}, "acq_rel": {"acquire", "release"},
          "seq_cst": {"acquire", "release", "seq_cst"}}


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


def fill_edges(page, mutants, kills, listed):
    """The page with the last column of its table of edges as the kills say."""
    head, mark, rest = page.partition(edge_lint.TABLE[0])
    table, end, tail = rest.partition(edge_lint.TABLE[1])
    lines = []
    for line in table.splitlines():
        cells = line.strip().strip("|").split("|")
        edge = cells[0].strip().strip("`")
        if re.fullmatch(r"[A-Z][A-Z0-9_]*", edge):
            cells[-1] = f" {edge_killer(edge, mutants, kills, listed)} "
            line = "|" + "|".join(cells) + "|"
        lines.append(line)
    return head + mark + "\n".join(lines) + "\n" * table.endswith("\n") + end + tail


# --- the tool
def load_kills(path=KILLS):
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"orders": {}, "faults": {}}


def save_kills(kills, path=KILLS):
    tidy = {"orders": {key: dict(sorted(kills["orders"][key].items())) for key in sorted(kills["orders"])
                       if kills["orders"][key]},
            "faults": dict(sorted(kills["faults"].items()))}
    text = json.dumps(tidy, indent=1)
    text = re.sub(r"\{\s*(\"scenario\"[^{}]*?)\s*\}", lambda found: "{" + " ".join(found.group(1).split()) + "}", text)
    path.write_text(text + "\n", encoding="utf-8")


def load_listed(path=REDUNDANT):
    return redundant_names(path.read_text(encoding="utf-8")) if path.exists() else {}


def record(kills, what, row):
    """Keeps the killer of a mutant, or of a fault by its name."""
    if isinstance(what, Mutant):
        kills["orders"].setdefault(what.site.key, {})[what.change] = kill_of(row)
    else:
        kills["faults"][what] = kill_of(row)


class Explorer:
    """Looks for killers, without a stage around it."""

    def __init__(self, program, limits, folder):
        self.program, self.limits, self.folder = program, limits, Path(folder)

    def call(self, name, options, batch=None):
        """Returns: what kickmsg_models wrote, or None where it broke."""
        answer = self.folder / f"{name}.json"
        answer.unlink(missing_ok=True)
        if batch:
            asked = self.folder / f"{name}.batch.json"
            asked.write_text(json.dumps(batch), encoding="utf-8")
            options = [*options, "--batch", str(asked)]
        done = subprocess.run([self.program, "--json", str(answer), *options], stdout=subprocess.DEVNULL, check=False)
        if done.returncode not in (0, 1):
            print(f"  {name}: kickmsg_models ended with {done.returncode}", flush=True)
            return None
        return json.loads(answer.read_text(encoding="utf-8"))

    def touched(self, scenarios):
        batch = probe_batch([scenario["name"] for scenario in scenarios])
        return touched_by(self.call("probe", [], batch)["searches"])

    def first_kill(self, number, options, batch):
        answer = self.call(f"mutant-{number}", options, batch)
        rows = answer["searches"] if answer else []
        return next((row for row in rows if row["failed"]), None), sum(row["executions"] for row in rows)


def probe_batch(names, seconds=0.3):
    return {"probe": True, "searches": [{"scenario": name, "strategy": "random", "seconds": seconds, "seed": 1} for name in names]}


def touched_by(rows):
    """Scenarios by place."""
    touched = {}
    for row in rows:
        for place in row["sites"]:
            touched.setdefault(place, []).append(row["scenario"])
    return {place: sorted(set(names)) for place, names in touched.items()}


def forget_stale(kills, mutants):
    """Without what no mutant has the name of any more."""
    names = {(mutant.site.key, mutant.change) for mutant in mutants}
    orders = {key: {change: kill for change, kill in found.items() if (key, change) in names}
              for key, found in kills["orders"].items()}
    return {"orders": orders, "faults": kills["faults"]}


def explore(options):
    sites = find_sites(core_sources())
    mutants = [mutant for mutant in all_mutants(sites) if options.only in mutant.name]
    slices = tuple(seconds for seconds in (0.3, 1.0, 4.0, 15.0, 60.0, 240.0, 1000.0) if seconds <= options.seconds)
    kills, listed, lock = forget_stale(load_kills(), all_mutants(sites)), load_listed(), Lock()
    with tempfile.TemporaryDirectory() as folder:
        explorer = Explorer(options.program, Limits(slices, options.seconds, options.seed), folder)
        found = explorer.call("list", ["--list"])
        touched = explorer.touched(found["scenarios"])
        jobs = [(mutant.name, mutant) for mutant in mutants
                if options.again or mutant.change not in kills["orders"].get(mutant.site.key, {})]
        jobs += [(fault["name"], fault) for fault in found["faults"]
                 if options.only in fault["name"] and (options.again or fault["name"] not in kills["faults"])]
        known = {scenario["name"] for scenario in found["scenarios"]}

        def work(job):
            number, (name, what) = job
            is_mutant = isinstance(what, Mutant)
            batch = plan(what, kills, sites, touched, explorer.limits) if is_mutant else fault_plan(what, kills, explorer.limits)
            if not batch["searches"] or not {search["scenario"] for search in batch["searches"]} <= known:
                print(f"{name}: no scenario", flush=True)
                return
            began = time.monotonic()
            row, executions = explorer.first_kill(number, ["--weaken", what.weaken] if is_mutant else ["--fault", name], batch)
            if row:
                with lock:
                    record(kills, what if is_mutant else name, row)
                    save_kills(kills)
            verdict = f"{row['scenario']}, {how(row)}, {row['executions']} executions" if row else \
                f"SURVIVES {executions} executions" + (" (listed)" if name in listed else "")
            print(f"{name}: {verdict}, {time.monotonic() - began:.1f} s", flush=True)
        with ThreadPoolExecutor(options.processes) as pool:
            list(pool.map(work, enumerate(jobs)))
    left = [mutant.name for mutant in mutants if mutant.change not in kills["orders"].get(mutant.site.key, {})]
    print(f"{len(mutants) - len(left)} of {len(mutants)} mutants have a killer, {len(set(left) & set(listed))} of the others are listed")
    return 0


def check_edges(write):
    before = PAGE.read_text(encoding="utf-8")
    after = fill_edges(before, all_mutants(find_sites(core_sources())), load_kills(), load_listed())
    if write:
        PAGE.write_text(after, encoding="utf-8")
        return 0
    difference = list(difflib.unified_diff(before.splitlines(), after.splitlines(), "ARCHITECTURE.md", "models/kills.json", lineterm="", n=0))
    print("\n".join(difference) or "ARCHITECTURE.md's table of edges is as models/kills.json says")
    if difference:
        print("mend by: scripts/mutation.py --edges --write")
    return 1 if difference else 0


def show_list():
    kills, listed = load_kills(), load_listed()
    for mutant in all_mutants(find_sites(core_sources())):
        kill = kills["orders"].get(mutant.site.key, {}).get(mutant.change)
        says = f"{kill['scenario']}, {how(kill)}, {kill['executions']} executions" if kill else \
            IN_THE_LIST if mutant.name in listed else UNKNOWN
        print(f"{mutant.name} ({mutant.weaken}, from {mutant.shipped}): {says}")
    return 0


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--edges", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--explore", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--program", default=str(ROOT / "build/release/kickmsg_models"))
    options = parser.parse_args(arguments)
    if options.edges:
        return check_edges(options.write)
    if options.explore:
        return explore(options)
    return show_list()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
