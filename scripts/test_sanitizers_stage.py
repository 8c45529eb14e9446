"""Planted faults of the sanitizers' answers: the stage sanitizers must report each."""
import sys
from types import SimpleNamespace

import pytest

from harness import runner
from harness.run import Run
from stages import sanitizers

# Plays kickmsg_unit of a preset.
FAKE = """\
#!{python}
import json, os, sys
plays = os.environ["FAKE"] if "/tsan/" in sys.argv[0] else "well"
tsan = "/tsan/" in sys.argv[0]
assert ("TSAN_OPTIONS" if tsan else "ASAN_OPTIONS") in os.environ
assert tsan == ("--gtest_filter=View.*-Budget.*SystemCall*" in sys.argv)
if plays == "reports":
    print("WARNING: ThreadSanitizer: data race (pid=7)")
    sys.exit(86)
if plays == "child":
    print("WARNING: ThreadSanitizer: data race (pid=8)")
report = next(word.split(":", 1)[1] for word in sys.argv if word.startswith("--gtest_output"))
tests = [] if plays == "empty" else [{{"name": "One", "status": "RUN", "time": "0.1s"}}]
json.dump({{"testsuites": [{{"name": "View", "testsuite": tests}}]}}, open(report, "w"))
"""


@pytest.fixture(name="failed")
def run_over_the_fake(tmp_path, monkeypatch):
    def act(plays, threads=True):
        monkeypatch.setenv("FAKE", plays)
        monkeypatch.setattr(sanitizers, "compiled", lambda *arguments: True)
        run = Run(mode="quick", seed=5, root=tmp_path, artifacts=tmp_path / "build/artifacts/one")
        tested = tmp_path / "lib/test"
        tested.mkdir(parents=True)
        (tested / "View_test.cc").write_text("TEST(View, One)\n{ std::thread x; }\n" if threads else "", encoding="utf-8")
        (tested / "Ring_test.cc").write_text("TEST(Ring, One)\n", encoding="utf-8")
        for preset in sanitizers.OPTIONS:
            (tmp_path / "build" / preset).mkdir(parents=True)
            program = tmp_path / "build" / preset / "kickmsg_unit"
            program.write_text(FAKE.format(python=sys.executable), encoding="utf-8")
            program.chmod(0o755)
        run.say = lambda text: None
        runner.run_stage(run, "sanitizers", SimpleNamespace(run=sanitizers.run, TIMEOUT=sanitizers.TIMEOUT))
        return {check.name: check for check in run.stages[0].checks if check.outcome == "failed"}
    return act


def test_clean_programs_pass(failed):
    assert not failed("well")


def test_a_report_fails(failed):
    assert set(failed("reports")) == {"tsan-unit: program", "tsan-unit: no report"}


def test_a_report_of_a_child_alone_fails(failed):
    assert list(failed("child")) == ["tsan-unit: no report"]


def test_a_program_without_tests_fails(failed):
    assert list(failed("empty")) == ["tsan-unit: tests"]


def test_no_threaded_test_fails(failed):
    assert "there are tests with threads" in failed("well", threads=False)
