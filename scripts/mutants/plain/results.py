"""What came of the mutants: a row for each in a file of lines, the list of survivors that are argued, the score."""

import datetime
import json
import random
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from harness import documents, uncovered

SURVIVORS = Path(__file__).resolve().parent / "survivors.json"
SUITES = SURVIVORS.parent / "suites.json"  # which suites of tests detect the mutants of which file; plain_mutation.py --suites writes it
KEPT = SURVIVORS.parent / "judged.json"  # what the page shows where a run has judged none; plain_mutation.py --keep writes it
SETTLED = SURVIVORS.parent / "settled.json"  # the files whose mutants are all killed or argued: of them a survivor is a fault
# What a reason begins with: nobody could tell the difference; a difference that no test of this machine can see, or that none should.
KINDS = ("equivalent: ", "accepted: ")


@dataclass
class Store:
    """The file of results. A later row of a mutant counts in place of an earlier one."""

    path: Path

    def rows(self):
        return {row["mutant"]: row for row in documents.read_rows(self.path)}

    def add(self, row):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def row_of(outcome, source, tests, models=False):
    """`source`: digest of the mutated file; `tests`: of all tests; `models`: whether scenarios were to be asked, too."""
    mutant = outcome.mutant
    return {
        "mutant": mutant.name,
        "file": mutant.file,
        "line": mutant.line,
        "function": mutant.function,
        "operator": mutant.operator,
        "change": mutant.change(),
        "outcome": outcome.outcome,
        "by": outcome.by,
        "timed_out": outcome.timed_out,
        "models": models,
        "tests_run": outcome.tests,
        "seconds": round(outcome.seconds, 2),
        "source": source,
        "tests": tests,
    }


def holds(row, source, tests):
    """Whether a row says of today's sources what it said of those of its time: what was killed a new test does not revive."""
    return row["source"] == source and (
        row["outcome"] == "killed" or (row["outcome"] in ("survived", "unreached") and row["tests"] == tests)
    )


def origin(root):
    """What a document is kept with: of which commit it is, and when it was written."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True)
    return {"commit": done.stdout.strip()[:12], "date": datetime.date.today().isoformat()}


def load_survivors(path=SURVIVORS):
    return documents.read(path, {})


def load_settled(path=SETTLED):
    return documents.read(path, [])


def survivors_of(document, settled):
    """Returns: the survivors that are faults, and those of files that are not settled yet."""
    rows = [row for row in document["survivors"] if not row["reason"]]
    return [row for row in rows if row["file"] in settled], [row for row in rows if row["file"] not in settled]


def list_faults(survivors, names, rows, complete=True):
    """What is wrong with the list: (mutant, words). `names`: of all mutants, or of those of some files, then `complete` is false."""
    files = {name.partition(" ")[0] for name in names}
    for name, reason in survivors.items():
        if name not in names and (complete or name.partition(" ")[0] in files):
            yield name, "listed, but there is no such mutant"
        if not reason.startswith(KINDS) or not reason.partition(": ")[2].strip():
            yield name, f"its reason begins with none of {', '.join(kind.strip() for kind in KINDS)}, or says nothing"
        if rows.get(name, {}).get("outcome") == "killed":
            yield name, f"listed, but {rows[name]['by']} kills it"


def marked_lines(root):
    """{(file, line)} that carry a marker of what no test runs (harness/uncovered.py)."""
    markers, _ = uncovered.all_markers(uncovered.sources(root))
    return {(marker.place[0], line) for marker in markers for line in marker.lines}


def standing(row, survivors, marked):
    """killed, timed out (killed, too), equivalent, accepted, marked (no test runs the line, and it says why), survived, or undecided."""
    if row["outcome"] == "killed" and row.get("timed_out"):
        return "timed out"
    if row["outcome"] in ("killed", "undecided"):
        return row["outcome"]
    if row["mutant"] in survivors:
        return survivors[row["mutant"]].partition(":")[0]
    if row["outcome"] == "unreached" and (row["file"], row["line"]) in marked:
        return "marked"
    return "survived"


def percent(part, of):
    return round(100.0 * part / of, 1) if of else 0.0


def interval(killed, of):
    """Wilson's interval of 95 %, in percent: what a sample says of all."""
    if not of:
        return [0.0, 100.0]
    z = 1.96
    share, wide = killed / of, z * z / of
    middle = (share + wide / 2) / (1 + wide)
    half = z * ((share * (1 - share) + wide / 4) / of) ** 0.5 / (1 + wide)
    return [round(100 * max(0.0, middle - half), 1), round(100 * min(1.0, middle + half), 1)]


def score(standings):
    """Of those that are judged, the equivalent ones left out."""
    counts = Counter(standings)
    judged = sum(count for what, count in counts.items() if what not in ("undecided", "equivalent"))
    killed = counts["killed"] + counts["timed out"]
    return {
        "killed": killed,
        "timed_out": counts["timed out"],
        "mutants": judged,
        "percent": percent(killed, judged),
        "interval": interval(killed, judged),
        "survived": counts["survived"],
        "equivalent": counts["equivalent"],
        "accepted": counts["accepted"],
        "marked": counts["marked"],
        "undecided": counts["undecided"],
    }


def document(rows, survivors, marked, names, refused=None, by_chance=True, kept=False):
    """What the report shows. `names`: of all mutants that there are; `refused`: {file: names of what does not compile}, which are none of
    those; `by_chance`: the rows are a sample that says something of all; `kept`: what is undecided, though tests were asked, has survived
    these: the score is no greater than it is."""
    asked = [{**row, "outcome": "survived"} if kept and row["outcome"] == "undecided" and row["tests_run"] else row for row in rows]
    told = {row["mutant"]: standing(row, survivors, marked) for row in asked}
    files = sorted({row["file"] for row in rows})
    refused = refused or {}
    return {
        "all_mutants": len(names),
        "all_core": sum("/core/" in name.partition(" ")[0] for name in names),
        "by_chance": by_chance,
        "not_compilable": sum(map(len, refused.values())),
        "score": score(told.values()),
        "core": score(told[row["mutant"]] for row in rows if "/core/" in row["file"]),
        "operators": {
            operator: score(told[row["mutant"]] for row in rows if row["operator"] == operator)
            for operator in sorted({row["operator"] for row in rows})
        },
        "files": [
            {
                "file": file,
                **score(told[row["mutant"]] for row in rows if row["file"] == file),
                "not_compilable": len(refused.get(file, ())),
            }
            for file in files
        ],
        "survivors": [
            {
                **{key: row[key] for key in ("mutant", "file", "line", "function", "operator", "change", "outcome")},
                "reason": reason_of(row, survivors),
            }
            for row in sorted(rows, key=lambda row: (row["file"], row["line"]))
            if told[row["mutant"]] in ("survived", "accepted", "equivalent")
        ],
    }


def suites_by_file(rows, known=None):
    """{file: suites of tests, those that detect the most first}. `known`: of before; a file without a row keeps what it had."""
    found = {}
    for row in rows:
        if row["outcome"] == "killed":
            found.setdefault(row["file"], Counter())[row["by"].partition(".")[0]] += 1
    told = {file: [suite for suite, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))] for file, counts in found.items()}
    return dict(sorted({**(known or {}), **told}.items()))


def reason_of(row, survivors):
    return survivors.get(row["mutant"], "")


def shuffled(mutants, seed):
    """In an order of chance: whatever the time suffices for is a sample of all."""
    return shuffled_names(sorted(mutants, key=lambda mutant: mutant.name), seed)


def shuffled_names(names, seed):
    found = list(names)
    random.Random(seed).shuffle(found)
    return found
