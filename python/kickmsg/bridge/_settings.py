"""What a bridge is asked to do: by Python, a file of TOML, the command line."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import tomllib

from ._names import Patterns, split

if TYPE_CHECKING:
    from zenoh import Config

LISTS = ("topics", "exports", "imports", "broadcasts", "services", "blackboards", "block", "connect", "listen")


@dataclasses.dataclass
class Settings:
    """All of it; a file of TOML has the same names."""

    topics: list[str] = dataclasses.field(default_factory=list)
    """Patterns of topics that go both ways: `*` is any text between two slashes, `**` any number of pieces."""
    exports: list[str] = dataclasses.field(default_factory=list)
    """Topics that go out only."""
    imports: list[str] = dataclasses.field(default_factory=list)
    """Topics that come in only."""
    broadcasts: list[str] = dataclasses.field(default_factory=list)
    """Broadcast channels, both ways."""
    services: list[str] = dataclasses.field(default_factory=list)
    """Services: those that are served here are offered, those of others can be called here."""
    blackboards: list[str] = dataclasses.field(default_factory=list)
    """Blackboards, whose values go both ways."""
    connect: list[str] = dataclasses.field(default_factory=list)
    """Endpoints of Zenoh: tcp/host:7447, tls/…, quic/…, unixsock-stream/path."""
    listen: list[str] = dataclasses.field(default_factory=list)
    mode: str = "peer"
    """Of Zenoh: peer, client or router."""
    prefix: str | None = None
    """What region names begin with, as for a Node."""
    root: str = "kickmsg"
    """What all keys begin with: bridges of another root do not meet."""
    block: list[str] = dataclasses.field(default_factory=list)
    """Topics and broadcasts whose messages wait for a slow link; those of all others are dropped by Zenoh then."""
    history: int = 0
    """Messages of each topic that Zenoh keeps for bridges that come later; all bridges have to ask for it alike."""
    queue: int = 1024
    """Messages that may wait here on their way in; more are lost, and counted."""
    scan: float = 0.5
    """Seconds between two looks for topics and services that are new."""
    call_timeout: float = 10.0
    """Seconds that a call to another host may take."""
    zenoh: dict[str, Any] = dataclasses.field(default_factory=dict)
    """Zenoh's own configuration, which goes before all that a bridge sets: TLS is in transport.link.tls."""

    def check(self) -> None:
        """Errors: ValueError."""
        for name in LISTS[:7]:
            Patterns(getattr(self, name))
        if self.history < 0 or self.queue < 1 or not 0 < self.scan <= 60 or not self.call_timeout > 0:
            raise ValueError("history, queue, scan or call_timeout: out of range (0.., 1.., above 0 to 60, above 0)")
        if not any(getattr(self, name) for name in LISTS[:6]):
            raise ValueError("nothing to carry: expected topics, exports, imports, broadcasts, services or blackboards")

    def zenoh_config(self) -> Config:
        """Returns: the configuration of the session. Shared memory is off: nothing of Zenoh is left in /dev/shm."""
        import zenoh

        config = zenoh.Config()
        alone = not self.connect and not self.listen
        preset: dict[str, Any] = {
            "mode": self.mode,
            "transport/shared_memory/enabled": False,
            "connect/endpoints": self.connect,
            "connect/timeout_ms": -1,
            "connect/exit_on_failure": False,
            "listen/endpoints": self.listen,
            "scouting/multicast/enabled": alone,
            "timestamping/enabled": self.history > 0 or bool(self.blackboards),
        }
        for key, value in preset.items():
            config.insert_json5(key, json.dumps(value))
        for key, value in self.zenoh.items():
            _insert(config, key, value)
        return config


def _insert(config: Config, path: str, value: Any) -> None:
    """Value by value, so that what a table does not name stays; as a whole where Zenoh has no such table yet. Errors: zenoh.ZError."""
    import zenoh

    if isinstance(value, dict) and value:
        try:
            for name, one in value.items():
                _insert(config, f"{path}/{name}", one)
            return
        except zenoh.ZError:
            pass
    config.insert_json5(path, json.dumps(value))


def load(path: str) -> Settings:
    """Returns: what a file of TOML says. Errors: ValueError, OSError."""
    with open(path, "rb") as file:
        found = tomllib.load(file)
    kinds = {field.name: type(getattr(Settings(), field.name)) for field in dataclasses.fields(Settings)}
    kinds["prefix"] = str
    for name, value in found.items():
        if name not in kinds:
            raise ValueError(f"{path}: {name}: expected one of {', '.join(kinds)}")
        wanted: tuple[type, ...] = (int, float) if kinds[name] is float else (kinds[name],)
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise ValueError(f"{path}: {name}: expected {kinds[name].__name__}, found {value!r}")
        if isinstance(value, list) and not all(isinstance(one, str) for one in value):
            raise ValueError(f"{path}: {name}: expected a list of texts")
    return Settings(**found)


def parse(arguments: Sequence[str] | None) -> tuple[Settings, float | None]:
    """Returns: the settings, and how many seconds are between two lines of numbers (None: no such lines)."""
    parser = argparse.ArgumentParser(
        prog="kickmsg-bridge", description="Carries topics, broadcasts, services and blackboards between hosts, by Zenoh."
    )
    parser.add_argument("--config", metavar="FILE", help="of TOML; options go before it")
    for name in LISTS:
        metavar = "ENDPOINTS" if name in ("connect", "listen") else "PATTERNS"
        parser.add_argument(f"--{name}", type=split, metavar=metavar, help="a list with commas")
    for name in ("mode", "prefix", "root"):
        parser.add_argument(f"--{name}")
    for name, kind in (("history", int), ("queue", int), ("scan", float), ("call-timeout", float)):
        parser.add_argument(f"--{name}", type=kind)
    parser.add_argument("--stats", type=float, metavar="SECONDS", help="a line of JSON on standard output so often")
    given = vars(parser.parse_args(arguments))
    file, stats = given.pop("config"), given.pop("stats")
    try:
        settings = load(file) if file else Settings()
        settings = dataclasses.replace(settings, **{name: value for name, value in given.items() if value is not None})
        settings.check()
    except (OSError, ValueError) as error:
        parser.error(str(error))
    return settings, stats
