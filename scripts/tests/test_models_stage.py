"""Planted faults of kickmsg_models and of its answers: the stages models and mutants must report each."""

import json
import sys

import pytest

import fakes
from harness import models as runs
from mutants import killers, orders, tables
from stages import models, mutants

# Plays kickmsg_models: every search fails as the environment says it.
FAKE = """\
#!{python}
import json, os, sys
option = lambda name: sys.argv[sys.argv.index(name) + 1] if name in sys.argv else None
if os.environ.get("FAKE") == "dies":
    os.abort()
scenarios = [] if os.environ.get("FAKE") == "empty" else [{{"name": "stack", "what": "w", "threads": 2, "deaths": 0}}]
answer = {{"scenarios": scenarios, "faults": [{{"name": "no-tag", "scenario": "stack", "what": "ABA"}}], "searches": [], "sites": []}}
code = 0
if option("--batch"):
    batch = json.load(open(option("--batch")))
    fails = os.environ.get("FAKE") == "fails" or (option("--weaken") or option("--fault")) and os.environ.get("FAKE") != "blind"
    for search in batch["searches"]:
        answer["searches"].append({{"scenario": search["scenario"], "strategy": "random", "seed": 1, "executions": 5, "seconds": 0.1,
                                   "complete": False, "failed": bool(fails), "verdict": "slot lost", "sites": {sites}}})
        if fails and not batch.get("probe"):
            code = 1
            break
    answer["sites"] = {met}
    if code and option("--history"):
        open(option("--history"), "w").write("the last step\\n")
json.dump(answer, open(option("--json"), "w"))
sys.exit(code)
"""

HEADER = """\
    void push() noexcept
    {
        // edge FREE (release) -> pop: the link
        head.store(1, std::memory_order_release);
    }
"""
MET = [{"file": "Stack.h", "line": 4, "function": "push", "operation": "store", "order": "release", "count": 9}]


@pytest.fixture
def stage_run(tmp_path, monkeypatch):
    """Runs a stage over the fake. Returns: its checks by outcome, the run, what was said."""
    core, table, redundant = (tmp_path / name for name in ("core", "faults.md", "redundant.md"))
    core.mkdir()
    (core / "Stack.h").write_text(HEADER, encoding="utf-8")
    table.write_text("| `no-tag` | M | `stack` | ABA |\n", encoding="utf-8")
    monkeypatch.setattr(orders, "core_sources", lambda: {"Stack.h": HEADER})
    monkeypatch.setattr(tables, "FAULTS", table)
    monkeypatch.setattr(tables, "REDUNDANT", redundant)
    monkeypatch.setattr(killers, "load_kills", lambda: {"orders": {}, "faults": {}})
    monkeypatch.setattr(runs, "PROCESSES", 1)

    def act(module, plays, listed="", sites=("Stack.h:4",)):
        monkeypatch.setenv("FAKE", plays)
        redundant.write_text(listed, encoding="utf-8")
        run = fakes.run_in(tmp_path)
        fakes.program(run.build / "kickmsg_models", FAKE.format(python=sys.executable, sites=list(sites), met=MET))
        said = []
        run.say = said.append
        found = fakes.ran(run, "it", module.run)
        found.said = "\n".join(said)
        return found

    return act


def artefact(found, name):
    return json.loads((found.run.artifacts / name).read_text(encoding="utf-8"))


def test_sound_models_pass_with_their_numbers(stage_run):
    found = stage_run(models, "well")
    assert not found.failed and "stack: random, C++" in found.passed and "stack: climb, seq_cst" in found.passed
    rows = artefact(found, "models.json")["rows"]
    assert len(rows) == 4 and all(row["executions"] == 5 and not row["failed"] for row in rows)


def test_a_failing_scenario_leaves_its_history_and_shows_its_end(stage_run):
    found = stage_run(models, "fails")
    check = found.failed["stack: random, C++"]
    assert check.reason.startswith("slot lost") and check.log.endswith(".history.txt")
    assert "kickmsg_models stack --strategy random" in check.replay and "--executions 6 --seed 1" in check.replay
    assert "| the last step" in found.said


def test_no_scenario_is_a_failure(stage_run):
    assert "there are scenarios" in stage_run(models, "empty").failed


@pytest.mark.parametrize("module", [models, mutants])
def test_a_program_that_dies_is_a_failure(stage_run, module):
    assert any("SIGABRT" in check.reason for check in stage_run(module, "dies").failed.values())


def test_killed_mutants_and_found_faults_pass(stage_run):
    found = stage_run(mutants, "well")
    assert not found.failed and "Stack.h push store: relaxed" in found.passed and "fault no-tag" in found.passed
    document = artefact(found, "mutants.json")
    assert document["score"] == {"killed": 1, "mutants": 1, "percent": 100.0, "listed": 0}
    assert document["mutants"][0]["killed_by"] == "stack" and document["faults"][0]["killed_by"] == "stack"
    assert "| Stack.h push store | Stack.h:4 | FREE | release | relaxed | stack | 5 |" in (found.run.artifacts / "mutants.md").read_text(
        encoding="utf-8"
    )


def test_scenarios_that_notice_nothing_fail_the_stage(stage_run):
    found = stage_run(mutants, "blind")
    assert "does not list it" in found.failed["Stack.h push store: relaxed"].reason
    assert "does not find it" in found.failed["fault no-tag"].reason


PROOF = "### Stack.h push store: relaxed\nNobody needs it, for the edge OTHER gives the same order to every reader.\n"


def test_a_listed_survivor_passes_and_counts_as_unkilled(stage_run):
    found = stage_run(mutants, "blind", PROOF)
    assert set(found.failed) == {"fault no-tag"}
    assert artefact(found, "mutants.json")["score"]["percent"] == 0.0


def test_a_stale_list_fails(stage_run):
    assert "lists it, but stack kills it" in stage_run(mutants, "well", PROOF).failed["Stack.h push store: relaxed"].reason


def test_a_site_that_no_scenario_touches_fails_by_name(stage_run):
    found = stage_run(mutants, "well", sites=())
    assert "touched by no scenario" in found.failed["Stack.h push store"].reason


def test_the_time_is_shared_out():
    each = [models.seconds_each(120, 20, seq_cst) for seq_cst in (False, True)]
    assert each == [4.0, 2.0]
    assert 2 * 20 * sum(each) == pytest.approx(120 * runs.PROCESSES)
    assert models.seconds_each(1, 1000, True) == models.LEAST_SECONDS


def test_the_widest_complete_bound_is_told():
    step = {"strategy": "bounded", "preemptions": 2, "stale": 1, "complete": True}
    assert runs.reach([step, {**step, "preemptions": 3, "complete": False}]) == (2, 1)
    assert runs.reach([step, {**step, "strategy": "full"}]) == "full"
    assert runs.reach_in_words(runs.reach([{**step, "complete": False}])) == "no bound complete"
