"""A second opinion on the orders of the core: the drivers of models/genmc under GenMC, where that is installed, in every execution that
RC11 and IMM allow, and on weaker orders, which must be reported. In any case as plain threads and under ThreadSanitizer, so that they
compile and hold on every machine; beyond the gate ThreadSanitizer has to see a weaker order, too."""

import re

from harness import genmc, models
from mutants import genmc_kills, orders

TIMEOUT = {"quick": 600, "main": 3600, "full": 3600}
NEEDS = ("build",)

SECONDS = {"quick": 60, "main": 600, "full": 600}  # one driver under one model with one death
MOST_UNFINISHED = 2  # deaths of one driver, after which the others are not tried
PLAIN = ("kickmsg_genmc", "kickmsg_genmc_tsan")
TSAN = {"TSAN_OPTIONS": "halt_on_error=1:exitcode=86"}
RUNS = re.compile(r"^(\w+): (\d+) runs", re.MULTILINE)
# Drivers that ThreadSanitizer sees fail on plain threads, and the order that is made weaker for it.
SEEN_BY_THREADS = {
    "stack": "FreeStack.h push compare_exchange: relaxed",
    "kept": "Sender.h take_idle load: relaxed",
    "views": "ViewCount.h change fetch_add: relaxed",
    "schema": "Ownership.h change compare_exchange: relaxed",
    "ring": "Ring.h commit compare_exchange: relaxed",
}


def run(stage):
    drivers = genmc.drivers()
    for program in PLAIN:
        run_threads(stage, program, [driver.name for driver in drivers])
    count_sites(stage)
    if not stage.run.quick:
        for name, mutant in SEEN_BY_THREADS.items():
            weaken_for_threads(stage, name, mutant)
    why = genmc.missing()
    if why:
        stage.skipped("GenMC", why)
        return
    for program, wanted in genmc.litmus(genmc.DRIVERS / "litmus"):
        run_litmus(stage, program, wanted)
    models.in_parallel(lambda job: run_driver(stage, *job), [(driver, model) for model in genmc.MODELS for driver in drivers])
    models.in_parallel(lambda job: kill(stage, *job), chosen_kills(stage, drivers))


def run_threads(stage, program, names):
    """A check for each driver that has to be there."""
    outcome = stage.command(program, [stage.run.build / program], env=TSAN)
    ran = dict(RUNS.findall(outcome.text()))
    for name in names:
        if name in ran:
            stage.passed(f"{program}: {name}", numbers=f"{ran[name]} runs")
        else:
            stage.failed(f"{program}: {name}", f"it did not run to its end ({outcome.describe()})", outcome.log)
    stage.expect(outcome.ok, f"{program}: all", outcome.describe(), outcome.log)


def count_sites(stage):
    sites = orders.find_sites(orders.core_sources())
    reached = genmc.reached(stage.run.build / PLAIN[0])
    found = [site for site in sites if site.place in reached]
    stage.note(f"the drivers for GenMC reach {len(found)} of {len(sites)} operations of the core")
    stage.expect(found, "operations are reached", "the drivers say of no operation of the core that they reach it")


def weaken_for_threads(stage, name, mutant_name):
    """One check: ThreadSanitizer reports a driver over a core with a weaker order."""
    label = f"threads: {mutant_name}"
    mutant = next((mutant for mutant in orders.shipped_mutants() if mutant.name == mutant_name), None)
    if not stage.expect(mutant, f"{label} exists", "no operation of the core has that name"):
        return
    include = genmc.plant_order(stage.folder / f"threads-{name}", mutant)
    program = stage.folder / f"threads-{name}" / "program"
    sources = [genmc.DRIVERS / f"{name}.cc", genmc.DRIVERS / "main.cc"]
    flags = ["-std=c++17", "-O1", "-g1", "-fsanitize=thread", "-pthread", f"-I{include}"]
    if stage.command(f"compile-{name}", ["c++", *flags, *sources, "-o", program]).ok:
        outcome = stage.command(label, [program, name], env=TSAN)
        stage.expect(outcome.code == 86, label, f"no report ({outcome.describe()})", outcome.log)
    else:
        stage.failed(label, "it does not compile", stage.folder / f"compile-{name}.log")


def run_litmus(stage, program, wanted):
    """A check for each model: GenMC says of a litmus test what its first line says, which the drivers count on."""
    for model, outcome in wanted.items():
        log = stage.folder / f"litmus.{program.name}.{model}.log"
        verdict = genmc.run(program, model, log, SECONDS[stage.run.mode])
        reason = f"{verdict.outcome} {verdict.words}, not {outcome}"
        stage.expect(verdict.outcome == outcome, f"litmus {program.name}: {model}", reason, log)


def run_driver(stage, driver, model):
    """One check: a driver holds under a model, with each death. One that is too large for the time says so: it is skipped."""
    name, replay = f"{driver.name}: {model}", f"scripts/genmc.py {driver.name} --model {model}"
    executions, seconds, unfinished = 0, 0.0, []
    for death in driver.deaths():
        log = stage.folder / f"{driver.name}.{model}.{death}.log"
        verdict = genmc.run(driver, model, log, SECONDS[stage.run.mode], death=death)
        executions, seconds = executions + verdict.executions, seconds + verdict.seconds
        if verdict.outcome == "unfinished":
            unfinished.append(str(death))
        elif verdict.outcome != "clean":
            stage.failed(name, f"{verdict.outcome}: {verdict.words}" + (f", death {death}" if death else ""), log, replay)
            return
        if len(unfinished) > MOST_UNFINISHED:
            break
    if unfinished:
        stage.skipped(name, f"not complete in {SECONDS[stage.run.mode]} s each: deaths {', '.join(unfinished)}")
    else:
        stage.passed(name, seconds, f"{executions:,} executions")


def chosen_kills(stage, drivers):
    """(mutant, kill) of those recorded; in a quick run one for each driver."""
    kills, chosen = genmc_kills.load(), {}
    for mutant in orders.shipped_mutants():
        kill = genmc_kills.killer(kills, mutant)
        if kill:
            chosen.setdefault(kill["driver"] if stage.run.quick else mutant.name, (mutant, kill))
    known = {driver.name: driver for driver in drivers}
    return [(mutant, kill, known[kill["driver"]]) for mutant, kill in chosen.values()]


def kill(stage, mutant, kill, driver):
    """One check: GenMC reports the driver over a core with that order weaker."""
    label = f"{mutant.name}: {driver.name}"
    folder = stage.folder / re.sub(r"\W+", "-", mutant.name)
    include = genmc.plant_order(folder, mutant)
    verdict = genmc.run(driver, kill["model"], folder / "log", SECONDS[stage.run.mode], death=kill.get("death", 0), include=include)
    if verdict.outcome == "reported":
        stage.passed(label, verdict.seconds, f"{kill['model']}: {verdict.words}")
    else:
        stage.failed(
            label, f"{verdict.outcome} under {kill['model']}", folder / "log", f"scripts/genmc.py --explore --again --only '{mutant.name}'"
        )
