"""Planted faults of the fuzz targets' answers: the stage fuzz must report each."""
import json
import sys
from types import SimpleNamespace

import pytest

from harness import runner
from harness.run import Run
from stages import fuzz

# Plays a fuzz target.
FAKE = """\
#!{python}
import os, sys
plays = os.environ["FAKE"] if "operations" in sys.argv[0] else "well"
assert "-seed=5" in sys.argv
if plays == "blind":
    print("#9 INITED cov: 0 ft: 1\\nstat::number_of_executed_units: 99")
elif plays == "idle":
    print("#3 INITED cov: 70 ft: 1\\nstat::number_of_executed_units: 3")
elif plays == "forgetful":
    print("#1 INITED cov: 70 ft: 1\\nstat::number_of_executed_units: 99")
elif plays == "finds":
    artifact = next(word.split("=", 1)[1] for word in sys.argv if word.startswith("-artifact_prefix"))
    open(artifact + "crash-7", "w").write("x")
    print("FOUND: lost() is exact")
    sys.exit(77)
elif plays == "dies":
    os.abort()
elif plays != "mute":
    print("#3 INITED cov: 70 ft: 1\\n#99 DONE cov: 80 ft: 2\\nstat::number_of_executed_units: 99")
"""


@pytest.fixture(name="stage_run")
def run_over_the_fake(tmp_path, monkeypatch):
    def act(plays, seeds=2):
        monkeypatch.setenv("FAKE", plays)
        monkeypatch.setattr(fuzz, "compiled", lambda stage: True)
        run = Run(mode="quick", seed=5, root=tmp_path, artifacts=tmp_path / "build/artifacts/one")
        (tmp_path / "build/fuzz").mkdir(parents=True)
        for target in fuzz.TARGETS:
            program = tmp_path / "build/fuzz" / f"kickmsg_fuzz_{target}"
            if (plays, target) != ("unbuilt", "operations"):
                program.write_text(FAKE.format(python=sys.executable), encoding="utf-8")
                program.chmod(0o755)
            (tmp_path / "fuzz/corpus" / target).mkdir(parents=True)
            for number in range(seeds):
                (tmp_path / "fuzz/corpus" / target / f"seed-{number}").write_text("seed", encoding="utf-8")
        run.say = lambda text: None
        runner.run_stage(run, "fuzz", SimpleNamespace(run=fuzz.run, TIMEOUT=fuzz.TIMEOUT))
        failed = {check.name: check for check in run.stages[0].checks if check.outcome == "failed"}
        return SimpleNamespace(failed=failed, stage=run.stages[0], run=run)
    return act


def test_sound_targets_pass_with_their_numbers(stage_run):
    found = stage_run("well")
    assert not found.failed and len(found.stage.checks) == len(fuzz.TARGETS)
    document = json.loads((found.run.artifacts / "fuzz.json").read_text(encoding="utf-8"))
    assert document["targets"][0] == {"target": "attach", "seeds": 2, "executions": 99, "edges": 80, "replayed": 3}
    assert found.stage.notes[0].startswith("495 executions, seed 5; edges covered: attach 80, ")


def test_a_finding_fails_with_its_report_and_its_input(stage_run):
    check = stage_run("finds").failed["operations"]
    assert "lost() is exact" in check.reason
    assert check.replay == "build/fuzz/kickmsg_fuzz_operations build/artifacts/one/fuzz-findings/operations-crash-7"


@pytest.mark.parametrize(("plays", "reason"), [("blind", "no edge was covered"), ("idle", "nothing beyond the seeds"),
                                               ("forgetful", "1 of 2 seeds"), ("mute", "0 of 2 seeds"), ("dies", "SIGABRT"),
                                               ("unbuilt", "exit code 127")])
def test_a_target_that_did_no_work_fails(stage_run, plays, reason):
    failed = stage_run(plays).failed
    assert list(failed) == ["operations"] and reason in failed["operations"].reason


def test_an_empty_corpus_fails(stage_run):
    assert set(stage_run("well", seeds=0).failed) == set(fuzz.TARGETS)
