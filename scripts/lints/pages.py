"""The pages of the documentation: fenced blocks, and the comments in front of them that say what becomes of each.

    ```sh       commands, run by the stage examples; or `<!-- run by: FILE: TEXT; FILE: TEXT -->`: elsewhere, an entry for each line
    ```text     what the commands before it have printed; `<!-- not printed -->`: nothing that a command prints
    ```console  shown only: what needs a machine that a test has not
    ```cpp      compiled; a fragment is the body of a function, and `<!-- given: ... -->` has what it needs; `<!-- not compiled: REASON -->`
    ```c        a file of C11, compiled
    ```python   a program, run by python/tests/test_pages.py
    ```cmake    of a project of test/consumers (scripts/tests/test_install_page.py); on other pages with `run by`

`<!-- program: NAME.cc -->` in front of C++ or C: the commands of every page find it in their folder. `<!-- terminal 2 -->`: the commands
run in another shell than those without. `<!-- terminal 2, stays -->`: the last one runs until the next block of this terminal, which ends
it as Ctrl-C does. `<!-- terminal 2 shows -->` in front of a text: what that terminal prints further on.
"""

import re
from dataclasses import dataclass, field

PAGES = ("README.md", "CHANGELOG.md", "docs/*.md")
LANGUAGES = ("sh", "text", "console", "cpp", "c", "cmake", "python")
COMMENT = re.compile(r"<!-- (.*?) -->", re.DOTALL)
TERMINAL = re.compile(r"terminal (\d+)(?:, stays| shows)?$")
FENCE = re.compile(r"^```(\S*)$")


@dataclass
class Block:
    page: str
    line: int  # of the first line of the text
    language: str
    text: str
    marks: dict = field(default_factory=dict)  # the word of each comment in front, and what follows it

    @property
    def where(self):
        return f"{self.page}:{self.line}"

    @property
    def terminal(self):
        found = [TERMINAL.match(word) for word in self.marks]
        return next((int(match[1]) for match in found if match), 1)

    @property
    def stays(self):
        return any(word.endswith(", stays") for word in self.marks)

    @property
    def shows(self):
        return any(word.endswith(" shows") for word in self.marks)

    @property
    def commands(self):
        """The lines that are commands, without what is behind a #."""
        lines = (re.sub(r"(^|\s)#.*$", "", line).strip() for line in self.text.splitlines())
        return [line for line in lines if line]

    @property
    def run_elsewhere(self):
        """[(file, text), ...]; None where the block is run by the stage."""
        told = self.marks.get("run by")
        return None if told is None else [tuple(entry.strip().split(": ", 1)) for entry in told.split(";")]


def marks_of(comments):
    found = {}
    for comment in comments:
        word, _, rest = comment.partition(":")
        found[" ".join(word.split())] = rest.strip()
    return found


def comments_before(lines, at):
    """The comments that stand directly above a line, blank lines aside."""
    text = "\n".join(lines[:at]).rstrip()
    found = []
    while text.endswith("-->") and "<!-- " in text:
        begin = text.rindex("<!-- ")
        found.insert(0, text[begin + 5 : -3].strip())
        text = text[:begin].rstrip()
    return found


def blocks_of(name, text):
    """Errors: ValueError for a fence that does not end."""
    lines, found, at = text.splitlines(), [], 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        if fence is None:
            at += 1
            continue
        end = next((number for number in range(at + 1, len(lines)) if lines[number].startswith("```")), None)
        if end is None or lines[end] != "```":
            raise ValueError(f"{name}:{at + 1}: a block that does not end")
        found.append(Block(name, at + 2, fence[1], "\n".join(lines[at + 1 : end]) + "\n", marks_of(comments_before(lines, at))))
        at = end + 1
    return found


def pages(root):
    """{name: text} of the pages that are there."""
    found = sorted(path for pattern in PAGES for path in root.glob(pattern))
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in found}


def all_blocks(root):
    return [block for name, text in pages(root).items() for block in blocks_of(name, text)]
