"""Blackboards, carried value by value.

A value is a state: what counts is the last one, so each key has a publisher of Zenoh with a cache of one, which bridges that come later,
or again after a cut, ask for it. A bridge writes here what comes from elsewhere, as the writer of that key as long as it has one elsewhere,
and sends on what others than itself have written."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from .. import (
    BlackboardEntry,
    BlackboardReader,
    BlackboardWriter,
    InUseError,
    KickmsgError,
    ListedRegion,
    NotFoundError,
    RegionStatus,
    WriterState,
    prune,
)
from ._names import Patterns, board_key, key_of, names_of_board
from ._places import alive, listed_at, lock_region
from ._wire import BoardDescriptor, Stamp

if TYPE_CHECKING:
    from ._bridge import Bridge

COUNTS = ("out", "in", "refused", "repeated", "older")
OWN_HANDLES = 2
SLICE = 0.1
"""Seconds between two looks whether it ends."""


class Board(threading.Thread):
    """One blackboard. Threads: take() is called by another one; what the two share is under `mutex`."""

    def __init__(self, bridge: Bridge, name: str, lock: int, made: bool) -> None:
        super().__init__(name=f"kickmsg-bridge blackboard {name}", daemon=True)
        self.bridge, self.board_name, self.made, self._lock = bridge, name, made, lock
        self.board = bridge.node.open_blackboard(name)
        self.inbound = bridge.node.open_blackboard(name)
        """Another one, as `board` is being waited with."""
        self.mutex = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.problem: str | None = None
        self.ended = self._closing = self.had_source = False
        self._readers: dict[str, BlackboardReader[bytes]] = {}
        self._entries: dict[str, BlackboardEntry] = {}
        self._outs: dict[str, Any] = {}
        self._tokens: dict[str, Any] = {}
        self._token: Any = None
        self._writers: dict[str, BlackboardWriter[bytes]] = {}
        self._own: dict[str, int] = {}
        """The version of each key that was written here."""
        self._taken: dict[tuple[str, bytes], int] = {}
        """When the last value of a key and an origin was written there."""

    # --- from here to other hosts

    def run(self) -> None:
        try:
            while not self._closing:
                self._look()
                end = time.monotonic() + self.bridge.settings.scan
                while not self._closing and (left := end - time.monotonic()) > 0:
                    self._wait(min(left, SLICE))
        except KickmsgError as error:
            self.problem = str(error)
        finally:
            self.ended = True
            self._end()

    def _wait(self, seconds: float) -> None:
        if not self._readers:
            time.sleep(seconds)
        for reader in self.board.wait_for_change(self._readers.values(), seconds):
            self._send(reader)

    def _look(self) -> None:
        """Keys are added, and get writers, and lose them."""
        if self._token is None and not self.made:
            self._token = self.bridge.declare_token("board", key_of(self.board_name))
        for entry in self.board.values():
            self._entries[entry.key] = entry
            if entry.key not in self._readers:
                self._readers[entry.key] = self.board.reader(entry.key)
            with self.mutex:
                is_written = entry.writer.state is WriterState.ALIVE and entry.key not in self._writers
            self._announce(entry.key, is_written)
        with self.mutex:
            for key in [key for key in self._writers if not self._is_written_elsewhere(key)]:
                self._writers.pop(key).close()

    def _announce(self, key: str, is_written: bool) -> None:
        """Others know by a token that the key has a writer here."""
        if is_written and key not in self._tokens:
            self._tokens[key] = self.bridge.declare_token("blackboard", board_key(self.board_name, key))
        elif not is_written and key in self._tokens:
            self._tokens.pop(key).undeclare()

    def _is_written_elsewhere(self, key: str) -> bool:
        return self.bridge.incoming.has_source("blackboard", board_key(self.board_name, key))

    def _send(self, reader: BlackboardReader[bytes]) -> None:
        with self.mutex:
            found = reader.read()
            key = reader.key
            if found is None or found.info.version == self._own.get(key):
                return
        if key not in self._outs:
            self._outs[key] = self.bridge.value_publisher(f"blackboard/{board_key(self.board_name, key)}")
        stamp = Stamp(self.bridge.origin, 0, reader.writer().incarnation, found.info.version, found.info.wall_ns)
        self._outs[key].put(found.value, attachment=stamp.pack() + self._descriptor(key).text())
        self.counts["out"] += 1

    def _descriptor(self, key: str) -> BoardDescriptor:
        entry = self._entries.get(key)
        return BoardDescriptor(self.board.max_keys, self.board.max_value_size, entry.type if entry else 0)

    # --- from other hosts to here

    def take(self, key: str, stamp: Stamp, descriptor: BoardDescriptor, data: bytes) -> None:
        """Writes a value here, or counts why not."""
        with self.mutex:
            if self._closing:
                return
            last = self._taken.get((key, stamp.origin))
            if last is not None and stamp.sent_ns <= last:
                self.counts["repeated"] += 1
                return
            try:
                self.counts[self._write(key, stamp, descriptor, data)] += 1
            except KickmsgError as error:
                self.counts["refused"] += 1
                self.problem = str(error)

    def _write(self, key: str, stamp: Stamp, descriptor: BoardDescriptor, data: bytes) -> str:
        """Returns: what it counts as. Errors: KickmsgError."""
        entry, is_written = self._entries.get(key), self._is_written_elsewhere(key)
        if entry is not None and entry.type and descriptor.type and entry.type != descriptor.type:
            self.problem = f"{key}: what comes is of another type than the values here"
            return "refused"
        if not is_written and self._has_later(key, stamp):
            return "older"
        try:
            writer = self._writers.pop(key, None) or self.inbound.writer(key)
        except InUseError:
            if is_written:
                raise
            return "older"  # who is alive goes before what somebody has left
        try:
            self._own[key] = writer.write(data)
        finally:
            if is_written:
                self._writers[key] = writer
            else:
                writer.close()
        self._taken[key, stamp.origin] = stamp.sent_ns
        return "in"

    def _has_later(self, key: str, stamp: Stamp) -> bool:
        """Whether somebody here has written later than somebody there, who has gone; by the clocks of both."""
        if not self.inbound.has(key):
            return False
        with self.inbound.reader(key) as reader:
            found = reader.read()
        return found is not None and found.info.version != self._own.get(key) and found.info.wall_ns >= stamp.sent_ns

    # --- the end

    def close(self) -> None:
        self._closing = True
        if self.ident is not None:
            self.join()

    def _end(self) -> None:
        with self.mutex:
            self._closing = True
            for outside in (*self._outs.values(), *self._tokens.values(), *filter(None, [self._token])):
                outside.undeclare()
            ends: list[Any] = [*self._writers.values(), *self._readers.values(), self.inbound, self.board]
            for end in ends:
                end.close()
            region = self.bridge.node.blackboard_region(self.board_name)
            found = listed_at(region) if self.made else None
            if found is not None and alive(found) == 0:
                with contextlib.suppress(KickmsgError):
                    prune(region)
            os.close(self._lock)

    def numbers(self) -> dict[str, object]:
        with self.mutex:
            found: dict[str, object] = {name: self.counts[name] for name in COUNTS}
            return found | {"keys": len(self._entries), "writing": sorted(self._writers), "standby": False, "problem": self.problem}


class Boards:
    """All that a bridge carries. Threads: any."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge
        self.patterns = Patterns(bridge.settings.blackboards)
        self.boards: dict[str, Board] = {}
        self.problems: dict[str, str] = {}
        self._standby: set[str] = set()
        self._mutex = threading.Lock()
        self._closed = False

    def known(self) -> dict[str, Board]:
        """Returns: those that there are now, for scan(): what a list was made before cannot be missing in it."""
        with self._mutex:
            return dict(self.boards)

    def scan(self, listed: list[ListedRegion], known: dict[str, Board]) -> None:
        """Joins those that are there, and leaves those of the `known` that are no more. `listed` was made after `known`."""
        if not self.patterns:
            return
        here = {one.user_name: one for one in listed if one.kind == "blackboard" and one.status is RegionStatus.READY}
        with self._mutex:
            for name, board in known.items():
                if self.boards.get(name) is board and self._is_over(board, here.get(name)):
                    self.boards.pop(name).close()
            for name in here:
                if name not in self.boards and self.patterns.match(name):
                    self._try(name)

    def _is_over(self, board: Board, found: ListedRegion | None) -> bool:
        has_source = self.bridge.incoming.has_source("board", board.board_name)
        board.had_source = board.had_source or has_source
        try:
            if found is None or board.ended or board.inbound.stale():
                return True
        except KickmsgError:  # it ends just now
            return True
        return board.made and alive(found) <= OWN_HANDLES and board.had_source and not has_source

    def _try(self, name: str, made: bool = False) -> None:
        try:
            self._join(name, made)
            self.problems.pop(name, None)
        except (FileNotFoundError, NotFoundError):  # it has gone since it was listed
            self.problems.pop(name, None)
        except (KickmsgError, OSError) as error:
            self.problems[name] = str(error)

    def _join(self, name: str, made: bool) -> None:
        lock = lock_region(self.bridge.node.blackboard_region(name))
        if lock is None:
            self._standby.add(name)
            return
        self._standby.discard(name)
        try:
            self.boards[name] = Board(self.bridge, name, lock, made)
        except BaseException:
            os.close(lock)
            raise
        self.boards[name].start()

    def take(self, names: str, stamp: Stamp, text: bytes, data: bytes) -> None:
        """Errors: ValueError for what is none of a blackboard."""
        name, key = names_of_board(names)
        descriptor = BoardDescriptor.parse(text)
        with self._mutex:
            if self._closed:
                return
            if name in self.boards and self.boards[name].ended:
                self.boards.pop(name).close()
            if name not in self.boards:
                self._make(name, descriptor)
            if name in self.boards:  # which nobody leaves meanwhile: a value is not sent again
                self.boards[name].take(key, stamp, descriptor, data)

    def _make(self, name: str, descriptor: BoardDescriptor) -> None:
        """As it is there; one that is here is taken as it is."""
        node, made = self.bridge.node, False
        try:
            try:
                kept = node.open_blackboard(name)
            except NotFoundError:
                kept, made = node.blackboard(name, descriptor.config), True
            with kept:
                self._try(name, made)
        except KickmsgError as error:
            self.problems[name] = str(error)

    def close(self) -> None:
        with self._mutex:
            self._closed = True
            boards, self.boards = list(self.boards.values()), {}
        for board in boards:
            board.close()

    def numbers(self) -> dict[str, object]:
        with self._mutex:
            boards, problems, standby = dict(self.boards), dict(self.problems), set(self._standby)
        nothing: dict[str, object] = {**dict.fromkeys(COUNTS, 0), "keys": 0, "writing": []}
        found: dict[str, object] = {
            name: nothing | {"standby": name in standby, "problem": problems.get(name)} for name in {*problems, *standby}
        }
        return found | {name: board.numbers() for name, board in boards.items()}
