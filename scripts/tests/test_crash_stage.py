"""Planted faults of the kill sweeps' answers: the stage crash must report each."""

import json
import sys

import pytest

import fakes
from stages import crash

# Plays kickmsg_crash_test and kickmsg_crash_times.
FAKE = """\
#!{python}
import json, os, sys
plays = os.environ["FAKE"]
report = next((word.split(":", 1)[1] for word in sys.argv if word.startswith("--gtest_output")), None)
if not report:
    json.dump({{"benchmarks": [] if plays == "unmeasured" else [1]}}, open(sys.argv[sys.argv.index("--out") + 1], "w"))
    sys.exit(0)
env = os.environ
portable = "portable" in sys.argv[0]
shard = 2 if portable else int(env["GTEST_SHARD_INDEX"])
assert portable or env["GTEST_TOTAL_SHARDS"] == "2" and env["KICKMSG_CRASH_PROCESSOR"] == str(shard)
if plays == "dies":
    os.abort()
kinds = [] if plays == "empty" else [["kill", "stop", "pair"], ["kill_calls", "stop_calls", "swarm"], ["count_kill"]][shard]
for kind in kinds:
    if plays != "no " + kind:
        open(env["KICKMSG_CRASH_JSON"], "a").write(json.dumps({{"kind": kind, "subject": "send", "states": 3, "rounds": 5, "kills": 2,
                                                               "failed": 0}}) + "\\n")
tests = [{{"name": kind, "status": "RUN", "time": "0.1s"}} for kind in kinds]
if plays == "finds" and shard == 1:
    tests[0]["failures"] = [{{"failure": "send, state 7: slots: 14"}}]
json.dump({{"testsuites": [{{"name": "Sweep", "testsuite": tests}}]}}, open(report, "w"))
sys.exit(1 if plays == "finds" and shard == 1 else 0)
"""


@pytest.fixture(name="stage_run")
def run_over_the_fake(tmp_path, monkeypatch):
    def act(plays):
        monkeypatch.setenv("FAKE", plays)
        run = fakes.run_in(tmp_path)
        for name in ("kickmsg_crash_test", "kickmsg_crash_portable_test", "kickmsg_crash_times"):
            if plays != "unbuilt":
                fakes.program(run.build / name, FAKE.format(python=sys.executable))
        return fakes.ran(run, "crash", crash.run)

    return act


def test_sound_sweeps_pass_with_their_numbers(stage_run):
    found = stage_run("well")
    assert not found.failed
    document = json.loads((found.run.artifacts / "crash.json").read_text(encoding="utf-8"))
    assert [row["kind"] for row in document["rows"]] == [*crash.KINDS, "count_kill"] and document["share"] == crash.SHARE["quick"]
    assert found.stage.notes == ["6 states, 10 kills, 10 stops, 5 of 3 pairs (one in 6), 2 random kills, seed 5"]


def test_a_finding_fails_with_its_replay(stage_run):
    check = stage_run("finds").failed["shard-1: Sweep.kill_calls"]
    assert "state 7" in check.reason and check.replay.endswith("--gtest_filter=Sweep.kill_calls")
    assert "KICKMSG_CRASH_SEED=5" in check.replay and "GTEST" not in check.replay


@pytest.mark.parametrize("kind", crash.KINDS)
def test_a_sweep_that_was_not_run_fails(stage_run, kind):
    assert list(stage_run("no " + kind).failed) == [f"table: {crash.KINDS[kind]}"]


def test_no_test_at_all_fails(stage_run):
    assert len(stage_run("empty").failed) == len(crash.KINDS)


def test_a_program_that_dies_fails(stage_run):
    assert "SIGABRT" in stage_run("dies").failed["shard-0: program"].reason


def test_a_program_that_was_not_built_fails(stage_run):
    assert "shard-0: program" in stage_run("unbuilt").failed


def test_times_without_rows_fail(stage_run):
    assert list(stage_run("unmeasured").failed) == ["times: rows"]
