"""kickmsg_add_sweep(), included alone as an installation has it."""

import json
import subprocess
from pathlib import Path

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "CMakePresets.json").exists())
FUNCTION = ROOT / "testing" / "cmake" / "kickmsg_add_sweep.cmake"


def configured(folder, text, sweep="kickmsg-sweep"):
    """`sweep`: a stand-in of the program, in the folder.
    Returns: exit code and output of CMake, and the tests that ctest knows, by their name."""
    lines = ["cmake_minimum_required(VERSION 3.15)", "project(consumer LANGUAGES NONE)", "enable_testing()", f"include({FUNCTION})", text]
    (folder / "CMakeLists.txt").write_text("\n".join(lines), encoding="utf-8")
    program = folder / sweep if sweep else ""
    if sweep:
        program.write_text("#!/bin/sh\n", encoding="utf-8")
        program.chmod(0o755)
    build = folder / "build"
    done = subprocess.run(
        ["cmake", "-S", folder, "-B", build, f"-DKICKMSG_SWEEP_PROGRAM={program}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        return done.returncode, done.stdout, {}
    listed = subprocess.run(["ctest", "--show-only=json-v1"], cwd=build, stdout=subprocess.PIPE, text=True, check=True).stdout
    return 0, done.stdout, {test["name"]: test for test in json.loads(listed)["tests"]}


def properties(test):
    return {each["name"]: each["value"] for each in test["properties"]}


def test_a_sweep_is_a_test_with_its_reports(tmp_path):
    code, said, found = configured(
        tmp_path,
        'kickmsg_add_sweep(NAME relay COMMAND relay --once BESIDE listener "two words" CHECK "./check.sh | grep x" FROM a TO b STOP)',
    )
    assert code == 0, said
    build = tmp_path / "build"
    assert found["relay"]["command"] == [
        *(str(tmp_path / "kickmsg-sweep"), "--from", "a", "--to", "b", "--stop"),
        *("--beside", "'listener' 'two words'", "--check", "./check.sh | grep x"),
        *("--markdown", f"{build}/relay.sweep.md"),
        *("--junit", f"{build}/relay.xml", "--json", f"{build}/relay.json", "--", "relay", "--once"),
    ]
    assert properties(found["relay"])["TIMEOUT"] > 0 and properties(found["relay"])["LABELS"] == ["kickmsg-sweep"]


def test_shards_are_tests_of_their_own(tmp_path):
    code, said, found = configured(
        tmp_path,
        "kickmsg_add_sweep(NAME relay COMMAND /bin/relay SHARDS 3 SAMPLE 50 SEED 7 LABELS slow TIMEOUT 60 OPTIONS --strict)",
    )
    assert code == 0, said
    assert sorted(found) == ["relay-1of3", "relay-2of3", "relay-3of3"]
    command = found["relay-2of3"]["command"]
    assert command[1:8] == ["--sample", "50", "--seed", "7", "--shard", "2/3", "--strict"]
    assert properties(found["relay-2of3"])["LABELS"] == ["kickmsg-sweep", "slow"] and properties(found["relay-2of3"])["TIMEOUT"] == 60


def test_what_is_not_understood_or_not_there_is_said(tmp_path):
    code, said, _ = configured(tmp_path, "kickmsg_add_sweep(NAME relay)")
    assert code != 0 and "COMMAND are needed" in said
    code, said, _ = configured(tmp_path, "kickmsg_add_sweep(NAME relay COMMAND /bin/relay)", sweep="")
    assert code != 0 and "kickmsg-sweep was not found" in said
