"""The faults of crash/faults and stress/faults still fit the tree, and their plant.py would notice one that nobody reports."""
import subprocess
import sys

import pytest

from harness import planting
from harness.planting import ROOT, Fault

LENSES = {folder: planting.load(ROOT / folder / "faults/faults.py") for folder in ("crash", "stress")}
FAULTS = [pytest.param(fault, id=f"{folder}-{fault.name}") for folder, lens in LENSES.items() for fault in lens.faults]
TABLE = planting.TABLE.read_text(encoding="utf-8")


@pytest.fixture(name="lens", params=LENSES.values(), ids=LENSES)
def one_lens(request):
    return request.param


@pytest.mark.parametrize("fault", FAULTS)
def test_each_text_to_replace_occurs_once(fault):
    assert fault.tests
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
    rows = TABLE.replace(fault.tests[0].removeprefix(lens.prefix), "Other.Test")
    assert any(wrong.startswith(fault.name) for wrong in planting.table_faults(lens, rows))


@pytest.mark.parametrize("outcome, should_fail, wrong", [
    ({"A.B": True}, True, 0), ({"A.B": False}, True, 1), ({}, True, 1), ({"A.B": True}, False, 1), ({"A.B": False}, False, 0),
])
def test_only_a_red_run_to_the_end_counts(outcome, should_fail, wrong):
    assert len(planting.judge(outcome, ["A.B"], should_fail)) == wrong


def test_a_text_that_occurs_twice_is_not_planted(tmp_path):
    copy = planting.Copy.__new__(planting.Copy)
    copy.tree = tmp_path
    (tmp_path / "file").write_text("a a", encoding="utf-8")
    with pytest.raises(planting.Broken):
        copy.plant(Fault("twice", (("file", "a", "b"),), ("A.B",)))
    assert (tmp_path / "file").read_text(encoding="utf-8") == "a a"


@pytest.mark.parametrize("folder", LENSES)
def test_a_fault_of_another_lens_is_refused_by_the_command(folder, tmp_path):
    command = [sys.executable, ROOT / folder / "faults/plant.py", "--build", tmp_path, "--only", "unheard-of"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert outcome.returncode == 2 and LENSES[folder].faults[0].name in outcome.stderr
