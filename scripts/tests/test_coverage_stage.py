"""Planted faults of the coverage's answers: the stage coverage must report each."""
import json
import sys
from types import SimpleNamespace

import pytest

from harness import runner
from harness.run import Run
from stages import coverage

# Plays kickmsg_unit and, by the name gcovr, gcovr.
FAKE = """\
#!{python}
import json, os, sys
if "gcovr" not in sys.argv[0]:
    report = next(word.split(":", 1)[1] for word in sys.argv if word.startswith("--gtest_output"))
    json.dump({{"testsuites": [{{"name": "View", "testsuite": [{{"name": "One", "status": "RUN", "time": "0.1s"}}]}}]}}, open(report, "w"))
    sys.exit(0)
plays = os.environ["FAKE"]
if plays == "broken":
    sys.exit(64)
of = dict(zip(sys.argv, sys.argv[1:]))
if plays != "pageless":
    open(of["--html-details"], "w").write("page")
files = [{{"filename": "lib/src/Node.cc", "line_total": 4, "line_covered": 0 if plays == "nothing" else 3, "line_percent": 75.0}}]
lines = [(1, "missed" in plays), (2, "schedule" not in plays), (3, False), (4, "argued_ran" not in plays)]
json.dump({{"files": [{{"file": "lib/src/Node.cc", "lines": [{{"line_number": n, "count": 0 if missed else 1, "gcovr/noncode": False}}
                                                             for n, missed in lines]}}]}}, open(of["--json"], "w"))
json.dump({{"files": [] if plays == "blind" else files, "line_total": 4, "line_covered": 3, "line_percent": 75.0}},
          open(of["--json-summary"], "w"))
"""


@pytest.fixture(name="stage_run")
def run_over_the_fake(tmp_path, monkeypatch):
    def act(plays, mode="main"):
        monkeypatch.setenv("FAKE", plays)
        monkeypatch.setattr(coverage, "compiled", lambda *arguments: True)
        run = Run(mode=mode, seed=5, root=tmp_path, artifacts=tmp_path / "build/artifacts/one")
        for folder in ("lib/src/os/another", "lib/test", "build/coverage/src", "bin"):
            (tmp_path / folder).mkdir(parents=True)
        for file in ("lib/src/Node.cc", "lib/src/Elsewhere.cc", "lib/src/os/another/Node.cc", "lib/test/CMakeLists.txt",
                     "build/coverage/src/Node.cc.gcno"):
            (tmp_path / file).write_text("int a;\nint b;\nint c;\nint d;\n", encoding="utf-8")
        (tmp_path / "scripts").mkdir()
        argued = [{"file": "lib/src/Node.cc", "line": "int b;", "reason": "a race decides", "sometimes": True},
                  {"file": "lib/src/Node.cc", "line": "int gone;" if plays == "gone" else "int d;", "reason": "" if plays == "mute" else "r"}]
        (tmp_path / "scripts/uncovered.json").write_text(json.dumps(argued), encoding="utf-8")
        for program in ("build/coverage/kickmsg_unit", "bin/gcovr"):
            (tmp_path / program).write_text(FAKE.format(python=sys.executable), encoding="utf-8")
            (tmp_path / program).chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
        run.say = lambda text: None
        runner.run_stage(run, "coverage", SimpleNamespace(run=coverage.run, TIMEOUT=coverage.TIMEOUT))
        failed = {check.name: check for check in run.stages[0].checks if check.outcome == "failed"}
        return SimpleNamespace(failed=failed, stage=run.stages[0])
    return act


def test_a_figure_for_each_file_built_here(stage_run):
    found = stage_run("well")
    assert not found.failed
    assert "3 of 4 lines, 75.0 %" in [check.reason for check in found.stage.checks]
    assert found.stage.notes[0].startswith("3 of 4 lines of lib/ (75.0 %) by kickmsg_unit; killed children write no coverage")


def test_a_quick_run_holds_the_arguments_against_the_sources_and_says_that_it_counts_nothing(stage_run):
    found = stage_run("well", mode="quick")
    assert [check.name for check in found.stage.checks] == ["every argument has its line"] and not found.failed
    assert found.stage.notes == ["lines are counted in the main job"]


@pytest.mark.parametrize(("plays", "reason"), [("gone", "1 entries, 0 such lines: int gone;"), ("mute", "without a reason: int d;")])
def test_an_argument_that_fits_no_line_fails_a_quick_run(stage_run, plays, reason):
    assert stage_run(plays, mode="quick").failed["argued: lib/src/Node.cc"].reason == reason


@pytest.mark.parametrize("plays", ["blind", "nothing"])
def test_a_file_that_nobody_runs_fails(stage_run, plays):
    assert list(stage_run(plays).failed) == ["lib/src/Node.cc"]


@pytest.mark.parametrize(("plays", "name"), [("broken", "gcovr"), ("pageless", "report page")])
def test_no_report_fails(stage_run, plays, name):
    assert list(stage_run(plays).failed) == [name]


def test_a_line_that_only_some_schedules_run_may_be_run(stage_run):
    found = stage_run("schedule")
    assert not found.failed and "1 lines argued" in found.stage.notes[0]


@pytest.mark.parametrize(("plays", "name", "reason"), [
    ("missed", "lib/src/Node.cc:1", "not run, not argued: int a;"),
    ("argued_ran", "argued: lib/src/Node.cc", "it was run: int d;"),
    ("gone", "lib/src/Node.cc:4", "not run, not argued: int d;"),
    ("gone", "argued: lib/src/Node.cc", "no such line: int gone;"),
    ("mute", "argued: lib/src/Node.cc", "without a reason: int d;"),
])
def test_lines_and_arguments_that_do_not_fit_fail(stage_run, plays, name, reason):
    assert stage_run(plays).failed[name].reason == reason
