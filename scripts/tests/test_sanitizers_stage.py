"""Planted faults of the sanitizers' answers: the stage sanitizers must report each."""

import sys

import pytest

import fakes
from stages import sanitizers

# Plays kickmsg_unit and kickmsg_sanitizer_fault of a preset.
FAKE = """\
#!{python}
import json, os, sys
plays = os.environ["FAKE"] if "/tsan/" in sys.argv[0] else "well"
tsan = "/tsan/" in sys.argv[0]
assert ("TSAN_OPTIONS" if tsan else "ASAN_OPTIONS") in os.environ
if sys.argv[0].endswith("fault"):
    report = "ThreadSanitizer: data race" if tsan else "AddressSanitizer: heap-buffer-overflow"
    if len(sys.argv) == 1:
        print("" if plays == "faultless" else f"race\\ttsan\\t86\\t{{report}}\\noverflow\\tasan-ubsan\\t86\\t{{report}}")
        sys.exit(0)
    print("nothing" if plays == "deaf" else f"==7==ERROR: {{report}} on address")
    sys.exit(0 if plays == "mild" else 86)
assert tsan == any(word.startswith("--gtest_filter=View.*-Budget.*SystemCall*:") for word in sys.argv)
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
        run = fakes.run_in(tmp_path)
        tested = tmp_path / "lib/test"
        tested.mkdir(parents=True)
        (tested / "View_test.cc").write_text("TEST(View, One)\n{ std::thread x; }\n" if threads else "", encoding="utf-8")
        (tested / "Ring_test.cc").write_text("TEST(Ring, One)\n", encoding="utf-8")
        for preset in sanitizers.OPTIONS:
            for name in ("kickmsg_unit", "kickmsg_sanitizer_fault"):
                fakes.program(tmp_path / "build" / preset / name, FAKE.format(python=sys.executable))
        return fakes.ran(run, "sanitizers", sanitizers.run).failed

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


@pytest.mark.parametrize("plays", ["deaf", "mild"])
def test_a_planted_fault_that_is_not_reported_or_lets_the_program_go_on_fails(failed, plays):
    assert list(failed(plays)) == ["tsan: planted race"]


def test_no_planted_fault_fails(failed):
    assert list(failed("faultless")) == ["tsan: planted faults"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (None, []),
        ("==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x1\n", ["asan-ubsan-tool: no report"]),
        ("tools/Rates.cc:5:3: runtime error: shift exponent 32 is too large\n", ["asan-ubsan-tool: no report"]),
        ("cut short", ["asan-ubsan-tool: no report"]),
    ],
)
def test_a_report_of_the_tool_or_of_a_process_that_it_looks_at_fails(tmp_path, monkeypatch, said, expected):
    def play(stage, label, paths, cwd, env):
        assert paths[:2] == ["tools/tests", "--build"] and cwd == tmp_path
        stage.passed(f"{label}: one", 0.1)
        if said is not None:
            path = env["UBSAN_OPTIONS"].rpartition("log_path=")[2]
            with open(f"{path}.7", "w", encoding="utf-8") as file:
                file.write(said)

    monkeypatch.setattr(sanitizers.tests, "run_pytest", play)
    assert list(fakes.ran(fakes.run_in(tmp_path, "main"), "sanitizers", sanitizers.tool).failed) == expected


def test_a_tool_without_tests_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(sanitizers.tests, "run_pytest", lambda *arguments: None)
    assert list(fakes.ran(fakes.run_in(tmp_path, "main"), "sanitizers", sanitizers.tool).failed) == ["asan-ubsan-tool: tests"]
