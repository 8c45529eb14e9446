"""A file of MCAP that is being written: in chunks, each whole or not there.

Records are those of PyPI's `mcap`; messages are put together here, so that large ones go to the file from where they lie, and so that it is
known where the last whole record ends."""

from __future__ import annotations

import contextlib
import errno
import os
import struct
import zlib
from array import array
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._channels import ENCODING, schema_text

if TYPE_CHECKING:
    from typing_extensions import Buffer

MAGIC = b"\x89MCAP0\r\n"
MESSAGE = struct.Struct("<BQHIQQ")
CHUNK = struct.Struct("<BQQQQII")
MESSAGE_INDEX = struct.Struct("<BQHI")
FOOTER = struct.Struct("<BQQQ")
LENGTH = struct.Struct("<Q")
BODY = MESSAGE.size - 9  # of a message's record, without its data
FULL = {errno.ENOSPC: "no space is left", errno.EDQUOT: "the quota is used up", errno.EFBIG: "the file may not be longer"}


class RecordingError(OSError):
    """A file that could not be written on. What was written before stays, and can be read."""


def compressor(name: str | None) -> Callable[[bytes], bytes] | None:
    """Errors: ValueError."""
    if name == "zstd":
        import zstandard

        made: Callable[[bytes], bytes] = zstandard.ZstdCompressor(level=1).compress
        return made
    if name == "lz4":
        import lz4.frame  # type: ignore[import-untyped]

        found: Callable[[bytes], bytes] = lz4.frame.compress
        return found
    if name not in (None, "none"):
        raise ValueError(f"compression: expected zstd, lz4 or none, found {name}")
    return None


def taken_from(builder: Any, *records: Any) -> bytes:
    for record in records:
        record.write(builder)
    found: bytes = builder.end()
    return found


class File:
    """Threads: one. Fork: not over one."""

    def __init__(self, path: str | os.PathLike[str], chunk_bytes: int, compression: str | None) -> None:
        """Errors: FileExistsError and other OSErrors; ValueError."""
        from mcap import records
        from mcap.data_stream import RecordBuilder

        self._compress = compressor(compression)
        self._compression = (compression or "").encode() if self._compress else b""
        self._records, self._builder = records, RecordBuilder()
        self.path, self.chunk_bytes = os.fspath(path), chunk_bytes
        self.size = 0
        """Bytes up to the end of the last whole record."""
        self.messages = 0
        """That are in the file: in whole chunks."""
        self.begin: int | None = None
        """log_time of the first message."""
        self._chunk = bytearray()
        self._index: dict[int, array[int]] = {}
        self._first = self._last = 0
        self._schemas: dict[tuple[str, bytes], Any] = {}
        self._channels: list[Any] = []
        self._chunks: list[Any] = []
        self._metadata: list[Any] = []
        self._counts: dict[int, int] = defaultdict(int)
        self._times = [0, 0]
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        self._write([MAGIC, taken_from(self._builder, records.Header(profile="", library="kickmsg"))])

    @property
    def pending(self) -> int:
        """Messages that are in no chunk yet."""
        return sum(len(index) for index in self._index.values()) // 2

    @property
    def length(self) -> int:
        """Bytes of the file and of the chunk that comes next."""
        return self.size + len(self._chunk)

    def add_channel(self, topic: str, metadata: dict[str, str]) -> int:
        """Returns: its number. Its schema's record comes with it."""
        made = []
        schema_id = 0
        if "schema.name" in metadata:
            key = metadata["schema.name"], schema_text(metadata)
            if key not in self._schemas:
                number = len(self._schemas) + 1
                self._schemas[key] = self._records.Schema(id=number, name=key[0], encoding=ENCODING, data=key[1])
                made.append(self._schemas[key])
            schema_id = self._schemas[key].id
        channel = self._records.Channel(
            id=len(self._channels) + 1, topic=topic, message_encoding=ENCODING, schema_id=schema_id, metadata=metadata
        )
        self._channels.append(channel)
        self._write([taken_from(self._builder, *made, channel)])
        number_of_it: int = channel.id
        return number_of_it

    def add_metadata(self, name: str, texts: dict[str, str]) -> None:
        record = taken_from(self._builder, self._records.Metadata(name=name, metadata=texts))
        self._metadata.append(self._records.MetadataIndex(offset=self.size, length=len(record), name=name))
        self._write([record])

    def add(self, channel: int, sequence: int, log_time: int, publish_time: int, data: Buffer, length: int) -> None:
        """Adds a message of `length` bytes. One that fills a chunk goes to the file at once, from where it lies."""
        head = MESSAGE.pack(5, BODY + length, channel, sequence & 0xFFFFFFFF, log_time, publish_time)
        alone = length >= self.chunk_bytes and self._compress is None
        if alone and self._chunk:
            self.flush()
        if not self._index:
            self._first = self._last = log_time
        self._first, self._last = min(self._first, log_time), max(self._last, log_time)
        index = self._index.get(channel)
        if index is None:
            index = self._index[channel] = array("Q")
        index.append(log_time)
        index.append(len(self._chunk))
        self._chunk += head
        if alone:
            self._put_chunk([self._chunk, data], len(head) + length, zlib.crc32(data, zlib.crc32(head)))
            return
        self._chunk += data
        if len(self._chunk) >= self.chunk_bytes:
            self.flush()

    def flush(self) -> None:
        """Writes what there is of a chunk. Errors: RecordingError."""
        if self._chunk:
            crc = zlib.crc32(self._chunk)
            data = self._compress(self._chunk) if self._compress else self._chunk  # type: ignore[arg-type]
            self._put_chunk([data], len(self._chunk), crc)

    def _put_chunk(self, data: list[Any], uncompressed: int, crc: int) -> None:
        name, stored = self._compression, len(data[0]) if self._compress else uncompressed
        length = CHUNK.size - 9 + len(name) + LENGTH.size + stored
        head = CHUNK.pack(6, length, self._first, self._last, uncompressed, crc, len(name)) + name + LENGTH.pack(stored)
        begin, end = self.size, self.size + 9 + length
        places: dict[int, int] = {}
        indexes: list[bytes] = []
        for channel, index in self._index.items():
            places[channel] = end + sum(map(len, indexes))
            indexes += [MESSAGE_INDEX.pack(7, 6 + 8 * len(index), channel, 8 * len(index)), index.tobytes()]
        self._write([head, *data, *indexes])
        self._chunks.append(
            self._records.ChunkIndex(
                message_start_time=self._first,
                message_end_time=self._last,
                chunk_start_offset=begin,
                chunk_length=9 + length,
                message_index_offsets=places,
                message_index_length=sum(map(len, indexes)),
                compression=name.decode(),
                compressed_size=stored,
                uncompressed_size=uncompressed,
            )
        )
        self._note_written()

    def _note_written(self) -> None:
        self._times = [min(self._times[0], self._first), max(self._times[1], self._last)] if self.messages else [self._first, self._last]
        self.begin = self._times[0]
        for channel, index in self._index.items():
            self._counts[channel] += len(index) // 2
        self.messages += self.pending
        self._drop()

    def _drop(self) -> None:
        self._index, self._chunk = {}, bytearray()

    def _write(self, parts: list[Any]) -> None:
        """All of it, or nothing. Errors: RecordingError."""
        views = [memoryview(part).cast("B") for part in parts]
        wanted = sum(map(len, views))
        try:
            while views:
                written = os.writev(self._file, views[:1024])
                while views and written >= len(views[0]):
                    written -= len(views.pop(0))
                if views:
                    views[0] = views[0][written:]
        except OSError as error:
            for view in views:
                view.release()  # or a traceback would pin what they show
            os.ftruncate(self._file, self.size)
            os.lseek(self._file, self.size, os.SEEK_SET)
            raise RecordingError(error.errno, self._text_of(error, wanted), self.path) from error
        self.size += wanted

    def _text_of(self, error: OSError, wanted: int) -> str:
        free = os.fstatvfs(self._file)
        return (
            f"{FULL.get(error.errno or 0, error.strerror)}: {wanted} bytes could not be written, {free.f_bavail * free.f_frsize} are free; "
            f"{self.messages} messages in {self.size} bytes are kept, the last {self.pending} are lost"
        )

    def finish(self) -> None:
        """Writes the end of the file, and closes it. Errors: RecordingError; it is closed all the same, and can be read."""
        try:
            self.flush()
            self._write([taken_from(self._builder, self._records.DataEnd(0)), *self._end()])
        finally:
            os.close(self._file)

    def abandon(self) -> None:
        """After a RecordingError: what cannot be written is dropped, and the end written where there is room for that."""
        self._drop()
        with contextlib.suppress(RecordingError):
            self.finish()

    def _end(self) -> list[bytes]:
        start, records = self.size + 9 + 4, self._records
        groups = [
            (3, list(self._schemas.values())),
            (4, self._channels),
            (11, [self._statistics()]),
            (8, self._chunks),
            (13, self._metadata),
        ]
        summary, offsets = bytearray(), []
        for opcode, members in groups:
            text = taken_from(self._builder, *members)
            offset = records.SummaryOffset(group_opcode=opcode, group_start=start + len(summary), group_length=len(text))
            if members:
                offsets.append(offset)
            summary += text
        offset_start = start + len(summary)
        summary += taken_from(self._builder, *offsets)
        footer = FOOTER.pack(2, 20, start, offset_start)
        return [bytes(summary), footer, struct.pack("<I", zlib.crc32(footer, zlib.crc32(summary))), MAGIC]

    def _statistics(self) -> Any:
        return self._records.Statistics(
            attachment_count=0,
            channel_count=len(self._channels),
            channel_message_counts=dict(self._counts),
            chunk_count=len(self._chunks),
            message_count=self.messages,
            metadata_count=len(self._metadata),
            message_start_time=self._times[0],
            message_end_time=self._times[1],
            schema_count=len(self._schemas),
        )
