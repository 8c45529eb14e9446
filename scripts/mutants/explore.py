"""Looks for killers of the mutants and faults, without a stage around it."""

import json
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from mutants import killers, orders, tables
from mutants.outcomes import how
from mutants.searches import Limits, fault_plan, plan, probe_batch, touched_by


class Explorer:
    """What asks kickmsg_models."""

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


def explore(options):
    sites = orders.find_sites(orders.core_sources())
    mutants = [mutant for mutant in orders.all_mutants(sites) if options.only in mutant.name]
    slices = tuple(seconds for seconds in (0.3, 1.0, 4.0, 15.0, 60.0, 240.0, 1000.0) if seconds <= options.seconds)
    kills, listed, lock = killers.forget_stale(killers.load_kills(), orders.all_mutants(sites)), tables.load_listed(), Lock()
    with tempfile.TemporaryDirectory() as folder:
        explorer = Explorer(options.program, Limits(slices, options.seconds, options.seed), folder)
        found = explorer.call("list", ["--list"])
        touched = explorer.touched(found["scenarios"])
        jobs = [
            (mutant.name, mutant) for mutant in mutants if options.again or mutant.change not in kills["orders"].get(mutant.site.key, {})
        ]
        jobs += [
            (fault["name"], fault)
            for fault in found["faults"]
            if options.only in fault["name"] and (options.again or fault["name"] not in kills["faults"])
        ]
        known = {scenario["name"] for scenario in found["scenarios"]}

        def work(job):
            number, (name, what) = job
            is_mutant = isinstance(what, orders.Mutant)
            batch = plan(what, kills, sites, touched, explorer.limits) if is_mutant else fault_plan(what, kills, explorer.limits)
            if not batch["searches"] or not {search["scenario"] for search in batch["searches"]} <= known:
                print(f"{name}: no scenario", flush=True)
                return
            began = time.monotonic()
            row, executions = explorer.first_kill(number, ["--weaken", what.weaken] if is_mutant else ["--fault", name], batch)
            if row:
                with lock:
                    killers.record(kills, what if is_mutant else name, row)
                    killers.save_kills(kills)
            verdict = (
                f"{row['scenario']}, {how(row)}, {row['executions']} executions"
                if row
                else f"SURVIVES {executions} executions" + (" (listed)" if name in listed else "")
            )
            print(f"{name}: {verdict}, {time.monotonic() - began:.1f} s", flush=True)

        with ThreadPoolExecutor(options.processes) as pool:
            list(pool.map(work, enumerate(jobs)))
    left = [mutant.name for mutant in mutants if mutant.change not in kills["orders"].get(mutant.site.key, {})]
    print(f"{len(mutants) - len(left)} of {len(mutants)} mutants have a killer, {len(set(left) & set(listed))} of the others are listed")
    return 0
