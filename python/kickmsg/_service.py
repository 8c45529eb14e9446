"""The serving and the asking end of a service, for requests and responses of a type."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

from . import _aio, _core
from ._core import Call, CallStatus, Request, Response
from ._ends import WaitingEnd
from ._errors import CallError, call_error

if TYPE_CHECKING:
    from ._types import Codec

Req = TypeVar("Req")
Resp = TypeVar("Resp")

ASK_SECONDS = 0.02
"""How often a task that waits for an answer asks whether its server lives."""


class Server(WaitingEnd, Generic[Req, Resp]):
    """Receives the requests of a service, one after the other, and answers each to the client that asked.

    `for` and `async for` give the requests. One thread at a time, its requests included (ThreadError); interrupt() from any."""

    def __init__(self, raw: _core.Server, request: Codec | None, response: Codec | None) -> None:
        self._raw: _core.Server = raw
        self._request, self._response = request, response
        self._malformed = 0

    def receive(self, timeout: float | None = None) -> Request[Req, Resp] | None:
        """Returns: the next request; None when `timeout` seconds are over, or interrupt() was called. Those of another length than their
        type's are refused, and counted."""
        end = None if timeout is None else time.monotonic() + timeout
        while (request := self._raw.receive(None if end is None else end - time.monotonic())) is not None:
            if self._request is None or self._request.fits(len(request)):
                request._set_codecs(*self._codecs())
                return request
            request.release()
            self._malformed += 1
        return None

    def _codecs(self) -> tuple[object, object]:
        decode = self._request.decode if self._request else None
        return decode, self._response.encode if self._response else None

    def try_receive(self) -> Request[Req, Resp] | None:
        """The same without a wait."""
        return self.receive(0)

    def __iter__(self) -> Iterator[Request[Req, Resp]]:
        while (request := self.receive()) is not None:
            yield request

    def __aiter__(self) -> AsyncIterator[Request[Req, Resp]]:
        return _aio.Messages(self, self.try_receive)

    @property
    def malformed(self) -> int:
        """Messages passed over because they were no requests, or not of the type."""
        return self._raw.malformed + self._malformed


class Client(WaitingEnd, Generic[Req, Resp]):
    """Asks the servers of a service. A server that dies is reported within some 20 ms, whatever the time-out.

    One thread at a time, with its calls (ThreadError); interrupt() from any."""

    def __init__(self, raw: _core.Client, request: Codec | None, response: Codec | None) -> None:
        self._raw: _core.Client = raw
        self._encode = request.encode if request else None
        self._response = response

    def call(self, value: Req, timeout: float | None = None) -> Response[Resp]:
        """Asks, and sleeps up to `timeout` seconds for the answer; None: for as long as a server lives that has the request.

        Errors: CallError, whose status says what became of it: NO_SERVER at once when there is none."""
        return self._typed(self._raw.call(self._encode(value) if self._encode else value, timeout))

    def _typed(self, response: Response[Resp]) -> Response[Resp]:
        if self._response is not None:
            if not self._response.fits(len(response)):
                response.release()
                raise call_error(CallStatus.MALFORMED, f"an answer of {len(response)} bytes is not of the type that was expected")
            response._set_decode(self._response.decode)
        return response

    def start(self, value: Req, timeout: float | None = 0.0) -> Call[Resp]:
        """Asks, and does not wait for the answer; for room, up to `timeout` seconds. Errors: CallError where the request went nowhere."""
        call = self._raw.start(self._encode(value) if self._encode else value, timeout)
        if self._response is not None:
            call._set_decode(self._response.decode)
        return call

    async def call_async(self, value: Req, timeout: float | None = None) -> Response[Resp]:
        """As call(), on asyncio; any number of tasks may have calls out."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    try:
                        return await self._answered(value)
                    except CallError as error:
                        if error.status is CallStatus.NO_ROOM:
                            await asyncio.sleep(ASK_SECONDS)
                        elif error.status is not CallStatus.UNSERVED:
                            raise
        except TimeoutError:
            raise call_error(CallStatus.TIMED_OUT, "it was not answered in time") from None

    async def _answered(self, value: Req) -> Response[Resp]:
        call = self.start(value)
        try:
            while (response := call.wait(1e-6)) is None:
                if not await _aio.hub_of(self).ready(self, ASK_SECONDS):
                    raise call_error(CallStatus.INTERRUPTED, "the wait was ended by interrupt()")
        except BaseException:
            if not self.closed and call.status is CallStatus.WAITING:
                call.cancel()
            raise
        return self._typed(response)

    def has_server(self) -> bool:
        """Returns: whether a living server takes requests."""
        return self._raw.has_server()

    def wait_for_server(self, timeout: float | None = None) -> bool:
        """Waits for one. Returns: whether there is one in time."""
        return self._raw.wait_for_server(timeout)

    @property
    def outstanding(self) -> int:
        """The calls that count towards max_calls: those that are out, and answers that are held."""
        return self._raw.outstanding
