"""From a file back onto topics."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Any

from .. import Node, Publisher
from ._channels import made_of
from ._patterns import Patterns
from ._reading import Reading

SLICE = 0.02
"""Seconds between two looks whether it is to pause or to end."""


class Player:
    """Publishes what a file has, in its own time.

    Threads: play() by one; pause(), resume() and stop() by any, and by handlers of signals."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        node: Node | None = None,
        rate: float = 1.0,
        start: float = 0.0,
        end: float | None = None,
        loop: bool = False,
        paused: bool = False,
        topics: Iterable[str] = ("**",),
        onto: Mapping[str, str] | None = None,
    ) -> None:
        """`rate`: 2 is twice as fast. `start`, `end`: seconds from the first message of the file. `topics`: patterns of those that are
        played, by their names in the file. `onto`: other names for them. They are made under the prefix that they had, or that of `node`.

        Errors: ValueError."""
        if not rate > 0:
            raise ValueError(f"rate: expected more than 0, found {rate}")
        if not start >= 0 or (end is not None and not end >= start):
            raise ValueError(f"start, end: expected 0 or more, in this order, found {start}, {end}")
        self._path, self._node, self._rate, self._loop = path, node, rate, loop
        self._start, self._last = start, end
        self._patterns, self._onto = Patterns(topics), dict(onto or {})
        self._pubs: dict[int, Publisher[bytes]] = {}
        self._shared: dict[str, Publisher[bytes]] = {}
        self.paused, self.stopped = paused, False  # no Event: a handler of a signal might meet its lock
        self.count = 0
        """Messages that were published so far."""
        self.rounds = 0

    def pause(self) -> None:
        """From here on no message goes out until resume()."""
        self.paused = True

    def resume(self) -> None:
        """Goes on where it was."""
        self.paused = False

    def stop(self) -> None:
        """Ends play() soon."""
        self.stopped = True

    def play(self, began: Callable[[], None] = lambda: None) -> int:
        """Publishes it, to the end of the file, or until stop(). `began` is called when the topics are there, and nothing is sent yet.

        Returns: how many messages. Errors: MismatchError and so on, where a topic is there and is another; OSError, McapError."""
        try:
            self._advertise_all()
            began()
            while not self.stopped:
                before = self.count
                self._round()
                self.rounds += 1
                if not self._loop or self.count == before:
                    break
        finally:
            for pub in self._shared.values():
                pub.close()
        return self.count

    def _advertise_all(self) -> None:
        """So that subscribers are there before the first message is. A file that was cut has its channels between its messages."""
        with open(self._path, "rb") as file:
            for channel in _channels_of(file):
                if self._patterns.match(channel.topic):
                    self._publisher(channel)

    def _publisher(self, channel: Any) -> Publisher[bytes]:
        found = self._pubs.get(channel.id)
        if found is None:
            name: str = self._onto.get(channel.topic) or channel.metadata.get("topic") or channel.topic
            node = self._node or Node("player", channel.metadata.get("prefix"))
            region = node.topic_region(name)
            if region not in self._shared:
                config, schema = made_of(channel.metadata)
                self._shared[region] = node.advertise_or_join(name, config=config, schema=schema)
            found = self._pubs[channel.id] = self._shared[region]
        return found

    def _round(self) -> None:
        with open(self._path, "rb") as file:
            first = begin = None
            for channel, message in self._messages(file):
                if first is None or begin is None:
                    first, begin = message.log_time, time.monotonic()
                begin = self._wait(begin, (message.log_time - first) / 1e9 / self._rate)
                if self.stopped:
                    return
                self._publisher(channel).send(message.data)
                self.count += 1

    def _wait(self, begin: float, due: float) -> float:
        """Until `due` seconds after `begin`. Returns: when it began, moved on by the time of a pause."""
        while not self.stopped:
            if self.paused:
                halted = time.monotonic()
                time.sleep(SLICE)
                begin += time.monotonic() - halted
                continue
            left = begin + due - time.monotonic()
            if left <= 0:
                break
            time.sleep(min(left, SLICE))
        return begin

    def _messages(self, file: IO[bytes]) -> Iterator[tuple[Any, Any]]:
        summary = _summary_of(file)
        if summary is not None and summary.statistics is not None and summary.chunk_indexes:
            return self._by_index(file, summary.statistics.message_start_time)
        file.seek(0)
        return self._in_order(file)

    def _by_index(self, file: IO[bytes], begin: int) -> Iterator[tuple[Any, Any]]:
        from mcap.reader import make_reader

        bounds: dict[str, int] = {"starting_at": begin + round(self._start * 1e9)}
        if self._last is not None:
            bounds["ending_at"] = begin + round(self._last * 1e9)
        for _schema, channel, message in make_reader(file).iter_messages(**bounds):  # type: ignore[arg-type]
            if self._patterns.match(channel.topic):
                yield channel, message

    def _in_order(self, file: IO[bytes]) -> Iterator[tuple[Any, Any]]:
        begin = None
        for channel, message in Reading(file).messages():
            begin = message.log_time if begin is None else begin
            at = (message.log_time - begin) / 1e9
            if at >= self._start and (self._last is None or at <= self._last) and self._patterns.match(channel.topic):
                yield channel, message


def _summary_of(file: IO[bytes]) -> Any:
    """Returns: that of a whole file; None of one that was cut. Errors: McapError for a file that is none of MCAP."""
    from mcap.exceptions import EndOfFile, InvalidMagic, RecordLengthLimitExceeded
    from mcap.reader import make_reader

    reader = make_reader(file)
    try:
        return reader.get_summary()
    except (EndOfFile, InvalidMagic, RecordLengthLimitExceeded, OSError, ValueError):
        return None


def _channels_of(file: IO[bytes]) -> list[Any]:
    summary = _summary_of(file)
    if summary is not None:
        return list(summary.channels.values())
    file.seek(0)
    reading = Reading(file)
    for _message in reading.messages():
        pass
    return list(reading.channels.values())
