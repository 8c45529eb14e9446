"""The faults of crash/faults still fit the tree, and plant.py would notice one that nobody reports."""
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "crash/faults"))
import plant  # noqa: E402
from faults import FAULTS, Fault  # noqa: E402


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_text_to_replace_occurs_once(fault):
    for name, before, after in fault.edits:
        assert before != after
        assert (ROOT / name).read_text(encoding="utf-8").count(before) == 1, (name, before)


def test_the_table_names_what_is_planted():
    assert not list(plant.table_faults(plant.TABLE.read_text(encoding="utf-8")))


def test_a_row_without_its_fault_and_a_fault_without_its_row_are_told():
    wrong = list(plant.table_faults("| `unheard-of` | K | `A.B` | x |"))
    assert len(wrong) == 1 + len(FAULTS)


def test_a_test_that_is_not_named_is_told():
    fault = FAULTS[0]
    rows = plant.TABLE.read_text(encoding="utf-8").replace(fault.tests[0].removeprefix("Sweep/"), "Other.Test")
    assert any(wrong.startswith(fault.name) for wrong in plant.table_faults(rows))


@pytest.mark.parametrize("outcome, should_fail, wrong", [
    ({"A.B": True}, True, 0), ({"A.B": False}, True, 1), ({}, True, 1), ({"A.B": True}, False, 1), ({"A.B": False}, False, 0),
])
def test_only_a_red_run_to_the_end_counts(outcome, should_fail, wrong):
    assert len(plant.judge(outcome, ["A.B"], should_fail)) == wrong


def test_a_text_that_occurs_twice_is_not_planted(tmp_path):
    copy = plant.Copy.__new__(plant.Copy)
    copy.tree = tmp_path
    (tmp_path / "file").write_text("a a", encoding="utf-8")
    with pytest.raises(plant.Broken):
        copy.plant(Fault("twice", (("file", "a", "b"),), ("A.B",)))
    assert (tmp_path / "file").read_text(encoding="utf-8") == "a a"
