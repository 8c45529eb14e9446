"""A service of another host, served here: a server in front of Zenoh's get()."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from .. import KickmsgError, Request, Server, WaitSet
from ._names import key_of
from ._offer import ABOUT, CALL
from ._places import lock_region
from ._wire import ServiceDescriptor, WireError

if TYPE_CHECKING:
    import zenoh

    from ._bridge import Bridge

ABOUT_SECONDS = 5.0
SLICE = 0.1


class Proxy(threading.Thread):
    """Answers requests here by what another host answers. Threads: all but close() and callbacks are its own."""

    def __init__(self, bridge: Bridge, name: str) -> None:
        super().__init__(name=f"kickmsg-bridge proxy {name}", daemon=True)
        self.bridge, self.service = bridge, name
        self.key = f"{bridge.settings.root}/service/{key_of(name)}"
        self.calls = self.failed = 0
        self.problem: str | None = None
        self.serving = self.ended = self._closing = False
        self._lock: int | None = None
        self._server: Server[bytes, bytes] | None = None
        self._ready = WaitSet()
        self._open: dict[int, tuple[Request[bytes, bytes], float]] = {}
        self._answers: deque[tuple[int, bytes | None]] = deque()

    def run(self) -> None:
        try:
            self._server = self._serve(self._ask_about())
            if self._server is not None:
                self._ready.add(self._server)
            while self._server is not None and not self._closing:
                self._ready.wait(SLICE if self._open else 0.5)
                self.step(self._server)
        except (KickmsgError, OSError, WireError) as error:
            self.problem = str(error)
        finally:
            self._end()

    def _ask_about(self) -> ServiceDescriptor:
        """Errors: WireError where nobody says."""
        for reply in self.bridge.session.get(self.key, attachment=ABOUT, timeout=ABOUT_SECONDS):
            if reply.ok is not None:
                return ServiceDescriptor.parse(reply.ok.payload.to_bytes())
        raise WireError(f"service {self.service}: no bridge says what it is made of")

    def _serve(self, descriptor: ServiceDescriptor) -> Server[bytes, bytes] | None:
        """Serves where no other bridge does. A client makes the regions: nobody takes that for a server.

        Returns: None where another bridge does. Errors: KickmsgError, OSError."""
        from ._services import schemas

        raw, (request, response) = self.bridge.node._raw, schemas(descriptor)
        client = raw.client(self.service, descriptor.config, request, response)
        try:
            self._lock = lock_region(self.bridge.node.request_region(self.service))
            if self._lock is None:
                return None
            self.serving = True
            return Server(raw.serve(self.service, descriptor.config, request, response), None, None)
        finally:
            client.close()

    def step(self, server: Server[bytes, bytes]) -> None:
        while (request := server.try_receive()) is not None:
            self.ask(request)
        while self._answers:
            self.answer(*self._answers.popleft())
        now = time.monotonic()
        for number in [number for number, (_request, end) in self._open.items() if now > end]:
            self.answer(number, None)

    def ask(self, request: Request[bytes, bytes]) -> None:
        from zenoh import CongestionControl, ConsolidationMode, handlers

        self.calls += 1
        number, seconds = self.calls, self.bridge.settings.call_timeout
        self._open[number] = request, time.monotonic() + seconds + 1
        handler = handlers.Callback(partial(self._heard, number), partial(self._note, number, None))
        self.bridge.session.get(
            self.key,
            handler,
            payload=request.value,
            attachment=CALL,
            timeout=seconds,
            consolidation=ConsolidationMode.NONE,
            congestion_control=CongestionControl.BLOCK,
        )

    def _heard(self, number: int, reply: zenoh.Reply) -> None:
        if reply.ok is not None:
            self._note(number, reply.ok.payload.to_bytes())
        elif reply.err is not None:
            self.problem = f"the last call that failed: {reply.err.payload.to_string()}"

    def _note(self, number: int, answer: bytes | None) -> None:
        """Of a query that has ended without an answer, None."""
        self._answers.append((number, answer))
        with contextlib.suppress(KickmsgError):
            self._ready.wake()

    def answer(self, number: int, answer: bytes | None) -> None:
        """The first that is known of a call counts."""
        request, _end = self._open.pop(number, (None, 0.0))
        if request is None:
            return
        if answer is None:
            self.failed += 1
            request.release()
            return
        try:
            request.answer(answer)
        except KickmsgError as error:  # longer than the service has room for
            self.failed, self.problem = self.failed + 1, str(error)
            request.release()

    def _end(self) -> None:
        for request, _end in self._open.values():
            request.release()
        self._open = {}
        if self._server is not None:
            self._server.close()
        if self._lock is not None:
            os.close(self._lock)
        self.serving, self.ended = False, True

    def close(self) -> None:
        self._closing = True
        self._ready.wake()
        self.join()
        self._ready.close()
