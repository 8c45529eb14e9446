"""Turns what GoogleTest and pytest report into the checks of a stage."""

import os
import re
import xml.etree.ElementTree as xml

from harness import documents

SKIPPED = re.compile(r"^\S+:\d+: Skipped\n((?:(?!\[).*\n)*)\[  SKIPPED \] (\S+)", re.MULTILINE)


def run_gtest(stage, label, program, arguments=(), timeout=None, env=None, shard=None, runner=()):
    """Runs a GoogleTest program, or a shard (index, of) of it; each test is a check. `env` is told in the replay.
    `runner`: the emulator that a program of another platform needs."""
    report = stage.folder / f"{label}.json"
    told = os.path.relpath(report, program.parent) if runner else report  # Windows knows no path that begins with a slash
    sharding = {"GTEST_SHARD_INDEX": str(shard[0]), "GTEST_TOTAL_SHARDS": str(shard[1])} if shard else {}
    outcome = stage.command(
        label,
        [*runner, program, f"--gtest_output=json:{told}", "--gtest_color=no", *arguments],
        timeout=timeout,
        env={**(env or {}), **sharding},
        cwd=program.parent,
    )
    replay = " ".join(
        [
            *(f"{name}={value}" for name, value in (env or {}).items()),
            *map(stage.run.relative, runner),
            stage.run.relative(program),
            *arguments,
        ]
    )
    if not outcome.ok and not report.exists():
        unfinished = re.findall(r"^\[ RUN      \] (\S+)", outcome.text(), re.MULTILINE)
        where = f" in {unfinished[-1]}" if unfinished else ""
        stage.failed(
            f"{label}: program",
            outcome.describe() + where,
            outcome.log,
            replay + (f" --gtest_filter={unfinished[-1]}" if unfinished else ""),
        )
        return
    failures_before = stage.count("failed")
    record_gtest(stage, label, report, outcome, replay)
    if not outcome.ok and stage.count("failed") == failures_before:
        stage.failed(f"{label}: program", outcome.describe() + " although no test failed", outcome.log, replay)


def record_gtest(stage, label, report, outcome, replay):
    reasons = {name: reason.strip().rpartition("\n")[2] for reason, name in SKIPPED.findall(outcome.text())}
    for name, test in documents.gtest_results(report):
        if test.get("result") == "SKIPPED":
            stage.skipped(f"{label}: {name}", f"{name}: {reasons.get(name) or 'no reason given'}")
        elif test.get("failures"):
            message = " ".join(test["failures"][0]["failure"].split())
            stage.failed(f"{label}: {name}", message[:300], outcome.log, f"{replay} --gtest_filter={name}")
        elif test.get("status") == "RUN":
            stage.passed(f"{label}: {name}", float(test.get("time", "0s").rstrip("s")))


def run_pytest(stage, label, paths, cwd, env=None, python=None):
    """Runs pytest; each test is a check. `python`: another interpreter than that of the run."""
    report = stage.folder / f"{label}.xml"
    argv = [python or stage.run.python, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *paths]
    outcome = stage.command(label, argv, cwd=cwd, env=env)
    if not report.exists():
        stage.failed(f"{label}: pytest", outcome.describe(), outcome.log)
        return
    cases = list(xml.parse(report).iter("testcase"))
    for case in cases:
        name = f"{label}: {case.get('classname')}.{case.get('name')}"
        faults = [child for child in case if child.tag in ("failure", "error")]
        skipped = case.find("skipped")
        if faults:
            stage.failed(name, (faults[0].get("message") or "error").splitlines()[0], outcome.log)
        elif skipped is not None:
            stage.skipped(name, skipped.get("message") or "no reason given")
        else:
            stage.passed(name, float(case.get("time") or 0))
    if not cases or (outcome.code not in (0, 1)):
        stage.failed(f"{label}: pytest", outcome.describe(), outcome.log)
