"""One wait for many ends."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from . import _core

if TYPE_CHECKING:
    from typing_extensions import Self

    from ._ends import Subscriber
    from ._service import Client, Server

    Waitable: TypeAlias = Subscriber[Any] | Server[Any, Any] | Client[Any, Any]


class Ready:
    """What a wait found: the keys of those that are ready, each once; `woken` when wake() was called."""

    def __init__(self, keys: list[Any], woken: bool) -> None:
        self.keys, self.woken = keys, woken

    def __iter__(self) -> Iterator[Any]:
        return iter(self.keys)

    def __len__(self) -> int:
        return len(self.keys)

    def __bool__(self) -> bool:
        return bool(self.keys) or self.woken

    def __repr__(self) -> str:
        return f"Ready({self.keys!r}{', woken' if self.woken else ''})"


class WaitSet:
    """Waits for messages of any number of subscribers, for requests of servers, and for a wake of the program's own.

    wait() by one thread at a time (ThreadError), and nobody receives from a member meanwhile; add(), remove(), wake() by any.
    It has a fileno(): `selectors`, asyncio and their like can wait for it; then ask wait(0) until it comes back empty, which arms it
    anew."""

    def __init__(self) -> None:
        self._raw = _core.WaitSet()
        self._members: dict[int, tuple[Waitable, Any]] = {}

    def add(self, member: Waitable, key: Any = None) -> None:
        """Puts `member` in, known by `key`, which may be anything; by itself where there is none.

        Errors: InUseError when it is in a set already, InvalidHandleError."""
        self._raw.add(member._raw, id(member))
        self._members[id(member)] = (member, member if key is None else key)

    def remove(self, member: Waitable) -> None:
        """Takes `member` out; nothing happens when it is not in."""
        if self._members.pop(id(member), None) is not None:
            self._raw.remove(member._raw)

    def wait(self, timeout: float | None = None) -> Ready:
        """Sleeps until a member is ready, wake() is called, or `timeout` seconds are over; 0 only looks. Ctrl-C ends it.

        Returns: all that are ready, beginning with another one each time. It is a hint: try_receive() may find nothing. One is reported by
        each wait until it has been read empty."""
        keys, woken = self._raw.wait(timeout)
        return Ready([self._members[key][1] for key in keys if key in self._members], woken)

    def wake(self) -> None:
        """Ends the present wait, or else the next one at once, which says `woken`. Any thread may call it."""
        self._raw.wake()

    def fileno(self) -> int:
        """Returns: a descriptor that is readable when wait(0) has something to say. Do not read, write or close it."""
        return self._raw.fileno()

    def close(self) -> None:
        """Ends it; its members are in no set from then on. Whoever watches the descriptor forgets it before."""
        self._raw.close()
        self._members.clear()

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._raw.closed

    def __len__(self) -> int:
        return len(self._raw)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError("a WaitSet belongs to this process: make one in the other")
