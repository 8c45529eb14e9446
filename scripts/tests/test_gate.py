"""packaging/ci/gate.sh on projects that need no library: what passes, what does not, and what is said of it."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GATE = ROOT / "packaging/ci/gate.sh"


def project(folder, *tests):
    """Each test: (name, command, label)."""
    lines = ["cmake_minimum_required(VERSION 3.15)", "project(sample LANGUAGES NONE)", "enable_testing()"]
    for name, command, label in tests:
        lines.append(f"add_test(NAME {name} COMMAND {command})")
        if label:
            lines.append(f"set_tests_properties({name} PROPERTIES LABELS {label})")
    folder.mkdir(exist_ok=True)
    (folder / "CMakeLists.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def gate(folder, *options, **env):
    done = subprocess.run(
        [GATE, "--source", folder, *options], capture_output=True, text=True, check=False, timeout=60, env={**os.environ, **env}
    )
    summary = folder / "build/kickmsg-gate/REPORT/summary.md"
    return done, summary.read_text(encoding="utf-8") if summary.exists() else ""


UNIT = ("one", "true", "")
SWEEP = ("relay", "true", "kickmsg-sweep")


def test_all_passed(tmp_path):
    done, summary = gate(project(tmp_path / "user", UNIT, SWEEP, ("storm", "true", "kickmsg-stress")))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| unit | 1 | passed |" in summary and "| sweep | 1 | passed |" in summary and "| stress | 1 | passed |" in summary


@pytest.mark.parametrize("step, label", [("unit", ""), ("sweep", "kickmsg-sweep"), ("stress", "kickmsg-stress")])
def test_one_that_fails_fails_the_gate_and_is_named(tmp_path, step, label):
    done, summary = gate(project(tmp_path / "user", UNIT, SWEEP, ("broken", "false", label)))
    assert done.returncode == 1
    assert f"| {step} | {2 if step != 'stress' else 1} | **failed** |" in summary
    assert "broken (Failed)" in done.stdout


def test_a_step_without_tests_is_a_failure_unless_it_is_optional(tmp_path):
    folder = project(tmp_path / "user", UNIT)
    done, summary = gate(folder)
    assert done.returncode == 1 and "| sweep | 0 | **failed**: no test is labelled so" in summary
    done, summary = gate(folder, "--optional", "sweep")
    assert done.returncode == 0 and "| sweep | 0 | not there, and optional |" in summary


def test_a_project_that_does_not_configure_ends_with_two_and_its_log(tmp_path):
    folder = project(tmp_path / "user", UNIT)
    (folder / "CMakeLists.txt").write_text('message(FATAL_ERROR "no such thing")\n', encoding="utf-8")
    done, summary = gate(folder)
    assert done.returncode == 2 and "no such thing" in done.stderr and "could not be configured or built" in summary


def test_the_workflow_page_gets_the_summary_and_what_each_sweep_says(tmp_path):
    folder = project(tmp_path / "user", UNIT, ("relay", f"sh {tmp_path / 'relay.sh'}", "kickmsg-sweep"))
    (tmp_path / "relay.sh").write_text("echo 658 states of relay >> relay.sweep.md\n", encoding="utf-8")
    page = tmp_path / "page.md"
    gate(folder)
    done, summary = gate(folder, GITHUB_STEP_SUMMARY=str(page))
    assert summary.count("658 states") == 1
    assert done.returncode == 0 and summary.endswith("658 states of relay\n")
    assert page.read_text(encoding="utf-8") == summary


@pytest.mark.parametrize(
    "options, said",
    [
        (("--optional", "all"), "expected unit, sweep or stress"),
        (("--jobs", "0"), "expected a number from 1"),
        (("--source",), "--source needs a value"),
        (("--fast",), "'--fast' is not understood"),
        (("--source", "/nonexistent"), "expected a project with a CMakeLists.txt"),
    ],
)
def test_wrong_options_say_what_was_expected(tmp_path, options, said):
    done, _ = gate(project(tmp_path / "user", UNIT), *options)
    assert done.returncode == 2 and said in done.stderr
