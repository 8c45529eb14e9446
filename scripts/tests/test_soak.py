"""Rounds of --full: each from a seed of its own, and a finding shows how to repeat it."""

import sys

import pytest

import fakes
from harness.stage import Stage
from stages import fuzz, sanitizers, stress

# Plays the stress program and a fuzz target that find something.
FAKE = """\
#!{python}
import json, os, sys
of = dict(word.split("=", 1) for word in sys.argv if word.startswith("-") and "=" in word)
if "-seed" in of:
    open(of["-artifact_prefix"] + "crash-1", "w").write("input")
    sys.exit(77)
report = of["--gtest_output"].split(":", 1)[1]
tests = [{{"name": "Storm", "status": "RUN", "time": "0.1s", "failures": [{{"failure": "held twice"}}]}}]
json.dump({{"testsuites": [{{"name": "Scenario", "testsuite": tests}}]}}, open(report, "w"))
sys.exit(1)
"""


@pytest.fixture(name="soaked")
def round_over_the_fake(tmp_path):
    def act(module, *programs):
        run = fakes.run_in(tmp_path, "full")
        for program in programs:
            fakes.program(tmp_path / program, FAKE.format(python=sys.executable))
        stage = Stage(run, "soak", 60)
        module.soak(stage, 3)
        return stage, [check for check in stage.checks if check.outcome == "failed"]

    return act


def test_stress_goes_on_from_a_new_seed(soaked):
    _, failed = soaked(stress, "build/release/kickmsg_stress_test")
    assert "KICKMSG_STRESS_SEED=8 " in failed[0].replay and failed[0].replay.endswith("--gtest_filter=Scenario.Storm")


def test_sanitizers_go_on_from_a_new_seed(soaked):
    _, failed = soaked(sanitizers, *(f"build/{preset}/kickmsg_stress_test" for preset in sanitizers.OPTIONS))
    assert len(failed) == 2 and all("KICKMSG_STRESS_SEED=8 " in check.replay and "_OPTIONS=" in check.replay for check in failed)


def test_fuzzing_goes_on_from_a_new_seed(soaked, monkeypatch):
    monkeypatch.setattr(fuzz, "TARGETS", ("names",))
    stage, failed = soaked(fuzz, "build/fuzz/kickmsg_fuzz_names")
    assert "-seed=8" in (stage.folder / "names.log").read_text(encoding="utf-8")
    assert failed[0].replay == "build/fuzz/kickmsg_fuzz_names build/artifacts/one/fuzz-findings/names-crash-1"
