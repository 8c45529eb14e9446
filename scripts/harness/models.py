"""Runs kickmsg_models for a stage, and reads what it found."""

import shlex
from concurrent.futures import ThreadPoolExecutor

from harness import documents

PROCESSES = 2
GRACE_SECONDS = 60  # beyond the budget of a batch: a search looks at the clock every 64 executions


class Broken(Exception):
    """kickmsg_models did not run to its end: no verdict."""


def program(stage):
    return stage.run.build / "kickmsg_models"


def as_options(search):
    """A search as the command line says it."""
    options = [search["scenario"], "--strategy", search["strategy"]]
    for name in ("seconds", "executions", "seed", "preemptions", "stale"):
        if name in search:
            options += [f"--{name}", str(search[name])]
    return options


def replay(stage, row, options=()):
    """The command that shows a failed search again. A random one begins at its first execution: no other way is faster
    than exact."""
    keys = {"random": ("seed",), "bounded": ("preemptions", "stale")}.get(row["strategy"], ())
    search = {
        "scenario": row["scenario"],
        "strategy": row["strategy"],
        "seconds": 3600,
        "executions": row["executions"] + 1,
        **{key: row[key] for key in keys},
    }
    return shlex.join([stage.run.relative(program(stage)), *as_options(search), *options])


def run_batch(stage, label, batch, options=(), keep_history=False):
    """Runs the searches of a batch until one fails. Returns: the rows of all, and the path of the history, if any."""
    name = label.replace("/", "_").replace(" ", "_").replace(":", "")
    stage.folder.mkdir(parents=True, exist_ok=True)
    asked, answer, history = (stage.folder / f"{name}.{end}" for end in ("batch.json", "json", "history.txt"))
    documents.write(asked, batch)
    command = [program(stage), "--batch", asked, "--json", answer, *options]
    outcome = stage.command(label, command + (["--history", history] if keep_history else []), timeout=budget(batch) + GRACE_SECONDS)
    if outcome.code not in (0, 1) or outcome.timed_out or not answer.exists():
        raise Broken(outcome)
    rows = documents.read(answer)["searches"]
    return rows, history if history.exists() else None


def sites_of(stage, label):
    """The atomic operations that a batch met."""
    return documents.read(stage.folder / f"{label}.json")["sites"]


def budget(batch):
    each = sum(search.get("seconds", 60) for search in batch["searches"])
    return min(each, batch.get("seconds", each))


def listing(stage):
    """What --list says: {"scenarios": [...], "faults": [...]}, or None after a failed check."""
    answer = stage.folder / "list.json"
    if not stage.check_command("list", [program(stage), "--list", "--json", answer]):
        return None
    found = documents.read(answer)
    stage.expect(found["scenarios"], "there are scenarios", "kickmsg_models --list names none")
    return found


def in_parallel(work, items):
    """Calls work(item) in PROCESSES threads. An exception in one is raised when all have ended."""
    with ThreadPoolExecutor(PROCESSES) as pool:
        return list(pool.map(work, items))


def failed_row(rows):
    return next((row for row in rows if row["failed"]), None)


def reach(rows):
    """How far a climb came: the widest bound that was searched completely, as (preemptions, stale), "full", or None."""
    complete = [row for row in rows if row["complete"]]
    if not complete:
        return None
    last = complete[-1]
    return "full" if last["strategy"] == "full" else (last["preemptions"], last["stale"])


def reach_in_words(bound):
    if bound is None:
        return "no bound complete"
    return "complete: full" if bound == "full" else f"complete to {bound[0]} preemptions, {bound[1]} stale"
