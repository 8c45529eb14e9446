"""Ends on asyncio: each event loop has one wait set, whose descriptor it watches. No thread per topic: the set has one."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from . import _core

if TYPE_CHECKING:
    from ._ends import End

M = TypeVar("M")

TAKEN_AT_ONCE = 64
"""Messages that one task may take before the others of its loop have a turn."""

_hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = weakref.WeakKeyDictionary()


class Member:
    """An end in the set, and who waits for it."""

    def __init__(self, end: End) -> None:
        self.end = end
        self.waiters: list[asyncio.Future[bool]] = []

    def answer(self, goes_on: bool) -> bool:
        """Returns: whether anybody waited."""
        waiters, self.waiters = self.waiters, []
        waiting = [waiter for waiter in waiters if not waiter.done()]
        for waiter in waiting:
            waiter.set_result(goes_on)
        return bool(waiting)


class Hub:
    """The set of one event loop. The loop does not keep it alive, nor it the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = weakref.ref(loop)
        self.set = _core.WaitSet()
        self.members: dict[int, Member] = {}
        self.users: weakref.WeakSet[End] = weakref.WeakSet()
        self.descriptor = self.set.fileno()
        itself: weakref.ref[Hub] = weakref.ref(self)
        loop.add_reader(self.descriptor, look_again, itself)

    def look(self) -> None:
        """What is ready and has nobody who waits leaves the set: it would be ready for ever."""
        for key in self.set.wait(0)[0]:
            member = self.members.get(key)
            if member is not None and not member.answer(True):
                self.drop(member.end)

    async def ready(self, end: End, seconds: float | None = None) -> bool:
        """Returns: False where it was interrupted or closed; True when there may be something, or the time is over."""
        waiter = asyncio.get_running_loop().create_future()
        self.add(end).waiters.append(waiter)
        if seconds is None:
            return bool(await waiter)
        await asyncio.wait([waiter], timeout=seconds)
        return waiter.result() if waiter.done() else waiter.cancel()

    def add(self, end: End) -> Member:
        member = self.members.get(id(end))
        if member is None:
            self.set.add(end._raw, id(end))
            member = self.members[id(end)] = Member(end)
            self.users.add(end)
            end._hub = self
        return member

    def drop(self, end: End) -> Member | None:
        member = self.members.pop(id(end), None)
        if member is not None and not self.set.closed:
            with contextlib.suppress(_errors().InvalidHandleError):
                self.set.remove(end._raw)
        return member

    def close(self) -> None:
        """The loop forgets the descriptor before it is closed: another one might get its number, and never be heard of."""
        loop = self.loop()
        if loop is not None:
            _hubs.pop(loop, None)
            if not loop.is_closed():
                loop.remove_reader(self.descriptor)
        self.set.close()


def look_again(hub: weakref.ref[Hub]) -> None:
    found = hub()
    if found is not None:
        found.look()


def _errors() -> Any:
    from . import _errors

    return _errors


def hub_of(end: End) -> Hub:
    """Returns: that of the running loop. An end that was waited for in another one leaves that."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(loop)
    if hub is None:
        hub = _hubs[loop] = Hub(loop)
    if end._hub is not None and end._hub is not hub:
        end._hub.drop(end)
        end._hub = None
    return hub


def wake(end: End, ends: bool) -> bool:
    """Wakes the tasks that wait for `end`, from any thread. Returns: whether there were any."""
    hub: Hub | None = end._hub
    member = hub.members.get(id(end)) if hub is not None else None
    loop = hub.loop() if hub is not None else None
    if loop is None or member is None or all(waiter.done() for waiter in member.waiters):
        return False
    with contextlib.suppress(RuntimeError):  # a loop that is closed has no tasks
        loop.call_soon_threadsafe(member.answer, not ends)
        return True
    return False


def forget(end: End) -> None:
    """Before it is closed. The last one takes the set along."""
    hub = end._hub
    if hub is None:
        return
    wake(end, ends=True)
    end._hub = None
    hub.drop(end)
    hub.users.discard(end)
    if not hub.users:
        hub.close()


async def within(timeout: float | None, work: Coroutine[Any, Any, M]) -> M | None:
    """Returns: what it comes to; None when the time is over."""
    try:
        async with asyncio.timeout(timeout):
            return await work
    except TimeoutError:
        return None


class Messages(AsyncIterator[M], Generic[M]):
    """What `async for` asks: `take` gives the next one, or None."""

    def __init__(self, end: End, take: Callable[[], M | None]) -> None:
        self.end, self.take, self.taken = end, take, 0

    def __aiter__(self) -> Messages[M]:
        return self

    async def __anext__(self) -> M:
        message = await self.next()
        if message is None:
            raise StopAsyncIteration
        return message

    async def next(self) -> M | None:
        """Nothing is awaited with a message in hand: a task that is cancelled loses none."""
        if self.taken >= TAKEN_AT_ONCE:
            self.taken = 0
            await asyncio.sleep(0)
        while not self.end.closed:
            message = self.take()
            if message is not None:
                self.taken += 1
                return message
            self.taken = 0
            if not await hub_of(self.end).ready(self.end):
                return None
        return None
