"""Planted faults of the stress program's answers: the stage stress must report each."""

import json
import sys

import pytest

import fakes
from stages import stress

# Plays kickmsg_stress_test.
FAKE = """\
#!{python}
import json, os, sys
plays = os.environ["FAKE"]
env = os.environ
assert env["KICKMSG_STRESS_SEED"] == "5" and env["KICKMSG_STRESS_SHARE"] == {share!r}
report = next(word.split(":", 1)[1] for word in sys.argv if word.startswith("--gtest_output"))
if plays == "dies":
    print("[ RUN      ] Scenario.Storm", flush=True)
    os.abort()
rows = {{"Sequential": "operations", "NodeSequential": "operations", "Generated": "processes", "RingChecker": "histories",
        "PoolChecker": "histories", "RingHistories": "sends", "PoolHistories": "holds", "Scenario.Storm": "messages"}}
for test, what in rows.items():
    if plays != "no " + test:
        count = 0 if plays == "zero " + test else 1234
        open(env["KICKMSG_STRESS_JSON"], "a").write(json.dumps({{"test": test, "counts": {{"seed": 5, what: count}}}}) + "\\n")
tests = [{{"name": "Storm", "status": "RUN", "time": "0.1s"}}]
if plays == "finds":
    tests[0]["failures"] = [{{"failure": "seed 5, recording 7: held twice"}}]
json.dump({{"testsuites": [{{"name": "Scenario", "testsuite": tests}}]}}, open(report, "w"))
sys.exit(1 if plays == "finds" else 0)
"""

# Plays stress/faults/plant.py.
PLANT = """\
import json, os, sys
plays = os.environ["FAKE"]
rows = [{"fault": "none", "by": [], "wrong": [], "report": ""},
        {"fault": "wake-deleted", "by": ["A.B"], "wrong": ["A.B does not report it"] if plays == "overlooks" else [], "report": "1 test"}]
if plays != "plants nothing":
    json.dump(rows, open(sys.argv[sys.argv.index("--json") + 1], "w"))
sys.exit(plays == "overlooks")
"""


@pytest.fixture(name="stage_run")
def run_over_the_fake(tmp_path, monkeypatch):
    def act(plays, mode="quick"):
        monkeypatch.setenv("FAKE", plays)
        run = fakes.run_in(tmp_path, mode)
        if plays != "unbuilt":
            fakes.program(run.build / "kickmsg_stress_test", FAKE.format(python=sys.executable, share="10" if mode == "quick" else "100"))
        fakes.program(tmp_path / "stress/faults/plant.py", PLANT)
        return fakes.ran(run, "stress", stress.run)

    return act


def test_a_sound_run_passes_with_its_counts(stage_run):
    found = stage_run("well")
    assert not found.failed
    assert "Sequential: operations 1,234" in found.stage.notes and "Scenario.Storm: messages 1,234" in found.stage.notes
    document = json.loads((found.run.artifacts / "stress.json").read_text(encoding="utf-8"))
    assert document["seed"] == 5 and len(document["rows"]) == 8


def test_a_finding_fails_with_its_replay(stage_run):
    check = stage_run("finds").failed["stress: Scenario.Storm"]
    assert "recording 7" in check.reason and check.replay.endswith("--gtest_filter=Scenario.Storm")
    assert "KICKMSG_STRESS_SEED=5" in check.replay


@pytest.mark.parametrize("how", ["no", "zero"])
@pytest.mark.parametrize("test", stress.REQUIRED)
def test_what_was_not_run_fails(stage_run, how, test):
    assert list(stage_run(f"{how} {test}").failed) == [f"counts: {test}"]


def test_no_scenario_fails(stage_run):
    assert list(stage_run("no Scenario.Storm").failed) == ["counts: scenarios"]


def test_a_program_that_dies_fails_and_names_the_test(stage_run):
    check = stage_run("dies").failed["stress: program"]
    assert "SIGABRT" in check.reason and check.replay.endswith("--gtest_filter=Scenario.Storm")


def test_a_program_that_was_not_built_fails(stage_run):
    assert "stress: program" in stage_run("unbuilt").failed


def test_the_gate_plants_nothing(stage_run):
    found = stage_run("overlooks")
    assert not found.failed and not any(check.name.startswith("planted") for check in found.stage.checks)


def test_the_main_job_plants_every_fault(stage_run):
    found = stage_run("well", "main")
    assert not found.failed
    assert "planted: wake-deleted" in [check.name for check in found.stage.checks if check.outcome == "passed"]


def test_a_fault_that_nobody_reports_fails(stage_run):
    failed = stage_run("overlooks", "main").failed
    assert failed["planted: wake-deleted"].reason == "A.B does not report it"


def test_a_main_job_that_plants_nothing_fails(stage_run):
    assert "planted faults" in stage_run("plants nothing", "main").failed
