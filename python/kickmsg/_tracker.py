"""Losses by publisher."""

from __future__ import annotations

from ._core import SampleInfo


class SequenceTracker:
    """Counts what a subscriber has lost of each publisher, by the numbers of the messages that it gets (SampleInfo.sequence)."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, int]] = {}

    def note(self, info: SampleInfo) -> int:
        """Notes a message, in the order of receiving. Returns: how many of its publisher were lost since the one noted before."""
        last, lost = self._known.get(info.publisher, (info.sequence - 1, 0))
        gap = max(0, info.sequence - last - 1)
        self._known[info.publisher] = info.sequence, lost + gap
        return gap

    def lost(self, publisher: int) -> int:
        """Returns: how many messages of `publisher` were lost between those noted."""
        return self._known.get(publisher, (0, 0))[1]

    def clear(self) -> None:
        """Forgets all: for a subscriber that has moved to another region (Subscriber.moves)."""
        self._known.clear()
