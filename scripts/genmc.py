#!/usr/bin/env python3
"""The drivers of models/genmc, under GenMC: what each comes to, and which weaker orders of the core it kills.

usage: genmc.py [DRIVER...] [--model M] [--seconds S]       runs drivers under each model, with each death, S seconds each at most
       genmc.py --explore [--only TEXT] [DRIVER...]         looks for a killer of each order mutant that has none (--again: of all), and
                                                            keeps them in models/genmc/kills.json
--minutes N: begins nothing new after that
"""

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from harness import genmc
from harness.run import ROOT
from mutants import genmc_kills, orders


def run_all(options, chosen, folder):
    """Returns: the exit status, 0 when all are clean."""
    jobs = [(driver, model, death) for driver in chosen for model in options.model for death in driver.deaths()]

    def work(job):
        driver, model, death = job
        if time.monotonic() > options.deadline:
            return genmc.Verdict("left out", 0, 0, 0.0)
        return genmc.run(driver, model, folder / f"{driver.name}.{model}.{death}.log", options.seconds, death=death)

    with ThreadPoolExecutor(options.processes) as pool:
        verdicts = list(zip(jobs, pool.map(work, jobs)))
    for driver in chosen:
        for model in options.model:
            show(driver, model, [(death, verdict) for (of, under, death), verdict in verdicts if of == driver and under == model])
    return 0 if all(verdict.outcome == "clean" for _, verdict in verdicts) else 1


def show(driver, model, rows):
    """A line for a driver under a model, and one for each death that is not clean."""
    executions = sum(verdict.executions for _, verdict in rows)
    seconds = sum(verdict.seconds for _, verdict in rows)
    print(f"{driver.name} {model}: {executions:,} executions, {len(rows)} runs, {seconds:.0f} s", flush=True)
    for death, verdict in rows:
        if verdict.outcome != "clean":
            print(f"  death {death}: {verdict.outcome} {verdict.words}", flush=True)


def explore(options, chosen, folder):
    kills, lock, reached = genmc_kills.load(), Lock(), genmc.reached(options.program)
    mutants = [mutant for mutant in orders.shipped_mutants() if options.only in mutant.name]
    mutants = [mutant for mutant in mutants if options.again or not genmc_kills.killer(kills, mutant)]

    def work(numbered):
        number, mutant = numbered
        include = genmc.plant_order(folder / str(number), mutant)
        for driver in chosen:
            if driver.name not in reached.get(mutant.site.place, ()):
                continue
            for model in options.model:
                for death in driver.deaths():
                    if time.monotonic() > options.deadline:
                        return
                    log = folder / f"{number}.log"
                    verdict = genmc.run(driver, model, log, options.seconds, death=death, include=include)
                    if verdict.outcome == "reported":
                        with lock:
                            genmc_kills.record(kills, mutant, driver, model, death, verdict)
                            genmc_kills.save(kills)
                        print(f"{mutant.name}: {driver.name}, {model}, {verdict.words}", flush=True)
                        return
        print(f"{mutant.name}: -", flush=True)

    with ThreadPoolExecutor(options.processes) as pool:
        list(pool.map(work, enumerate(mutants)))
    return 0


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drivers", nargs="*", metavar="DRIVER")
    parser.add_argument("--model", action="append", choices=genmc.MODELS)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--explore", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--program", default=str(ROOT / "build/release/kickmsg_genmc"), help="the drivers as threads")
    options = parser.parse_args(arguments)
    options.deadline = time.monotonic() + 60 * options.minutes
    options.model = options.model or list(genmc.MODELS)
    known = {driver.name: driver for driver in genmc.drivers()}
    unknown = [name for name in options.drivers if name not in known]
    why = f"no driver named {', '.join(unknown)}" if unknown else genmc.missing()
    if why:
        print(why)
        return 2
    chosen = [known[name] for name in options.drivers or known]
    with tempfile.TemporaryDirectory() as folder:
        return (explore if options.explore else run_all)(options, chosen, Path(folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
