"""Publish and subscribe between the processes of one host, over shared memory: lock-free, zero-copy, exact after any crash.

    import kickmsg

    with kickmsg.Node("display").subscribe_or_create("temperature", float) as sub:
        for message in sub:
            print(message.value)

Threads: an end (Publisher, Subscriber, Server, Client, WaitSet) is for one thread at a time, and says so (ThreadError); what waits lets
other threads run.
Fork: what a child inherits is unusable, and says so (InvalidHandleError). Make ends in the child; a Node may be given to it.
Signals: Ctrl-C ends a wait."""

from __future__ import annotations

import sys

from ._board import Blackboard, BlackboardReader, BlackboardWriter, Value
from ._core import (
    Attendance,
    BlackboardConfig,
    BlackboardEntry,
    Call,
    CallStatus,
    ChannelType,
    Config,
    ErrorCode,
    HealthReport,
    InspectDepth,
    InspectedPublisher,
    InspectedSubscriber,
    KeptRegion,
    ListedRegion,
    Loan,
    ParticipantStats,
    PoolReport,
    PruneReport,
    RecoveryReport,
    Region,
    RegionInfo,
    RegionReport,
    RegionStats,
    RegionStatus,
    Request,
    Response,
    RingState,
    RingStats,
    SampleInfo,
    SchemaInfo,
    ServiceConfig,
    ValueInfo,
    View,
    WriterInfo,
    WriterState,
    describe_type,
    footprint,
    identity_from_fnv1a,
    inspect,
    list_regions,
    monotonic_ns,
    prune,
    schema_diff,
    set_core_dumps,
    unlink,
)
from ._core import version as __version__
from ._ends import Broadcast, Message, Publisher, Subscriber
from ._errors import (
    CallError,
    CorruptError,
    InUseError,
    InvalidConfigError,
    InvalidHandleError,
    InvalidNameError,
    KickmsgError,
    LimitReachedError,
    MismatchError,
    NameCollisionError,
    NoFreeRecordError,
    NoFreeRingError,
    NoSlotError,
    NoSpaceError,
    NotFoundError,
    NotReadyError,
    PermissionDeniedError,
    SchemaMismatchError,
    SystemCallError,
    ThreadError,
    TooLongError,
    WrongVersionError,
)
from ._node import Node
from ._service import Client, Server
from ._tracker import SequenceTracker
from ._types import Slice, codec_of
from ._waiting import Ready, WaitSet

if not getattr(sys, "_is_gil_enabled", lambda: True)():
    raise ImportError(
        "kickmsg relies on the interpreter's lock, and this interpreter runs without (unset PYTHON_GIL, or use another build)"
    )

__all__ = [
    "Attendance",
    "Blackboard",
    "BlackboardConfig",
    "BlackboardEntry",
    "BlackboardReader",
    "BlackboardWriter",
    "Broadcast",
    "Call",
    "CallError",
    "CallStatus",
    "ChannelType",
    "Client",
    "Config",
    "CorruptError",
    "ErrorCode",
    "HealthReport",
    "InUseError",
    "InspectDepth",
    "InspectedPublisher",
    "InspectedSubscriber",
    "InvalidConfigError",
    "InvalidHandleError",
    "InvalidNameError",
    "KeptRegion",
    "KickmsgError",
    "LimitReachedError",
    "ListedRegion",
    "Loan",
    "Message",
    "MismatchError",
    "NameCollisionError",
    "NoFreeRecordError",
    "NoFreeRingError",
    "NoSlotError",
    "NoSpaceError",
    "Node",
    "NotFoundError",
    "NotReadyError",
    "ParticipantStats",
    "PermissionDeniedError",
    "PoolReport",
    "PruneReport",
    "Publisher",
    "Ready",
    "RecoveryReport",
    "Region",
    "RegionInfo",
    "RegionReport",
    "RegionStats",
    "RegionStatus",
    "Request",
    "Response",
    "RingState",
    "RingStats",
    "SampleInfo",
    "SchemaInfo",
    "SchemaMismatchError",
    "SequenceTracker",
    "Server",
    "ServiceConfig",
    "Slice",
    "Subscriber",
    "SystemCallError",
    "ThreadError",
    "TooLongError",
    "Value",
    "ValueInfo",
    "View",
    "WaitSet",
    "WriterInfo",
    "WriterState",
    "WrongVersionError",
    "__version__",
    "codec_of",
    "describe_type",
    "footprint",
    "identity_from_fnv1a",
    "inspect",
    "list_regions",
    "monotonic_ns",
    "prune",
    "schema_diff",
    "set_core_dumps",
    "unlink",
]
