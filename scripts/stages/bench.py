"""Measures with kickmsg_bench; each row that it measured is a check."""
import json

TIMEOUT = {"quick": 300, "main": 1200, "full": 1200}
NEEDS = ("build",)


def run(stage):
    program = stage.run.build / "kickmsg_bench"
    stage.check_command("self-test", [program, "--self-test"])
    results = stage.run.artifacts / "bench.json"
    quality = "--quick" if stage.run.quick else "--report"
    command = [program, quality, "--seed", str(stage.run.seed), "--out", stage.run.artifacts]
    outcome = stage.command("bench", command)
    rows = json.loads(results.read_text(encoding="utf-8"))["benchmarks"] if results.exists() else []
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
