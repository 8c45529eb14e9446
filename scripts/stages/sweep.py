"""kickmsg-sweep, which kills a user's program at every state: its tests, on a program that does right and on some that do not."""

from harness import documents, tests

TIMEOUT = {"quick": 180, "main": 600, "full": 600}
NEEDS = ("build",)

VALIDATE = "import json, sys, jsonschema; jsonschema.validate(*[json.load(open(name, encoding='utf-8')) for name in sys.argv[1:]])"


def run(stage):
    program = stage.run.build / "kickmsg_sweep_test"
    if not program.exists():
        stage.failed("kickmsg_sweep_test", f"{stage.run.relative(program)} is missing")
        return
    tests.run_gtest(stage, "tests", program)
    if not stage.run.quick:
        every_state(stage)


def every_state(stage):
    """A program that creates its region: all of its states, and what is said of them is as the schema says."""
    path = stage.folder / "create.json"
    sample = stage.run.build / "kickmsg_sweep_sample"
    command = [stage.run.build / "kickmsg-sweep", "--prefix", f"{stage.run.prefix}sweep", "--json", path, "--", sample, "create"]
    if stage.check_command("create: every state", command):
        schema = stage.run.root / "testing" / "sweep" / "json-schema.json"
        stage.check_command("create: json", [stage.run.python, "-c", VALIDATE, path, schema])
        found = documents.read(path)
        stage.note(f"kickmsg-sweep: {found['chosen']} states of a program in {found['seconds']:.0f} s", told=True)
