"""What travels beside a message: where it comes from, and what it is made of.

The payload of Zenoh is the message, as it lies in memory. Its attachment is a Stamp of fixed size and a Descriptor in JSON."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any, NamedTuple

from .. import BlackboardConfig, Config, SchemaInfo, ServiceConfig
from .._sizes import CONFIG_SIZES

HEAD = struct.Struct("!4s16sIQQq")
MAGIC = b"KMB1"
SERVICE_SIZES = (
    "max_clients",
    "max_servers",
    "max_calls",
    "max_waiting",
    "max_request_size",
    "max_response_size",
    "payload_alignment",
)
ALGORITHMS = ("version", "identity_algo", "layout_algo", "flags")


class WireError(ValueError):
    """What is not of a bridge, or of another version of it."""


class Stamp(NamedTuple):
    """Who sent a message, and when."""

    origin: bytes
    """Of the bridge that it came through first: 16 bytes, another at each start."""
    epoch: int
    """Which region of that bridge: numbers of publishers are its own."""
    publisher: int
    """SampleInfo.publisher, there."""
    sequence: int
    """SampleInfo.sequence, there: 1, 2, 3 without gaps."""
    sent_ns: int
    """By the wall clock of the sending host; 0 where the region has no Config.send_time."""

    def pack(self) -> bytes:
        return HEAD.pack(MAGIC, *self)


def unpack(attachment: bytes | None) -> tuple[Stamp, bytes]:
    """Returns: the stamp, and the text of the descriptor. Errors: WireError."""
    if attachment is None or len(attachment) < HEAD.size or attachment[:4] != MAGIC:
        raise WireError("a message without the attachment of a bridge of this version")
    return Stamp(*HEAD.unpack_from(attachment)[1:]), attachment[HEAD.size :]


def _schema_text(schema: SchemaInfo) -> dict[str, Any]:
    found: dict[str, Any] = {name: getattr(schema, name) for name in ALGORITHMS}
    found["name"] = schema.name
    for name in ("identity", "layout"):
        found[name] = getattr(schema, name).rstrip(b"\0").hex()
    return found


def _schema_of(found: dict[str, Any] | None) -> SchemaInfo | None:
    if found is None:
        return None
    values: dict[str, Any] = {name: int(found[name]) for name in ALGORITHMS}
    values |= {name: bytes.fromhex(found[name]) for name in ("identity", "layout")}
    return SchemaInfo(str(found["name"]), **values)


def _text(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


@dataclass(frozen=True)
class Descriptor:
    """What a topic or broadcast is made of."""

    sizes: tuple[int, ...]
    send_time: bool
    schema: SchemaInfo | None

    @classmethod
    def of(cls, config: Any, schema: SchemaInfo | None) -> Descriptor:
        """`config` has the fields of a Config: a RegionInfo does."""
        return cls(tuple(int(getattr(config, name)) for name in CONFIG_SIZES), bool(config.send_time), schema)

    @property
    def config(self) -> Config:
        values: dict[str, Any] = dict(zip(CONFIG_SIZES, self.sizes, strict=True))
        return Config(**values, send_time=self.send_time)

    def text(self) -> bytes:
        schema = None if self.schema is None else _schema_text(self.schema)
        return _text({"sizes": self.sizes, "send_time": self.send_time, "schema": schema})

    @classmethod
    def parse(cls, text: bytes) -> Descriptor:
        """Errors: WireError."""
        try:
            found = json.loads(text)
            sizes = tuple(int(size) for size in found["sizes"])
            made = cls(sizes, bool(found["send_time"]), _schema_of(found["schema"]))
            _ = made.config
        except (KeyError, TypeError, ValueError) as error:
            raise WireError(f"a descriptor that is none: {error}") from None
        return made


@dataclass(frozen=True)
class BoardDescriptor:
    """What a blackboard is made of, and of which type the values of a key are."""

    keys: int
    size: int
    type: int
    """BlackboardEntry.type: a number; 0: nobody has said."""

    @property
    def config(self) -> BlackboardConfig:
        return BlackboardConfig(max_keys=self.keys, max_value_size=self.size)

    def text(self) -> bytes:
        return _text({"keys": self.keys, "size": self.size, "type": self.type})

    @classmethod
    def parse(cls, text: bytes) -> BoardDescriptor:
        """Errors: WireError."""
        try:
            found = json.loads(text)
            made = cls(int(found["keys"]), int(found["size"]), int(found["type"]))
            _ = made.config
        except (KeyError, TypeError, ValueError) as error:
            raise WireError(f"a descriptor that is none: {error}") from None
        return made


@dataclass(frozen=True)
class ServiceDescriptor:
    """What a service is made of."""

    sizes: tuple[int, ...]
    request: SchemaInfo | None
    response: SchemaInfo | None

    @property
    def config(self) -> ServiceConfig:
        values: dict[str, Any] = dict(zip(SERVICE_SIZES, self.sizes, strict=True))
        return ServiceConfig(**values)

    def text(self) -> bytes:
        schemas = [None if schema is None else _schema_text(schema) for schema in (self.request, self.response)]
        return _text({"sizes": self.sizes, "schemas": schemas})

    @classmethod
    def parse(cls, text: bytes) -> ServiceDescriptor:
        """Errors: WireError."""
        try:
            found = json.loads(text)
            request, response = (_schema_of(schema) for schema in found["schemas"])
            made = cls(tuple(int(size) for size in found["sizes"]), request, response)
            _ = made.config
        except (KeyError, TypeError, ValueError) as error:
            raise WireError(f"a descriptor that is none: {error}") from None
        return made
