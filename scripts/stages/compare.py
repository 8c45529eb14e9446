"""The acceptance of scripts/compare.sh, with --full: equal builds are called the same, a planted slow-down is caught, a stall moves the
tail of the open loop and not its middle. In a main run one comparison of each kind is measured for the report; times are no gate
there."""

from harness import documents, machine

TIMEOUT = {"quick": 60, "main": 900, "full": 7200}
NEEDS = ("build",)

FEW = ("--aa", "1", "--planted", "1", "--no-stall")


def run(stage):
    if stage.run.quick:
        stage.skipped("paired test", "it is accepted beyond the gate")
        return
    if not machine.git(stage.run.root, "rev-parse", "HEAD"):
        stage.skipped("paired test", "its base is a commit, and this is no checkout")
        return
    full = stage.run.mode == "full"
    outcome = stage.command(
        "acceptance", [stage.run.root / "scripts/compare.sh", "HEAD", "--accept", *(() if full else FEW), "--out", stage.run.artifacts]
    )
    path = stage.run.artifacts / "compare.json"
    if outcome.code not in (0, 1) or not path.exists():
        stage.failed("paired test", outcome.describe(), outcome.log)
        return
    found = documents.read(path)["acceptance"]
    aa, planted = found["aa"], found["planted"]
    words = f"{aa['same']} of {aa['runs']} equal builds called the same, {planted['caught']} of {planted['runs']} plants caught"
    stage.note(words)
    stage.expect(all(aa["rows"]) and all(planted["rows"]) and aa["rows"] and planted["rows"], "rows", "no row was compared", outcome.log)
    if full:
        stage.expect(found["ok"], "acceptance", f"{words}; stall: {found.get('stall')}", outcome.log)
