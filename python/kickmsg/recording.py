"""Topics recorded into files of MCAP, and played again. It needs the package `mcap`: `pip install kickmsg-shm[recording]`.

    kickmsg-record record FILE TOPIC... [--prefix P] [--seconds S]      until then, or Ctrl-C
    kickmsg-record play FILE [--prefix P] [--speed F]

A channel of the file has the geometry and the schema of its topic, so that what plays it makes the same topic. log_time is when a message
was received, publish_time when it was sent, where the topic has Config.send_time; both of the wall clock. What was lost is in the
record `kickmsg` of metadata, which is written at the end. A recorder that is killed loses the chunk that it had not written yet:
chunk_size bytes at most."""

from __future__ import annotations

import argparse
import contextlib
import io
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING, Any

from . import Config, Node, Publisher, RegionReport, SchemaInfo, Subscriber, WaitSet, inspect, monotonic_ns
from ._core import InspectDepth

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

ENCODING = "kickmsg"  # of messages: bytes as they lie in memory
CHUNK_BYTES = 1 << 20
SIZES = ("max_subscribers", "sub_ring_capacity", "pool_size", "max_payload_size", "max_publishers", "payload_alignment", "max_views")
ALGORITHMS = ("version", "identity_algo", "layout_algo", "flags")


def metadata_of(report: RegionReport) -> dict[str, str]:
    """What a topic is made of again, as texts."""
    config = report.region.config
    found = {name: str(getattr(config, name)) for name in SIZES} | {"send_time": str(int(config.send_time))}
    schema = report.schema
    if schema is not None:
        found |= {f"schema.{name}": str(getattr(schema, name)) for name in ALGORITHMS}
        found |= {"schema.name": schema.name, "schema.identity": schema.identity.hex(), "schema.layout": schema.layout.hex()}
    return found


def made_of(metadata: dict[str, str]) -> tuple[Config, SchemaInfo | None]:
    """Returns: what metadata_of() was given."""
    sizes: dict[str, Any] = {name: int(metadata[name]) for name in SIZES if name in metadata}
    config = Config(**sizes, send_time=metadata.get("send_time") == "1")
    if "schema.name" not in metadata:
        return config, None
    numbers: dict[str, Any] = {name: int(metadata[f"schema.{name}"]) for name in ALGORITHMS}
    digests: dict[str, Any] = {name: bytes.fromhex(metadata[f"schema.{name}"]) for name in ("identity", "layout")}
    return config, SchemaInfo(metadata["schema.name"], **numbers, **digests)


class Recorder:
    """Writes what is published on topics to a file of MCAP, from its making to close()."""

    def __init__(self, node: Node, topics: Iterable[str], file: IO[bytes], chunk_size: int = CHUNK_BYTES) -> None:
        """Errors: NotFoundError for a topic that there is not."""
        from mcap.writer import Writer

        self._file = io.BufferedWriter(file) if isinstance(file, io.RawIOBase) else file  # else the writer keeps a buffer of its own
        self._writer: Any = Writer(self._file, chunk_size=chunk_size)
        self._writer.start(profile="", library="kickmsg")
        self._set = WaitSet()
        self._subs: dict[str, tuple[Subscriber[bytes], int]] = {}
        for topic in topics:
            self._subs[topic] = node.subscribe(topic), self._channel(node, topic)
            self._set.add(self._subs[topic][0], topic)

    def _channel(self, node: Node, topic: str) -> int:
        report = inspect(node.topic_region(topic), InspectDepth.RINGS)
        name = report.schema.name if report.schema is not None else ""
        schema = self._writer.register_schema(name=name, encoding=ENCODING, data=b"") if name else 0
        made: int = self._writer.register_channel(topic, ENCODING, schema, metadata=metadata_of(report))
        return made

    def record(self, timeout: float | None = None) -> int:
        """Writes what there is, and waits up to `timeout` seconds where there is nothing. Returns: how many messages it wrote."""
        count = 0
        for topic in self._set.wait(timeout):
            count += self._drain(*self._subs[topic])
        self._file.flush()
        return count

    def _drain(self, sub: Subscriber[bytes], channel: int) -> int:
        """At most what can have been waiting: one topic does not hold up the others."""
        for count in range(sub.capacity):
            view = sub.try_receive_view()
            if view is None:
                return count
            with view:
                now, info = time.time_ns(), view.info
                sent = now if info.sent_ns is None else now - max(0, monotonic_ns() - info.sent_ns)
                self._writer.add_message(channel, now, view.value, sent, sequence=info.sequence & 0xFFFFFFFF)
        return sub.capacity

    @property
    def lost(self) -> dict[str, int]:
        """How many messages of each topic were lost, because the recorder was too slow."""
        return {topic: sub.lost for topic, (sub, _channel) in self._subs.items()}

    def close(self) -> None:
        """Writes what is left, and the end of the file, which stays open."""
        if self._set.closed:
            return
        while self.record(0):
            pass
        self._writer.add_metadata("kickmsg", {f"lost.{topic}": str(lost) for topic, lost in self.lost.items()})
        self._writer.finish()
        self._file.flush()
        self._set.close()
        for sub, _channel in self._subs.values():
            sub.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def messages(file: IO[bytes]) -> Iterable[tuple[Any, Any]]:
    """Yields (channel, message) of a file in the order of its writing; of one whose recorder was killed, what there is."""
    from mcap.exceptions import McapError
    from mcap.reader import NonSeekingReader

    with contextlib.suppress(EOFError, McapError):
        for _schema, channel, message in NonSeekingReader(file).iter_messages(log_time_order=False):
            yield channel, message


def play(node: Node, file: IO[bytes], speed: float = 1.0) -> int:
    """Publishes what a file has, in its own time divided by `speed`. Returns: how many messages.

    Errors: MismatchError and so on, where a topic is there and is another."""
    if not speed > 0:
        raise ValueError(f"speed: expected more than 0, found {speed}")
    pubs: dict[str, Publisher[bytes]] = {}
    begin, first, count = time.monotonic_ns(), None, 0
    try:
        for channel, message in messages(file):
            if channel.topic not in pubs:
                config, schema = made_of(channel.metadata)
                pubs[channel.topic] = node.advertise_or_join(channel.topic, config=config, schema=schema)
            first = message.log_time if first is None else first
            due = begin + (message.log_time - first) / speed
            time.sleep(max(0.0, (due - time.monotonic_ns()) / 1e9))
            pubs[channel.topic].send(message.data)
            count += 1
    finally:
        for pub in pubs.values():
            pub.close()
    return count


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="kickmsg-record", description="Records topics into a file of MCAP, and plays them again.")
    commands = parser.add_subparsers(dest="command", required=True)
    record, again = commands.add_parser("record"), commands.add_parser("play")
    for command in (record, again):
        command.add_argument("file")
        command.add_argument("--prefix", help="what region names begin with")
    record.add_argument("topics", nargs="+", metavar="TOPIC")
    record.add_argument("--seconds", type=float, help="how long; else until Ctrl-C")
    again.add_argument("--speed", type=float, default=1.0)
    return parser.parse_args(arguments)


def _end(number: int, _frame: object) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse(arguments)
    node = Node("recorder", options.prefix)
    if options.command == "play":
        with open(options.file, "rb") as recorded:
            print(f"{play(node, recorded, options.speed)} messages")
        return 0
    signal.signal(signal.SIGTERM, _end)
    with open(options.file, "xb") as file, Recorder(node, options.topics, file) as recorder:
        count, end = 0, None if options.seconds is None else time.monotonic() + options.seconds
        print(f"recording {', '.join(options.topics)}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            while end is None or time.monotonic() < end:
                count += recorder.record(None if end is None else max(0.0, end - time.monotonic()))
        print(f"{count} messages, {sum(recorder.lost.values())} lost")
    return 0


if __name__ == "__main__":
    sys.exit(main())
