"""What a topic is made of, as texts of a channel, and back."""

from __future__ import annotations

import json
from typing import Any

from .. import Config, RegionReport, SchemaInfo
from .._sizes import CONFIG_SIZES

ENCODING = "kickmsg"
"""Of messages: bytes as they lie in memory; and of schemas: JSON, which says what is compared of a type."""
ALGORITHMS = ("version", "identity_algo", "layout_algo", "flags")
DIGESTS = ("identity", "layout")


def metadata_of(report: RegionReport) -> dict[str, str]:
    """Returns: what a topic is made of again, as texts."""
    config = report.region.config
    found = {name: str(getattr(config, name)) for name in CONFIG_SIZES} | {"send_time": str(int(config.send_time))}
    schema = report.schema
    if schema is not None:
        found |= {f"schema.{name}": str(getattr(schema, name)) for name in ALGORITHMS}
        found |= {f"schema.{name}": getattr(schema, name).hex() for name in DIGESTS}
        found["schema.name"] = schema.name
    return found


def made_of(metadata: dict[str, str]) -> tuple[Config, SchemaInfo | None]:
    """Returns: what metadata_of() was given."""
    sizes: dict[str, Any] = {name: int(metadata[name]) for name in CONFIG_SIZES if name in metadata}
    config = Config(**sizes, send_time=metadata.get("send_time") == "1")
    if "schema.name" not in metadata:
        return config, None
    numbers: dict[str, Any] = {name: int(metadata[f"schema.{name}"]) for name in ALGORITHMS}
    digests: dict[str, Any] = {name: bytes.fromhex(metadata[f"schema.{name}"]) for name in DIGESTS}
    return config, SchemaInfo(metadata["schema.name"], **numbers, **digests)


def schema_text(metadata: dict[str, str]) -> bytes:
    """Returns: the data of a schema's record."""
    found: dict[str, Any] = {name: int(metadata[f"schema.{name}"]) for name in ALGORITHMS}
    found |= {name: metadata[f"schema.{name}"] for name in DIGESTS}
    return json.dumps({"name": metadata["schema.name"], **found}, sort_keys=True).encode()
