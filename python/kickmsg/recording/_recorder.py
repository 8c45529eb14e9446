"""From topics to files."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import KickmsgError, ListedRegion, Node, RegionStatus, Subscriber, WaitSet, inspect, list_regions, monotonic_ns
from .._core import InspectDepth
from ._channels import metadata_of
from ._file import File, RecordingError
from ._patterns import Patterns

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

CHUNK_BYTES = 1 << 20
IN_PLACE = 1 << 16
"""Bytes: topics with room for longer messages are read in place."""


class Place:
    """A topic that is recorded."""

    def __init__(self, node: Node, topic: str, title: str, sub: Subscriber[bytes], metadata: dict[str, str]) -> None:
        self.node, self.topic, self.title, self.sub = node, topic, title, sub
        self.channel: int | None = None
        """In the present file."""
        self.messages = self.bytes = self.lost = self.moves = 0
        self.metadata = metadata

    @property
    def in_place(self) -> bool:
        return int(self.metadata["max_payload_size"]) > IN_PLACE


class Recorder:
    """Writes what is published on topics to files of MCAP, from its making to close().

    Threads: one; stop() from any, and from handlers of signals. Crash: what is in whole chunks stays, and can be read: all but the last
    `flush` seconds, or `chunk_bytes`."""

    def __init__(
        self,
        nodes: Node | Iterable[Node],
        topics: Iterable[str],
        path: str | os.PathLike[str],
        *,
        chunk_bytes: int = CHUNK_BYTES,
        compression: str | None = None,
        split_bytes: int | None = None,
        split_seconds: float | None = None,
        flush: float = 1.0,
        scan: float = 0.25,
    ) -> None:
        """Records the topics whose names match the patterns `topics`, of the prefixes of `nodes`: those that are there, and those that
        appear later, which are found within `scan` seconds.

        `compression`: zstd, lz4 or None. With `split_bytes` or `split_seconds` there are several files, PATH_0, PATH_1 and so on, each
        whole in itself. Errors: FileExistsError, OSError; ValueError."""
        if chunk_bytes < 1 or not flush > 0 or not scan > 0 or (split_bytes or 1) < 1 or not (split_seconds or 1) > 0:
            raise ValueError("chunk_bytes, flush, scan, split_bytes or split_seconds: expected more than 0")
        self.patterns = Patterns(topics)
        self.nodes = [nodes] if isinstance(nodes, Node) else list(nodes)
        self._path, self._chunk_bytes, self._compression = Path(path), chunk_bytes, compression
        self._split_bytes, self._split_seconds = split_bytes, split_seconds
        self._flush, self._scan = flush, scan
        self.paths: list[str] = []
        """Of the files, in their order."""
        self.problems: dict[str, str] = {}
        """Why a topic that is meant is not recorded."""
        self.stopped = False
        self._set = WaitSet()
        self._places: dict[tuple[str, str], Place] = {}
        self._scan_due = self._flush_due = 0.0
        self._file = self._opened()
        self._look()

    def _opened(self) -> File:
        splits = self._split_bytes is not None or self._split_seconds is not None
        path = self._path.with_name(f"{self._path.stem}_{len(self.paths)}{self._path.suffix}") if splits else self._path
        made = File(path, self._chunk_bytes, self._compression)
        self.paths.append(made.path)
        self._begin = time.monotonic()
        for place in self._places.values():
            place.channel = None
        return made

    # --- topics

    def _look(self) -> None:
        """Joins what is new, and sees what has become another one."""
        for node in self.nodes:
            for one in list_regions(f"/{node.prefix}_"):
                if one.prefix == node.prefix and one.kind == "topic" and self.patterns.match(one.user_name):
                    self._look_at(node, one)
        self._scan_due = time.monotonic() + self._scan

    def _look_at(self, node: Node, found: ListedRegion) -> None:
        title = found.user_name if len(self.nodes) == 1 else f"{node.prefix}/{found.user_name}"
        place = self._places.get((node.prefix, found.user_name))
        if found.status is not RegionStatus.READY or (found.provisional and place is None):
            return
        try:
            if place is None:
                self._join(node, found.user_name, title)
            else:
                self._renew(place)
            self.problems.pop(title, None)
        except KickmsgError as error:
            self.problems[title] = str(error)

    def _join(self, node: Node, topic: str, title: str) -> None:
        sub = node.subscribe(topic)
        try:
            place = Place(node, topic, title, sub, self._described(node, topic))
            self._set.add(sub, place)
        except BaseException:
            sub.close()
            raise
        self._places[node.prefix, topic] = place

    def _described(self, node: Node, topic: str) -> dict[str, str]:
        report = inspect(node.topic_region(topic), InspectDepth.RINGS)
        return metadata_of(report) | {"topic": topic, "prefix": node.prefix}

    def _renew(self, place: Place) -> None:
        """A schema may be set later than the topic is made; and one that was made anew may be another."""
        metadata = self._described(place.node, place.topic)
        if metadata != place.metadata:
            place.metadata, place.channel = metadata, None

    # --- messages

    def record(self, timeout: float | None = None) -> int:
        """Writes what there is, and waits up to `timeout` seconds where there is nothing; stop() ends the wait.

        Returns: how many messages it wrote. Errors: RecordingError; then close() has been done."""
        try:
            return self._record(timeout)
        except RecordingError:
            self._end(self._file.abandon)
            raise

    def _record(self, timeout: float | None) -> int:
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            now = time.monotonic()
            if now >= self._scan_due:
                self._look()
            if now >= self._flush_due:
                self.flush()
            due = min(self._scan_due, self._flush_due, *([] if end is None else [end]))
            count = sum([self._drain(place) for place in self._set.wait(max(0.0, due - time.monotonic()))])
            if count or self.stopped or (end is not None and time.monotonic() >= end):
                return count

    def flush(self) -> None:
        """Writes the chunk that was begun, and notes losses. Errors: RecordingError."""
        self._note_losses()
        self._file.flush()
        self._flush_due = time.monotonic() + self._flush

    def _drain(self, place: Place) -> int:
        """At most what can have been waiting: one topic does not hold up the others."""
        offset = time.time_ns() - monotonic_ns()
        take = self._take_in_place if place.in_place else self._take
        for count in range(place.sub.capacity):
            if not take(place, offset):
                return count
        return place.sub.capacity

    def _take(self, place: Place, offset: int) -> bool:
        message = place.sub.try_receive()
        if message is None:
            return False
        self._put(place, message.value, message.info, offset)
        return True

    def _take_in_place(self, place: Place, offset: int) -> bool:
        view = place.sub.try_receive_view()
        if view is None:
            return False
        with view:
            self._put(place, view, view.info, offset)
        return True

    def _put(self, place: Place, data: Any, info: Any, offset: int) -> None:
        if place.channel is None or place.moves != place.sub.moves:
            self._settle(place)
        now, sent, length = time.time_ns(), info.sent_ns, len(data)
        if self._is_full():
            self._next_file(place)
        self._file.add(place.channel or 0, info.sequence, now, now if sent is None else sent + offset, data, length)
        place.messages += 1
        place.bytes += length

    def _settle(self, place: Place) -> None:
        """The channel of the present file, of the region that messages come from now."""
        if place.moves != place.sub.moves:
            place.moves = place.sub.moves
            with contextlib.suppress(KickmsgError):
                self._renew(place)
        if place.channel is None:
            place.channel = self._file.add_channel(place.title, place.metadata)

    def _is_full(self) -> bool:
        if self._split_bytes is not None and self._file.length >= self._split_bytes and (self._file.messages or self._file.pending):
            return True
        return self._split_seconds is not None and time.monotonic() - self._begin >= self._split_seconds

    def _next_file(self, place: Place) -> None:
        self._note_losses()
        self._note_totals()
        self._file.finish()
        self._file = self._opened()
        self._settle(place)

    def _note_losses(self) -> None:
        for place in self._places.values():
            lost = place.sub.lost
            if lost > place.lost:
                texts = {"topic": place.title, "lost": str(lost - place.lost), "total": str(lost), "log_time": str(time.time_ns())}
                self._file.add_metadata("kickmsg.loss", texts)
                place.lost = lost

    # --- the end

    @property
    def lost(self) -> dict[str, int]:
        """How many messages of each topic were lost, because the recorder was too slow."""
        return {place.title: place.sub.lost if not place.sub.closed else place.lost for place in self._places.values()}

    @property
    def messages(self) -> dict[str, int]:
        """How many messages of each topic were written."""
        return {place.title: place.messages for place in self._places.values()}

    def missing(self) -> list[str]:
        """Returns: the names among the patterns that there is no topic for yet."""
        found = {topic for _prefix, topic in self._places}
        return [name for name in self.patterns.names() if name not in found]

    def stop(self) -> None:
        """Ends record() soon: `stopped` is true from here on."""
        self.stopped = True
        if not self._set.closed:
            self._set.wake()

    def _note_totals(self) -> None:
        self._file.add_metadata("kickmsg", {f"lost.{title}": str(lost) for title, lost in self.lost.items()})

    def close(self) -> None:
        """Writes what is left, and the end of the file. Errors: RecordingError."""
        if self._set.closed:
            return
        try:
            self._drain_all()
            self._note_losses()
            self._note_totals()
            self._file.flush()
        except RecordingError:
            self._end(self._file.abandon)
            raise
        self._end(self._file.finish)

    def _drain_all(self) -> None:
        """What is there; not what goes on to come."""
        for place in self._places.values():
            self._drain(place)

    def _end(self, end_of_file: Any) -> None:
        self._set.close()
        for place in self._places.values():
            place.lost = place.sub.lost
            place.sub.close()
        end_of_file()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
