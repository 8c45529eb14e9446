"""Uses the library in every way that a user can: the projects of test/consumers, built and run; builds of different compilers in one
region; what a shared library shows. Beyond the gate also as packages: Debian's, Conan's, and the vcpkg port by a stand-in."""

import re
import shutil

from harness import abi, packages

TIMEOUT = {"quick": 900, "main": 1800, "full": 1800}
NEEDS = ("build",)

LINE = re.compile(r"^(ok|not ok|skip) (.*?)(?:: (.*))?$", re.MULTILINE)


def run(stage):
    consumers(stage)
    work = stage.folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    abi.check(stage, work)
    if not stage.run.quick:
        packages.check_debian(stage, work / "debian")
        packages.check_vcpkg(stage, work / "vcpkg")
        packages.check_conan(stage, work / "conan")
    if not stage.count("failed"):
        shutil.rmtree(work)


def consumers(stage):
    command = [stage.run.root / "scripts" / "consumers.sh", "--build", stage.run.build, "--work", stage.folder / "consumers"]
    outcome = stage.command("consumers", command + ([] if stage.run.quick else ["--all"]))
    replay = "scripts/consumers.sh"
    for verdict, name, reason in LINE.findall(outcome.text()):
        if verdict == "ok":
            stage.passed(name)
        elif verdict == "skip":
            stage.skipped(name, reason)
        else:
            stage.failed(name, reason or "failed", outcome.log, replay)
    if not outcome.ok and not stage.count("failed"):
        stage.failed("consumers.sh", outcome.describe(), outcome.log, replay)
