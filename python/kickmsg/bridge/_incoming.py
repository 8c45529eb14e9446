"""From other hosts to here: callbacks of Zenoh put messages into a queue, one thread sends them on."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import KickmsgError, NoSlotError
from ._names import Patterns, name_of
from ._wire import Descriptor, Stamp, unpack

if TYPE_CHECKING:
    import zenoh

    from ._bridge import Bridge
    from ._places import Place

MOST_DESCRIPTORS = 1024


class Incoming(threading.Thread):
    """Publishes here what comes from other bridges. Where the queue is full the oldest message is lost; no callback waits."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(name="kickmsg-bridge in", daemon=True)
        self.bridge = bridge
        settings = bridge.settings
        self.patterns = {
            "topic": Patterns(settings.topics + settings.imports),
            "broadcast": Patterns(settings.broadcasts),
            "service": Patterns(settings.services),
            "board": Patterns(settings.blackboards),
        }
        self.counts: Counter[str] = Counter()
        self.delay_ns: int | None = None
        self._queue: deque[zenoh.Sample] = deque(maxlen=settings.queue)
        self._filled = threading.Condition()
        self._descriptors: dict[bytes, Descriptor] = {}
        self._places: dict[str, Place] = {}
        self._declared: list[Any] = []
        self._sources: dict[tuple[str, str], set[str]] = {}

    def declare(self) -> None:
        """Hears of publishers and services first, then of messages."""
        for kind, patterns in self.patterns.items():
            for expression in patterns.expressions:
                self._declared.append(self.bridge.watch_tokens(f"{kind}/{expression}", self.note_token))
        for kind in ("topic", "broadcast"):
            for number, expression in enumerate(self.patterns[kind].expressions):
                self._declared.append(self.bridge.subscriber(f"{kind}/{expression}", self._taker(kind, number)))
        for number, expression in enumerate(self.patterns["board"].expressions):
            self._declared.append(self.bridge.watch_tokens(f"blackboard/*/{expression}", self.note_token))
            self._declared.append(self.bridge.value_subscriber(f"blackboard/*/{expression}", self._taker("board", number)))

    def undeclare(self) -> None:
        """Nothing comes from here on, and the thread ends."""
        with self._filled:
            self._filled.notify()
        for one in self._declared:
            one.undeclare()
        self._declared = []

    def _taker(self, kind: str, number: int) -> Callable[[zenoh.Sample], None]:
        """A message that two expressions include comes twice; the first one takes it."""
        patterns, before = self.patterns[kind], 2 if kind == "board" else 1
        skipped = len(self.bridge.settings.root) + 1

        def take(sample: zenoh.Sample) -> None:
            if number == 0 or patterns.first(str(sample.key_expr)[skipped:].split("/", before)[before]) == number:
                with self._filled:
                    self.counts["overrun"] += len(self._queue) == self._queue.maxlen
                    self._queue.append(sample)
                    self._filled.notify()

        return take

    def note_token(self, sample: zenoh.Sample) -> None:
        """Tokens are root/live/origin/kind/name."""
        try:
            _live, origin, kind, key = str(sample.key_expr)[len(self.bridge.settings.root) + 1 :].split("/", 3)
            name = key if kind == "blackboard" else name_of(key)
        except ValueError:
            return
        if origin == self.bridge.origin.hex():
            return
        with self._filled:
            sources = self._sources.setdefault((kind, name), set())
            (sources.add if str(sample.kind).endswith("PUT") else sources.discard)(origin)

    def sources(self, kind: str, name: str) -> frozenset[str]:
        """Returns: the bridges that have it to give."""
        with self._filled:
            return frozenset(self._sources.get((kind, name), ()))

    def has_source(self, kind: str, name: str) -> bool:
        return bool(self.sources(kind, name))

    def names(self, kind: str) -> list[str]:
        """Returns: what others have to give."""
        with self._filled:
            return sorted(name for (one, name), origins in self._sources.items() if one == kind and origins)

    def run(self) -> None:
        try:
            while not self.bridge.ending.is_set():
                for sample in self._taken():
                    self.deliver(sample)
        except BaseException as error:
            self.bridge.fail(error)
            raise

    def _taken(self) -> list[zenoh.Sample]:
        """In halves of the queue at most: what is taken out no longer counts against its length."""
        with self._filled:
            if not self._queue:
                self._filled.wait(0.5)
            return [self._queue.popleft() for _ in range(min(len(self._queue), 1 + (self._queue.maxlen or 0) // 2))]

    def deliver(self, sample: zenoh.Sample) -> None:
        """Publishes one message, or counts why not."""
        try:
            where = str(sample.key_expr)
            kind, key = where[len(self.bridge.settings.root) + 1 :].split("/", 1)
            attachment = sample.attachment
            stamp, text = unpack(None if attachment is None else attachment.to_bytes())
            if kind == "blackboard":
                if stamp.origin != self.bridge.origin:
                    self.bridge.boards.take(key, stamp, text, sample.payload.to_bytes())
                return
            place, descriptor = self._place(where, kind, key), self._descriptor(text)
        except ValueError as error:
            self.counts["foreign"] += 1
            self.bridge.foreign = str(error)
            return
        if stamp.origin != self.bridge.origin:
            with place.mutex:
                if not self.bridge.ending.is_set():  # or it might join what the outgoing thread has left for good
                    self._publish(place, stamp, text, descriptor, sample)

    def _place(self, where: str, kind: str, key: str) -> Place:
        """Names are worked out once. Errors: ValueError for what is no key of a name."""
        found = self._places.get(where)
        if found is None:
            found = self._places[where] = self.bridge.place(kind, name_of(key))
        return found

    def _descriptor(self, text: bytes) -> Descriptor:
        found = self._descriptors.get(text)
        if found is None:
            if len(self._descriptors) >= MOST_DESCRIPTORS:
                self._descriptors.clear()
            found = self._descriptors[text] = Descriptor.parse(text)
        return found

    def _publish(self, place: Place, stamp: Stamp, text: bytes, descriptor: Descriptor, sample: zenoh.Sample) -> None:
        lost = place.sequences.note(stamp)
        if lost is None:
            place.counts["repeated"] += 1
            return
        place.counts["lost"] += lost
        if not place.accept(text, descriptor) or place.pub is None:
            place.counts["standing_by" if place.standby else "refused"] += 1
            return
        if stamp.sent_ns:
            self.delay_ns = time.time_ns() - stamp.sent_ns
        try:
            place.pub.send(sample.payload.to_bytes())
            place.counts["in"] += 1
        except NoSlotError:
            place.counts["no_room"] += 1
        except KickmsgError as error:
            place.counts["refused"] += 1
            place.problems["in"], place.renew = str(error), True
