"""The family of exceptions. Their texts are those of the library: what it is about, what was expected and found, what to do."""

from __future__ import annotations

from typing import ClassVar

from ._core import CallStatus, ErrorCode


class KickmsgError(Exception):
    """What the library refuses. `code` is None where C++ has no ErrorCode for it."""

    code: ClassVar[ErrorCode | None] = None

    def __init__(self, text: str, object: str = "", os_error: int = 0) -> None:
        super().__init__(text)
        self.object = object
        """The region, topic or handle that it is about."""
        self.os_error = os_error
        """errno of the call that the system refused; 0 where it refused none."""


class InvalidNameError(KickmsgError, ValueError):
    """A region, topic or node name that is empty, too long or malformed."""

    code = ErrorCode.INVALID_NAME


class InvalidConfigError(KickmsgError, ValueError):
    """A Config that cannot be laid out."""

    code = ErrorCode.INVALID_CONFIG


class NotFoundError(KickmsgError):
    """No region of that name."""

    code = ErrorCode.NOT_FOUND


class InUseError(KickmsgError):
    """Living participants hold the region; or a handle is in a wait set already."""

    code = ErrorCode.IN_USE


class MismatchError(KickmsgError):
    """The region exists with another geometry or type."""

    code = ErrorCode.MISMATCH


class NameCollisionError(KickmsgError):
    """Two different user names lead to one region name."""

    code = ErrorCode.NAME_COLLISION


class WrongVersionError(KickmsgError):
    """A region of another layout version."""

    code = ErrorCode.WRONG_VERSION


class CorruptError(KickmsgError):
    """Not a region, truncated, or with offsets that contradict its geometry."""

    code = ErrorCode.CORRUPT


class NotReadyError(KickmsgError):
    """Still being created, or its creator died half-way."""

    code = ErrorCode.NOT_READY


class NoSpaceError(KickmsgError):
    """No room for the region."""

    code = ErrorCode.NO_SPACE


class NoFreeRingError(KickmsgError):
    """max_subscribers rings are all in use."""

    code = ErrorCode.NO_FREE_RING


class NoFreeRecordError(KickmsgError):
    """No participant record is free."""

    code = ErrorCode.NO_FREE_RECORD


class PermissionDeniedError(KickmsgError):
    """The file mode of the region forbids it."""

    code = ErrorCode.PERMISSION_DENIED


class InvalidHandleError(KickmsgError):
    """A handle that was closed, or inherited through fork()."""

    code = ErrorCode.INVALID_HANDLE


class SystemCallError(KickmsgError):
    """Any other refusal of the operating system; see os_error."""

    code = ErrorCode.SYSTEM


class LimitReachedError(KickmsgError):
    """A limit of this process: memory, descriptors, mappings, locks."""

    code = ErrorCode.LIMIT_REACHED


class SchemaMismatchError(KickmsgError):
    """The region carries messages of another type, or of another version of it."""

    code = ErrorCode.SCHEMA_MISMATCH


class NoSlotError(KickmsgError):
    """No slot of the pool could be had, though the oldest unread messages were given up and the dead recovered."""


class TooLongError(KickmsgError, ValueError):
    """More bytes than a message may have."""


class ThreadError(KickmsgError):
    """Another thread of this process is in the handle, which is for one at a time."""


class CallError(KickmsgError):
    """A call of a service that was not answered: `status` says what became of it."""

    def __init__(self, text: str, object: str = "", os_error: int = 0, status: CallStatus = CallStatus.UNUSABLE) -> None:
        super().__init__(text, object, os_error)
        self.status = status


def call_error(status: CallStatus, text: str) -> CallError:
    return CallError(f"kickmsg: call: {text}", status=status)
