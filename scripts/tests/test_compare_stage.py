"""Planted faults of the paired test's answers: the stage compare must report each."""

import sys

import pytest

import fakes
from harness import machine
from stages import compare

# Plays compare.sh.
FAKE = """\
#!{python}
import json, os, sys
plays, out = os.environ["FAKE"], sys.argv[sys.argv.index("--out") + 1]
if plays == "breaks":
    sys.exit(2)
rows = [] if plays == "empty" else [[{{"name": "op"}}]]
same = 40 if plays == "noisy" else 50
part = {{"aa": {{"runs": 50, "same": same, "rows": rows}}, "planted": {{"runs": 20, "caught": 20, "rows": rows}},
        "ok": plays != "noisy"}}
json.dump({{"acceptance": part}}, open(out + "/compare.json", "w"))
sys.exit(plays == "noisy")
"""


@pytest.fixture(name="stage_of")
def run_over_the_fake(tmp_path, monkeypatch):
    def act(plays, mode):
        monkeypatch.setenv("FAKE", plays)
        monkeypatch.setattr(machine, "git", lambda *arguments: "" if plays == "no git" else "0123456789ab")
        run = fakes.run_in(tmp_path, mode)
        fakes.program(tmp_path / "scripts/compare.sh", FAKE.format(python=sys.executable))
        return fakes.ran(run, "compare", compare.run).stage

    return act


def failed(stage):
    return {check.name: check.reason for check in stage.checks if check.outcome == "failed"}


def test_a_full_run_accepts(stage_of):
    stage = stage_of("well", "full")
    assert not failed(stage) and stage.count("passed") == 2
    assert stage.notes == ["50 of 50 equal builds called the same, 20 of 20 plants caught"]


def test_a_noisy_test_fails_a_full_run_and_is_only_told_in_a_main_one(stage_of):
    assert "40 of 50" in failed(stage_of("noisy", "full"))["acceptance"]


def test_times_are_no_gate_of_a_main_run(stage_of):
    assert not failed(stage_of("noisy", "main"))


@pytest.mark.parametrize("plays, check", [("breaks", "paired test"), ("empty", "rows")])
def test_a_comparison_that_did_not_take_place_fails(stage_of, plays, check):
    assert check in failed(stage_of(plays, "main"))


@pytest.mark.parametrize("plays, mode", [("well", "quick"), ("no git", "full")])
def test_where_nothing_can_be_compared_it_says_so(stage_of, plays, mode):
    stage = stage_of(plays, mode)
    assert stage.outcome == "skipped" and stage.reasons("skipped")
