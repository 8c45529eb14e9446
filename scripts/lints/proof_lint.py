#!/usr/bin/env python3
"""Checks that each core header says what answers for it, and that all of that exists.

The comment at the top of a header in core/ ends with one line

    /// Proof: PATH, PATH; models NAME, NAME; sweep NAME, NAME; budget NAME, NAME

with the four parts in this order:
  - paths of tests, from the root of the tree;
  - scenarios of model checking, as `kickmsg_models --list` names them: in models/scenarios/, a name beside a few words on it;
  - operations of the kill sweep, in crash/: a name beside its arena;
  - budgets: a family of bench/budgets/operations.json, or family/operation with the operation up to its first comma.
A part that has nothing says why: `none (reason)`, as in `sweep none (its steps are system calls)`.

usage: proof_lint.py [ROOT]
"""

import json
import re
import sys
from pathlib import Path

CORE = "lib/include/kickmsg/core"
BUDGETS = "bench/budgets/operations.json"
PROOF = re.compile(r"^\s*//+!?<?\s*Proof:")
PARTS = ("", "models", "sweep", "budget")
NONE = re.compile(r"none \([^()]+\)")
SCENARIO = re.compile(r'[{(]\s*"(\w+)"\s*,\s*"[^"\n]* [^"\n]*"')  # its name and a few words on it
OPERATION = re.compile(r'\{\s*"(\w+)"\s*,\s*\{')  # its name and its arena


def split_parts(words):
    """The four parts of a line, each a list of names; None where the line is of another form."""
    texts = re.split(r";\s*", words)
    if len(texts) != len(PARTS):
        return None
    parts = []
    for keyword, text in zip(PARTS, texts):
        if keyword and not text.startswith(keyword + " "):
            return None
        text = text[len(keyword) :].strip()
        parts.append([] if NONE.fullmatch(text) else re.split(r",\s*", text))
    return parts


def header_comment(lines):
    """The lines of the comment at the top."""
    count = 0
    while count < len(lines) and lines[count].startswith("//"):
        count += 1
    return lines[:count]


def sources(root):
    """What there is to be named: by part, whether a name exists."""

    def found(pattern, folder, files):
        texts = (path.read_text(encoding="utf-8") for path in sorted((root / folder).rglob(files)))
        return {name for text in texts for name in pattern.findall(text)}

    budgets = set()
    for row in json.loads((root / BUDGETS).read_text(encoding="utf-8")):
        budgets |= {row["family"], f"{row['family']}/{row['operation'].partition(',')[0]}"}
    return {"models": found(SCENARIO, "models/scenarios", "*.cc"), "sweep": found(OPERATION, "crash", "*.cc"), "budget": budgets}


def header_faults(name, text, root, known):
    lines = text.splitlines()
    places = [index for index, line in enumerate(lines) if PROOF.match(line)]
    if len(places) != 1:
        yield f"{name}: {len(places)} lines `Proof:` (expected one, the last of the comment at the top)"
        return
    place = f"{name}:{places[0] + 1}"
    if places[0] + 1 != len(header_comment(lines)):
        yield f"{place}: `Proof:` is not the last line of the comment at the top"
    parts = split_parts(PROOF.sub("", lines[places[0]]).strip())
    if parts is None:
        yield f"{place}: expected `Proof: PATHS; models NAMES; sweep NAMES; budget NAMES`, each part a list or `none (reason)`"
        return
    for keyword, names in zip(PARTS, parts):
        for one in names:
            if not keyword and not (root / one).is_file():
                yield f"{place}: there is no file {one!r}"
            elif keyword and one not in known[keyword]:
                yield f"{place}: there is no {one!r} of {keyword}"
        for one in sorted({one for one in names if names.count(one) > 1}):
            yield f"{place}: {one!r} is named twice"


def lint(root):
    """How many headers there are, and the faults in words."""
    known = sources(root)
    faults = [f"nothing is found that `{keyword}` could name" for keyword in PARTS[1:] if not known[keyword]]
    headers = sorted((root / CORE).glob("*.h"))
    for header in headers:
        faults += header_faults(header.relative_to(root).as_posix(), header.read_text(encoding="utf-8"), root, known)
    return len(headers), faults


def main(arguments):
    root = Path(arguments[0]).resolve() if arguments else Path(__file__).resolve().parents[2]
    count, faults = lint(root)
    for fault in faults:
        print(fault)
    print(f"proof_lint: {count} headers, {len(faults)} faults")
    return 0 if count and not faults else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
