"""Planted faults of the fuzz targets' answers: the stage fuzz must report each."""

import json
import sys

import pytest

import fakes
from stages import fuzz

# Plays a fuzz target.
FAKE = """\
#!{python}
import os, sys
plays = os.environ["FAKE"] if "operations" in sys.argv[0] else "well"
inputs = [word for word in sys.argv[1:] if "/found-" in word]
if inputs:
    for word in inputs:
        print(f"Running: {{word}}")
        if plays != "skips":
            print(f"Executed {{word}} in 1 ms")
        if plays == "again":
            print("FOUND: once more")
            sys.exit(77)
    sys.exit(0)
assert "-seed=5" in sys.argv
if "mutator" in sys.argv[0]:
    print(f"stat::operations_overlapped: {{0 if os.environ['FAKE'] == 'apart' else 6}}")
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
    def act(plays, seeds=2, found=False, length=4):
        monkeypatch.setenv("FAKE", plays)
        monkeypatch.setattr(fuzz.build, "preset", lambda *arguments: True)
        run = fakes.run_in(tmp_path)
        (tmp_path / "build/fuzz").mkdir(parents=True)
        for target in fuzz.TARGETS if plays != "unlisted" else (*fuzz.TARGETS, "forgotten"):
            program = tmp_path / "build/fuzz" / f"kickmsg_fuzz_{target}"
            if (plays, target) != ("unbuilt", "operations"):
                fakes.program(program, FAKE.format(python=sys.executable))
            (tmp_path / "fuzz/corpus" / target).mkdir(parents=True)
            (tmp_path / "fuzz" / f"{target}_fuzz.cc").write_text("", encoding="utf-8")
            names = [f"seed-{number}" for number in range(seeds)] + (["found-7"] if target == "operations" and found else [])
            for name in names:
                (tmp_path / "fuzz/corpus" / target / name).write_text("s" * length, encoding="utf-8")
        return fakes.ran(run, "fuzz", fuzz.run)

    return act


def test_sound_targets_pass_with_their_numbers(stage_run):
    found = stage_run("well")
    assert not found.failed and len(found.stage.checks) == len(fuzz.TARGETS) + 1
    document = json.loads((found.run.artifacts / "fuzz.json").read_text(encoding="utf-8"))
    assert document["targets"][0] == {"target": "attach", "seeds": 2, "executions": 99, "edges": 80, "replayed": 3}
    assert found.stage.notes[0].startswith("693 executions, seed 5; edges covered: attach 80, ")


def test_a_finding_fails_with_its_report_and_its_input(stage_run):
    check = stage_run("finds").failed["operations"]
    assert "lost() is exact" in check.reason
    assert check.replay == "build/fuzz/kickmsg_fuzz_operations build/artifacts/one/fuzz-findings/operations-crash-7"


@pytest.mark.parametrize(
    ("plays", "reason"),
    [
        ("blind", "no edge was covered"),
        ("idle", "nothing beyond the seeds"),
        ("forgetful", "1 of 2 seeds"),
        ("mute", "0 of 2 seeds"),
        ("dies", "SIGABRT"),
        ("unbuilt", "exit code 127"),
    ],
)
def test_a_target_that_did_no_work_fails(stage_run, plays, reason):
    failed = stage_run(plays).failed
    assert list(failed) == ["operations"] and reason in failed["operations"].reason


def test_found_inputs_are_replayed(stage_run):
    found = stage_run("well", found=True)
    assert not found.failed and "operations: found inputs" in [check.name for check in found.stage.checks]


@pytest.mark.parametrize(("plays", "reason"), [("skips", "not run: found-7"), ("again", "exit code 77")])
def test_a_found_input_that_is_not_run_or_is_found_again_fails(stage_run, plays, reason):
    assert reason in stage_run(plays, found=True).failed["operations: found inputs"].reason


def test_a_mutator_that_never_met_an_operation_fails(stage_run):
    failed = stage_run("apart").failed
    assert list(failed) == ["mutator"] and "no word was overwritten" in failed["mutator"].reason


def test_a_target_that_nobody_runs_fails(stage_run):
    assert "forgotten" in stage_run("unlisted").failed["every target and every input is run"].reason


def test_an_input_that_would_be_cut_short_fails(stage_run):
    assert "seed-0" in stage_run("well", length=fuzz.LONGEST_INPUT + 1).failed["every target and every input is run"].reason


# Plays fuzz/coverage.py.
COVERAGE = """import json, os, sys
wrong = ["Header.cc:9: no input runs it"] if os.environ["FAKE"] == "missed" else []
path = {"run": 0 if os.environ["FAKE"] == "nothing" else 3, "lines": 4, "argued": 1, "wrong": wrong}
if os.environ["FAKE"] != "broken":
    json.dump({"lines": 10, "run": 6, "attach_path": path}, open(sys.argv[sys.argv.index("--json") + 1], "w"))
sys.exit(1 if wrong else 2 if os.environ["FAKE"] == "broken" else 0)
"""


@pytest.mark.parametrize(
    ("plays", "reason"), [("well", None), ("missed", "Header.cc:9"), ("nothing", "no measurement"), ("broken", "no measurement")]
)
def test_an_attach_path_that_is_not_run_whole_fails(tmp_path, monkeypatch, plays, reason):
    monkeypatch.setenv("FAKE", plays)
    monkeypatch.setattr(fuzz.build, "preset", lambda *arguments, **more: True)
    run = fakes.run_in(tmp_path, "main")
    fakes.program(tmp_path / "fuzz/coverage.py", COVERAGE)
    found = fakes.ran(run, "fuzz", fuzz.coverage)
    if reason:
        assert reason in next(iter(found.failed.values())).reason
    else:
        assert not found.failed and found.stage.notes == ["6 of 10 lines of lib/ by the corpora (60.0 %)"]


def test_an_empty_corpus_fails(stage_run):
    assert set(stage_run("well", seeds=0).failed) == set(fuzz.TARGETS)


# Plays fuzz/plant.py.
PLANT = """import json, os, sys
targets = os.environ["FAKE"].split()
rows = [{"fault": "none", "by": [], "wrong": [], "report": ""}]
rows += [{"fault": f"of-{target}", "by": [target], "wrong": ["not found"] * (target == "words"), "report": "found"} for target in targets]
json.dump(rows, open(sys.argv[sys.argv.index("--json") + 1], "w"))
assert sys.argv[sys.argv.index("--seed") + 1] == "5"
"""


@pytest.mark.parametrize(
    ("targets", "failed"),
    [(fuzz.TARGETS, ["planted: of-words"]), (fuzz.TARGETS[:-1], ["planted: of-words", "every target has a planted fault"])],
)
def test_a_fault_that_is_not_found_and_a_target_without_one_fail(tmp_path, monkeypatch, targets, failed):
    monkeypatch.setenv("FAKE", " ".join(targets))
    run = fakes.run_in(tmp_path, "main")
    fakes.program(tmp_path / "fuzz/plant.py", PLANT)
    assert list(fakes.ran(run, "fuzz", fuzz.plant).failed) == failed
