"""What a file has, whether its recorder came to the end or not."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

from ._file import File

if TYPE_CHECKING:
    from pathlib import Path

CUT = (EOFError, struct.error, ValueError, RuntimeError, UnicodeDecodeError)


class Reading:
    """A file of MCAP, read from its beginning; of one whose recorder was killed, what there is. After the end `whole` says which it was."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.whole = False
        self.channels: dict[int, Any] = {}
        self.schemas: dict[int, Any] = {}
        self.metadata: list[Any] = []
        self.compressions: set[str] = set()

    def records(self) -> Iterator[Any]:
        """Errors: McapError for a file that is none of MCAP."""
        from mcap.exceptions import EndOfFile, RecordLengthLimitExceeded
        from mcap.records import Chunk
        from mcap.stream_reader import StreamReader, breakup_chunk

        records = iter(StreamReader(self._file, emit_chunks=True).records)
        while True:
            try:
                record = next(records)
                members = breakup_chunk(record) if isinstance(record, Chunk) else [record]
            except StopIteration:
                self.whole = True
                return
            except (*CUT, EndOfFile, RecordLengthLimitExceeded):
                return
            if isinstance(record, Chunk):
                self.compressions.add(record.compression or "none")
            yield from members

    def messages(self) -> Iterator[tuple[Any, Any]]:
        """Yields: (channel, message), in the order of writing."""
        from mcap.records import Channel, DataEnd, Message, Metadata, Schema

        ended = False
        for record in self.records():
            if isinstance(record, Message):
                yield self.channels[record.channel_id], record
            elif isinstance(record, Channel):
                self.channels[record.id] = record
            elif isinstance(record, Schema):
                self.schemas[record.id] = record
            elif isinstance(record, Metadata) and not ended:
                self.metadata.append(record)
            ended = ended or isinstance(record, DataEnd)

    def lost(self) -> dict[str, int]:
        """Returns: what was lost of each topic, as far as it is noted."""
        found: dict[str, int] = {}
        for record in self.metadata:
            if record.name == "kickmsg.loss":
                found[record.metadata["topic"]] = found.get(record.metadata["topic"], 0) + int(record.metadata["lost"])
        return found


def info(path: str | os.PathLike[str] | Path) -> dict[str, Any]:
    """Returns: what is in a file; all of JSON's types. Errors: OSError, McapError."""
    topics: dict[str, dict[str, Any]] = {}
    begin = end = None
    with open(path, "rb") as file:
        reading = Reading(file)
        for channel, message in reading.messages():
            one = topics.setdefault(channel.topic, {"messages": 0, "bytes": 0, "channels": set(), "first": message.log_time})
            one["messages"] += 1
            one["bytes"] += len(message.data)
            one["channels"].add(channel.id)
            one["last"] = message.log_time
            begin = message.log_time if begin is None else min(begin, message.log_time)
            end = message.log_time if end is None else max(end, message.log_time)
    lost = reading.lost()
    for name, one in topics.items():
        channels = [reading.channels[number] for number in sorted(one.pop("channels"))]
        seconds = (one.pop("last") - one.pop("first")) / 1e9
        one["rate"] = round((one["messages"] - 1) / seconds, 3) if seconds > 0 else None
        one["schemas"] = sorted({reading.schemas[channel.schema_id].name for channel in channels if channel.schema_id})
        one["prefix"] = channels[0].metadata.get("prefix")
        one["lost"] = lost.get(name, 0)
    return {
        "file": os.fspath(path),
        "bytes": os.path.getsize(path),
        "whole": reading.whole,
        "messages": sum(one["messages"] for one in topics.values()),
        "begin_ns": begin,
        "end_ns": end,
        "seconds": 0.0 if begin is None or end is None else (end - begin) / 1e9,
        "compression": sorted(reading.compressions),
        "topics": dict(sorted(topics.items())),
    }


def recover(path: str | os.PathLike[str], to: str | os.PathLike[str], chunk_bytes: int = 1 << 20) -> int:
    """Writes what can be read of a file that was cut to a whole one. Returns: how many messages. Errors: OSError, McapError."""
    made, numbers, noted = File(to, chunk_bytes, None), {}, 0
    with open(path, "rb") as file:
        reading = Reading(file)
        for channel, message in reading.messages():
            if channel.id not in numbers:
                numbers[channel.id] = made.add_channel(channel.topic, channel.metadata)
            made.add(numbers[channel.id], message.sequence, message.log_time, message.publish_time, message.data, len(message.data))
            for record in reading.metadata[noted:]:
                made.add_metadata(record.name, record.metadata)
            noted = len(reading.metadata)
    for record in reading.metadata[noted:]:
        made.add_metadata(record.name, record.metadata)
    made.finish()
    return made.messages
