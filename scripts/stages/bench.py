"""Measures with kickmsg_bench; each row that it measured is a check. Beyond the gate the program is killed in rounds of each peer, and
nothing of it may stay; and the suite runs once under an emulator."""

import sys

from harness import documents, emulated

TIMEOUT = {"quick": 300, "main": 2400, "full": 6 * 3600}
NEEDS = ("build",)
QUALITY = {"quick": "--quick", "main": "--report", "full": "--full"}


def run(stage):
    program = stage.run.build / "kickmsg_bench"
    stage.check_command("self-test", [program, "--self-test"])
    results = stage.run.artifacts / "bench.json"
    quality = QUALITY[stage.run.mode]
    command = [program, quality, "--seed", str(stage.run.seed), "--out", stage.run.artifacts]
    outcome = stage.command("bench", command)
    rows = documents.read(results, {"benchmarks": []})["benchmarks"]
    replay = f"{stage.run.relative(program)} {quality} --seed {stage.run.seed} --out /tmp"
    for row in rows:
        if row.get("error_occurred"):
            stage.failed(row["name"], row.get("error_message", "error"), outcome.log, replay)
        elif row.get("skipped"):
            stage.skipped(row["name"], row["skipped"])
        else:
            stage.passed(row["name"])
    stage.expect(rows, "bench.json", "no row was measured", outcome.log)
    if not outcome.ok and not stage.count("failed"):
        stage.failed("kickmsg_bench", outcome.describe(), outcome.log, replay)
    if not stage.run.quick:
        kill_driver(stage, program)
        emulated.measure(stage)


def kill_driver(stage, program):
    """Each peer, each signal: no process, no segment, no socket stays."""
    kept = stage.folder / "kill_driver.json"
    outcome = stage.command(
        "kill driver",
        [sys.executable, stage.run.root / "bench/peers/kill_driver.py", program, "--seed", str(stage.run.seed), "--json", kept],
    )
    rows = documents.read(kept, [])
    for row in rows:
        name = f"killed: {row['peer']}, {row['end']}"
        if "skipped" in row:
            stage.skipped(name, row["skipped"])
        else:
            stage.expect(not row["left"], name, f"stayed: {'; '.join(row['left'])}", outcome.log)
    stage.expect(rows, "killed drivers", f"none was killed: {outcome.describe()}", outcome.log)
