"""The harness checks itself: each planted fault of a stage must show in the verdict, the counts and the report."""

import json
import shlex
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness import leftovers, runner, tests
from harness import stage as stage_module
from harness.expected import first_missing
from harness.run import ROOT, Run

SHARED_MEMORY = Path("/dev/shm")


def module(run, seconds=60, **attributes):
    return SimpleNamespace(run=run, TIMEOUT=dict.fromkeys(("quick", "main", "full"), seconds), **attributes)


def shell(text):
    return ["bash", "-c", text]


@pytest.fixture
def verdict(tmp_path, capsys):
    """Runs stages. Returns: exit code, output lines, results.json, the run."""

    def act(_run=None, **stages):
        run = _run or Run(mode="quick", seed=7, root=tmp_path, artifacts=tmp_path / "build/artifacts/one")
        code = runner.run_all(run, stages)
        results = json.loads((run.artifacts / "results.json").read_text(encoding="utf-8"))
        return SimpleNamespace(code=code, lines=capsys.readouterr().out.splitlines(), results=results, run=run)

    return act


def reasons(found, stage=0):
    return [check["reason"] for check in found.results["stages"][stage]["checks"] if check["outcome"] == "failed"]


def test_a_passing_stage_passes(verdict):
    found = verdict(good=module(lambda stage: stage.check_command("true", ["true"])))
    assert found.code == 0
    assert found.lines[-1] == "3 passed, 0 failed"
    assert any(line.startswith("PASS good  1 checks  ") for line in found.lines)
    assert (found.run.artifacts.parent / "latest").resolve() == found.run.artifacts.resolve()


def test_a_failing_command_shows_log_tail_path_and_replay(verdict):
    command = shell("echo the last words; exit 3")
    found = verdict(bad=module(lambda stage: stage.check_command("talk", command)))
    assert found.code == 1
    assert found.lines[-1] == "2 passed, 1 failed"
    text = "\n".join(found.lines)
    assert "failed: talk: exit code 3" in text and "| the last words" in text
    assert "log:    build/artifacts/one/logs/bad/talk.log" in text and f"replay: {shlex.join(command)}" in text


def test_a_stage_without_checks_fails(verdict):
    found = verdict(empty=module(lambda stage: None))
    assert found.code == 1 and reasons(found) == ["ran no check"]


def test_a_stage_that_breaks_fails(verdict):
    found = verdict(broken=module(lambda stage: 1 // 0))
    assert found.code == 1 and "ZeroDivisionError" in reasons(found)[0]


def test_a_time_out_kills_the_whole_session_and_fails(verdict, tmp_path):
    mark = tmp_path / "alive"
    script = f"(setsid sleep 600; true) & (sleep 3; touch {mark}) & sleep 600"
    began = time.monotonic()
    found = verdict(slow=module(lambda stage: stage.check_command("sleep", shell(script)), seconds=1))
    assert time.monotonic() - began < 60 and found.code == 1
    assert any("time-out of 1 s" in reason for reason in reasons(found))
    assert any("still running: sleep 600" in reason for reason in reasons(found)), "setsid does not hide a process"
    time.sleep(2.5)
    assert not mark.exists(), "a child outlived the time-out"


def test_a_region_left_behind_is_removed_and_fails(verdict):
    found = verdict(
        leak=module(
            lambda stage: stage.check_command(
                "leak",
                shell(
                    'touch "/dev/shm/${KICKMSG_TEST_PREFIX}_topic"; printf "%s" "$KICKMSG_TEST_PREFIX" '
                    '> "/dev/shm/.kickmsg-$KICKMSG_TEST_PREFIX"'
                ),
            )
        )
    )
    assert found.code == 1
    assert any(f"{found.run.prefix}_topic" in reason for reason in reasons(found))
    assert leftovers.remove_regions(found.run.prefix) == []


def test_a_waiting_region_is_known_by_its_header(tmp_path):
    waiting = tmp_path / ".kickmsg"
    waiting.mkdir()
    (waiting / "0123").write_bytes(b"\0" * 100 + b"kmtest_1_ab_topic")
    (waiting / "4567").write_bytes(b"\0" * 100 + b"kmtest_2_cd_topic")
    (waiting / "0123-7a3b-2.kmtest_1_ab_region").write_bytes(b"of a raw region: nothing of its name")
    (waiting / "0123-7a3b-2.kmtest_2_cd_region").write_bytes(b"another's")
    assert leftovers.remove_regions("kmtest_1_ab", tmp_path) == ["0123", "0123-7a3b-2.kmtest_1_ab_region"]


def test_a_process_left_behind_fails(verdict):
    found = verdict(leak=module(lambda stage: stage.check_command("leak", shell("setsid sleep 600 & sleep 0.2"))))
    assert found.code == 1 and any("still running" in reason for reason in reasons(found))


def test_skips_are_counted_with_their_reason(verdict):
    found = verdict(part=module(lambda stage: stage.skipped("unshare", "needs a user namespace")))
    assert found.code == 0
    assert found.lines[-1] == "2 passed, 0 failed, 1 skipped"
    assert any(line.startswith("SKIP part") and "needs a user namespace" in line for line in found.lines)


def test_a_stage_whose_need_failed_is_not_run(verdict):
    found = verdict(
        first=module(lambda stage: stage.failed("it", "planted")), second=module(lambda stage: stage.passed("never"), NEEDS=("first",))
    )
    assert reasons(found, 1) == ["not run: first did not pass"]


def test_an_interruption_is_told_and_cleaned_up(verdict):
    def interrupted(stage):
        (SHARED_MEMORY / f"{stage.run.prefix}_half").touch()
        raise KeyboardInterrupt("ended by SIGTERM")

    found = verdict(half=module(interrupted))
    assert found.code == 1 and "ended by SIGTERM" in reasons(found)
    assert any(line.startswith("FAIL half") for line in found.lines)
    assert leftovers.remove_regions(found.run.prefix) == []


def soaked(verdict, tmp_path, minutes, soak):
    run = Run(mode="full", minutes=minutes, root=tmp_path, artifacts=tmp_path / "build/artifacts/one")
    return verdict(run, good=module(lambda stage: stage.passed("once"), soak=soak))


def test_a_soak_runs_at_least_once(verdict, tmp_path):
    found = soaked(verdict, tmp_path, 0.0, lambda stage, number: stage.passed(f"round {number}"))
    assert found.lines[-1] == "4 passed, 0 failed" and any(line.startswith("PASS soak-good  1 checks") for line in found.lines)


def test_a_soak_counts_every_round_and_ends_at_a_failure(verdict, tmp_path):
    def soak(stage, number):
        stage.check_command(f"round-{number}", ["true" if number < 5 else "false"])

    found = soaked(verdict, tmp_path, 1.0, soak)
    assert found.code == 1 and found.lines[-1] == "7 passed, 1 failed"
    logs = found.run.artifacts / "logs/soak-good"
    assert [path.name for path in logs.iterdir()] == ["round-5.log"], "logs of rounds that passed are not kept"


def test_long_work_shows_progress(verdict, monkeypatch):
    monkeypatch.setattr(stage_module, "PROGRESS_SECONDS", 0.5)
    found = verdict(long=module(lambda stage: stage.check_command("sleep", shell("echo state 7; sleep 2.5"))))
    assert any(line.startswith("     long  ") and line.endswith("sleep: state 7") for line in found.lines)


def test_junit_and_json_agree(verdict):
    def mixed(stage):
        stage.passed("a")
        stage.failed("b", "reason with a control character \x1b")
        stage.skipped("c", "no such device")

    found = verdict(mixed=module(mixed))
    suites = xml.parse(found.run.artifacts / "junit.xml").getroot()
    assert (suites.get("tests"), suites.get("failures"), suites.get("skipped")) == ("5", "1", "1")
    stage = found.results["stages"][0]
    assert (stage["passed"], stage["failed"], stage["skipped"]) == (1, 1, 1)
    assert found.results["seed"] == 7 and "cpu" in found.results["machine"] and "cmake" in found.results["tools"]


def fake_gtest(tmp_path, body):
    program = tmp_path / "fake_unit"
    program.write_text(f"#!/bin/bash\nreport=${{1#--gtest_output=json:}}\n{body}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def gtest_json(*results):
    cases = [{"name": f"t{number}", "status": "RUN", "time": "0.1s", **result} for number, result in enumerate(results)]
    return json.dumps({"testsuites": [{"name": "Ring", "testsuite": cases}]})


def test_unit_tests_are_counted_one_by_one(verdict, tmp_path):
    report = gtest_json({"result": "COMPLETED"}, {"result": "SKIPPED"}, {"failures": [{"failure": "a.cc:3\nplanted"}]})
    program = fake_gtest(
        tmp_path,
        f"echo 'a.cc:9: Skipped'; echo 'no root'; echo '[  SKIPPED ] Ring.t1 (0 ms)'\n"
        f"echo '{report}' | sed 's/$//' > $report; exit 1".replace("\\n", "\\\\n"),
    )
    found = verdict(unit=module(lambda stage: tests.run_gtest(stage, "in-order", program)))
    stage = found.results["stages"][0]
    assert (stage["passed"], stage["failed"], stage["skipped"]) == (1, 1, 1)
    assert any("Ring.t1: no root" in line for line in found.lines)
    assert any(line.endswith("--gtest_filter=Ring.t2") for line in found.lines)


def test_a_reason_that_many_tests_have_is_told_once(verdict):
    def skips(stage):
        for name in ("Ring.t1", "Ring.t2", "Ring.t3"):
            stage.skipped(f"in-order: {name}", f"{name}: {'no root' if name != 'Ring.t2' else 'no time'}")
        stage.note("three", told=True)

    found = verdict(unit=module(skips))
    assert any(line.endswith("(skipped: Ring.t1: no root (and 1 more); Ring.t2: no time)") for line in found.lines)
    assert "     three" in found.lines


def test_a_unit_test_that_kills_the_program_is_named(verdict, tmp_path):
    program = fake_gtest(tmp_path, "echo '[ RUN      ] Ring.Dies'; kill -SEGV $$")
    found = verdict(unit=module(lambda stage: tests.run_gtest(stage, "in-order", program)))
    assert reasons(found) == ["killed by SIGSEGV in Ring.Dies"]


@pytest.mark.parametrize(
    "output, missing",
    [
        ("sent 1\nnoise\nreceived 1\n", None),
        ("received 1\nsent 1\n", "received \\d"),
        ("sent 1\nwas received 1\n", "received \\d"),
    ],
)
def test_expected_lines_are_found_in_order(output, missing):
    assert first_missing("sent 1\n\nreceived \\d\n", output) == missing


def test_an_unknown_stage_is_refused():
    script = ROOT / "scripts/validate.py"
    done = subprocess.run([sys.executable, script, "no-such-stage"], stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2 and b"no stage named no-such-stage" in done.stderr
