"""Runs the stages of a run one after the other, and keeps what came of them."""

import shutil
import time
import traceback

from harness import leftovers, results
from harness.stage import OutOfTime, Stage

FAILURES_SHOWN = 10
TAIL_LINES = 20


def record_leftovers(stage):
    """What a stage left behind is removed and is a failed check of it."""
    processes = leftovers.kill_processes(stage.run.prefix)
    if processes:
        stage.failed("left no process behind", "still running: " + ", ".join(processes))
    regions = leftovers.remove_regions(stage.run.prefix)
    if regions:
        stage.failed("left nothing behind in /dev/shm", "left behind: " + ", ".join(regions))


def guarded(stage, work):
    """Does the work; whatever goes wrong in it becomes a failed check."""
    try:
        work()
    except OutOfTime:
        pass
    except Exception as error:  # a fault of the stage itself is one of the run, not its end
        log = stage.folder / "exception.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(traceback.format_exc(), encoding="utf-8")
        stage.failed("stage", f"{type(error).__name__}: {error}", log)


def run_stage(run, name, module):
    stage = Stage(run, name, module.TIMEOUT[run.mode])
    run.stages.append(stage)
    missing = [need for need in getattr(module, "NEEDS", ()) if outcome_of(run, need) != "passed"]
    if missing:
        stage.failed("stage", f"not run: {', '.join(missing)} did not pass")
    else:
        guarded(stage, lambda: module.run(stage))
    if not stage.checks:
        stage.failed("stage", "ran no check")
    stage.seconds = time.monotonic() - stage.started
    finish(stage)


def finish(stage):
    record_leftovers(stage)
    stage.finished = True
    stage.run.say(stage.line())
    for note in stage.told:
        stage.run.say(f"     {note}")
    show_failures(stage)


def outcome_of(run, name):
    return next((stage.outcome for stage in run.stages if stage.name == name), "not run")


def tail_of(run, check):
    path = run.root / check.log
    if not check.log or not path.is_file():
        return []
    return path.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:]


def show_failures(stage):
    failures = [check for check in stage.checks if check.outcome == "failed"]
    shown_logs = set()
    for check in failures[:FAILURES_SHOWN]:
        stage.run.say(f"  failed: {check.name}: {check.reason}")
        if check.log not in shown_logs:
            shown_logs.add(check.log)
            for line in tail_of(stage.run, check):
                stage.run.say(f"    | {line[:300]}")
        if check.log:
            stage.run.say(f"    log:    {check.log}")
        stage.run.say(f"    replay: {check.replay}")
    if len(failures) > FAILURES_SHOWN:
        where = f"{stage.run.relative(stage.run.artifacts)}/junit.xml"
        stage.run.say(f"  and {len(failures) - FAILURES_SHOWN} more: {where}")


def soak_round(stage, module, number):
    """One round; a failure keeps its logs, and ends the soak."""
    before = time.monotonic()
    stage.fold()
    guarded(stage, lambda: module.soak(stage, number))
    record_leftovers(stage)
    stage.seconds += time.monotonic() - before
    if not stage.count("failed"):
        shutil.rmtree(stage.folder, ignore_errors=True)


def soak(run, modules):
    """In a full run: rounds of the stages that have any, from new seeds, until the minutes are over; at least one."""
    chosen = [(name, module) for name, module in modules.items() if hasattr(module, "soak") and run.mode == "full"]
    minutes = run.minutes
    stages = {name: Stage(run, f"soak-{name}", minutes * 60 + module.TIMEOUT[run.mode]) for name, module in chosen}
    run.stages += stages.values()
    deadline = time.monotonic() + minutes * 60
    rounds = 0
    while chosen and (rounds == 0 or time.monotonic() < deadline):
        rounds += 1
        for name, module in chosen:
            soak_round(stages[name], module, rounds)
        if any(stage.count("failed") for stage in stages.values()):
            break
    for stage in stages.values():
        stage.note(f"{rounds} rounds")
        finish(stage)


def tidy(run):
    """The last stage of every run: nothing is left of it."""
    stage = Stage(run, "tidy", 60)
    run.stages.append(stage)
    record_leftovers(stage)  # first, for what it finds is no pass
    for name in ("left no process behind", "left nothing behind in /dev/shm"):
        if not any(check.name == name for check in stage.checks):
            stage.passed(name)
    finish(stage)


def run_all(run, modules):
    """`modules`: stage modules by name, in order. Returns: the exit code."""
    description = results.describe(run)
    interrupted = None
    try:
        for name, module in modules.items():
            if name == "report":
                soak(run, modules)
                results.write_json(run, description)
            run_stage(run, name, module)
        if "report" not in modules:
            soak(run, modules)
    except KeyboardInterrupt as error:
        interrupted = str(error) or "interrupted"
        for stage in [stage for stage in run.stages if not stage.finished]:
            stage.failed("stage", interrupted)
            finish(stage)
    tidy(run)
    results.write_json(run, description)
    results.write_junit(run)
    run.make_latest()
    run.say(f"results: {run.relative(run.artifacts)}" + (f" ({interrupted})" if interrupted else ""))
    run.say(run.summary())
    return 0 if run.count("failed") == 0 and not interrupted else 1
