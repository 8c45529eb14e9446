"""Planted faults of the coverage's answers: the stage coverage must report each."""

import sys

import pytest

import fakes
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
# of source_of(): 2 and 4 are marked, 7 and 8 are a block
missed = {{2, 4, 7, 8}} - {{"schedule": {{2}}, "marked ran": {{4}}, "block ran": {{8}}}}.get(plays, set())
missed |= {{"missed": {{1}}}}.get(plays, set())
lines = [(n, n in missed) for n in (1, 2, 4, 7, 8) if (plays, n) != ("not code", 4)]
json.dump({{"files": [{{"file": "lib/src/Node.cc", "lines": [{{"line_number": n, "count": 0 if missed else 1, "gcovr/noncode": False}}
                                                             for n, missed in lines]}}]}}, open(of["--json"], "w"))
json.dump({{"files": [] if plays == "blind" else files, "line_total": 4, "line_covered": 3, "line_percent": 75.0}},
          open(of["--json-summary"], "w"))
"""


SOURCE = """\
int a;
int b; // sometimes uncovered: a race decides
// uncovered: no Config reaches it
int d;

// uncovered begin: two of a kind
int f;
int g;
// uncovered end
"""
# What is done to it, by what is played.
CHANGES = {
    "unmarked": ("// uncovered: no Config reaches it", "// no Config reaches it"),
    "mute": ("uncovered: no Config reaches it", "uncovered:"),
    "open": ("// uncovered end", ""),
    "of nothing": ("int f;\nint g;\n", ""),
    "misspelt": ("// uncovered: no", "// uncovered, no"),
    "last": ("// uncovered end\n", "// uncovered end\n// uncovered: what\n"),
}


def source_of(plays):
    before, after = CHANGES.get(plays, ("", ""))
    assert before in SOURCE
    return SOURCE.replace(before, after) if before else SOURCE


@pytest.fixture(name="stage_run")
def run_over_the_fake(tmp_path, monkeypatch):
    def act(plays, mode="main"):
        monkeypatch.setenv("FAKE", plays)
        monkeypatch.setattr(coverage, "compiled", lambda *arguments: True)
        run = fakes.run_in(tmp_path, mode)
        for folder in ("lib/src/os/another", "lib/test", "build/coverage/src", "bin"):
            (tmp_path / folder).mkdir(parents=True)
        for file in (
            "lib/src/Node.cc",
            "lib/src/Elsewhere.cc",
            "lib/src/os/another/Node.cc",
            "lib/test/CMakeLists.txt",
            "build/coverage/src/Node.cc.gcno",
        ):
            (tmp_path / file).write_text("int e;\n", encoding="utf-8")
        (tmp_path / "lib/src/Node.cc").write_text(source_of(plays), encoding="utf-8")
        for program in ("build/coverage/kickmsg_unit", "bin/gcovr"):
            fakes.program(tmp_path / program, FAKE.format(python=sys.executable))
        monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
        return fakes.ran(run, "coverage", coverage.run)

    return act


def test_a_figure_for_each_file_built_here(stage_run):
    found = stage_run("well")
    assert not found.failed
    assert "3 of 4 lines, 75.0 %" in [check.reason for check in found.stage.checks]
    assert found.stage.notes[0].startswith("3 of 4 lines of lib/ (75.0 %) by kickmsg_unit; killed children write no coverage")


def test_a_quick_run_looks_at_the_markers_and_says_that_it_counts_nothing(stage_run):
    found = stage_run("well", mode="quick")
    assert [(check.name, check.reason) for check in found.stage.checks] == [("every marker has its line and a reason", "3 markers")]
    assert not found.failed and found.stage.notes == ["lines are counted in the main job"]


@pytest.mark.parametrize(
    ("plays", "line", "reason"),
    [
        ("mute", 3, "neither a marker with a reason nor the end of one: // uncovered:"),
        ("misspelt", 3, "neither a marker with a reason nor the end of one: // uncovered, no Config reaches it"),
        ("open", 1, "1 markers begin, 0 end"),
        ("of nothing", 6, "it marks no line: // uncovered begin: two of a kind"),
        ("last", 10, "it marks no line: // uncovered: what"),
    ],
)
def test_a_marker_without_a_reason_or_a_line_fails_a_quick_run(stage_run, plays, line, reason):
    assert stage_run(plays, mode="quick").failed[f"lib/src/Node.cc:{line}"].reason == reason


@pytest.mark.parametrize("plays", ["blind", "nothing"])
def test_a_file_that_nobody_runs_fails(stage_run, plays):
    assert list(stage_run(plays).failed) == ["lib/src/Node.cc"]


@pytest.mark.parametrize(("plays", "name"), [("broken", "gcovr"), ("pageless", "report page")])
def test_no_report_fails(stage_run, plays, name):
    assert list(stage_run(plays).failed) == [name]


def test_a_line_that_only_some_schedules_run_may_be_run(stage_run):
    found = stage_run("schedule")
    assert not found.failed and "3 lines argued" in found.stage.notes[0]


@pytest.mark.parametrize(
    ("plays", "line", "reason"),
    [
        ("missed", 1, "not run, and no marker says why: int a;"),
        ("unmarked", 4, "not run, and no marker says why: int d;"),
        ("marked ran", 4, "marked as uncovered, but it was run: int d;"),
        ("block ran", 8, "marked as uncovered, but it was run: int g;"),
        ("not code", 3, "a marker of no line that can be run"),
    ],
)
def test_lines_and_markers_that_do_not_fit_fail(stage_run, plays, line, reason):
    failed = stage_run(plays).failed
    assert [check.reason for check in failed.values()] == [reason] and list(failed) == [f"lib/src/Node.cc:{line}"]
