"""Keeps runs for the pages over time: each by the machine that measured it and the commit that it measured.

    python3 analysis/archive.py FOLDER bench.json [--run build/artifacts/latest]

puts the bench.json, without its histograms, and what the other stages of a validation run counted into
FOLDER/runs/MACHINE/COMMIT-DATE/. analysis/history_site.py makes the pages of such a folder.
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field

import checks
import loader

ROOT = pathlib.Path(__file__).resolve().parents[1]
FORMAT = 1  # of run.json
MACHINE_KEYS = ("cpu", "processors", "caches", "architecture", "virtualisation")
# What may change on a machine from run to run: told beside the trends, and no other machine.
AROUND = {"compiler": "compiler", "flags": "flags", "kernel": "kernel", "placement": "placement", "governor": "frequency governor"}
COMMIT = re.compile(r"[0-9a-f]{7,40}")


class Refused(Exception):
    """A run cannot be kept, or not be read; the text says why."""


@dataclass(frozen=True)
class Run:
    """One run of the archive. `about` is its run.json."""

    path: pathlib.Path
    about: dict = field(repr=False)
    bench: loader.Bench = field(repr=False)

    @property
    def machine(self):
        return self.about["fingerprint"]

    @property
    def commit(self):
        return self.about["commit"]

    @property
    def order(self):
        """Along the history: by the commit's date and place; what git does not know stands where it was measured."""
        return (self.about.get("commit_date") or self.about["date"], self.about.get("position") or 0, self.about["date"])

    @property
    def label(self):
        return self.about.get("release") or self.commit[:7]


def slug(text):
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def fingerprint(machine):
    """'intel-xeon-2-50ghz-2-1a2b3c4d': the machine, without what may change on it."""
    kept = {key: machine.get(key) for key in MACHINE_KEYS}
    digest = hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:8]
    name = re.sub(r"\((R|TM|family[^)]*)\)|\b(CPU|Processor)\b", " ", machine["cpu"])
    return f"{slug(name)[:40].strip('-')}-{machine.get('processors', 0)}-{digest}"


def git(root, *arguments):
    """What git says, or an empty string."""
    command = ["git", "-c", "safe.directory=*", *arguments]
    try:
        done = subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace").strip()


def known_of(commit, root):
    """What git knows of a commit: its date, subject, place in the history, tag, and the tree of its benchmarks."""
    if not git(root, "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}"):
        return {}
    date, subject = git(root, "show", "-s", "--format=%cI%n%s", commit).split("\n", 1)
    shallow = git(root, "rev-parse", "--is-shallow-repository") == "true"
    return {
        "commit_date": date,
        "subject": subject,
        "position": None if shallow else int(git(root, "rev-list", "--count", commit)),
        "release": git(root, "describe", "--exact-match", "--tags", commit) or None,
        "bench": git(root, "rev-parse", f"{commit}:bench")[:12] or None,
    }


def without_histograms(document):
    """Quantiles and rounds stay; the buckets are most of a recording, and no trend needs them."""
    rows = [{key: value for key, value in row.items() if key not in ("histogram", "beside")} for row in document["benchmarks"]]
    return {"context": document["context"], "benchmarks": rows}


def checked(document, where):
    """Errors: Refused when no trend can be made of it."""
    if not isinstance(document, dict) or "context" not in document or "benchmarks" not in document:
        raise Refused(f"{where}: no bench.json: 'context' and 'benchmarks' expected")
    context = document["context"]
    if not context.get("machine", {}).get("cpu"):
        raise Refused(f"{where}: its context names no machine: measured by a version of kickmsg_bench that did not record it")
    if context.get("emulated") or context["machine"].get("emulated"):
        raise Refused(f"{where}: measured under an emulator, of which no multiple is reported")
    if not COMMIT.fullmatch(context.get("commit", "")):
        raise Refused(f"{where}: commit '{context.get('commit', '')}': expected the hash of one, without changes on top")
    if not any(row.get("name") == "floor/rmw" and "real_time" in row for row in document["benchmarks"]):
        raise Refused(f"{where}: no row floor/rmw: without the machine's floor nothing can be a multiple of it")
    return document


def stamp(date):
    """'2026-11-30T13:43:46+00:00' -> '20261130T134346'."""
    found = re.match(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)", date)
    if not found:
        raise Refused(f"date '{date}': expected one like 2026-11-30T13:43:46+00:00")
    return "{}{}{}T{}{}{}".format(*found.groups())


def add(folder, document, counted=None, root=ROOT, how="main run", bench=None, replace=False):
    """Puts a run into the folder. `counted`: checks.summary(); `bench`: the tree of the benchmarks, where it is not the commit's own.
    Returns: where it lies. Errors: Refused."""
    context = checked(document, "bench.json")["context"]
    about = {
        "format": FORMAT,
        "fingerprint": fingerprint(context["machine"]),
        "commit": context["commit"],
        "date": context.get("date", ""),
        "mode": context.get("mode", ""),
        "how": how,
        **known_of(context["commit"], root),
        "checks": counted or {},
    }
    if bench is not None:
        about["bench"] = bench
    place = pathlib.Path(folder) / "runs" / about["fingerprint"] / f"{about['commit'][:12]}-{stamp(about['date'])}"
    if place.exists() and not replace:
        raise Refused(f"{place}: is there already")
    fresh = place.with_name(f".new-{os.getpid()}")
    fresh.mkdir(parents=True, exist_ok=True)
    (fresh / "bench.json").write_text(json.dumps(without_histograms(document), indent=0) + "\n", encoding="utf-8")
    (fresh / "run.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    if place.exists():
        shutil.rmtree(place)
    fresh.replace(place)
    return place


def read(path):
    """A JSON file. Errors: Refused."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refused(f"{path}: is missing") from None
    except UnicodeDecodeError as error:
        raise Refused(f"{path}: no text: {error.reason} at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise Refused(f"{path}: cut off or damaged, at line {error.lineno}: {error.msg}") from None


def load_run(place):
    """Errors: Refused."""
    about = read(place / "run.json")
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        version = about.get("format") if isinstance(about, dict) else None
        raise Refused(f"{place / 'run.json'}: format {version}: written by another version of archive.py, this one reads {FORMAT}")
    document = checked(read(place / "bench.json"), place / "bench.json")
    if about["fingerprint"] != place.parent.name or fingerprint(document["context"]["machine"]) != about["fingerprint"]:
        raise Refused(f"{place}: measured on another machine than the folder {place.parent.name} is of")
    return Run(place, about, loader.load_bench(place / "bench.json"))


def load(folder):
    """Returns: ({machine: [Run, ...] along the history}, [what could not be read, ...])."""
    machines, refused = {}, []
    for place in sorted(path for path in (pathlib.Path(folder) / "runs").glob("*/*") if path.is_dir() and not path.name.startswith(".")):
        try:
            run = load_run(place)
        except Refused as why:
            refused.append(str(why))
        else:
            machines.setdefault(run.machine, []).append(run)
    return {machine: sorted(runs, key=lambda run: run.order) for machine, runs in machines.items()}, refused


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="the archive; made where there is none")
    parser.add_argument("bench", type=pathlib.Path, help="bench.json of a clean commit")
    parser.add_argument("--run", type=pathlib.Path, help="folder of the validation run that it is of: what the other stages counted")
    options = parser.parse_args(arguments)
    try:
        print(add(options.folder, read(options.bench), checks.summary(options.run)))
    except Refused as why:
        print(f"archive.py: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
