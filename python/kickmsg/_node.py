"""Topics, broadcasts, mailboxes, services and blackboards by name."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from . import _core
from ._board import Blackboard, _codec, _schema
from ._core import BlackboardConfig, Config, SchemaInfo, ServiceConfig
from ._ends import Broadcast, Publisher, Subscriber
from ._service import Client, Server
from ._types import Codec, Slice

T = TypeVar("T")
Req = TypeVar("Req")
Resp = TypeVar("Resp")


def _config(codec: Codec | None, config: Config | None, elements: int | None) -> Config:
    if config is not None:
        if elements is not None:
            raise TypeError("expected config or elements, found both")
        return config
    if codec is not None:
        return codec.config(elements)
    if elements is not None:
        raise TypeError("elements: messages of bytes have none; expected config")
    return Config()


class Node:
    """Named topics, broadcasts, mailboxes, services and blackboards. It holds names only: what it makes outlives it, and any thread may
    use it.

    Region names begin with `prefix`, or with the value of KICKMSG_PREFIX, or with "kickmsg". A Node can be given to another process
    (pickle); the ends that it makes cannot.

    What a message is (`kind`): None or bytes; float, int, bool (as C++'s double, int64_t, bool); a dataclass; a structure or number of
    ctypes; a NumPy
    dtype, structured ones included; a Slice of any of these. A class may say `schema_name` and `schema_version`, as in C++; both ends
    compare
    them, size and alignment (SchemaMismatchError). Without a `config` each message has room for just the type, or for `elements` of it;
    both ends have to
    say it alike, but for a subscriber that leaves it to the publisher. `schema` takes the place of the one that the library makes for the
    type.

    Handles follow their name: where it leads to another region that fits, they move there; see follow()."""

    def __init__(self, name: str, prefix: str | None = None) -> None:
        self._raw = _core.Node(name, prefix)
        self._follows = True

    @property
    def name(self) -> str:
        """As constructed."""
        return self._raw.name

    @property
    def prefix(self) -> str:
        """What region names begin with."""
        return self._raw.prefix

    def follow(self, enabled: bool) -> None:
        """Whether the handles that this node makes from now on follow their names, which is the default."""
        self._raw.follow(enabled)
        self._follows = enabled

    def __repr__(self) -> str:
        return f"kickmsg.Node({self.name!r}, {self.prefix!r})"

    def __getstate__(self) -> tuple[str, str, bool]:
        return self.name, self.prefix, self._follows

    def __setstate__(self, state: tuple[str, str, bool]) -> None:
        self._raw = _core.Node(state[0], state[1])
        self.follow(state[2])

    # --- topics

    @overload
    def advertise(
        self, topic: str, kind: None = None, *, config: Config | None = None, schema: SchemaInfo | None = None
    ) -> Publisher[bytes]: ...
    @overload
    def advertise(
        self, topic: str, kind: type[T], *, config: Config | None = None, elements: int | None = None, schema: SchemaInfo | None = None
    ) -> Publisher[T]: ...
    @overload
    def advertise(
        self, topic: str, kind: Any, *, config: Config | None = None, elements: int | None = None, schema: SchemaInfo | None = None
    ) -> Publisher[Any]: ...
    def advertise(
        self, topic: str, kind: Any = None, *, config: Config | None = None, elements: int | None = None, schema: SchemaInfo | None = None
    ) -> Publisher[Any]:
        """Publishes on `topic`: a fresh region, or the one in use where its geometry is the same.

        Errors: MismatchError, InUseError, SchemaMismatchError, NameCollisionError, NoSpaceError, and so on: KickmsgError."""
        codec = _codec(kind)
        return Publisher(self._raw.advertise(topic, _config(codec, config, elements), _schema(codec, schema)), codec)

    def advertise_or_join(
        self, topic: str, kind: Any = None, *, config: Config | None = None, elements: int | None = None, schema: SchemaInfo | None = None
    ) -> Publisher[Any]:
        """Publishes on `topic`, in either order with its subscribers: the first caller creates it, later ones join it."""
        codec = _codec(kind)
        return Publisher(self._raw.advertise_or_join(topic, _config(codec, config, elements), _schema(codec, schema)), codec)

    @overload
    def subscribe(self, topic: str, kind: None = None, *, schema: SchemaInfo | None = None) -> Subscriber[bytes]: ...
    @overload
    def subscribe(self, topic: str, kind: type[T], *, schema: SchemaInfo | None = None) -> Subscriber[T]: ...
    @overload
    def subscribe(self, topic: str, kind: Any, *, schema: SchemaInfo | None = None) -> Subscriber[Any]: ...
    def subscribe(self, topic: str, kind: Any = None, *, schema: SchemaInfo | None = None) -> Subscriber[Any]:
        """Subscribes to a `topic` that exists. Errors: NotFoundError, SchemaMismatchError, NoFreeRingError, and so on."""
        codec = _codec(kind)
        return Subscriber(self._raw.subscribe(topic, _schema(codec, schema)), codec)

    @overload
    def subscribe_or_create(
        self, topic: str, kind: None = None, *, config: Config | None = None, guess: Config | None = None, schema: SchemaInfo | None = None
    ) -> Subscriber[bytes]: ...
    @overload
    def subscribe_or_create(
        self,
        topic: str,
        kind: type[T],
        *,
        config: Config | None = None,
        elements: int | None = None,
        guess: Config | None = None,
        schema: SchemaInfo | None = None,
    ) -> Subscriber[T]: ...
    @overload
    def subscribe_or_create(
        self,
        topic: str,
        kind: Any,
        *,
        config: Config | None = None,
        elements: int | None = None,
        guess: Config | None = None,
        schema: SchemaInfo | None = None,
    ) -> Subscriber[Any]: ...
    def subscribe_or_create(
        self,
        topic: str,
        kind: Any = None,
        *,
        config: Config | None = None,
        elements: int | None = None,
        guess: Config | None = None,
        schema: SchemaInfo | None = None,
    ) -> Subscriber[Any]:
        """Subscribes to `topic`, in either order with its publishers.

        With a `config` (or `elements`) the first caller creates it so. Without, the geometry is left to the publishers: it joins the
        region that there is, or
        waits in a provisional one, made as `guess` says, which the first publisher settles or replaces; the subscriber moves there at
        once."""
        codec = _codec(kind)
        wanted = config if elements is None else _config(codec, config, elements)
        if guess is None:
            guess = Config() if codec is None or codec.is_slice else codec.config(None)
        return Subscriber(self._raw.subscribe_or_create(topic, wanted, guess, _schema(codec, schema)), codec)

    # --- broadcasts and mailboxes

    def join_broadcast(
        self, channel: str, kind: Any = None, *, config: Config | None = None, elements: int | None = None, schema: SchemaInfo | None = None
    ) -> Broadcast[Any]:
        """Joins a `channel` on which everybody publishes and subscribes: the first caller creates it."""
        codec = _codec(kind)
        pub, sub = self._raw.join_broadcast(channel, _config(codec, config, elements), _schema(codec, schema))
        return Broadcast(Publisher(pub, codec), Subscriber(sub, codec))

    def create_mailbox(
        self, tag: str, kind: Any = None, *, config: Config | None = None, elements: int | None = None, schema: SchemaInfo | None = None
    ) -> Subscriber[Any]:
        """Opens this node's own mailbox `tag`, to be read here: one reader, any number of writers. A reader that died is replaced."""
        codec = _codec(kind)
        return Subscriber(self._raw.create_mailbox(tag, _config(codec, config, elements), _schema(codec, schema)), codec)

    def open_mailbox(self, owner: str, tag: str, kind: Any = None, *, schema: SchemaInfo | None = None) -> Publisher[Any]:
        """Writes to the mailbox `tag` of the node named `owner`, whatever its geometry."""
        codec = _codec(kind)
        return Publisher(self._raw.open_mailbox(owner, tag, _schema(codec, schema)), codec)

    # --- services

    @overload
    def serve(self, service: str, *, config: ServiceConfig | None = None) -> Server[bytes, bytes]: ...
    @overload
    def serve(
        self, service: str, request: type[Req], response: type[Resp], *, config: ServiceConfig | None = None
    ) -> Server[Req, Resp]: ...
    @overload
    def serve(self, service: str, request: Any, response: Any, *, config: ServiceConfig | None = None) -> Server[Any, Any]: ...
    def serve(self, service: str, request: Any = None, response: Any = None, *, config: ServiceConfig | None = None) -> Server[Any, Any]:
        """Serves `service`, in either order with its clients: requests of the type `request`, answers of `response`."""
        asked, answered = _codec(request), _codec(response)
        return Server(self._raw.serve(service, _service_config(asked, answered, config), *_schemas(asked, answered)), asked, answered)

    @overload
    def client(self, service: str, *, config: ServiceConfig | None = None) -> Client[bytes, bytes]: ...
    @overload
    def client(
        self, service: str, request: type[Req], response: type[Resp], *, config: ServiceConfig | None = None
    ) -> Client[Req, Resp]: ...
    @overload
    def client(self, service: str, request: Any, response: Any, *, config: ServiceConfig | None = None) -> Client[Any, Any]: ...
    def client(self, service: str, request: Any = None, response: Any = None, *, config: ServiceConfig | None = None) -> Client[Any, Any]:
        """Asks the servers of `service`, in either order with them."""
        asked, answered = _codec(request), _codec(response)
        return Client(self._raw.client(service, _service_config(asked, answered, config), *_schemas(asked, answered)), asked, answered)

    # --- blackboards

    def blackboard(self, name: str, config: BlackboardConfig | None = None) -> Blackboard:
        """Opens the blackboard `name`: the first caller creates it with the sizes of `config`, later ones join it.

        Errors: MismatchError, InvalidConfigError, NoFreeRecordError (max_handles are open), and so on."""
        return Blackboard(self._raw.blackboard(name, config or BlackboardConfig()))

    def open_blackboard(self, name: str) -> Blackboard:
        """Opens a blackboard that exists, whatever its sizes. Errors: NotFoundError, and so on."""
        return Blackboard(self._raw.open_blackboard(name))

    # --- what there is

    def topics(self) -> list[str]:
        """Returns: the topics of this prefix that somebody alive takes part in, sorted."""
        return self._raw.topics()

    def has_publisher(self, topic: str) -> bool:
        """Returns: whether a living publisher has `topic` open."""
        return self._raw.has_publisher(topic)

    def has_subscriber(self, topic: str) -> bool:
        """Returns: whether a message that is sent from now on reaches a living subscriber."""
        return self._raw.has_subscriber(topic)

    def wait_for_publisher(self, topic: str, timeout: float | None = None) -> bool:
        """Waits until has_publisher(), for at most `timeout` seconds. Returns: whether there was one."""
        return self._raw.wait_for_publisher(topic, timeout)

    def wait_for_subscriber(self, topic: str, timeout: float | None = None) -> bool:
        """Waits until has_subscriber(), for at most `timeout` seconds. Returns: whether there was one."""
        return self._raw.wait_for_subscriber(topic, timeout)

    def topic_schema(self, topic: str) -> SchemaInfo | None:
        """Returns: the schema of `topic`, if one is set. Errors: NotFoundError."""
        return self._raw.topic_schema(topic)

    def try_claim_topic_schema(self, topic: str, info: SchemaInfo) -> bool:
        """Sets the schema of an existing `topic` that has none. Returns: whether it was this call that set it."""
        return self._raw.try_claim_topic_schema(topic, info)

    # --- names

    def unlink_topic(self, topic: str) -> None:
        """Removes the name of a topic's region. Existing handles stay valid. Not an error when there is none."""
        self._raw.unlink_topic(topic)

    def unlink_broadcast(self, channel: str) -> None:
        """The same for a broadcast."""
        self._raw.unlink_broadcast(channel)

    def unlink_mailbox(self, tag: str) -> None:
        """The same for this node's mailbox `tag`."""
        self._raw.unlink_mailbox(tag)

    def unlink_service(self, service: str) -> None:
        """The same for both regions of a service."""
        self._raw.unlink_service(service)

    def unlink_blackboard(self, blackboard: str) -> None:
        """The same for a blackboard."""
        self._raw.unlink_blackboard(blackboard)

    def topic_region(self, topic: str) -> str:
        """Returns: the name of a topic's region."""
        return self._raw.topic_region(topic)

    def broadcast_region(self, channel: str) -> str:
        """Returns: the name of a broadcast's region."""
        return self._raw.broadcast_region(channel)

    def mailbox_region(self, owner: str, tag: str) -> str:
        """Returns: the name of the region of the mailbox `tag` of the node `owner`."""
        return self._raw.mailbox_region(owner, tag)

    def request_region(self, service: str) -> str:
        """Returns: the name of the region of a service's requests."""
        return self._raw.request_region(service)

    def response_region(self, service: str) -> str:
        """Returns: the name of the region of a service's responses."""
        return self._raw.response_region(service)

    def blackboard_region(self, blackboard: str) -> str:
        """Returns: the name of the region of a blackboard."""
        return self._raw.blackboard_region(blackboard)


def _service_config(request: Codec | None, response: Codec | None, config: ServiceConfig | None) -> ServiceConfig:
    """Without one there is room for just the two types; for bytes and slices, as C++ has it, for 4096."""
    if config is not None or request is None or response is None or request.is_slice or response.is_slice:
        return config or ServiceConfig()
    return ServiceConfig(
        max_request_size=request.size,
        max_response_size=response.size,
        payload_alignment=max(32, request.alignment, response.alignment),
    )


def _schemas(request: Codec | None, response: Codec | None) -> tuple[SchemaInfo | None, SchemaInfo | None]:
    if (request is None) != (response is None):
        raise TypeError("a service has a type for its requests and one for its responses, or none")
    return request.schema if request else None, response.schema if response else None


__all__ = ["Node", "Slice"]
