"""Planted faults of the measurement's answers: the stage bench must report each, and each mode measures at its own quality."""

import sys

import pytest

import fakes
from harness import emulated
from harness.run import Run
from harness.stage import Stage
from stages import bench

# Plays kickmsg_bench.
FAKE = """\
#!{python}
import json, os, sys
plays = os.environ["FAKE"]
if sys.argv[1:] == ["--self-test"]:
    sys.exit(plays == "self-test")
out = sys.argv[sys.argv.index("--out") + 1]
rows = [{{"name": "op/send", "real_time": 1.0}}, {{"name": sys.argv[1].strip("-"), "real_time": 1.0}},
        {{"name": "rtt/peer:posix-mq/size:16384", "skipped": "above the limit"}}]
if plays == "row fails":
    rows[0] = {{"name": "op/send", "error_occurred": True, "error_message": "message 7 is torn"}}
if plays == "empty":
    rows = []
if plays != "nothing":
    json.dump({{"benchmarks": rows}}, open(out + "/bench.json", "w"))
sys.exit(plays in ("row fails", "ends badly"))
"""


@pytest.fixture(name="stage_run")
def run_over_the_fake(tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "kill_driver", lambda stage, program: stage.passed("killed drivers"))
    monkeypatch.setattr(emulated, "measure", lambda stage: stage.passed("emulated"))

    def act(plays, mode="quick"):
        monkeypatch.setenv("FAKE", plays)
        run = fakes.run_in(tmp_path, mode)
        fakes.program(run.build / "kickmsg_bench", FAKE.format(python=sys.executable))
        found = fakes.ran(run, "bench", bench.run)
        return {"passed": found.passed, "failed": list(found.failed), "skipped": list(found.skipped)}

    return act


@pytest.mark.parametrize(("mode", "quality"), (("quick", "quick"), ("main", "report"), ("full", "full")))
def test_each_mode_measures_at_its_own_quality(stage_run, mode, quality):
    found = stage_run("well", mode)
    assert quality in found["passed"] and not found["failed"]
    assert ("killed drivers" in found["passed"]) == ("emulated" in found["passed"]) == (mode != "quick")


def test_a_row_that_was_not_measured_is_skipped_with_its_reason(stage_run):
    assert stage_run("well")["skipped"] == ["rtt/peer:posix-mq/size:16384"]


@pytest.mark.parametrize(
    ("plays", "failed"),
    (
        ("row fails", "op/send"),
        ("empty", "bench.json"),
        ("nothing", "bench.json"),
        ("self-test", "self-test"),
        ("ends badly", "kickmsg_bench"),
    ),
)
def test_a_fault_is_reported(stage_run, plays, failed):
    assert failed in stage_run(plays)["failed"]


@pytest.fixture(name="judged")
def what_is_said_of_an_emulated_run(tmp_path):
    def act(context, *rows):
        stage = Stage(Run(mode="main", seed=5, root=tmp_path, artifacts=tmp_path), "bench", 10)
        emulated.judge(stage, {"context": context, "benchmarks": list(rows)}, "")
        return {check.name for check in stage.checks if check.outcome == "failed"}

    return act


MEASURED = {"name": "op/send", "real_time": 1.0}


def test_an_emulated_run_without_ratios_passes(judged):
    assert not judged({"emulated": "qemu"}, MEASURED, {"name": "rtt/peer:posix-mq", "skipped": "above the limit"})


@pytest.mark.parametrize(
    ("context", "rows", "failed"),
    (
        ({}, [MEASURED], "emulated: tag"),
        ({"emulated": "qemu"}, [], "emulated: rows"),
        ({"emulated": "qemu", "targets": []}, [MEASURED], "emulated: no ratio"),
        ({"emulated": "qemu"}, [{**MEASURED, "one_way_ratio_to_floor": 1.5}], "emulated: no ratio"),
        ({"emulated": "qemu"}, [MEASURED, {"name": "rtt/x", "error_occurred": True, "error_message": "torn"}], "emulated: rtt/x"),
    ),
)
def test_a_fault_of_an_emulated_run_is_reported(judged, context, rows, failed):
    assert judged(context, *rows) == {failed}
