"""What answers for the library, counted in this tree: the table of README.md between the marks.

    python3 analysis/evidence.py

Nothing in it is written by hand. A number is rounded down, so that the table is not written anew with each test;
analysis/tests/test_evidence.py compares it with what is there.
"""

import argparse
import json
import pathlib
import re
import sys

import marked

ROOT = pathlib.Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- evidence: written by analysis/evidence.py -->", "<!-- end of evidence -->"
UNIT_TEST = re.compile(r"^(?:TEST|TEST_F|TEST_P|TYPED_TEST)\(", re.MULTILINE)
SCENARIO = re.compile(r'[{(]\s*"(\w+)"\s*,\s*"[^"\n]* [^"\n]*"')  # its name and a few words on it
OPERATION = re.compile(r'\{\s*"(\w+)"\s*,\s*\{')  # its name and its arena
OWNER = re.compile(r"^\| `[\w-]+` \| (\w) \|", re.MULTILINE)
FAULT = re.compile(r"^\| (?!found by|---)", re.MULTILINE)


def text_of(root, *patterns):
    return "\n".join(path.read_text(encoding="utf-8") for pattern in patterns for path in sorted(root.glob(pattern)))


def names(pattern, text):
    return len(set(pattern.findall(text)))


def counted(root=ROOT):
    """[(what, how many, where), ...], of the files that the stages themselves read."""
    tests = text_of(root, "lib/test/*_test.cc")
    kills = json.loads(text_of(root, "models/kills.json"))
    budgets = json.loads(text_of(root, "bench/budgets/operations.json"))
    inputs = [path for path in root.glob("fuzz/corpus/*/*") if path.is_file()]
    history = text_of(root, "ARCHITECTURE.md").split("## 10. History of faults found here")[1]
    return [
        ("unit tests, with real processes that are killed, stopped and forked", len(UNIT_TEST.findall(tests)), "`unit`"),
        (
            "scenarios in which a model checker runs the shipped core under weak memory, with deaths",
            names(SCENARIO, text_of(root, "models/scenarios/*.cc")),
            "`models`",
        ),
        ("memory orders that were weakened, each found by a scenario", sum(map(len, kills["orders"].values())), "`mutants`"),
        (
            "operations that are killed, and stopped, at every change of shared memory that they make",
            names(OPERATION, text_of(root, "crash/*.cc")),
            "`crash`",
        ),
        (
            "faults planted on purpose, each found by the part that has to",
            len(OWNER.findall(text_of(root, "models/faults.md"))),
            "`mutants`, `crash`, `stress`, `fuzz`",
        ),
        ("inputs of the fuzz targets, hostile regions and names among them", len(inputs), "`fuzz`"),
        ("budgets of atomic operations, loads and stores", len(budgets), "`budgets`"),
        (
            "faults found in the library and in its drafts: by these, by use, by review",
            len(FAULT.findall(history)),
            "ARCHITECTURE.md, section 10",
        ),
    ]


def rounded(count):
    """Two digits of it, rounded down."""
    step = 10 ** max(0, len(str(count)) - 2)
    return count // step * step


def section(rows):
    """The README's section, marks included."""
    lines = [BEGIN, "", "| at least | what | stage |", "|---:|---|---|"]
    lines += [f"| {rounded(count):,} | {what} | {where} |" for what, count, where in rows]
    return "\n".join([*lines, "", END])


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=ROOT, help="the tree to count and to write to (default: this one)")
    options = parser.parse_args(arguments)
    marked.rewrite(options.root / "README.md", BEGIN, END, section(counted(options.root)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
