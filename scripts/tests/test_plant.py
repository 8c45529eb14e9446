"""The faults of every lens still fit the tree and stand in the table; the planting tool reports one that nobody reports."""

import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

import fakes
from harness import planting
from harness.planting import ROOT, Fault

# By the command: where the faults are listed.
FILES = {
    "crash/faults/plant.py": "crash/faults/faults.py",
    "stress/faults/plant.py": "stress/faults/faults.py",
    "fuzz/plant.py": "fuzz/plant.py",
    "bench/budgets/plant_costs.py": "bench/budgets/plant_costs.py",
}
LENSES = {command: planting.load(ROOT / file) for command, file in FILES.items()}
OWNERS = {command: lens for command, lens in LENSES.items() if lens.owner}
FAULTS = [pytest.param(fault, id=f"{command}-{fault.name}") for command, lens in LENSES.items() for fault in lens.faults]
TABLE = planting.TABLE.read_text(encoding="utf-8")


@pytest.fixture(name="lens", params=OWNERS.values(), ids=OWNERS)
def one_lens(request):
    return request.param


@pytest.mark.parametrize("fault", FAULTS)
def test_each_text_to_replace_occurs_once(fault):
    assert fault.by
    for name, before, after in fault.edits:
        assert before != after
        assert (ROOT / name).read_text(encoding="utf-8").count(before) == 1, (name, before)


def test_the_table_names_what_is_planted(lens):
    assert not list(planting.table_faults(lens, TABLE))


def test_a_row_without_its_fault_and_a_fault_without_its_row_are_told(lens):
    wrong = list(planting.table_faults(lens, f"| `unheard-of` | {lens.owner} | `A.B` | x |"))
    assert len(wrong) == 1 + len(lens.faults)


def test_a_row_of_another_owner_is_not_looked_at(lens):
    assert list(planting.table_faults(lens, TABLE + "| `unheard-of` | X | `A.B` | x |\n")) == []


def test_a_test_that_is_not_named_is_told(lens):
    fault = lens.faults[0]
    rows = TABLE.replace(fault.by[0].removeprefix(lens.prefix), "Other.Test")
    assert any(wrong.startswith(fault.name) for wrong in planting.table_faults(lens, rows))


@pytest.mark.parametrize(
    "outcome, should_fail, wrong",
    [
        ({"A.B": True}, True, 0),
        ({"A.B": False}, True, 1),
        ({}, True, 1),
        ({"A.B": True}, False, 1),
        ({"A.B": False}, False, 0),
    ],
)
def test_only_a_red_run_to_the_end_counts(outcome, should_fail, wrong):
    assert len(planting.unexpected(outcome, ["A.B"], should_fail)) == wrong


def test_a_row_that_is_only_planned_is_reported():
    lens = LENSES["fuzz/plant.py"]
    rows = TABLE.replace("| `slot-index-not-checked` | F | `words` |", "| `slot-index-not-checked` | F | planned |")
    assert list(planting.table_faults(lens, rows)) == ["slot-index-not-checked: the table does not name words"]


def test_each_fuzz_target_has_a_fault():
    targets = {file.name.removesuffix("_fuzz.cc") for file in (ROOT / "fuzz").glob("*_fuzz.cc")}
    assert {target for fault in LENSES["fuzz/plant.py"].faults for target in fault.by} == targets


@pytest.mark.parametrize("text", ["", "a a"])
def test_a_text_that_is_not_there_once_is_not_planted(tmp_path, text):
    copy = planting.Copy.__new__(planting.Copy)
    copy.tree = tmp_path
    (tmp_path / "file").write_text(text, encoding="utf-8")
    with pytest.raises(planting.Broken):
        copy.plant(Fault("twice", (("file", "a", "b"),), ("A.B",)))
    assert (tmp_path / "file").read_text(encoding="utf-8") == text


def test_a_copy_is_made_sound_again_and_keeps_what_did_not_change(tmp_path):
    copy = planting.Copy(tmp_path, LENSES["fuzz/plant.py"])
    same, planted, stray = (copy.tree / "lib" / name for name in ("src/RegionHeader.cc", "src/Region.cc", "stray"))
    before = same.stat().st_mtime_ns
    planted.write_text("broken", encoding="utf-8")
    stray.write_text("stray", encoding="utf-8")
    copy.refresh()
    assert planted.read_bytes() == (ROOT / "lib/src/Region.cc").read_bytes() and not stray.exists()
    assert same.stat().st_mtime_ns == before


@pytest.mark.parametrize("command", LENSES)
def test_a_fault_of_another_lens_is_refused_by_the_command(command, tmp_path):
    argv = [sys.executable, ROOT / command, "--build", tmp_path, "--only", "unheard-of"]
    outcome = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert outcome.returncode == 2 and LENSES[command].faults[0].name in outcome.stderr


# Plays a fuzz target: it reports where its words say so.
TARGET = """\
#!/bin/sh
case "$*" in *$FAKE*) echo "FOUND: a loss"; exit 77;; esac
"""


@pytest.fixture(name="worked")
def rows_of_a_fault_over_the_fake(tmp_path, monkeypatch):
    """Returns: what plants one fault, and gives the rows by name; the fake target reports where its command holds a word."""

    def act(reports_at):
        lens = LENSES["fuzz/plant.py"]
        copy = planting.Copy(tmp_path, lens, SimpleNamespace(seconds=3, seed=7))
        fakes.program(copy.build / "kickmsg_fuzz_words", TARGET)
        monkeypatch.setenv("FAKE", reports_at)
        monkeypatch.setattr(planting.Copy, "compile", lambda *_: None)
        fault = next(fault for fault in lens.faults if fault.by == ("words",))
        rows = list(planting.work(copy, [fault]))
        name = fault.edits[0][0]
        assert (copy.tree / name).read_bytes() == (ROOT / name).read_bytes()
        return {row["fault"]: row for row in rows}

    return act


def test_a_fault_that_its_target_finds_is_reported(worked):
    rows = worked("-seed=7")
    assert rows["none"]["wrong"] == [] and rows["slot-index-not-checked"]["wrong"] == []
    assert rows["slot-index-not-checked"]["report"].endswith("s: FOUND: a loss")


def test_a_fault_that_its_target_does_not_find_fails(worked):
    assert worked("nowhere")["slot-index-not-checked"]["wrong"] == ["words does not find it in 3 s"]


def test_a_target_that_reports_without_a_fault_plants_nothing(worked):
    rows = worked("-runs=0")
    assert list(rows) == ["none"] and "words reports in the unpatched copy" in rows["none"]["wrong"][0]


def test_the_unit_tests_that_the_table_names_are_there():
    table = (ROOT / "models/faults.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\| U \|.*?`(\w+\.\w+)`", table))
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "lib/test").glob("*_test.cc"))
    there = {".".join(names) for names in re.findall(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", tests, re.MULTILINE)}
    assert named
    assert not named - there
