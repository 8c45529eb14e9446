"""How much a validation run looked at, in a few numbers: what a run in the archive keeps of the other stages."""

import dynamic_checks
import kill_sweeps
import loader
import model_checking

# key: what it is called on the pages, in their order.
WORDS = {
    "executions": "model executions",
    "mutants": "weakened orders",
    "killed": "of these noticed",
    "listed": "of these listed as redundant",
    "faults": "planted faults",
    "faults_found": "of these found",
    "states": "states swept",
    "kills": "kills and stops",
    "fuzz_executions": "fuzz executions",
    "fuzz_hours": "fuzz hours",
    "sanitized": "tests under sanitizers",
    "coverage": "lines run, %",
    "passed": "checks passed",
    "failed": "checks failed",
}


# Of the tables that have many commits: a column of several counts.
COLUMNS = {
    "model executions": "{executions:,}",
    "weakened orders noticed": "{killed:,} of {mutants:,}, {listed:,} listed",
    "planted faults found": "{faults_found:,} of {faults:,}",
    "states swept": "{states:,}",
    "kills and stops": "{kills:,}",
    "fuzz executions": "{fuzz_executions:,}",
    "fuzz hours": "{fuzz_hours:,}",
    "checks passed": "{passed:,}",
    "failed": "{failed:,}",
}


def cell(counted, column):
    """What a column says of a run, '–' where its stage did not run."""
    try:
        return COLUMNS[column].format(**counted)
    except KeyError:
        return "–"


def of_fuzz(document):
    """Every target runs for the same time, on a processor of its own."""
    targets = document["targets"]
    return {
        "fuzz_executions": sum(row["executions"] for row in targets),
        "fuzz_hours": round(document["seconds"] * len(targets) / 3600, 3),
    }


def summary(folder):
    """{key of WORDS: count} of a validation run's folder, without what did not run; empty where there is none."""
    if folder is None:
        return {}
    told = {}
    models = model_checking.summary(loader.load_json(folder / "models.json"))
    if models:
        told["executions"] = models["executions"]
    mutants = loader.load_json(folder / "mutants.json")
    if mutants:
        told |= {key: mutants["score"].get(key, 0) for key in ("mutants", "killed", "listed")}
        told |= {"faults": len(mutants["faults"]), "faults_found": sum(bool(row["killed_by"]) for row in mutants["faults"])}
    crash = kill_sweeps.summary(loader.load_json(folder / "crash.json"))
    if crash:
        told |= {"states": sum(line["states"] for line in crash["operations"]), "kills": crash["kills"] + crash["stops"]}
    dynamic = dynamic_checks.summary(dynamic_checks.load(folder)) or {}
    if dynamic.get("fuzz"):
        told |= of_fuzz(dynamic["fuzz"])
    if dynamic.get("sanitizers"):
        told["sanitized"] = sum(row["tests"] for row in dynamic["sanitizers"])
    if dynamic.get("coverage"):
        told["coverage"] = dynamic["coverage"]["percent"]
    results = loader.load_results(folder / "results.json")
    if results:
        told |= {"passed": results["totals"]["passed"], "failed": results["totals"]["failed"]}
    return told


def wrong(told):
    """Whether something of it went wrong."""
    escaped = told.get("mutants", 0) - told.get("killed", 0) - told.get("listed", 0)
    return bool(told.get("failed")) or escaped > 0 or told.get("faults", 0) > told.get("faults_found", 0)
