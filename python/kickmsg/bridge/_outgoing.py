"""From here to other hosts: one thread, which also looks for what is new on this one."""

from __future__ import annotations

import itertools
import threading
import time
from typing import TYPE_CHECKING

from .. import KickmsgError, ListedRegion, Message, Region, RegionStatus, WaitSet, list_regions, monotonic_ns
from ._names import Patterns, key_of
from ._places import Place
from ._wire import Stamp

if TYPE_CHECKING:
    from ._bridge import Bridge

KINDS = ("topic", "broadcast")


class Outgoing(threading.Thread):
    """Sends what is published here by others than this bridge."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(name="kickmsg-bridge out", daemon=True)
        self.bridge = bridge
        settings = bridge.settings
        self.patterns = {"topic": Patterns(settings.topics + settings.exports), "broadcast": Patterns(settings.broadcasts)}
        self.block = Patterns(settings.block)
        self.ready = WaitSet()
        self.epochs = itertools.count(1)
        self.advanced = settings.history > 0

    def run(self) -> None:
        due = 0.0
        try:
            while not self.bridge.ending.is_set():
                now = time.monotonic()
                if now >= due:
                    self.scan()
                    due = time.monotonic() + self.bridge.settings.scan
                for place in self.ready.wait(max(0.0, due - time.monotonic())):
                    self.drain(place)
        except BaseException as error:
            self.bridge.fail(error)
            raise
        finally:
            self.bridge.services.close()
            self.bridge.boards.close()
            for place in self.bridge.places():
                self.leave(place)
            self.ready.close()

    def drain(self, place: Place) -> None:
        """At most what can have been waiting: one topic does not hold up the others."""
        sub = place.sub
        if sub is None:
            return
        count = "out" if self.advanced or place.out.matching_status.matching else "unheard"
        for _ in range(sub.capacity):
            message = sub.try_receive()
            if message is None:
                return
            if message.info.publisher != place.own:
                self.send(place, message, count)

    def send(self, place: Place, message: Message[bytes], count: str) -> None:
        """What is unheard goes out, too: a client knows of its router before it knows of the router's subscribers, which get it."""
        info = message.info
        sent = 0 if info.sent_ns is None else time.time_ns() - max(0, monotonic_ns() - info.sent_ns)
        stamp = Stamp(self.bridge.origin, place.epoch, info.publisher, info.sequence, sent)
        place.out.put(message.value, attachment=stamp.pack() + place.descriptor)
        place.counts[count] += 1

    def scan(self) -> None:
        """Looks at every region of the prefix: joins what is new, leaves what has moved, or is of nobody else any more."""
        boards, places = self.bridge.boards.known(), [(place, place.region) for place in self.bridge.places()]
        listed = [one for one in list_regions(f"/{self.bridge.node.prefix}_") if one.prefix == self.bridge.node.prefix]
        found = {one.name: one for one in listed}
        left = {place.region_name for place, region in places if self.check(place, region, found.get(place.region_name))}
        for one in listed:
            if one.kind in KINDS and one.status is RegionStatus.READY and one.name not in left:
                self.look(one)
        self.bridge.services.scan(listed)
        self.bridge.boards.scan(listed, boards)

    def check(self, place: Place, region: Region | None, found: ListedRegion | None) -> bool:
        """`region`: which it had when the list was made that `found` is of: one that was joined since is not in it.
        Returns: whether it was left: what was `found` of it counts its own ends, and is no reason to join again."""
        with place.mutex:
            place.forget_refusals()
            if place.region is None or place.region is not region:
                return False
            wanted = not place.renew and self.bridge.incoming.has_source(place.kind, place.name)
            leaves = found is None or place.stale() or (place.others(found) <= 0 and not wanted)
            if leaves:
                self.leave(place)
            return leaves

    def look(self, found: ListedRegion) -> None:
        if found.provisional or not self.patterns[found.kind].match(found.user_name):
            return
        place = self.bridge.place(found.kind, found.user_name)
        with place.mutex:
            try:
                if place.sub is None and place.others(found) > 0:
                    self.enter(place)
                if place.sub is not None:
                    place.describe()
                    self.announce(place, found)
                place.problems["out"] = None
            except (KickmsgError, OSError) as error:
                place.problems["out"] = str(error)
                self.leave(place)

    def enter(self, place: Place) -> None:
        """The way out is there before the first message is."""
        if not place.join():
            return
        place.out = self.bridge.publisher(f"{place.kind}/{key_of(place.name)}", self.block.match(place.name))
        self.ready.add(place.subscribe(next(self.epochs)), place)

    def announce(self, place: Place, found: ListedRegion) -> None:
        """Others know by a token that there is a publisher here."""
        publishers = found.publishers.alive - place.own_ends()[0]
        if publishers > 0 and place.token is None:
            place.token = self.bridge.declare_token(place.kind, key_of(place.name))
        elif publishers <= 0 and place.token is not None:
            place.token.undeclare()
            place.token = None

    def leave(self, place: Place) -> None:
        with place.mutex:
            if place.sub is not None:
                self.drain(place)
                self.ready.remove(place.sub)
            place.leave()
