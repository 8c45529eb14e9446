"""A service of this host, offered to others: a queryable of Zenoh in front of a client."""

from __future__ import annotations

import os
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from .. import Call, CallError, CallStatus, Client, KickmsgError, WaitSet
from ._names import key_of

if TYPE_CHECKING:
    import zenoh

    from ._bridge import Bridge

ABOUT = b"KMB1 about"
"""The attachment of a query that asks what a service is made of."""
CALL = b"KMB1 call"
SLICE = 0.02
"""Seconds between two looks whether a server that has a request lives."""


class Offer(threading.Thread):
    """Answers the queries of others by calls here. Threads: all but close() and the callback are its own."""

    def __init__(self, bridge: Bridge, name: str, lock: int, client: Any, descriptor: bytes) -> None:
        super().__init__(name=f"kickmsg-bridge offer {name}", daemon=True)
        self.bridge, self.service, self.descriptor = bridge, name, descriptor
        self.client: Client[bytes, bytes] = Client(client, None, None)
        self.key = f"{bridge.settings.root}/service/{key_of(name)}"
        self.calls = self.failed = 0
        self.problem: str | None = None
        self.ended = False
        self._lock, self._closing = lock, False
        self._ready = WaitSet()
        self._new: deque[zenoh.Query] = deque()
        self._waiting: deque[zenoh.Query] = deque()
        self._out: list[tuple[Call[bytes], zenoh.Query]] = []

    def _take(self, query: zenoh.Query) -> None:
        self._new.append(query)
        self._ready.wake()

    def run(self) -> None:
        session = self.bridge.session
        queryable = session.declare_queryable(self.key, self._take, complete=True)
        token = self.bridge.declare_token("service", key_of(self.service))
        try:
            self._ready.add(self.client)
            while not self._closing:
                self._ready.wait(SLICE if self._out or self._waiting else 0.5)
                self.step()
        except KickmsgError as error:
            self.problem = str(error)
        finally:
            self.ended = True
            token.undeclare()
            queryable.undeclare()  # type: ignore[no-untyped-call]
            for query in (*self._new, *self._waiting, *(query for _call, query in self._out)):
                query.drop()  # type: ignore[no-untyped-call]
            self._out = []
            self.client.close()
            os.close(self._lock)

    def step(self) -> None:
        while self._new:
            query = self._new.popleft()
            attachment = query.attachment
            if attachment is not None and attachment.to_bytes() == ABOUT:
                self.reply(query, self.descriptor)
            else:
                self._waiting.append(query)
        while self._waiting and self.ask(self._waiting[0]):
            self._waiting.popleft()
        self._out = [(call, query) for call, query in self._out if not self.look(call, query)]

    def ask(self, query: zenoh.Query) -> bool:
        """Returns: False where there is no room for the call."""
        payload = query.payload
        try:
            self._out.append((self.client.start(b"" if payload is None else payload.to_bytes()), query))
            self.calls += 1
        except CallError as error:
            if error.status is CallStatus.NO_ROOM:
                return False
            self.refuse(query, error)
        return True

    def look(self, call: Call[bytes], query: zenoh.Query) -> bool:
        """Returns: whether it has ended."""
        try:
            response = call.wait(1e-6)
            if response is None:
                return False
            with response:
                self.reply(query, response.value)
        except CallError as error:
            if error.status is CallStatus.UNSERVED:
                self._waiting.append(query)
            else:
                self.refuse(query, error)
        return True

    def reply(self, query: zenoh.Query, answer: bytes) -> None:
        query.reply(self.key, answer)
        query.drop()  # type: ignore[no-untyped-call]

    def refuse(self, query: zenoh.Query, error: CallError) -> None:
        self.failed += 1
        query.reply_err(error.status.name)
        query.drop()  # type: ignore[no-untyped-call]

    def close(self) -> None:
        self._closing = True
        self._ready.wake()
        self.join()
        self._ready.close()
