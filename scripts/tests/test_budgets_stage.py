"""Planted faults of what is counted: the stage budgets must report each, and a number below its budget as well."""

import json
import os
import platform
import sys

import pytest

import fakes
import plant_costs
from harness import budgets as counting
from stages import budgets

ROWS = [{"family": "send", "operation": "copy", "live_rings": 1, "rmw": 3, "loads": 7, "stores": 9, "lines": 4}]
COMPILER = "fake++ 1.0"
VERSION = f"{COMPILER}, {platform.machine()}"
LAYOUT = "Ring doorbell 8 4\n"

# Plays kickmsg_budgets, kickmsg_budget_driver, kickmsg_unit and valgrind.
FAKE = """\
#!{python}
import json, os, signal, sys
plays, name = os.environ["FAKE"], os.path.basename(sys.argv[0])
if name == "fake++":
    print("{compiler}" if plays != "other compiler" else "fake++ 2.0")
elif name == "kickmsg_unit":
    tests = [] if plays == "no unit test" else {tests}
    report = next(word.split(":", 1)[1] for word in sys.argv if word.startswith("--gtest_output"))
    json.dump({{"testsuites": [{{"name": "Budget", "testsuite": [
        {{"name": test, "status": "RUN", "time": "0.1s"}} for test in tests]}}]}}, open(report, "w"))
elif name == "kickmsg_budgets":
    rows = {rows}
    rows[0]["rmw"] += {{"one more": 1, "one fewer": -1}}.get(plays, 0)
    print(json.dumps(rows + ([dict(rows[0], operation="new")] if plays == "new row" else [])))
elif name == "valgrind":
    more = {{"two percent": 1.02, "half a percent": 1.005, "two percent fewer": 0.98}}.get(plays, 1)
    out = next(word.split("=", 1)[1] for word in sys.argv if word.startswith("--callgrind-out-file"))
    text = open({sample!r}).read().replace("DRIVER", sys.argv[-2])
    own = round(283 * 512 * more)
    text = text.replace("0 OWN", f"0 {{own}}").replace("TOTAL", str(own + 5632 + (7 if plays == "lost cost" else 0)))
    open(out, "w").write(text)
    print("==7== Callgrind\\n512 send/copy/rings:1")
elif sys.argv[1] == "layout":
    print({layout!r}.replace("8", "12" if plays == "moved" else "8"), end="")
elif sys.argv[1] == "sealed":
    print("send/copy/rings:1", flush=True)
    if plays == "calls":
        os.kill(os.getpid(), signal.SIGKILL)
    print("no system call")
elif sys.argv[1] == "leaking" and plays != "deaf":
    os.kill(os.getpid(), signal.SIGKILL)
"""
SAMPLE = """\
part: 1
summary: 3
ob=(4) DRIVER
0 3
totals: 3

part: 2
summary: TOTAL
ob=(1) /lib/ld.so
fn=(0) 0x000000000001ab70
cob=(4)
cfn=(2) main
calls=0 0
0 266783

ob=(4)
fn=(2) main
0 OWN
cob=(3) /lib/libc.so.6
cfn=(9) memcpy
calls=512 0
0 5632

ob=(3)
fn=(9)
0 5632
totals: TOTAL

part: 3
summary: 2
ob=(4)
0 2
totals: 2
"""


@pytest.fixture(name="stage_run")
def run_over_the_fake(tmp_path, monkeypatch):
    def act(plays):
        sample = tmp_path / "sample"
        sample.write_text(SAMPLE, encoding="utf-8")
        fake = FAKE.format(
            python=sys.executable,
            rows=ROWS,
            layout=LAYOUT,
            sample=str(sample),
            compiler=COMPILER,
            tests=[name.removeprefix("Budget.") for name in budgets.NO_CALL],
        )
        run = fakes.run_in(tmp_path)
        programs = [run.build / name for name in ("kickmsg_budgets", "kickmsg_unit", "kickmsg_budget_driver")]
        programs += [tmp_path / "build/budgets-gcc/kickmsg_budget_driver", tmp_path / "bin/valgrind", tmp_path / "bin/fake++"]
        for program in programs:
            fakes.program(program, fake)
        checked_in = tmp_path / "bench/budgets"
        checked_in.mkdir(parents=True)
        (checked_in / "operations.json").write_text(json.dumps(ROWS), encoding="utf-8")
        (checked_in / "instructions.json").write_text(json.dumps({VERSION: {"send/copy/rings:1": 283}}), encoding="utf-8")
        (checked_in / "layout.txt").write_text(LAYOUT, encoding="utf-8")
        monkeypatch.setenv("FAKE", plays)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
        monkeypatch.setattr(budgets, "COMPILERS", {"gcc": "fake++"})
        monkeypatch.setattr(budgets, "compiled", lambda *arguments: True)
        return fakes.ran(run, "budgets", budgets.run)

    return act


def test_costs_within_their_budgets_pass_and_are_written(stage_run):
    found = stage_run("well")
    assert not found.failed and not found.skipped
    document = json.loads((found.run.artifacts / "budgets.json").read_text(encoding="utf-8"))
    assert document["operations"] == ROWS
    assert document["instructions"][VERSION] == {"instructions": {"send/copy/rings:1": 283.0}, "elsewhere": {"send/copy/rings:1": 11.0}}
    assert json.loads((found.run.artifacts / "budgets/operations.json").read_text(encoding="utf-8")) == ROWS


@pytest.mark.parametrize(
    "plays, check, words",
    [
        ("one more", "atomic operations: send/copy/rings:1", "4 read-modify-writes, the budget is 3"),
        ("one fewer", "atomic operations: send/copy/rings:1", "lower the budget"),
        ("new row", "atomic operations: send/new/rings:1", "has no budget"),
        ("two percent", "gcc: instructions: send/copy/rings:1", "288.66 instructions, the budget is 283 (+2.0%)"),
        ("two percent fewer", "gcc: instructions: send/copy/rings:1", "lower the budget"),
        ("lost cost", "gcc: callgrind", "it says"),
        ("deaf", "release: a planted system call", "not reported"),
        ("moved", "layout: as checked in", "+Ring doorbell 12 4"),
        ("calls", "release: no system call", "killed by SIGKILL, last in send/copy/rings:1"),
    ],
)
def test_a_planted_cost_fails(stage_run, plays, check, words):
    failed = stage_run(plays).failed
    assert words in failed[check].reason
    assert len(failed) <= 2, "the same of the other driver at most"


def test_half_a_percent_of_the_instructions_is_let_pass(stage_run):
    assert not stage_run("half a percent").failed


def test_a_compiler_without_a_budget_is_measured_and_not_gated(stage_run):
    found = stage_run("other compiler")
    assert not found.failed and "measured, not gated" in found.skipped["gcc: instructions"].reason
    kept = json.loads((found.run.artifacts / "budgets/instructions.json").read_text(encoding="utf-8"))
    assert set(kept) == {VERSION, f"fake++ 2.0, {platform.machine()}"}


def test_unit_tests_of_system_calls_that_did_not_run_fail(stage_run):
    assert set(stage_run("no unit test").failed) == {f"there is {name}" for name in budgets.NO_CALL}


def test_an_operation_that_lost_its_row_is_told():
    assert list(counting.operation_faults([], ROWS)) == [("send/copy/rings:1", "has a budget, but was not measured")]


def test_parts_that_do_not_match_the_operations_are_refused():
    with pytest.raises(counting.Unreadable):
        counting.instructions("512 a\n512 b\n", counting.callgrind_parts("part: 1\nob=(1) x\n0 3\ntotals: 3\n"), "x")


@pytest.mark.parametrize(
    "gate, counted, budget, reported",
    [
        ("calls", -9, 0, ["SIGKILL"]),
        ("calls", 0, 0, []),
        ("layout", "a 1\n", "a 2\n", ["-a 2", "+a 1"]),
        ("instructions", {"a": 102.0}, {"a": 100.0}, ["a: 102 instructions, the budget is 100 (+2.0%)"]),
    ],
)
def test_a_gate_reports_what_differs(gate, counted, budget, reported):
    assert plant_costs.reports(gate, counted, budget) == reported
