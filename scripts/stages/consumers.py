"""Uses the library in every way that a user can: the projects of test/consumers, built and run."""
import re

TIMEOUT = {"quick": 600, "main": 900, "full": 900}
NEEDS = ("build",)

LINE = re.compile(r"^(ok|not ok|skip) (.*?)(?:: (.*))?$", re.MULTILINE)


def run(stage):
    command = [stage.run.root / "scripts" / "consumers.sh", "--build", stage.run.build, "--work", stage.folder / "work"]
    outcome = stage.command("consumers", command + ([] if stage.run.quick else ["--shared"]))
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
