"""Planted faults of another platform's programs: the stage platforms must report each."""

import sys
from types import SimpleNamespace

import pytest

import fakes
from stages import platforms

# Plays the emulator, and each program that it is asked to run. Like Windows, it knows no path that begins with a slash.
FAKE = """\
#!{python}
import json, os, sys
plays, program = os.environ["FAKE"], os.path.basename(sys.argv[1])
if program in ("start", "end"):
    sys.exit(1 if program == "start" and plays == "no emulator" else 0)
if program == "hello_one.exe":
    print("nothing" if plays == "quiet" else "one message")
    sys.exit(3 if plays == "broken example" else 0)
report = next(word.split(":", 1)[1] for word in sys.argv if word.startswith("--gtest_output"))
assert program == "kickmsg_unit.exe" and not report.startswith("/")
tests = [] if plays == "empty" else [{{"name": "One", "status": "RUN", "time": "0.1s"}}]
if plays == "finds":
    tests[0]["failures"] = [{{"failure": "lost"}}]
json.dump({{"testsuites": [{{"name": "View", "testsuite": tests}}]}}, open(report, "w"))
sys.exit(1 if plays == "finds" else 0)
"""


@pytest.fixture(name="stage_run")
def run_over_the_fake(tmp_path, monkeypatch):
    def act(plays, compiler=sys.executable, **more):
        monkeypatch.setenv("FAKE", plays)
        monkeypatch.setattr(platforms, "compiled", lambda *arguments: True)
        monkeypatch.setattr(platforms.compilers, "check_headers", lambda stage: None)
        target = platforms.Target(
            "other", "other", compiler, ("emulator",), ".exe", "hello_one", warm_up=("emulator", "start"), end=("emulator", "end"), **more
        )
        monkeypatch.setattr(platforms, "TARGETS", (target,))
        fakes.program(tmp_path / "emulator", FAKE.format(python=sys.executable))
        for folder in ("build/other/examples", "examples", "lib/test"):
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "examples/hello_one.cc").touch()
        (tmp_path / "examples/hello_one.expected").write_text("one message\n", encoding="utf-8")
        (tmp_path / "lib/test/View_test.cc").write_text("TEST(View, One)\nTEST(View, OfLinux)\n", encoding="utf-8")
        run = fakes.run_in(tmp_path)
        found = fakes.ran(run, "platforms", platforms.run)
        return SimpleNamespace(stage=found.stage, failed=set(found.failed))

    return act


def test_a_sound_platform_passes_with_its_counts(stage_run):
    found = stage_run("well")
    assert not found.failed
    assert found.stage.told == ["other: 1 unit tests run, 0 skipped, 1 not built there (of View), 1 examples"]


def test_a_missing_compiler_fails(stage_run):
    assert stage_run("well", compiler="no-such-compiler").failed == {"other: compiler"}


def test_an_emulator_that_does_not_start_fails(stage_run):
    assert stage_run("no emulator").failed == {"other-start"}


def test_a_failed_unit_test_fails(stage_run):
    assert stage_run("finds").failed == {"other-unit: View.One"}


def test_a_program_without_tests_fails(stage_run):
    assert stage_run("empty").failed == {"other: counts"}


@pytest.mark.parametrize("plays", ["quiet", "broken example"])
def test_an_example_that_fails_or_says_something_else_fails(stage_run, plays):
    assert stage_run(plays).failed == {"other-hello_one"}


@pytest.mark.parametrize("text, fails", [("\tldadd\tx1", False), ("\tldaxr\tx1", True), ("\tldadd\tx1 __aarch64_ldadd8", True), ("", True)])
def test_a_build_of_other_atomic_instructions_fails(stage_run, tmp_path, text, fails):
    compiler, lister = tmp_path / "fake-g++", tmp_path / "fake-objdump"
    for program, said in ((compiler, ""), (lister, text)):
        program.write_text(f"#!/bin/sh\nprintf '{said}'\n", encoding="utf-8")
        program.chmod(0o755)
    found = stage_run("well", compiler=str(compiler), has=platforms.LSE, not_has=f"{platforms.LL_SC}|{platforms.OUTLINED}")
    assert found.failed == ({"other: atomic instructions"} if fails else set())


def test_a_platform_beyond_the_gate_is_not_run_in_it(stage_run):
    found = stage_run("well", in_gate=False)
    assert found.failed == {"stage"} and not found.stage.notes


def test_a_platform_whose_unit_tests_are_beyond_the_gate_runs_an_example_in_it(stage_run):
    found = stage_run("well", unit_in_gate=False)
    assert not found.failed and found.stage.told == ["other: 1 examples"]
    assert stage_run("quiet", unit_in_gate=False).failed == {"other-hello_one"}


def test_every_platform_is_named_once():
    names = [target.name for target in platforms.TARGETS]
    assert len(names) == len(set(names)) and {"windows-x86-64", "linux-arm64"} <= set(names)
    assert [target.name for target in platforms.TARGETS if target.in_gate] == ["windows-x86-64", "linux-arm64", "macos-layer-on-linux"]
