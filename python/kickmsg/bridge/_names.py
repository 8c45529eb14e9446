"""Names of topics as key expressions of Zenoh, and patterns of them.

A key is a name cut at its slashes. What Zenoh gives a meaning to, and all that is not a letter or digit of ASCII or one of `._-`, is
written `~XX`, a byte of UTF-8 each; an empty piece is `~`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import zenoh

PLAIN = re.compile(r"[A-Za-z0-9._-]")
ESCAPED = re.compile(r"~([0-9A-F]{2})")


def _piece(text: str, kept: str = "") -> str:
    if not text:
        return "~"
    return "".join(
        one if PLAIN.match(one) or one in kept else "".join(f"~{byte:02X}" for byte in one.encode(errors="surrogateescape")) for one in text
    )


def key_of(name: str) -> str:
    """Returns: the key of a `name`; no two names have the same."""
    return "/".join(_piece(text) for text in name.split("/"))


def name_of(key: str) -> str:
    """Returns: the name that key_of() was given. Errors: ValueError for what is no key of a name."""
    name = "/".join(_unescaped(text) for text in key.split("/"))
    if key_of(name) != key:
        raise ValueError(f"{key}: not the key of a name")
    return name


def _unescaped(piece: str) -> str:
    if piece == "~":
        return ""
    raw = ESCAPED.sub(lambda found: chr(int(found[1], 16)), piece)
    return raw.encode("latin-1").decode(errors="surrogateescape")


def board_key(board: str, key: str) -> str:
    """Returns: the key of a value: that of its blackboard, behind one piece for its own name."""
    return f"{_piece(key)}/{key_of(board)}"


def names_of_board(text: str) -> tuple[str, str]:
    """Returns: the names of a blackboard and a key that board_key() was given. Errors: ValueError for what is none."""
    piece, gap, board = text.partition("/")
    key = _unescaped(piece)
    if not gap or board_key(name_of(board), key) != text:
        raise ValueError(f"{text}: not the key of a value")
    return name_of(board), key


def expression_of(pattern: str) -> str:
    """Returns: the key expression of a `pattern`: `*` stands for any text within a piece, `**` for any number of pieces."""
    return "/".join(_expression(text) for text in pattern.split("/"))


def _expression(piece: str) -> str:
    if piece in ("*", "**"):
        return piece
    if "**" in piece:
        raise ValueError(f"{piece}: `**` stands between slashes, alone")
    return _piece(piece, "*").replace("*", "$*")


class Patterns:
    """Which names are meant, as one list of key expressions: a key belongs to the first that includes it."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Errors: ValueError for a pattern that is none."""
        import zenoh

        self.expressions: list[zenoh.KeyExpr] = []
        for pattern in patterns:
            try:
                self._add(zenoh.KeyExpr.autocanonize(expression_of(pattern)))
            except zenoh.ZError as error:
                raise ValueError(f"{pattern}: no pattern of names: {error}") from None

    def _add(self, expression: zenoh.KeyExpr) -> None:
        if not any(other.includes(expression) for other in self.expressions):
            self.expressions.append(expression)

    def first(self, key: str) -> int | None:
        """Returns: the number of the expression that `key` belongs to."""
        return next((number for number, expression in enumerate(self.expressions) if expression.includes(key)), None)

    def match(self, name: str) -> bool:
        """Returns: whether `name` is meant."""
        return self.first(key_of(name)) is not None

    def __bool__(self) -> bool:
        return bool(self.expressions)


def split(text: str) -> list[str]:
    """Returns: the patterns of a list with commas."""
    return [one.strip() for one in text.split(",") if one.strip()]
