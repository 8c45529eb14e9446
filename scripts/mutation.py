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
import sys

from harness.run import ROOT
from mutants import edge_column, explore, killers, orders, tables
from mutants.outcomes import how


def show_list():
    kills, listed = killers.load_kills(), tables.load_listed()
    for mutant in orders.shipped_mutants():
        kill = kills["orders"].get(mutant.site.key, {}).get(mutant.change)
        says = (
            f"{kill['scenario']}, {how(kill)}, {kill['executions']} executions"
            if kill
            else edge_column.IN_THE_LIST
            if mutant.name in listed
            else edge_column.UNKNOWN
        )
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
        return edge_column.check_edges(options.write)
    if options.explore:
        return explore.explore(options)
    return show_list()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
