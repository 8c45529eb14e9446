"""A topic or broadcast of this host, as a bridge takes part in it.

Its ends stay in one region, so that a number of a publisher means one publisher; scans see to it that this is the region of the name. One
bridge at a time is in a region: it holds a lock (flock) on the region's file, which ends with the process, however that ends. So every
publisher beside its own is no bridge, and what that sends has come from nowhere else."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections import Counter, OrderedDict
from typing import Any

from .. import (
    KickmsgError,
    ListedRegion,
    Node,
    Publisher,
    Region,
    RegionStatus,
    SchemaMismatchError,
    Subscriber,
    list_regions,
    prune,
)
from ._wire import Descriptor, Stamp

FOLDER = "/dev/shm"
MOST_SOURCES = 1024
COUNTS = ("out", "in", "lost", "lost_before", "unheard", "refused", "repeated", "no_room")
Source = tuple[bytes, int, int]


def lock_region(region: str) -> int | None:
    """Returns: a descriptor that holds the right to bridge `region`; None where another one has it. Errors: OSError when it is gone."""
    file = os.open(FOLDER + region, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        return None
    return file


def listed_at(region: str) -> ListedRegion | None:
    return next((one for one in list_regions(region) if one.name == region), None)


class Sequences:
    """What has come of each publisher elsewhere. Those that were silent longest are forgotten."""

    def __init__(self) -> None:
        self._last: OrderedDict[Source, int] = OrderedDict()

    def note(self, stamp: Stamp) -> int | None:
        """Returns: how many were lost just before it; None for one that is no newer than what has come."""
        source = stamp[:3]
        last = self._last.get(source)
        if last is not None and stamp.sequence <= last:
            return None
        self._last[source] = stamp.sequence
        self._last.move_to_end(source)
        if len(self._last) > MOST_SOURCES:
            self._last.popitem(last=False)
        return 0 if last is None else stamp.sequence - last - 1

    def __len__(self) -> int:
        return len(self._last)


class Place:
    """Threads: `sub` is for the outgoing thread alone; everything else under `mutex`."""

    def __init__(self, node: Node, kind: str, name: str) -> None:
        self.node, self.kind, self.name = node, kind, name
        self.region_name = node.topic_region(name) if kind == "topic" else node.broadcast_region(name)
        self.mutex = threading.RLock()
        self.region: Region | None = None
        self.sub: Subscriber[bytes] | None = None
        self.pub: Publisher[bytes] | None = None
        self.own = 0
        """The number by which messages of `pub` name it."""
        self.epoch = 0
        self.out: Any = None
        """Zenoh's publisher."""
        self.token: Any = None
        self.standby = False
        self.problems: dict[str, str | None] = {"in": None, "out": None}
        self.counts: Counter[str] = Counter()
        self.sequences = Sequences()
        self.renew = False
        """Messages come that the region is not made for: another one is made once nobody else is in it."""
        self.descriptor: bytes = b""
        self._texts: dict[bytes, str | None] = {}
        self._lock: int | None = None
        self._made = False

    def join(self) -> bool:
        """Takes the region that the name leads to. Returns: False where another bridge is in it. Errors: KickmsgError, OSError."""
        if self.region is not None:
            return True
        self._lock = lock_region(self.region_name)
        self.standby = self._lock is None
        if self.standby:
            return False
        try:
            self.region = Region.open(self.region_name)
        except BaseException:
            self.leave()
            raise
        return True

    def subscribe(self, epoch: int) -> Subscriber[bytes]:
        """Begins to receive, after join()."""
        assert self.region is not None
        self.sub, self.epoch = Subscriber[bytes].of(self.region), epoch
        self.describe()
        return self.sub

    def describe(self) -> None:
        """A schema may be set later than the region is made."""
        assert self.region is not None
        self.descriptor = Descriptor.of(self.region.info(), self.region.schema()).text()

    def accept(self, text: bytes, descriptor: Descriptor) -> bool:
        """Gets ready for messages made as `descriptor` says, whose `text` is remembered. Returns: whether they may be sent here."""
        with self.mutex:
            if text not in self._texts:
                try:
                    self._texts[text] = self._prepare(descriptor)
                except (KickmsgError, OSError) as error:
                    self._texts[text] = str(error)
                self.problems["in"] = self._texts[text]
                self.renew = self._texts[text] is not None
            return self._texts[text] is None

    def _prepare(self, descriptor: Descriptor) -> str | None:
        """Returns: why not. Errors: KickmsgError, OSError."""
        kept = None if self.region is not None else self._make(descriptor)
        try:
            if not self.join() or self.region is None:
                return "another bridge is in the region"
        finally:
            for end in kept or ():
                end.close()
        if descriptor.schema is not None:
            self.region.require_schema(descriptor.schema)
        elif self.region.schema() is not None:
            raise SchemaMismatchError(f"kickmsg: {self.kind} {self.name}: has the type {self.region.schema()!r}; what comes has none")
        if self.pub is None:
            pub = Publisher[bytes].of(self.region)
            self.own, self.pub = pub.incarnation, pub
        return None

    def _make(self, descriptor: Descriptor) -> tuple[Any, ...]:
        """Makes the region where nobody alive is in one whose geometry is settled. Returns: ends that keep it until it is joined."""
        found = listed_at(self.region_name)
        if found is not None and found.status is RegionStatus.READY and not found.provisional and alive(found):
            return ()
        self._made = True
        if self.kind == "topic":
            return (self.node.advertise_or_join(self.name, config=descriptor.config, schema=descriptor.schema),)
        return tuple(self.node.join_broadcast(self.name, config=descriptor.config, schema=descriptor.schema))

    def own_ends(self) -> tuple[int, int, int]:
        """Returns: its own publishers, subscribers and handles."""
        return int(self.pub is not None), int(self.sub is not None), int(self.region is not None)

    def others(self, found: ListedRegion) -> int:
        """Returns: how many living participants of the region are none of its own."""
        return alive(found) - sum(self.own_ends())

    def stale(self) -> bool:
        end = self.sub or self.pub
        return end is not None and end.stale()

    def forget_refusals(self) -> None:
        """What was refused is tried again."""
        with self.mutex:
            self._texts = {text: why for text, why in self._texts.items() if why is None}

    def leave(self) -> None:
        """Leaves the region; one that it made, and that nobody else is in, is removed. The outgoing thread calls it."""
        with self.mutex:
            if self.sub is not None:
                self.counts["lost_before"] += self.sub.lost
            ends: tuple[Any, ...] = (self.sub, self.pub, self.region)
            for end in ends:
                if end is not None:
                    end.close()
            self.sub = self.pub = self.region = None
            self.own, self._texts, self.renew = 0, {}, False
            for outside in (self.token, self.out):
                if outside is not None:
                    outside.undeclare()
            self.token = self.out = None
            self._give_lock_back()

    def _give_lock_back(self) -> None:
        if self._made:
            self._made = False
            with contextlib.suppress(KickmsgError):
                if [one.name for one in list_regions(self.region_name)] == [self.region_name]:
                    prune(self.region_name)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def numbers(self) -> dict[str, Any]:
        """Returns: what there is to report."""
        with self.mutex:
            found: dict[str, Any] = {name: self.counts[name] for name in COUNTS}
            with contextlib.suppress(KickmsgError):
                if self.sub is not None:
                    found["lost_before"] += self.sub.lost
            found |= {"exporting": self.sub is not None, "importing": self.pub is not None, "standby": self.standby}
            found["heard"] = getattr(getattr(self.out, "matching_status", None), "matching", None)
            return found | {"sources": len(self.sequences), "problem": self.problems["in"] or self.problems["out"]}


def alive(found: ListedRegion) -> int:
    return found.publishers.alive + found.subscribers.alive + found.handles.alive
