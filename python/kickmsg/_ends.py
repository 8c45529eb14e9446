"""The sending and the receiving end, for messages of a type."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, NoReturn, TypeVar, cast

from . import _aio, _core
from ._core import Loan, Region, SampleInfo, View
from ._types import Codec, codec_of

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")


class Message(NamedTuple, Generic[T]):
    """A message that was received, copied."""

    value: T
    """The message: bytes, or of the subscriber's type."""
    position: int
    """Its position in the subscriber's ring. Rises by one a message; a gap is a loss."""
    info: SampleInfo
    """Where it comes from."""


class Closing:
    """What is closed by close() or the end of `with`, and belongs to the process that made it."""

    _raw: Any

    def close(self) -> None:
        """Ends it. Views and responses that are out stay valid.

        Errors: ThreadError while another thread is in a call of it; BufferError while an array of a loan is there."""
        self._raw.close()

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return bool(self._raw.closed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<kickmsg.{type(self).__name__}: {'closed ' if self.closed else ''}{self._raw.name}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self!r} belongs to this process: give the Node or the name to the other one, and make an end of its own there")


class End(Closing):
    """What has a region that its name leads to."""

    _hub: Any = None
    """Of asyncio, once it was waited for there."""

    def stale(self) -> bool:
        """Returns: whether its name no longer leads to its region: new users do not find it."""
        return bool(self._raw.stale())


class WaitingEnd(End):
    """An end that waits for what comes to it."""

    def interrupt(self) -> None:
        """Ends the present wait, or else the next one: a receive answers None, a call is a CallError INTERRUPTED. Any thread may call it,
        and any handler of a signal."""
        if not _aio.wake(self, ends=True):
            self._raw.interrupt()

    def close(self) -> None:
        """Ends it, and the waits for it on asyncio; the calls of a Client that are out are cancelled. As End.close()."""
        _aio.forget(self)
        super().close()


def _required(region: Region, kind: Any) -> Codec | None:
    """Returns: how messages of `kind` are written and read, after the region has said that it carries such."""
    if kind is None or kind is bytes:
        return None
    codec = codec_of(kind)
    region.require_schema(codec.schema)
    return codec


class Publisher(End, Generic[T]):
    """Sends messages of a type into a region; of bytes where it has none. Made by a Node, or of a Region.

    One thread at a time (ThreadError). It never waits for a subscriber, but in the calls that end with `_until`."""

    def __init__(self, raw: _core.Publisher, codec: Codec | None = None) -> None:
        self._raw: _core.Publisher = raw
        self._codec = codec
        self._encode = codec.encode if codec else None

    @classmethod
    def of(cls, region: Region, kind: Any = None) -> Self:
        """Joins `region` as one of its publishers, for messages of `kind`. It stays there, whatever becomes of the name.

        Errors: NoFreeRecordError, SchemaMismatchError."""
        codec = _required(region, kind)
        return cls(region._publisher(), codec)

    def send(self, value: T) -> int:
        """Copies `value` into a slot and delivers it to every live subscriber; the oldest unread message of a full ring is overwritten.

        Returns: the bytes sent. Errors: TooLongError, NoSlotError, InvalidHandleError, ThreadError; BufferError while an array of a loan
        is there."""
        return self._raw.send(self._encode(value) if self._encode else value)

    def try_send(self, value: T) -> bool:
        """As send(), but overwrites nothing. Returns: False where there was no room; then nobody got it."""
        return self._raw.try_send(self._encode(value) if self._encode else value)

    def send_until(self, value: T, timeout: float | None = None) -> bool:
        """As try_send(), waiting up to `timeout` seconds for room; None: for as long as it takes."""
        return self._raw.send_until(self._encode(value) if self._encode else value, timeout)

    def flush_until(self, timeout: float | None = None) -> bool:
        """Delivers what was accepted by try_send() and is pending for some. Returns: whether nothing is pending any more."""
        return self._raw.flush_until(timeout)

    def loan(self, length: int | None = None) -> Loan:
        """Lends a slot of `length` bytes, or of one message of the type, to be written in place: Loan.publish() delivers it.

        Errors: NoSlotError, which is also what is too long; as send()."""
        return self._raw.loan(self._length(length))

    def loan_until(self, length: int | None = None, timeout: float | None = None) -> Loan:
        """The same, giving up no unread message for the slot, but waiting up to `timeout` seconds for one."""
        return self._raw.loan_until(self._length(length), timeout)

    def _length(self, length: int | None) -> int:
        if length is not None:
            return length
        if self._codec is None or self._codec.is_slice:
            raise TypeError("loan: expected the number of bytes: messages here have no size of their own")
        return self._codec.size

    @property
    def pending(self) -> int:
        """How many subscribers the last message that was accepted is still pending for."""
        return self._raw.pending

    @property
    def dropped(self) -> int:
        """How many sends and loans were refused for want of a slot."""
        return self._raw.dropped

    @property
    def sent(self) -> int:
        """How many messages were sent, those to nobody included."""
        return self._raw.sent

    @property
    def incarnation(self) -> int:
        """The number by which its messages name it: SampleInfo.publisher."""
        return self._raw.incarnation

    @property
    def moves(self) -> int:
        """How often it has moved to another region of its name."""
        return self._raw.moves


class Subscriber(WaitingEnd, Generic[T]):
    """Receives every message that is published while it lives. Made by a Node, or of a Region.

    `for` waits for each message, and ends by interrupt(); `async for` does the same on asyncio, and ends by close() as well.
    One thread at a time (ThreadError); interrupt() from any."""

    def __init__(self, raw: _core.Subscriber, codec: Codec | None = None) -> None:
        self._raw: _core.Subscriber = raw
        self._codec = codec
        self._malformed = 0

    @classmethod
    def of(cls, region: Region, kind: Any = None) -> Self:
        """Joins `region`: what is published from now on, of `kind`, is delivered here. It stays there, whatever becomes of the name.

        Errors: NoFreeRingError, NoFreeRecordError, SchemaMismatchError."""
        codec = _required(region, kind)
        return cls(region._subscriber(), codec)

    def receive(self, timeout: float | None = None) -> Message[T] | None:
        """Returns: the next message, copied. None when `timeout` seconds are over, or interrupt() was called; without a timeout it waits
        for ever.

        Ctrl-C ends the wait. Other threads run meanwhile."""
        codec = self._codec
        if codec is None:
            found = self._raw.receive(timeout)
            return None if found is None else Message(cast(T, found[0]), found[1], found[2])
        left = _Left(timeout)
        while (found := self._raw.receive(left.now())) is not None:
            if codec.fits(len(found[0])):
                return Message(codec.decode(found[0]), found[1], found[2])
            self._malformed += 1
        return None

    def try_receive(self) -> Message[T] | None:
        """The same without a wait."""
        return self.receive(0)

    def receive_view(self, timeout: float | None = None) -> View[T] | None:
        """Returns: the next message in place, without a copy; None as receive().

        It keeps its slot until View.release() or the end of `with`; a subscriber may hold Config.max_views of them. A thread that holds
        them all itself waits in vain."""
        left = _Left(timeout)
        while (view := self._raw.receive_view(left.now())) is not None:
            if self._codec is None:
                return view
            if self._codec.fits(len(view)):
                view._set_decode(self._codec.decode)
                return view
            view.release()
            self._malformed += 1
        return None

    def try_receive_view(self) -> View[T] | None:
        """The same without a wait."""
        return self.receive_view(0)

    def __iter__(self) -> Iterator[Message[T]]:
        while (message := self.receive()) is not None:
            yield message

    def __aiter__(self) -> AsyncIterator[Message[T]]:
        return _aio.Messages(self, self.try_receive)

    async def receive_async(self, timeout: float | None = None) -> Message[T] | None:
        """As receive(), on asyncio."""
        return await _aio.within(timeout, _aio.Messages(self, self.try_receive).next())

    @property
    def capacity(self) -> int:
        """How many messages can wait here unread."""
        return self._raw.capacity

    @property
    def lost(self) -> int:
        """Messages lost so far: overwritten unread, or found corrupt."""
        return self._raw.lost

    @property
    def malformed(self) -> int:
        """Messages passed over because they were not of the type, by their length."""
        return self._malformed

    @property
    def moves(self) -> int:
        """How often it has moved to another region of its name."""
        return self._raw.moves


class _Left:
    """What is left of a time-out, for a wait that is begun again."""

    def __init__(self, timeout: float | None) -> None:
        self.timeout = timeout
        self.begin: float | None = None

    def now(self) -> float | None:
        if self.timeout is None or self.timeout <= 0:
            return self.timeout
        if self.begin is None:
            self.begin = time.monotonic()
            return self.timeout
        return max(0.0, self.timeout - (time.monotonic() - self.begin))


class Broadcast(NamedTuple, Generic[T]):
    """Both ends of a broadcast channel. A member's own messages reach its own `sub`, too."""

    pub: Publisher[T]
    sub: Subscriber[T]
