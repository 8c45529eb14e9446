"""Random operation streams against a model, recorded histories, named scenarios (stress/README.md)."""

from harness import documents, planting, tests

TIMEOUT = {"quick": 240, "main": 3000, "full": 3000}
NEEDS = ("build",)

SHARE = {"quick": 10, "main": 100, "full": 100}  # percent of the streams, histories and messages of the main job
# What the run is there for: the row that a test writes, and the count that must be in it.
REQUIRED = {
    "Sequential": "operations",
    "NodeSequential": "operations",
    "Generated": "processes",
    "RingChecker": "histories",
    "PoolChecker": "histories",
    "RingHistories": "sends",
    "PoolHistories": "holds",
}


def run(stage):
    rows = stress(stage, "stress", stage.run.seed)
    counts = {row["test"]: row["counts"] for row in rows}
    for test, what in REQUIRED.items():
        stage.expect(counts.get(test, {}).get(what), f"counts: {test}", f"no test told its {what}")
    scenarios = [test for test in counts if test.startswith("Scenario.")]
    stage.expect(scenarios, "counts: scenarios", "no scenario told what it did")
    for row in rows:
        told = ", ".join(f"{what.replace('_', ' ')} {count:,}" for what, count in row["counts"].items() if what != "seed")
        stage.note(f"{row['test']}: {told}")
    path = stage.run.artifacts / "stress.json"
    documents.write(path, {"mode": stage.run.mode, "seed": stage.run.seed, "rows": rows})
    if not stage.run.quick:
        planting.run_in_stage(stage, "stress/faults/plant.py")


def stress(stage, label, seed, *arguments):
    """Runs the program. Returns: the rows that its tests wrote."""
    stage.folder.mkdir(parents=True, exist_ok=True)
    path = stage.folder / f"{label}.jsonl"
    env = {"KICKMSG_STRESS_SEED": str(seed), "KICKMSG_STRESS_SHARE": str(SHARE[stage.run.mode]), "KICKMSG_STRESS_JSON": str(path)}
    tests.run_gtest(stage, label, stage.run.build / "kickmsg_stress_test", arguments, env=env)
    return documents.read_rows(path)


def soak(stage, number):
    stress(stage, f"stress-{number}", stage.run.seed + number)
