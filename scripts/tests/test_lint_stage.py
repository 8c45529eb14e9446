"""Planted faults of Python files and of lints: the stage lint must report each."""

import shutil

import pytest

import fakes
from harness.run import ROOT
from stages import lint


@pytest.fixture(name="failed")
def over_a_tree(tmp_path):
    """Returns: what does a part of the stage over a tree of one file, and gives the checks that failed."""

    def act(what, name, text):
        shutil.copy(ROOT / "pyproject.toml", tmp_path)
        fakes.program(tmp_path / name, text)
        return list(fakes.ran(fakes.run_in(tmp_path), "lint", what).failed)

    return act


@pytest.mark.parametrize(
    ("text", "checks"),
    [
        ('NAME = "value"\n', []),
        ("NAME = 'value'\n", ["ruff format"]),
        ("import os\n", ["ruff check"]),
        ("def f():\n    return [x for x in range(9)]\n", ["ruff check"]),
        (f'NAME = "{"x" * 140}"\n', ["ruff check"]),
        ("def f(:\n", ["python compiles", "ruff check", "ruff format"]),
    ],
)
def test_a_python_file_that_is_not_as_agreed_fails(failed, text, checks):
    assert failed(lambda stage: lint.python(stage, ["some.py"]), "some.py", text) == checks


def test_a_lint_of_our_own_is_found_by_its_name_and_fails_with_its_status(failed):
    assert failed(lint.own_lints, "scripts/lints/planted_lint.py", "raise SystemExit(1)\n") == ["planted_lint"]
    assert failed(lint.own_lints, "scripts/lints/planted_lint.py", "") == []


def test_a_tree_without_lints_fails(failed):
    assert failed(lint.own_lints, "scripts/edge_lint.py", "") == ["there are lints of our own"]
