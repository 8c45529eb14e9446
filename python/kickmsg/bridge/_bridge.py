"""One bridge: a session of Zenoh, and the threads around it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import zenoh
from zenoh import ext

from .. import Node
from ._boards import Boards
from ._incoming import Incoming
from ._outgoing import Outgoing
from ._places import Place
from ._services import Services
from ._settings import Settings

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


class Bridge:
    """Carries what its settings say, from start() to close().

    Threads: all of it from the one that made it; status() from any. Fork: not over one: a session of Zenoh is deaf and dumb in the child.
    Crash: a bridge that is killed is recovered like any other participant; nothing of it is left in a region."""

    def __init__(self, settings: Settings) -> None:
        """Errors: ValueError; zenoh.ZError where the session cannot be opened."""
        settings.check()
        self.settings = settings
        self.node = Node(f"bridge-{os.getpid()}", settings.prefix)
        self.node.follow(False)
        self.origin = os.urandom(16)
        self.ending = threading.Event()
        self.failure: BaseException | None = None
        self.foreign: str | None = None
        """Why the last message was no bridge's."""
        self._places: dict[tuple[str, str], Place] = {}
        self._mutex = threading.Lock()
        self.incoming = Incoming(self)
        self.services = Services(self)
        self.boards = Boards(self)
        self.outgoing = Outgoing(self)
        self.session = opened(settings.zenoh_config())

    def start(self) -> Self:
        """Begins. Returns: itself."""
        self.incoming.declare()
        self.incoming.start()
        self.outgoing.start()
        return self

    def close(self) -> None:
        """Ends all of it: what was received is sent on before, what is on its way in is not."""
        if not self.ending.is_set():
            self.ending.set()
            self.incoming.undeclare()
            if self.outgoing.ident is not None:
                self.outgoing.ready.wake()
                self.incoming.join()
                self.outgoing.join()
        self.session.close()  # type: ignore[no-untyped-call]

    def fail(self, error: BaseException) -> None:
        """A thread ends by `error`: so does the bridge."""
        self.failure = self.failure or error
        self.ending.set()

    def place(self, kind: str, name: str) -> Place:
        """Returns: that of a topic or broadcast, made where there is none. Errors: InvalidNameError, a ValueError."""
        with self._mutex:
            found = self._places.get((kind, name))
            if found is None:
                found = self._places[kind, name] = Place(self.node, kind, name)
            return found

    def places(self) -> list[Place]:
        with self._mutex:
            return list(self._places.values())

    # --- Zenoh

    def publisher(self, key: str, block: bool) -> Any:
        control = zenoh.CongestionControl.BLOCK if block else zenoh.CongestionControl.DROP
        expression = f"{self.settings.root}/{key}"
        if self.settings.history == 0:
            return self.session.declare_publisher(expression, congestion_control=control)
        return ext.declare_advanced_publisher(
            self.session,
            expression,
            congestion_control=control,
            cache=ext.CacheConfig(self.settings.history),
            sample_miss_detection=ext.MissDetectionConfig(heartbeat=None, sporadic_heartbeat=None),
            publisher_detection=True,
        )

    def subscriber(self, expression: str, take: Callable[[zenoh.Sample], None]) -> Any:
        """By a callback, which waits for nothing: a channel that nobody empties stops the whole session."""
        where = f"{self.settings.root}/{expression}"
        if self.settings.history == 0:
            return self.session.declare_subscriber(where, take, allowed_origin=zenoh.Locality.REMOTE)
        history = ext.HistoryConfig(detect_late_publishers=True, max_samples=self.settings.history)
        return ext.declare_advanced_subscriber(self.session, where, take, allowed_origin=zenoh.Locality.REMOTE, history=history)

    def value_publisher(self, key: str) -> Any:
        """Keeps its last value for those that come later, or again."""
        return ext.declare_advanced_publisher(
            self.session,
            f"{self.settings.root}/{key}",
            congestion_control=zenoh.CongestionControl.BLOCK,
            cache=ext.CacheConfig(1),
            sample_miss_detection=ext.MissDetectionConfig(heartbeat=None, sporadic_heartbeat=None),
            publisher_detection=True,
        )

    def value_subscriber(self, expression: str, take: Callable[[zenoh.Sample], None]) -> Any:
        where = f"{self.settings.root}/{expression}"
        history = ext.HistoryConfig(detect_late_publishers=True, max_samples=1)
        return ext.declare_advanced_subscriber(self.session, where, take, allowed_origin=zenoh.Locality.REMOTE, history=history)

    def declare_token(self, kind: str, key: str) -> Any:
        """`key`: of a name."""
        return self.session.liveliness().declare_token(f"{self.settings.root}/live/{self.origin.hex()}/{kind}/{key}")

    def watch_tokens(self, expression: str, note: Callable[[zenoh.Sample], None]) -> Any:
        return self.session.liveliness().declare_subscriber(f"{self.settings.root}/live/*/{expression}", note, history=True)

    # --- reports

    def status(self) -> dict[str, Any]:
        """Returns: numbers since the start; all of JSON's types."""
        found: dict[str, Any] = {"origin": self.origin.hex(), "prefix": self.node.prefix}
        found["peers"] = 0 if self.session.is_closed() else len(self.session.info.peers_zid() + self.session.info.routers_zid())
        for kind in ("topic", "broadcast"):
            for name in self.incoming.names(kind):
                self.place(kind, name)
            found[f"{kind}s"] = {place.name: self._numbers(place) for place in self.places() if place.kind == kind}
        found["services"] = self.services.numbers()
        found["blackboards"] = self.boards.numbers()
        found |= {name: self.incoming.counts[name] for name in ("overrun", "foreign")}
        return found | {"delay_ns": self.incoming.delay_ns, "foreign_problem": self.foreign}

    def _numbers(self, place: Place) -> dict[str, Any]:
        return place.numbers() | {"remote_publishers": len(self.incoming.sources(place.kind, place.name))}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def opened(config: zenoh.Config) -> zenoh.Session:
    """In a thread: a client waits in there for its router, and no signal would end that. Errors: zenoh.ZError."""
    outcome: list[zenoh.Session | BaseException] = []

    def act() -> None:
        try:
            outcome.append(zenoh.open(config))
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=act, name="kickmsg-bridge open", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.1)
    (found,) = outcome
    if isinstance(found, BaseException):
        raise found
    return found
