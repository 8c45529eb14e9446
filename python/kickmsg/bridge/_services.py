"""Services: those of this host are offered to others, those of others served here in their place.

Each has a thread, as its end is for one. A call that crosses is served once at most, as at home; what becomes of it without an answer is
CallStatus.REFUSED for its client."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import KickmsgError, ListedRegion, Node, RegionStatus, SchemaInfo, inspect
from .._core import InspectDepth
from ._names import Patterns
from ._offer import Offer
from ._places import lock_region
from ._proxy import Proxy
from ._wire import ServiceDescriptor

if TYPE_CHECKING:
    from ._bridge import Bridge

REQUEST_NOTE, RESPONSE_NOTE = 24, 16
"""Bytes behind the payload of each message of a service."""


def describe(node: Node, service: str) -> ServiceDescriptor:
    """Returns: what a service of this host is made of. Errors: NotFoundError."""
    asked = inspect(node.request_region(service), InspectDepth.RINGS)
    answered = inspect(node.response_region(service), InspectDepth.RINGS)
    requests, responses = asked.region.config, answered.region.config
    sizes = (
        requests.max_publishers,
        requests.max_subscribers,
        responses.max_views,
        requests.sub_ring_capacity,
        requests.max_payload_size - REQUEST_NOTE,
        responses.max_payload_size - RESPONSE_NOTE,
        requests.payload_alignment,
    )
    return ServiceDescriptor(sizes, asked.schema, answered.schema)


def schemas(descriptor: ServiceDescriptor) -> tuple[SchemaInfo | None, SchemaInfo | None]:
    if (descriptor.request is None) != (descriptor.response is None):
        return None, None
    return descriptor.request, descriptor.response


class Services:
    """What is offered and what is served for others. The outgoing thread calls scan() and close()."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge
        self.patterns = Patterns(bridge.settings.services)
        self.offers: dict[str, Offer] = {}
        self.proxies: dict[str, Proxy] = {}
        self.problems: dict[str, str] = {}

    def scan(self, listed: list[ListedRegion]) -> None:
        if not self.patterns:
            return
        here = {one.user_name: one for one in listed if one.kind == "service" and one.owner == "requests"}
        served = {name for name, one in here.items() if self._has_server(name, one) and self.patterns.match(name)}
        wanted = {name for name in self.bridge.incoming.names("service") if self.patterns.match(name)} - served
        for name in [name for name, offer in self.offers.items() if name not in served or offer.ended]:
            self.offers.pop(name).close()
        for name in [name for name, proxy in self.proxies.items() if name not in wanted or proxy.ended]:
            self.proxies.pop(name).close()
        for name in served - self.offers.keys():
            self._try(name, self._offer)
        for name in wanted - self.proxies.keys():
            self._try(name, self._proxy)

    def _has_server(self, name: str, found: ListedRegion) -> bool:
        """Whether somebody alive serves it, other than this bridge."""
        own = 1 if name in self.proxies and self.proxies[name].serving else 0
        return found.status is RegionStatus.READY and found.subscribers.alive > own

    def _try(self, name: str, act: Callable[[str], None]) -> None:
        try:
            act(name)
            self.problems.pop(name, None)
        except (KickmsgError, OSError, ValueError) as error:
            self.problems[name] = str(error)

    def _offer(self, name: str) -> None:
        node = self.bridge.node
        lock = lock_region(node.request_region(name))
        if lock is None:
            return
        try:
            descriptor = describe(node, name)
            client = node._raw.client(name, descriptor.config, *schemas(descriptor))
        except BaseException:
            os.close(lock)
            raise
        self.offers[name] = Offer(self.bridge, name, lock, client, descriptor.text())
        self.offers[name].start()

    def _proxy(self, name: str) -> None:
        """Asks one that offers it what it is made of; the answer may take a round trip, so the thread of the proxy does it."""
        self.proxies[name] = Proxy(self.bridge, name)
        self.proxies[name].start()

    def close(self) -> None:
        ends: list[Offer | Proxy] = [*self.offers.values(), *self.proxies.values()]
        for one in ends:
            with contextlib.suppress(KickmsgError):
                one.close()
        self.offers, self.proxies = {}, {}

    def numbers(self) -> dict[str, object]:
        found: dict[str, object] = {}
        for name, problem in list(self.problems.items()):
            found[name] = {"role": "none", "problem": problem}
        for name, offer in list(self.offers.items()):
            found[name] = {"role": "offered", "calls": offer.calls, "failed": offer.failed, "problem": offer.problem}
        for name, proxy in list(self.proxies.items()):
            found[name] = {"role": "proxy", "calls": proxy.calls, "failed": proxy.failed, "problem": proxy.problem}
        return found
