"""The operator's tool: every command against real processes, its manual page and completions; beyond the gate also over more damaged
regions, and how long it takes."""

import json
import os
import time

from harness import tests

TIMEOUT = {"quick": 120, "main": 600, "full": 600}
NEEDS = ("build",)

MUTATIONS = {True: 12, False: 200}  # quick or not
LISTED = {True: 400, False: 20000}
REGIONS = 1000


def run(stage):
    program = stage.run.build / "tools" / "kickmsg"
    if not program.exists():
        stage.failed("kickmsg", f"{stage.run.relative(program)} is missing")
        return
    tests_of_commands(stage)
    manual(stage)
    if not stage.run.quick:
        list_of_many(stage, program)


def tests_of_commands(stage):
    mutations = MUTATIONS[stage.run.quick]
    regions = LISTED[stage.run.quick]
    numbers = (f"--mutations={mutations}", f"--regions={regions}")
    tests.run_pytest(stage, "commands", ["tools/tests", "--build", stage.run.build, *numbers], cwd=stage.run.root)


def manual(stage):
    """man(1) can show it, and warns of nothing."""
    page = stage.run.build / "tools" / "kickmsg.1"
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    stage.expect(".SH EXIT STATUS" in text and ".B diagnose" in text, "kickmsg.1", f"{stage.run.relative(page)} lacks commands")
    for shell in ("kickmsg.bash", "_kickmsg", "kickmsg.fish"):
        script = page.parent / shell
        stage.expect(script.exists() and "diagnose" in script.read_text(encoding="utf-8"), shell, "it lacks commands")
    stage.check_command("bash reads its completion", ["bash", "-n", page.parent / "kickmsg.bash"])


def list_of_many(stage, program):
    """A thousand regions, made of one by its bytes."""
    prefix = f"{stage.run.prefix}many"
    first = stage.command("make one", [program, "pub", "0", "x", "--create", "--max-payload", "8", "--prefix", prefix])
    seed = f"/dev/shm/{prefix}_0"
    if not stage.expect(first.ok and os.path.exists(seed), "make one", first.describe(), first.log):
        return
    try:
        with open(seed, "rb") as file:
            content = file.read()
        for number in range(1, REGIONS):
            with open(f"/dev/shm/{prefix}_{number}", "wb") as file:
                file.write(content)
        begin = time.monotonic()
        outcome = stage.command("list of many", [program, "list", "--json", "--prefix", prefix])
        seconds = time.monotonic() - begin
        count = len(json.loads(outcome.text())["regions"]) if outcome.ok else 0
        stage.expect(count == REGIONS, "list of many", f"{count} regions of {REGIONS}", outcome.log)
        stage.note(f"kickmsg list of {REGIONS} regions: {seconds:.3f} s", told=True)
    finally:
        for number in range(REGIONS):
            if os.path.exists(f"/dev/shm/{prefix}_{number}"):
                os.unlink(f"/dev/shm/{prefix}_{number}")
