"""Which topics are meant, by patterns of their names."""

from __future__ import annotations

import re
from collections.abc import Iterable


def _expression(pattern: str) -> str:
    pieces = []
    for piece in pattern.split("/"):
        if "**" in piece and piece != "**":
            raise ValueError(f"{pattern}: `**` stands between slashes, alone")
        pieces.append(piece)
    text = "/".join("(?:.*)" if piece == "**" else re.escape(piece).replace(r"\*", "[^/]*") for piece in pieces)
    return text.replace("/(?:.*)/", "/(?:.*/)?").removesuffix("/(?:.*)") + ("(?:/.*)?" if text.endswith("/(?:.*)") else "")


class Patterns:
    """As those of a bridge: `*` stands for any text between two slashes, `**` for any number of pieces; a name stands for itself."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Errors: ValueError for a pattern that is none."""
        self.texts = list(patterns)
        self._expressions = [re.compile(_leading(text), re.DOTALL) for text in self.texts]

    def match(self, name: str) -> bool:
        """Returns: whether `name` is meant."""
        return any(expression.fullmatch(name) for expression in self._expressions)

    def names(self) -> list[str]:
        """Returns: those that are names, and no patterns."""
        return [text for text in self.texts if "*" not in text]


def _leading(pattern: str) -> str:
    text = _expression(pattern)
    return "(?:.*/)?" + text.removeprefix("(?:.*)/") if text.startswith("(?:.*)/") else text
