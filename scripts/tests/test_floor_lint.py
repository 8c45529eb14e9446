"""Planted crossings between the test folders: the lint must report each."""

import shutil

import pytest

import floor_lint
from harness.run import ROOT

FOLDERS = ("lib", "testkit", "models", "crash", "stress", "fuzz", "bench")


@pytest.fixture(name="tree")
def copy_of_what_the_lint_reads(tmp_path):
    for name in FOLDERS:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("corpus", "__pycache__"))
    return tmp_path


def test_ours_hold(tree, capsys):
    assert floor_lint.main(["--root", str(tree)]) == 0, capsys.readouterr().out


def test_nothing_to_read_is_no_pass(tmp_path):
    assert floor_lint.main(["--root", str(tmp_path)]) == 1


@pytest.mark.parametrize(
    ("path", "line", "words"),
    (
        (
            "stress/CMakeLists.txt",
            "target_sources(kickmsg_stress_test PRIVATE ${PROJECT_SOURCE_DIR}/crash/Arena.cc)",
            "names a path of crash/",
        ),
        (
            "stress/CMakeLists.txt",
            "target_include_directories(kickmsg_stress_test PRIVATE ${PROJECT_SOURCE_DIR}/crash)",
            "names a path of crash/",
        ),
        ("crash/CMakeLists.txt", "add_library(clock ../bench/clock.cc)", "names a path of bench/"),
        ("crash/portable/CMakeLists.txt", "add_subdirectory(../../models models)", "names a path of models/"),
        ("bench/peers/peers.cmake", "include(${CMAKE_CURRENT_LIST_DIR}/../../fuzz/common.cmake)", "names a path of fuzz/"),
        ("testkit/counted/counted.cmake", "include(${PROJECT_SOURCE_DIR}/crash/portable/counted.cmake)", "names a path of crash/"),
        (
            "lib/test/CMakeLists.txt",
            "target_sources(kickmsg_unit PRIVATE ${PROJECT_SOURCE_DIR}/testkit/Message.cc)",
            "names a path of testkit/",
        ),
        ("bench/plan.h", '#include "../crash/Arena.h"', 'bench/ includes "../crash/Arena.h", a header of crash/'),
        ("stress/generated/Checker.cc", '#include "Arena.h"', 'stress/ includes "Arena.h", a header of crash/'),
        ("models/World.h", '#include "Traffic.h"', 'models/ includes "Traffic.h", a header of stress/'),
        ("testkit/machine.cc", '#include "plan.h"', 'testkit/ includes "plan.h", a header of bench/'),
        ("lib/src/Region.cc", '#include "Message.h"', 'lib/ includes "Message.h", a header of testkit/'),
    ),
)
def test_a_planted_crossing_is_reported(tree, capsys, path, line, words):
    file = tree / path
    file.write_text(line + "\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    assert floor_lint.main(["--root", str(tree)]) == 1
    assert capsys.readouterr().out.splitlines()[0] == f"{path}:1: {words}"


@pytest.mark.parametrize(
    ("path", "line"),
    (
        ("crash/CMakeLists.txt", "# as in bench/"),
        ("bench/CMakeLists.txt", "set_tests_properties(bench PROPERTIES LABELS crash)"),
        ("crash/Arena.h", '#include "Message.h"'),
        ("stress/Traffic.h", '#include "support.h"'),
        ("stress/Traffic.cc", '#include "Settings.h"'),  # crash/ has one of this name, too
    ),
)
def test_what_is_within_reach_is_none(tree, capsys, path, line):
    file = tree / path
    file.write_text(line + "\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    assert floor_lint.main(["--root", str(tree)]) == 0, capsys.readouterr().out
