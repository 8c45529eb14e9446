"""What the CMake project makes of its options, and that ctest knows every kind of test."""

import json
import subprocess
from pathlib import Path

import pytest

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "CMakePresets.json").exists())
LABELS = {"unit", "model", "stress", "crash", "fuzz", "bench", "lint", "tools", "testing", "sweep"}
FOLDERS = ("UNIT_TESTS", "BENCHMARKS", "MODELS", "CRASH_TESTS", "STRESS_TESTS", "FUZZERS", "TOOLS", "TESTING_KIT", "SWEEP")


def configure(folder, *options):
    """Returns: what CMake says, and the cache."""
    done = subprocess.run(
        ["cmake", "-G", "Ninja", "-S", ROOT, "-B", folder, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    lines = (folder / "CMakeCache.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("=", 1) for line in lines if "=" in line and not line.startswith(("#", "/"))]
    return done.stdout, {name.split(":")[0]: value for name, value in pairs}


def test_a_build_without_a_type_is_a_release(tmp_path):
    assert configure(tmp_path)[1]["CMAKE_BUILD_TYPE"] == "Release"


@pytest.mark.parametrize(
    ("runs", "expected"),
    (
        ((["-DBUILD_EXAMPLES:BOOL=ON"], []), "ON"),
        (([], ["-DBUILD_EXAMPLES=ON"]), "ON"),
        ((["-DBUILD_EXAMPLES=ON"], ["-DBUILD_EXAMPLES=OFF"]), "OFF"),
        ((["-DBUILD_EXAMPLES=ON", "-DKICKMSG_BUILD_EXAMPLES=OFF"],), "OFF"),
        ((["-DBUILD_EXAMPLES:BOOL=ON", "-DKICKMSG_BUILD_EXAMPLES:BOOL=OFF"],), "OFF"),
        ((["-DKICKMSG_BUILD_EXAMPLES:BOOL=ON"], ["-DBUILD_EXAMPLES=OFF"]), "OFF"),
    ),
)
def test_an_option_without_its_prefix_is_an_alias(tmp_path, runs, expected):
    for options in runs:
        said, cache = configure(tmp_path, *options)
        assert "Warning" not in said
    assert cache["KICKMSG_BUILD_EXAMPLES"] == expected and "BUILD_EXAMPLES" not in cache


def test_each_test_has_one_label_a_timeout_and_a_prefix_of_its_own(tmp_path):
    configure(tmp_path, "-DCMAKE_CXX_COMPILER=clang++", *(f"-DKICKMSG_BUILD_{folder}=ON" for folder in FOLDERS))
    stand_in = tmp_path / "kickmsg_unit"  # ctest asks the program for its tests
    stand_in.write_text("#!/bin/sh\nprintf 'Suite.\\n  One\\n  Other\\nCases/Suite.\\n  One/0  # GetParam() = 7\\n'\n", encoding="utf-8")
    stand_in.chmod(0o755)
    listed = subprocess.run(["ctest", "--show-only=json-v1"], cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=True).stdout
    found, prefixes = {}, set()
    for test in json.loads(listed)["tests"]:
        properties = {each["name"]: each["value"] for each in test.get("properties", [])}
        labels = [label for label in properties.get("LABELS", ()) if label != "kickmsg-sweep"]  # as users' sweeps have it
        assert len(labels) == 1 and properties.get("TIMEOUT", 0) > 0, test["name"]
        found.setdefault(labels[0], []).append(test["name"])
        prefix = [text for text in properties.get("ENVIRONMENT", ()) if text.startswith("KICKMSG_TEST_PREFIX=")]
        assert len(prefix) == 1 and prefix[0] not in prefixes, test["name"]
        prefixes.update(prefix)
    assert set(found) == LABELS
    assert len(found["unit"]) == 3
