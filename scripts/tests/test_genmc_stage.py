"""Planted faults of GenMC's answers and of the drivers: the stage genmc must report each."""

import pytest

import fakes
from harness import genmc as runs
from mutants import genmc_kills, orders
from stages import genmc

HEADER = """\
    void push() noexcept
    {
        // edge FREE (release) -> pop: the link. Failure acquire: read again
        head.compare_exchange_strong(seen, 1, std::memory_order_release,
                                     std::memory_order_acquire);
    }
"""
PUSH = "Stack.h push compare_exchange"
# Plays GenMC: what it says of the shipped header, and of one whose order is weaker.
GENMC = """\
#!/bin/sh
[ "$1" = --version ] && echo "GenMC v{version} (commit #x)" && exit 0
include=$(echo "$@" | sed 's/.* -I\\([^ ]*\\)include .*/\\1include/')
grep -q memory_order_relaxed "$include/kickmsg/core/Stack.h" && says="{weakened}" || says="{shipped}"
echo "$says"; echo "Number of complete executions explored: 12"
"""
CLEAN, REPORT = "No errors were detected.", "Error: Non-atomic race!"
THREADS = """\
#!/bin/sh
[ "$1" = --sites ] && echo stack Stack.h 4 && exit 0
echo "stack: 400 runs, 0 steps of 0"
"""


@pytest.fixture(name="ran")
def ran_over_a_tree(tmp_path, monkeypatch):
    """Runs the stage over a tree of one header and one driver, beside a GenMC that says this."""
    core, folder, kills, path = (tmp_path / name for name in ("lib/include/kickmsg/core", "drivers", "kills.json", "bin"))
    core.mkdir(parents=True)
    folder.mkdir()
    (core / "Stack.h").write_text(HEADER, encoding="utf-8")
    (folder / "stack.cc").write_text("struct Stack : NobodyDies {};\n", encoding="utf-8")
    (folder / "litmus").mkdir()
    (folder / "litmus/order.cc").write_text("// rc11: clean, imm: clean. Words.\n", encoding="utf-8")
    monkeypatch.setattr(orders, "CORE", core)
    monkeypatch.setattr(orders, "core_sources", lambda: {"Stack.h": HEADER})
    monkeypatch.setattr(runs, "DRIVERS", folder)
    monkeypatch.setattr(runs.drivers, "__defaults__", (folder,))
    monkeypatch.setattr(runs.command, "__defaults__", (0, tmp_path / "lib/include", "genmc"))
    monkeypatch.setattr(genmc_kills.load, "__defaults__", (kills,))
    monkeypatch.setenv("PATH", str(path), prepend=":")

    def act(shipped=CLEAN, weakened=REPORT, version="0.11.0", threads=THREADS, known=True):
        if version:
            fakes.program(path / "genmc", GENMC.format(version=version, shipped=shipped, weakened=weakened))
        kill = {PUSH: {"relaxed": {"driver": "stack", "model": "rc11", "report": "race"}}}
        genmc_kills.save(kill if known else {}, kills)
        run = fakes.run_in(tmp_path)
        for program in genmc.PLAIN:
            fakes.program(run.build / program, threads)
        return fakes.ran(run, "genmc", genmc.run)

    return act


def test_drivers_that_hold_and_orders_that_are_reported_pass(ran):
    found = ran()
    assert not found.failed and not found.skipped
    assert {
        "kickmsg_genmc: stack",
        "kickmsg_genmc_tsan: all",
        "stack: rc11",
        "stack: imm",
        "litmus order: imm",
        f"{PUSH}: relaxed: stack",
    } <= set(found.passed)


def test_without_genmc_the_threads_count_and_the_rest_is_skipped_with_the_reason(ran, monkeypatch):
    monkeypatch.setattr(genmc.genmc, "missing", lambda: "genmc is not in PATH")
    found = ran(version=None)
    assert found.skipped["GenMC"].reason == "genmc is not in PATH" and "kickmsg_genmc: stack" in found.passed and not found.failed


def test_a_genmc_that_is_too_old_is_not_asked(ran):
    assert "0.10 is older than 0.11" in ran(version="0.10.3").skipped["GenMC"].reason


def test_a_report_on_the_shipped_core_fails_with_its_words(ran):
    found = ran(shipped=REPORT)
    assert "Non-atomic race" in found.failed["stack: rc11"].reason and "scripts/genmc.py stack" in found.failed["stack: rc11"].replay


def test_a_litmus_test_that_comes_to_something_else_fails(ran):
    found = ran(shipped=REPORT)
    assert "reported Non-atomic race!, not clean" in found.failed["litmus order: rc11"].reason


def test_a_driver_that_takes_too_long_is_skipped_with_the_reason(ran, monkeypatch):
    monkeypatch.setitem(genmc.SECONDS, "quick", 0.5)
    found = ran(shipped="$(sleep 2)")
    assert "not complete in 0.5 s" in found.skipped["stack: imm"].reason and "stack: imm" not in found.failed


def test_a_genmc_that_says_nothing_is_a_failure(ran):
    assert "broken" in ran(shipped="?").failed["stack: imm"].reason


def test_a_weaker_order_that_is_not_reported_fails(ran):
    assert "clean under rc11" in ran(weakened=CLEAN).failed[f"{PUSH}: relaxed: stack"].reason


def test_threads_that_fail_or_leave_a_driver_out_fail(ran):
    found = ran(threads="#!/bin/sh\n[ $1 ] || echo other: 4 runs\n")
    assert {"kickmsg_genmc: stack", "operations are reached"} <= set(found.failed)
    assert "kickmsg_genmc_tsan: all" in ran(threads=THREADS + "exit 86\n").failed


def test_a_weaker_order_is_planted_where_it_stands():
    mutants = {mutant.name: mutant for mutant in orders.all_mutants(orders.find_sites({"Stack.h": HEADER}))}
    success = runs.weakened(mutants[f"{PUSH}: relaxed"], HEADER)
    failure = runs.weakened(mutants[f"{PUSH}: failure relaxed"], HEADER)
    assert success == HEADER.replace("memory_order_release", "memory_order_relaxed")
    assert failure == HEADER.replace("memory_order_acquire", "memory_order_relaxed")


def test_each_death_of_a_driver_is_run_and_the_end(tmp_path):
    (tmp_path / "mortal.cc").write_text("struct Mortal : OneDies<2> {", encoding="utf-8")
    (tmp_path / "main.cc").write_text("", encoding="utf-8")
    (only,) = runs.drivers(tmp_path)
    assert only.name == "mortal" and only.deaths() == [0, 1, 2, runs.AT_THE_END]
