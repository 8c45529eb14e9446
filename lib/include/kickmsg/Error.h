/// What set-up calls throw. The data path (send, publish, receive) never throws: it answers with values.
#pragma once

#include "kickmsg/Export.h"

#include <stdexcept>
#include <string>

namespace kickmsg {

enum class ErrorCode {
    InvalidName,      ///< a region, topic or node name that is empty, too long or malformed
    InvalidConfig,    ///< a channel::Config that cannot be laid out
    NotFound,         ///< no region of that name
    InUse,            ///< living participants hold the region
    Mismatch,         ///< the region exists with another geometry or type
    NameCollision,    ///< two different user names lead to one region name
    WrongVersion,     ///< a region of another layout version
    Corrupt,          ///< not a region, truncated, or with offsets that contradict its geometry
    NotReady,         ///< still being created, or its creator died half-way
    NoSpace,          ///< the shared memory file system is full
    NoFreeRing,       ///< max_subscribers rings are all in use
    NoFreeRecord,     ///< no participant record is free
    PermissionDenied, ///< the file mode of the region forbids it
    InvalidHandle,    ///< moved-from, or inherited through fork()
    System,           ///< any other refusal of the operating system; see os_error()
};

/// A set-up error: says which object, what was expected, what was found and, where there is one, what to do.
class KICKMSG_API_TYPE Error : public std::runtime_error {
public:
    Error(ErrorCode code, std::string object, std::string const& explanation, int os_error = 0)
        : std::runtime_error("kickmsg: " + object + ": " + explanation), code_(code), os_error_(os_error),
          object_(std::move(object))
    {
    }

    ErrorCode code() const noexcept
    {
        return code_;
    }
    /// errno (GetLastError on Windows) of the refused call; 0 when no call was refused.
    int os_error() const noexcept
    {
        return os_error_;
    }
    /// The region, topic or field that the error is about.
    std::string const& object() const noexcept
    {
        return object_;
    }

private:
    ErrorCode   code_;
    int         os_error_;
    std::string object_;
};

} // namespace kickmsg
