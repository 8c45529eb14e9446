"""Checks the pages of the documentation (README.md, CHANGELOG.md, docs/*.md) without running anything.

Each fenced block has a language that says what becomes of it (scripts/lints/pages.py); commands that a page says are run elsewhere stand in
the file that it names, an entry for each; each link within the tree leads to a file, and to a heading where it names one.

    python3 scripts/lints/pages_lint.py [--root DIR]     a line for each fault; exit status 1 when there is one
"""

import argparse
import re
import sys
from pathlib import Path

from pages import LANGUAGES, TERMINAL, blocks_of, pages

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
CMAKE_PAGE = "docs/install.md"  # scripts/tests/test_install_page.py
KNOWN = ("run by", "program", "given", "not compiled", "not printed")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def anchor(heading):
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def link_faults(name, text, root):
    for link in LINK.findall(FENCED.sub("", text)):
        if re.match(r"\w+:", link):
            continue
        path, _, place = link.partition("#")
        target = (root / name).parent / path if path else root / name
        if not target.exists():
            yield f"{name}: a link to {link}, which is not there"
        elif place and place not in map(anchor, HEADING.findall(FENCED.sub("", target.read_text(encoding="utf-8")))):
            yield f"{name}: a link to {link}: {path or name} has no such heading"


def elsewhere_faults(block, root):
    entries = block.run_elsewhere
    if len(entries) != len(block.commands):
        yield f"{block.where}: {len(block.commands)} commands, and {len(entries)} entries of `run by`"
    for command, entry in zip(block.commands, entries):
        if len(entry) != 2:
            yield f"{block.where}: expected 'FILE: TEXT' in `run by`, found '{entry[0]}'"
            continue
        file, text = entry
        if text not in command:
            yield f"{block.where}: `run by` says '{text}', the command is '{command}'"
        if not (root / file).is_file() or text not in (root / file).read_text(encoding="utf-8"):
            yield f"{block.where}: `run by` says that {file} has '{text}', which it has not"


def block_faults(block, root):
    if block.language not in LANGUAGES:
        yield f"{block.where}: a block of '{block.language}', expected one of {', '.join(LANGUAGES)}"
    for mark, text in block.marks.items():
        if mark in ("headline", "evidence", "end of headline", "end of evidence"):
            continue
        if mark not in KNOWN and not TERMINAL.match(mark):
            yield f"{block.where}: a comment '{mark}' that nothing reads"
        if mark == "not compiled" and not text:
            yield f"{block.where}: not compiled, without a reason"
    if block.language == "cmake" and block.page != CMAKE_PAGE and block.run_elsewhere is None:
        yield f"{block.where}: CMake without `run by`, which is compared with what is built on {CMAKE_PAGE} alone"
    if block.language in ("sh", "cmake") and block.run_elsewhere is not None:
        yield from elsewhere_faults(block, root)


def lint(root):
    """Returns: the number of blocks, and the faults."""
    count, faults = 0, []
    for name, text in pages(root).items():
        try:
            blocks = blocks_of(name, text)
        except ValueError as error:
            faults.append(str(error))
            continue
        count += len(blocks)
        faults += [fault for block in blocks for fault in block_faults(block, root)]
        faults += link_faults(name, text, root)
    return count, faults


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree to check (default: this one)")
    count, faults = lint(parser.parse_args(arguments).root)
    print("\n".join(faults) or f"{count} blocks, no fault")
    return 1 if faults or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
