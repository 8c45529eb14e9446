"""Runs every example; its output must be as examples/NAME.expected says. Compiles and runs what the pages of the documentation show."""

from harness import documentation
from harness.expected import first_missing

TIMEOUT = {"quick": 300, "main": 300, "full": 300}
NEEDS = ("build",)

EXAMPLE_SECONDS = 60


def run(stage):
    for source in sorted((stage.run.root / "examples").glob("*.cc")):
        check(stage, source)
    documentation.check(stage)


def check(stage, source):
    program = stage.run.build / "examples" / source.stem
    expected = source.with_suffix(".expected")
    outcome = stage.command(source.stem, [program], timeout=EXAMPLE_SECONDS)
    replay = stage.run.relative(program)
    if not outcome.ok:
        stage.failed(source.stem, outcome.describe(), outcome.log, replay)
    elif not expected.exists():
        stage.failed(source.stem, f"{stage.run.relative(expected)} is missing", outcome.log, replay)
    else:
        missing = first_missing(expected.read_text(encoding="utf-8"), outcome.text())
        if missing is None:
            stage.passed(source.stem, outcome.seconds)
        else:
            stage.failed(source.stem, f"no line of the output, in order, matches: {missing}", outcome.log, replay)
