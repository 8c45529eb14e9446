"""What the tests of stages share: programs that play others, and a stage that is run over a tree of them."""

from types import SimpleNamespace

from harness import runner
from harness.run import Run


def program(path, text):
    """Writes an executable file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def run_in(root, mode="quick"):
    """A run that says nothing."""
    run = Run(mode=mode, seed=5, root=root, artifacts=root / "build/artifacts/one")
    run.say = lambda text: None
    return run


def ran(run, name, work, timeout=300):
    """Runs a stage. Returns: it, its run, the checks that failed or were skipped by their names, and the names of those that passed."""
    runner.run_stage(run, name, SimpleNamespace(run=work, TIMEOUT={run.mode: timeout}))
    stage = run.stages[0]
    found = {
        outcome: {check.name: check for check in stage.checks if check.outcome == outcome} for outcome in ("failed", "skipped", "passed")
    }
    return SimpleNamespace(stage=stage, run=run, **{**found, "passed": list(found["passed"])})
