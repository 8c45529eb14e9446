"""A source file as the mutants see it: bytes by offset, without what a reader sees only."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

# What a scan for brackets must not look into, and what a text on one line leaves out.
OPAQUE = re.compile(rb'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'(?!\w)|//[^\n]*|/\*.*?\*/', re.DOTALL)
DIRECTIVE = re.compile(rb"^[ \t]*#", re.MULTILINE)


def is_comment(text):
    return text.startswith((b"//", b"/*"))


@dataclass(frozen=True)
class Source:
    name: str  # from the root of the checkout
    contents: bytes

    @classmethod
    def read(cls, root, name):
        return cls(name, (Path(root) / name).read_bytes())

    @cached_property
    def bare(self):
        """The same length, with blanks for comments and for what is in quotes."""
        return OPAQUE.sub(lambda found: re.sub(rb"[^\n]", b" ", found.group()), self.contents)

    def line_of(self, offset):
        return self.contents.count(b"\n", 0, offset) + 1

    def flat_line(self, offset):
        """The line of an offset."""
        end = self.contents.find(b"\n", offset)
        return self.flat(self.contents.rfind(b"\n", 0, offset) + 1, len(self.contents) if end < 0 else end)

    def flat(self, start, end):
        """The text on one line, without comments."""
        text = OPAQUE.sub(lambda found: b" " if is_comment(found.group()) else found.group(), self.contents[start:end])
        return re.sub(r"\s+", " ", text.decode()).strip()

    def has_directive(self, start, end):
        return bool(DIRECTIVE.search(self.contents[start:end]))

    def closing(self, opening):
        """Returns: where the bracket at `opening` is closed, and where the semicolons between are that stand in no other bracket."""
        depth, semicolons = 0, []
        for offset in range(opening, len(self.bare)):
            letter = self.bare[offset : offset + 1]
            if letter in (b"(", b"[", b"{"):
                depth += 1
            elif letter in (b")", b"]", b"}"):
                depth -= 1
                if depth == 0:
                    return offset, semicolons
            elif letter == b";" and depth == 1:
                semicolons.append(offset)
        return len(self.bare), semicolons
