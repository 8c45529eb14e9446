"""Blackboards: named values, each with one writer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, NamedTuple, TypeVar, cast, overload

from . import _core
from ._core import BlackboardEntry, SchemaInfo, ValueInfo, WriterInfo
from ._ends import Closing, End
from ._types import Codec, codec_of

T = TypeVar("T")


class Value(NamedTuple, Generic[T]):
    """A value that was read, copied."""

    value: T
    """The value: bytes, or of the reader's type."""
    info: ValueInfo
    """Which version it is, and when it was written."""


class BlackboardWriter(Closing, Generic[T]):
    """Writes one key. Made by Blackboard.writer(); it outlives that. One thread at a time (ThreadError).

    close() gives the key up; its value stays. So does a process that ends, however it ends."""

    def __init__(self, raw: _core.BlackboardWriter, codec: Codec | None) -> None:
        self._raw: _core.BlackboardWriter = raw
        self._encode = codec.encode if codec else None

    def write(self, value: T) -> int:
        """Makes `value` the value of the key; it waits for no reader.

        Returns: its version. Errors: TooLongError, InvalidHandleError, ThreadError."""
        return self._raw.write(self._encode(value) if self._encode else value)

    @property
    def key(self) -> str:
        """The name of the key."""
        return self._raw.key

    @property
    def version(self) -> int:
        """That of the last value, whoever wrote it; 0: none yet."""
        return self._raw.version


class BlackboardReader(Closing, Generic[T]):
    """Reads one key. Made by Blackboard.reader(), before or after the key has a writer; it outlives that. One thread at a time
    (ThreadError)."""

    def __init__(self, raw: _core.BlackboardReader, codec: Codec | None) -> None:
        self._raw: _core.BlackboardReader = raw
        self._codec = codec

    def read(self) -> Value[T] | None:
        """Returns: the last value, copied whole; None where none was written yet, or it is not of the type by its length.

        Errors: CorruptError, InvalidHandleError, ThreadError."""
        found = self._raw.read()
        if found is None:
            return None
        if self._codec is None:
            return Value(cast(T, found[0]), found[1])
        return Value(self._codec.decode(found[0]), found[1]) if self._codec.fits(len(found[0])) else None

    def wait_for_change(self, timeout: float | None = None) -> bool:
        """Sleeps until there is another version than the one that was read last, at most `timeout` seconds. Ctrl-C ends it, other
        threads run meanwhile; one thread at a time waits through the readers of one Blackboard (ThreadError).

        Returns: whether there is."""
        return self._raw.wait_for_change(timeout)

    @property
    def has_changed(self) -> bool:
        """Whether there is another version than the one that was read last."""
        return self._raw.has_changed

    @property
    def version(self) -> int:
        """The version that there is now; 0: none yet."""
        return self._raw.version

    @property
    def seen(self) -> int:
        """The version that read() has returned last; 0: none yet."""
        return self._raw.seen

    @property
    def key(self) -> str:
        """The name of the key."""
        return self._raw.key

    def writer(self) -> WriterInfo:
        """Returns: who writes the key."""
        return self._raw.writer()


class Blackboard(End):
    """A table of keys, each with its last value, in shared memory. Made by Node.blackboard().

    A value is a state: who reads gets the last one, whoever wrote it, alive or not. What has to arrive one after the other is for a
    topic."""

    def __init__(self, raw: _core.Blackboard) -> None:
        self._raw: _core.Blackboard = raw

    @overload
    def writer(self, key: str, kind: None = None, *, schema: SchemaInfo | None = None) -> BlackboardWriter[bytes]: ...
    @overload
    def writer(self, key: str, kind: type[T], *, schema: SchemaInfo | None = None) -> BlackboardWriter[T]: ...
    @overload
    def writer(self, key: str, kind: Any, *, schema: SchemaInfo | None = None) -> BlackboardWriter[Any]: ...
    def writer(self, key: str, kind: Any = None, *, schema: SchemaInfo | None = None) -> BlackboardWriter[Any]:
        """Claims `key`, whose values are of `kind` (as a Node has it). One whose writer is proven dead is taken over.

        Errors: InUseError, with the pid of the writer that lives; SchemaMismatchError, LimitReachedError, InvalidNameError."""
        codec = _codec(kind)
        return BlackboardWriter(self._raw.writer(key, _schema(codec, schema)), codec)

    @overload
    def reader(self, key: str, kind: None = None, *, schema: SchemaInfo | None = None) -> BlackboardReader[bytes]: ...
    @overload
    def reader(self, key: str, kind: type[T], *, schema: SchemaInfo | None = None) -> BlackboardReader[T]: ...
    @overload
    def reader(self, key: str, kind: Any, *, schema: SchemaInfo | None = None) -> BlackboardReader[Any]: ...
    def reader(self, key: str, kind: Any = None, *, schema: SchemaInfo | None = None) -> BlackboardReader[Any]:
        """Reads `key`, which may come before its writer. Errors: as writer(), but for InUseError."""
        codec = _codec(kind)
        return BlackboardReader(self._raw.reader(key, _schema(codec, schema)), codec)

    def wait_for_change(self, readers: Iterable[BlackboardReader[Any]], timeout: float | None = None) -> list[BlackboardReader[Any]]:
        """Sleeps until one of `readers`, all of this blackboard, has another version than it has read last, at most `timeout` seconds.

        Returns: those that have. Errors: ThreadError, InvalidHandleError."""
        all_of_them = list(readers)
        self._raw.wait_for_change([reader._raw for reader in all_of_them], timeout)
        return [reader for reader in all_of_them if reader.has_changed]

    def values(self) -> list[BlackboardEntry]:
        """Returns: all keys, sorted by name."""
        return self._raw.values()

    def has(self, key: str) -> bool:
        """Returns: whether there is a `key` of that name. It adds none."""
        return self._raw.has(key)

    @property
    def max_value_size(self) -> int:
        """Bytes that a value may have."""
        return self._raw.max_value_size

    @property
    def max_keys(self) -> int:
        """Keys that may have names."""
        return self._raw.max_keys

    @property
    def region(self) -> str:
        """The name of its region, with its slash."""
        return self._raw.region


def _codec(kind: Any) -> Codec | None:
    return None if kind is None or kind is bytes else codec_of(kind)


def _schema(codec: Codec | None, schema: SchemaInfo | None) -> SchemaInfo | None:
    return schema if schema is not None or codec is None else codec.schema
