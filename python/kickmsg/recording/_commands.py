"""The commands kickmsg-record, kickmsg-play and kickmsg-bag."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from .. import KickmsgError, Node
from ._patterns import Patterns
from ._player import Player
from ._reading import info, recover
from ._recorder import CHUNK_BYTES, Recorder

UNITS = {"k": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def size(text: str) -> int:
    """Returns: bytes: 4096, 64k, 100M, 2G."""
    factor = UNITS.get(text[-1:], 1)
    return round(float(text[:-1] if factor > 1 else text) * factor)


def split(text: str) -> list[str]:
    return [one for one in (piece.strip() for piece in text.split(",")) if one]


def _guarded(name: str, act: Callable[[], int]) -> int:
    """Returns: the exit code: 1 with the reason on standard error."""
    try:
        from mcap.exceptions import McapError
    except ImportError as error:
        print(f"{name}: {error}: pip install 'kickmsg-shm[recording]'", file=sys.stderr)
        return 1
    try:
        return act()
    except (KickmsgError, McapError, OSError, ValueError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1


def _on_end(act: Callable[[], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: act())


# --- record


def _parse_record(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="kickmsg-record", description="Records topics into files of MCAP, until Ctrl-C.")
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help="names, and patterns: * is any text between slashes, ** any pieces")
    parser.add_argument("-a", "--all", action="store_true", help="all topics, as **")
    parser.add_argument("-o", "--output", required=True, metavar="FILE", help="a new one; of several, FILE_0, FILE_1 and so on")
    parser.add_argument(
        "--prefix", type=split, action="extend", metavar="PREFIXES", help="what region names begin with; several with commas"
    )
    parser.add_argument("--seconds", type=float, help="how long; else until Ctrl-C")
    parser.add_argument("--split-size", type=size, metavar="BYTES", help="another file from there on: 100M, 2G")
    parser.add_argument("--split-time", type=float, metavar="SECONDS", help="another file so often")
    parser.add_argument("--compression", choices=("none", "lz4", "zstd"), default="none")
    parser.add_argument("--chunk-size", type=size, default=CHUNK_BYTES, metavar="BYTES", help="what a killed recorder can lose at most")
    parser.add_argument("--flush", type=float, default=1.0, metavar="SECONDS", help="and of which time")
    options = parser.parse_args(arguments)
    options.topics += ["**"] if options.all else []
    if not options.topics:
        parser.error("expected names of topics, patterns, or --all")
    try:
        Patterns(options.topics)
    except ValueError as error:
        parser.error(str(error))
    return options


def record(arguments: Sequence[str] | None = None) -> int:
    """The command kickmsg-record."""
    options = _parse_record(arguments)
    return _guarded("kickmsg-record", lambda: _record(options))


def _record(options: argparse.Namespace) -> int:
    nodes = [Node("recorder", prefix) for prefix in options.prefix or [None]]
    recorder = Recorder(
        nodes,
        options.topics,
        options.output,
        chunk_bytes=options.chunk_size,
        compression=options.compression,
        split_bytes=options.split_size,
        split_seconds=options.split_time,
        flush=options.flush,
    )
    _on_end(recorder.stop)
    end = None if options.seconds is None else time.monotonic() + options.seconds
    print(f"recording {', '.join(options.topics)} to {recorder.paths[0]}", flush=True)
    with recorder:
        while not recorder.stopped and (end is None or time.monotonic() < end):
            recorder.record(None if end is None else max(0.0, end - time.monotonic()))
    for name, problem in (*recorder.problems.items(), *((name, "there was no such topic") for name in recorder.missing())):
        print(f"kickmsg-record: {name}: {problem}", file=sys.stderr)
    print(f"{sum(recorder.messages.values())} messages, {sum(recorder.lost.values())} lost")
    return 0


# --- play


def _pair(text: str) -> tuple[str, str]:
    before, gap, after = text.partition("=")
    if not (before and gap and after):
        raise argparse.ArgumentTypeError("expected OLD=NEW")
    return before, after


def _parse_play(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="kickmsg-play", description="Publishes what a recording has, in its own time.")
    parser.add_argument("file")
    parser.add_argument("--rate", type=float, default=1.0, help="2: twice as fast")
    parser.add_argument("--start", type=float, default=0.0, metavar="SECONDS", help="from the first message of the file")
    parser.add_argument("--end", type=float, metavar="SECONDS", help="likewise")
    parser.add_argument("--loop", action="store_true", help="again and again, until Ctrl-C")
    parser.add_argument("--paused", action="store_true", help="begins with a pause; Enter ends one, and begins the next")
    parser.add_argument("--topics", type=split, default=["**"], metavar="PATTERNS", help="which of the file; a list with commas")
    parser.add_argument("--onto", type=_pair, action="append", default=[], metavar="OLD=NEW", help="another topic")
    parser.add_argument("--prefix", help="another one than in the file")
    return parser.parse_args(arguments)


def play(arguments: Sequence[str] | None = None) -> int:
    """The command kickmsg-play."""
    options = _parse_play(arguments)
    return _guarded("kickmsg-play", lambda: _play(options))


def _play(options: argparse.Namespace) -> int:
    player = Player(
        options.file,
        node=None if options.prefix is None else Node("player", options.prefix),
        rate=options.rate,
        start=options.start,
        end=options.end,
        loop=options.loop,
        paused=options.paused,
        topics=options.topics,
        onto=dict(options.onto),
    )
    _on_end(player.stop)
    threading.Thread(target=_hear, args=(player,), daemon=True).start()
    player.play(lambda: print(f"playing {options.file}{', paused' if player.paused else ''}", flush=True))
    print(f"{player.count} messages")
    return 0


def _hear(player: Player) -> None:
    with contextlib.suppress(OSError, ValueError):
        for _line in sys.stdin:
            player.paused = not player.paused


# --- bag


def bag(arguments: Sequence[str] | None = None) -> int:
    """The command kickmsg-bag."""
    parser = argparse.ArgumentParser(prog="kickmsg-bag", description="What a recording has; a whole file of one that was cut.")
    commands = parser.add_subparsers(dest="command", required=True)
    about = commands.add_parser("info", help="what is in a file")
    about.add_argument("file")
    about.add_argument("--json", action="store_true")
    mend = commands.add_parser("recover", help="writes what can be read of FILE to OUTPUT")
    mend.add_argument("file")
    mend.add_argument("output")
    options = parser.parse_args(arguments)
    return _guarded("kickmsg-bag", lambda: _info(options) if options.command == "info" else _recover(options))


def _recover(options: argparse.Namespace) -> int:
    print(f"{recover(options.file, options.output)} messages")
    return 0


def _info(options: argparse.Namespace) -> int:
    found = info(options.file)
    if options.json:
        print(json.dumps(found))
        return 0
    end = "" if found["whole"] else "; cut: its recorder did not end it (kickmsg-bag recover)"
    print(f"{found['file']}: {found['bytes']} bytes, compression {', '.join(found['compression']) or 'none'}{end}")
    begin = "" if found["begin_ns"] is None else time.strftime(" from %Y-%m-%d %H:%M:%S", time.localtime(found["begin_ns"] / 1e9))
    print(f"{found['messages']} messages in {found['seconds']:.3f} s{begin}")
    for name, one in found["topics"].items():
        print(f"  {name}: {_line(one)}")
    return 0


def _line(one: dict[str, Any]) -> str:
    rate = "" if one["rate"] is None else f", {one['rate']:.1f} a second"
    return f"{one['messages']} messages, {one['bytes']} bytes{rate}, {one['lost']} lost, type {', '.join(one['schemas']) or 'none'}"
