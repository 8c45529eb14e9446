"""Topics, broadcasts, services and blackboards carried to other hosts, by Zenoh.

It needs `eclipse-zenoh`: `pip install kickmsg-shm[bridge]`.

    kickmsg-bridge --topics 'imu,camera/*' --connect tcp/10.0.0.2:7447
    kickmsg-bridge --config bridge.toml --stats 1

A bridge runs on each host. See BRIDGE.md for what holds across hosts, and what no longer does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._settings import Settings, load
from ._wire import Descriptor, Stamp, WireError, unpack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._bridge import Bridge

__all__ = ["Bridge", "Descriptor", "Settings", "Stamp", "WireError", "load", "main", "unpack"]


def __getattr__(name: str) -> Any:
    """Zenoh is imported where it is needed."""
    if name == "Bridge":
        from ._bridge import Bridge

        return Bridge
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command kickmsg-bridge."""
    from ._command import main

    return main(arguments)
