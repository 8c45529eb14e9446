"""Planted faults of the Python package's build and of what it needs: the stage python must report each, or say why it ran nothing."""

import sys
from pathlib import Path

import pytest

import fakes
import python_tools
from harness import wheels
from stages import python as stage_module

FOUND = {11: "/usr/bin/python3.11", 12: "/usr/bin/python3.12", 13: "/usr/bin/python3.13"}

# Plays the interpreter with the tools: it makes the source distribution and the wheel.
TOOLS = """\
#!{python}
import os, sys, tarfile
plays, words = os.environ["FAKE"], sys.argv[1:]
if words[:2] == ["-m", "build"]:
    out = words[words.index("--outdir") + 1]
    os.makedirs(out)
    names = ["lib/include/kickmsg/Node.h", "LICENSE", "kickmsg/py.typed"]
    with tarfile.open(os.path.join(out, "kickmsg_shm-1.0.0.tar.gz"), "w:gz") as file:
        for name in names[plays == "no library":]:
            info = tarfile.TarInfo("kickmsg_shm-1.0.0/" + name)
            file.addfile(info)
elif words[:3] == ["-m", "pip", "wheel"]:
    if plays == "no compiler":
        sys.exit(1)
    out = words[words.index("--wheel-dir") + 1]
    os.makedirs(out)
    tags = "cp313-cp313" if plays == "not stable" else "cp312-abi3"
    open(os.path.join(out, f"kickmsg_shm-1.0.0-{{tags}}-linux_x86_64.whl"), "w").close()
elif words[:2] == ["-m", "auditwheel"]:
    print("" if plays == "no manylinux" else 'constrains the platform tag to "manylinux_2_34_x86_64".')
elif words[:2] == ["-m", "abi3audit"]:
    sys.exit(plays == "not abi3")
"""


@pytest.fixture(name="ran")
def run_over_the_fake(tmp_path, monkeypatch):
    def act(plays="", mode="quick", found=FOUND, there=FOUND):
        tools = tmp_path / "tools/bin/python"
        fakes.program(tools, TOOLS.format(python=sys.executable))
        monkeypatch.setenv("FAKE", plays)
        monkeypatch.setattr(python_tools, "interpreters", lambda: found)
        monkeypatch.setattr(python_tools, "tools", lambda minor: tools if minor in there else None)
        monkeypatch.setattr(python_tools, "version_of_package", lambda: "1.0.0")
        used = []
        monkeypatch.setattr(stage_module, "use", lambda stage, found, builder, tester, made, work: used.append((builder, tester)))
        monkeypatch.setattr(stage_module.wheels, "check_for_asan", lambda stage, minor, *rest: used.append(("asan", minor)))
        monkeypatch.setattr(stage_module.shutil, "which", lambda name: None if plays == "no c++" else f"/usr/bin/{name}")
        outcome = fakes.ran(fakes.run_in(tmp_path, mode), "python", stage_module.run)
        outcome.used = used
        return outcome

    return act


def test_the_gate_makes_the_stable_wheel_and_uses_it_under_the_newest(ran):
    found = ran()
    assert not found.failed and not found.skipped and found.used == [(12, 13)]
    assert "abi3audit 3.12" in found.passed and "wheel 3.12: name" in found.passed
    assert any("manylinux_2_34_x86_64" in note for note in found.stage.told)


def test_beyond_the_gate_the_oldest_has_a_wheel_too_and_the_tests_run_with_asan(ran):
    assert ran(mode="main").used == [(11, 11), (12, 13), ("asan", 12)] and ran().used == [(12, 13)]


@pytest.mark.parametrize(
    "plays, check",
    [
        ("no library", "the source distribution is whole"),
        ("no compiler", "wheel 3.12"),
        ("not stable", "wheel 3.12: name"),
        ("no manylinux", "auditwheel 3.12"),
        ("not abi3", "abi3audit 3.12"),
    ],
)
def test_a_fault_of_the_build_fails(ran, plays, check):
    assert check in ran(plays).failed


@pytest.mark.parametrize(
    "options, reason",
    [
        ({"plays": "no c++"}, "there is no C++ compiler"),
        ({"found": {}}, "there is no CPython of 3.11 or later"),
        ({"there": {}}, "is not installed for 3.11, 3.12, 3.13: scripts/bootstrap.sh gets it from PyPI"),
    ],
)
def test_what_is_not_there_is_said(ran, options, reason):
    found = ran(**options)
    assert not found.failed and not found.used and reason in found.skipped["package"].reason


def test_without_an_interpreter_for_the_stable_interface_that_wheel_is_skipped(ran):
    found = ran("not stable", found={11: FOUND[11]})
    assert "there is no interpreter of 3.12" in found.skipped["wheel of the stable interface"].reason
    assert "wheel 3.11: name" in found.failed


def test_an_interpreter_without_headers_or_without_its_lock_is_none(monkeypatch):
    good = {"version": [3, 13], "name": "CPython", "headers": True, "free": False}
    for wrong in ({}, {"free": True}, {"headers": False}, {"name": "PyPy"}, {"version": [3, 12]}):
        assert python_tools.is_usable({**good, **wrong}, 13) == (not wrong)
    assert not python_tools.is_usable(None, 13)
    monkeypatch.setattr(python_tools, "probed", lambda path: {**good, "version": [3, int(path.rpartition(".")[2])]})
    monkeypatch.setattr(python_tools, "candidates", lambda minor: [f"/usr/bin/python3.{minor}"] if minor in (11, 14) else [])
    assert sorted(python_tools.interpreters()) == [11, 14]


@pytest.mark.parametrize("found, wanted", [({}, []), ({11: ""}, [11]), ({12: "", 13: "", 14: ""}, [12, 14]), (FOUND, [11, 12, 13])])
def test_the_oldest_and_the_ends_of_the_stable_ones_are_wanted(found, wanted):
    assert python_tools.wanted(found) == wanted


def test_the_requirements_and_the_project_ask_for_the_same():
    root = Path(__file__).resolve().parents[2]
    project = (root / "python/pyproject.toml").read_text(encoding="utf-8")
    lines = (root / python_tools.REQUIREMENTS).read_text(encoding="utf-8").splitlines()
    asked = [line for line in lines if line.startswith(("scikit-build-core==", "nanobind=="))]
    assert len(asked) == 2 and all(f'"{line}"' in project for line in asked)
    assert f'name = "{wheels.NAME.replace("_", "-")}"' in project
