"""What equal builds differ by on this machine: the A/A runs of compare.py, kept for each machine in a folder of the user.

    $KICKMSG_COMPARE_CACHE, else $XDG_CACHE_HOME/kickmsg, else ~/.cache/kickmsg:  compare-FINGERPRINT.json

The fingerprint is of processor, kernel, distribution and compiler: another of them begins anew."""

import hashlib
import json
import os
from pathlib import Path

from harness import documents, machine

MOST_RUNS = 1000  # the latest


def fingerprint():
    known = machine.fingerprint()
    kept = {key: known[key] for key in ("cpu", "cpus", "architecture", "kernel", "distribution", "virtualised")}
    return {**kept, "compiler": machine.tool_versions()["compiler"]}


def folder():
    own = os.environ.get("KICKMSG_COMPARE_CACHE")
    return Path(own) if own else machine.cache()


def path_of(known):
    digest = hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:16]
    return folder() / f"compare-{digest}.json"


def load(known):
    """Returns: the A/A runs of the machine, each {row: certain difference}."""
    path = path_of(known)
    return documents.read(path, {"runs": []})["runs"]


def add(known, runs):
    """Appends A/A runs."""
    path = path_of(known)
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"machine": known, "runs": [*load(known), *runs][-MOST_RUNS:]}
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    documents.write(fresh, document)
    fresh.replace(path)
    return path


def of_row(runs, name):
    return [run[name] for run in runs if name in run]
