"""The command kickmsg-bridge."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Sequence
from typing import Any

from ._settings import parse

LOOK_SECONDS = 0.5


def _import() -> Any:
    try:
        from . import _bridge
    except ImportError as error:
        print(f"kickmsg-bridge: {error}: pip install 'kickmsg-shm[bridge]'", file=sys.stderr)
        return None
    return _bridge


def _end(number: int, _frame: object) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def _line(event: str, status: dict[str, Any]) -> None:
    print(json.dumps({"event": event, "time": time.time(), **status}), flush=True)


class Complaints:
    """Says each problem once, on standard error."""

    def __init__(self) -> None:
        self.said: dict[str, str | None] = {}

    def look(self, status: dict[str, Any]) -> None:
        found = {
            f"{kind} {name}": one["problem"]
            for kind in ("topics", "broadcasts", "services", "blackboards")
            for name, one in status[kind].items()
        }
        found["a message"] = status["foreign_problem"]
        for what, problem in found.items():
            if problem is not None and self.said.get(what) != problem:
                print(f"kickmsg-bridge: {what}: {problem}", file=sys.stderr, flush=True)
        self.said = found


def _watch(bridge: Any, stats: float | None) -> None:
    complaints, due = Complaints(), time.monotonic()
    while not bridge.ending.wait(LOOK_SECONDS if stats is None else min(LOOK_SECONDS, max(0.0, due - time.monotonic()))):
        status = bridge.status()
        complaints.look(status)
        if stats is not None and time.monotonic() >= due:
            _line("stats", status)
            due += stats


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns: the exit code: 0 after Ctrl-C or SIGTERM, 1 where it ended by itself."""
    made = _import()
    if made is None:
        return 1
    settings, stats = parse(arguments)
    signal.signal(signal.SIGTERM, _end)
    try:
        return _carry(made.Bridge(settings), stats)
    except KeyboardInterrupt:  # in the middle of the beginning, or of the end
        return 0
    except made.zenoh.ZError as error:
        print(f"kickmsg-bridge: {error}", file=sys.stderr)
        return 1


def _carry(bridge: Any, stats: float | None) -> int:
    with bridge:
        bridge.start()
        _line("ready", bridge.status())
        try:
            _watch(bridge, stats)
        except KeyboardInterrupt:
            _line("end", bridge.status())
            return 0
    print(f"kickmsg-bridge: {bridge.failure!r}", file=sys.stderr)
    return 1
