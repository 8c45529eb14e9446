"""Draws the figures and the page from the measurements and from the results of the other stages."""

from harness import tests

TIMEOUT = {"quick": 300, "main": 300, "full": 300}
AFTER = ("bench",)

EXPECTED = {"index.html": "index.html", "figures as PNG": "figures/*.png", "figures as SVG": "figures/*.svg"}


def run(stage):
    tests.run_pytest(stage, "analysis", ["analysis"], cwd=stage.run.root)
    artifacts = stage.run.artifacts
    out = artifacts / "report"
    emulated = [path for path in (artifacts / "emulated/bench.json",) if path.exists()]
    command = [
        stage.run.python,
        "analysis/report.py",
        "--out",
        out,
        artifacts / "bench.json",
        *emulated,
        "--results",
        artifacts / "results.json",
        "--models",
        artifacts / "models.json",
        "--mutants",
        artifacts / "mutants.json",
        "--crash",
        artifacts / "crash.json",
        "--crash-times",
        artifacts / "crash_times.json",
        "--run",
        artifacts,
    ]
    if not stage.check_command("report.py", command):
        return
    for name, pattern in EXPECTED.items():
        found = list(out.glob(pattern))
        stage.expect(found and all(path.stat().st_size for path in found), name, f"{stage.run.relative(out)}/{pattern} is missing or empty")
    stage.note(f"{stage.run.relative(out)}/index.html")
    site = artifacts / "history"
    if stage.check_command("history_site.py", [stage.run.python, "analysis/history_site.py", "analysis/history", "--out", site]):
        stage.note(f"{stage.run.relative(site)}/index.html")
