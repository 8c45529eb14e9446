"""Would the models notice? Orders made weaker, one at a time, and planted faults: each must be reported."""

from dataclasses import replace

from harness import documents, models
from mutants import killers, orders, outcomes, searches, tables

TIMEOUT = {"quick": 600, "main": 7200, "full": 7200}
NEEDS = ("build",)

# Seconds for what has no recorded killer, or whose killer kills no more.
LIMITS = {"quick": searches.Limits(slices=(0.5, 2.0), total=15.0), "main": searches.Limits(slices=(1.0, 5.0, 20.0), total=240.0)}
LISTED_QUICK = searches.Limits(slices=(0.2,), total=5.0, strategies=("random",))
LISTED_SECONDS = 180  # main: complete bounded searches for one redundant order, over all scenarios that touch its site
LEAST_REACH = (1, 0)  # that such a search must complete


def run(stage):
    listed = models.listing(stage)
    if listed is None:
        return
    Mutants(stage, listed).run()


class Mutants:
    """The work of the stage, with what its parts share."""

    def __init__(self, stage, listed):
        self.stage = stage
        self.scenarios = [scenario["name"] for scenario in listed["scenarios"]]
        self.faults = listed["faults"]
        self.limits = replace(LIMITS["quick" if stage.run.quick else "main"], seed=stage.run.seed)
        self.kills = killers.load_kills()
        self.page = tables.REDUNDANT.read_text(encoding="utf-8")
        self.redundant = tables.redundant_names(self.page)
        self.sites = orders.find_sites(orders.core_sources())
        self.touched = {}

    def run(self):
        self.check_tables()
        self.probe()
        mutants = orders.all_mutants(self.sites)
        if self.stage.run.quick:
            mutants = orders.one_each(mutants, self.redundant)
        done = models.in_parallel(
            lambda job: job(),
            [lambda mutant=mutant: self.order(mutant) for mutant in mutants]
            + [lambda fault=fault: self.fault(fault) for fault in self.faults],
        )
        verdicts, found = done[: len(mutants)], done[len(mutants) :]
        self.write([verdict for verdict in verdicts if verdict], [row for row in found if row], self.search_redundant(mutants))

    def check_tables(self):
        mutants = orders.all_mutants(self.sites)
        wrong = list(tables.list_faults(self.redundant, mutants))
        self.stage.expect(not wrong, "models/redundant_orders.md", "; ".join(wrong))
        rows = tables.fault_table(tables.FAULTS.read_text(encoding="utf-8"))
        wrong = list(tables.fault_table_faults(rows, self.faults, self.scenarios))
        self.stage.expect(rows and not wrong, "models/faults.md", "; ".join(wrong) or "no table")
        self.stage.expect(self.faults, "there are faults to plant", "kickmsg_models --list names none")

    def probe(self):
        """Which scenario touches which site; whether the scan of the headers knows what was run."""
        rows = self.batch("probe", searches.probe_batch(self.scenarios))
        self.touched = searches.touched_by(rows or [])
        core = {site.file for site in self.sites}
        met = [site for site in models.sites_of(self.stage, "probe") if site["file"] in core] if rows else []
        for wrong in orders.site_faults(self.sites, met, self.touched, tables.excused_sites(self.page)):
            self.stage.failed(wrong.split(" (")[0], wrong)
        self.stage.expect(met, "sites were met", "the probe met no site of core/")

    def batch(self, name, batch, options=(), keep_history=False):
        """Returns: the rows, or None after a failed check."""
        try:
            return models.run_batch(self.stage, name, batch, options, keep_history)[0]
        except models.Broken as broken:
            outcome = broken.args[0]
            self.stage.failed(name, f"kickmsg_models: {outcome.describe()}", outcome.log)
            return None

    def order(self, mutant):
        """One check: the mutant is killed, or listed and not. Returns: the verdict, or None."""
        listed = mutant.name in self.redundant
        limits = LISTED_QUICK if listed and self.stage.run.quick else self.limits
        if listed and not self.stage.run.quick:
            limits = searches.Limits(slices=(5.0,), total=LISTED_SECONDS, seed=self.stage.run.seed, strategies=("random",))
        batch = searches.plan(mutant, self.kills, self.sites, self.touched, limits)
        verdict = outcomes.Verdict(mutant, listed)
        if batch["searches"]:
            rows = self.batch(mutant.name, batch, ["--weaken", mutant.weaken], keep_history=listed)
            if rows is None:
                return None
            verdict.rows = rows
        wrong = verdict.fault()
        if wrong:
            self.stage.failed(mutant.name, wrong, replay=f"scripts/mutation.py --explore --only '{mutant.name}'")
        elif verdict.killer:
            self.stage.passed(
                mutant.name,
                numbers=f"{verdict.killer['scenario']}, {outcomes.how(verdict.killer)}, {verdict.killer['executions']:,} executions",
            )
        else:
            self.stage.passed(mutant.name, numbers=f"listed as redundant; {verdict.work()}")
        return verdict

    def fault(self, fault):
        """One check: the fault is reported by its scenario. Returns: its row of mutants.json, or None."""
        name = f"fault {fault['name']}"
        if fault["scenario"] not in self.scenarios:
            self.stage.failed(name, f"there is no scenario {fault['scenario']}")
            return None
        rows = self.batch(name, searches.fault_plan(fault, self.kills, self.limits), ["--fault", fault["name"]])
        if rows is None:
            return None
        killer = models.failed_row(rows)
        executions = sum(row["executions"] for row in rows)
        row = {**fault, "killed_by": killer["scenario"] if killer else None, "executions": executions}
        if not killer:
            self.stage.failed(
                name,
                f"{fault['scenario']} does not find it in {executions:,} executions",
                replay=f"scripts/mutation.py --explore --only '{fault['name']}'",
            )
            return row
        self.stage.passed(
            name, numbers=f"{killer['scenario']}, {outcomes.how(killer)}, {killer['executions']:,} executions: {killer['verdict']}"
        )
        return {**row, **killers.kill_of(killer), "verdict": killer["verdict"]}

    def search_redundant(self, mutants):
        """Not in a quick run: complete bounded searches of every scenario that touches the site of a redundant order."""
        jobs = (
            []
            if self.stage.run.quick
            else [
                (mutant, scenario, LISTED_SECONDS / len(self.touched[mutant.site.place]))
                for mutant in mutants
                if mutant.name in self.redundant
                for scenario in self.touched.get(mutant.site.place, [])
            ]
        )
        return [row for row in models.in_parallel(lambda job: self.bounded(*job), jobs) if row]

    def bounded(self, mutant, scenario, seconds):
        name = f"{mutant.name}: {scenario}, bounded"
        batch = {"searches": [{"scenario": scenario, "strategy": "climb", "seconds": round(seconds, 2)}]}
        rows = self.batch(name, batch, ["--weaken", mutant.weaken])
        if rows is None:
            return None
        bound, killer = models.reach(rows), models.failed_row(rows)
        executions = sum(row["executions"] for row in rows)
        if killer:
            self.stage.failed(
                name,
                f"models/redundant_orders.md lists it, but: {killer['verdict']}",
                replay=models.replay(self.stage, killer, ["--weaken", mutant.weaken]),
            )
        elif bound != "full" and (bound is None or bound < LEAST_REACH):
            # too large a scenario: its random executions count, and the table says how far it was searched
            self.stage.skipped(name, f"{models.reach_in_words(bound)} in {seconds:.0f} s")
        else:
            self.stage.passed(name, numbers=f"{executions:,} executions, {models.reach_in_words(bound)}")
        return {"mutant": mutant.name, "scenario": scenario, "reach": models.reach_in_words(bound), "executions": executions}

    def write(self, verdicts, faults, redundant):
        document = {
            "mode": self.stage.run.mode,
            "seed": self.stage.run.seed,
            "score": outcomes.score(verdicts),
            "all_mutants": len(orders.all_mutants(self.sites)),
            "sites": len(self.sites),
            "mutants": [verdict.as_json() for verdict in verdicts],
            "faults": faults,
            "redundant": redundant,
        }
        artifacts = self.stage.run.artifacts
        documents.write(artifacts / "mutants.json", document)
        (artifacts / "mutants.md").write_text(outcomes.as_markdown(document), encoding="utf-8")
        score, found = document["score"], sum(bool(fault["killed_by"]) for fault in faults)
        self.stage.note(
            f"{score['killed']} of {score['mutants']} order mutants killed, {score['listed']} listed as redundant, "
            f"{found} of {len(faults)} planted faults found"
        )
