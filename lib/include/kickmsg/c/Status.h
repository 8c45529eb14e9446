/// For C: what calls return, and what was wrong. And the version, the clock, and what a process sets for itself.
#pragma once

#include "kickmsg/Export.h"
#include "kickmsg/Version.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a call returns. The first ones are kickmsg::ErrorCode. The numbers stay as they are; others may come.
typedef enum kickmsg_status {
    KICKMSG_OK                = 0,  ///< it is done
    KICKMSG_INVALID_NAME      = 1,  ///< ErrorCode::InvalidName
    KICKMSG_INVALID_CONFIG    = 2,  ///< ErrorCode::InvalidConfig; also a `struct_size` that cannot be
    KICKMSG_NOT_FOUND         = 3,  ///< ErrorCode::NotFound
    KICKMSG_IN_USE            = 4,  ///< ErrorCode::InUse
    KICKMSG_MISMATCH          = 5,  ///< ErrorCode::Mismatch
    KICKMSG_NAME_COLLISION    = 6,  ///< ErrorCode::NameCollision
    KICKMSG_WRONG_VERSION     = 7,  ///< ErrorCode::WrongVersion
    KICKMSG_CORRUPT           = 8,  ///< ErrorCode::Corrupt
    KICKMSG_NOT_READY         = 9,  ///< ErrorCode::NotReady
    KICKMSG_NO_SPACE          = 10, ///< ErrorCode::NoSpace
    KICKMSG_NO_FREE_RING      = 11, ///< ErrorCode::NoFreeRing
    KICKMSG_NO_FREE_RECORD    = 12, ///< ErrorCode::NoFreeRecord
    KICKMSG_PERMISSION_DENIED = 13, ///< ErrorCode::PermissionDenied
    KICKMSG_INVALID_HANDLE =
        14, ///< ErrorCode::InvalidHandle: NULL, destroyed, inherited through fork(), or a copy of what was filled
    KICKMSG_SYSTEM = 15, ///< ErrorCode::System
    KICKMSG_LIMIT_REACHED =
        16, ///< ErrorCode::LimitReached; also a copy for which there is no memory: the message stays the next one
    KICKMSG_SCHEMA_MISMATCH    = 17, ///< ErrorCode::SchemaMismatch
    KICKMSG_INVALID_ARGUMENT   = 32, ///< a pointer that is NULL, or a structure that is still held and was to be filled
    KICKMSG_TOO_LONG           = 33, ///< -EMSGSIZE: longer than the region has room for, or than what was allocated
    KICKMSG_NOTHING_TO_PUBLISH = 34, ///< -EINVAL: nothing is allocated, or the request was answered before
    KICKMSG_CLIENT_GONE        = 35, ///< -EPIPE: the client has died or left; the request is done with
    KICKMSG_NOT_WANTED         = 36, ///< -ECANCELED: the client waits no more; the request is done with
    KICKMSG_AGAIN     = 64, ///< -EAGAIN: no message, no room, no slot at the moment. Not noted by kickmsg_last_error()
    KICKMSG_TIMED_OUT = 65, ///< ETIMEDOUT: the time was over. Not noted
    KICKMSG_INTERRUPTED     = 66,             ///< EINTR: an ..._interrupt(), or a signal. Not noted
    KICKMSG_STATUS_MIN_ENUM = -0x7fffffff - 1 ///< no status: with it every int may be passed
} kickmsg_status;

/// What a call of this thread that failed has said.
typedef struct kickmsg_error {
    kickmsg_status status; ///< what it returned; KICKMSG_OK where none has failed
    int os_error;        ///< Error::os_error(): errno (GetLastError on Windows) of a refused call of the system, else 0
    char const* object;  ///< Error::object(): what it is about
    char const* message; ///< Error::what(): "kickmsg: object: what was expected and found (what to do)"; never NULL
} kickmsg_error;

/// Waits for ever: std::chrono::nanoseconds::max().
#define KICKMSG_FOREVER INT64_MAX
/// What a kickmsg_view, kickmsg_request, kickmsg_response, kickmsg_call or kickmsg_loan is at first: one that holds nothing.
#define KICKMSG_EMPTY                                                                                                  \
    {                                                                                                                  \
        {                                                                                                              \
            0                                                                                                          \
        }                                                                                                              \
    }

/// What the last call of this thread that failed has said. A call that does not fail leaves it as it is, and so do KICKMSG_AGAIN,
/// KICKMSG_TIMED_OUT and KICKMSG_INTERRUPTED.
/// Threads: any; each has its own.
/// Returns: it, never NULL; what it points at is valid until a later call of this thread fails. Texts are cut off after some thousand bytes.
KICKMSG_API kickmsg_error const* kickmsg_last_error(void);
/// Threads: pure function.
/// Returns: `status` in words, for people: "no region of that name". Never NULL.
KICKMSG_API char const* kickmsg_status_text(kickmsg_status status);

/// Threads: pure function.
/// Returns: KICKMSG_VERSION of the library that runs: "1.0.0". The macro is that of the headers.
KICKMSG_API char const* kickmsg_version(void);
/// kickmsg::monotonic_ns().
/// Threads: any.
/// Returns: the nanoseconds of a clock that never goes back, the same for all processes of this host since boot.
KICKMSG_API uint64_t kickmsg_monotonic_ns(void);
/// kickmsg::set_core_dumps(): whether regions that this process maps from now on are `included` in its core dumps.
/// Threads: any.
KICKMSG_API void kickmsg_set_core_dumps(bool included);

/// kickmsg::debug::checks_memory().
/// Threads: any.
/// Returns: whether the library was built with KICKMSG_DEBUG_MEMORY: see kickmsg/Debug.h.
KICKMSG_API bool kickmsg_debug_checks_memory(void);
/// kickmsg::debug::explain(): says in `text`, which has room for `size` bytes, what lies or lay at `address`.
/// Threads: any, and handlers of signals.
/// Returns: the length of the text; 0 where there is nothing to say.
KICKMSG_API size_t kickmsg_debug_explain(void const* address, char* text, size_t size);
/// kickmsg::debug::explain_faults().
/// Returns: whether such faults are explained from now on.
KICKMSG_API bool kickmsg_debug_explain_faults(void);

#ifdef __cplusplus
}
#endif
