/// What set-up calls throw. The data path (send, publish, receive) never throws: it answers with values.
#pragma once

#include "kickmsg/Export.h"

#include <stdexcept>
#include <string>

namespace kickmsg {

/// What kind of error it is, for programs; the text of an Error says more.
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
    NoSpace,          ///< no room for the region: file system, quota, file size limit or memory limit of a container
    NoFreeRing,       ///< max_subscribers rings are all in use
    NoFreeRecord,     ///< no participant record is free
    PermissionDenied, ///< the file mode of the region forbids it
    InvalidHandle,    ///< moved-from, or inherited through fork()
    System,           ///< any other refusal of the operating system; see os_error()
    LimitReached,     ///< memory of this process; on Linux also descriptors, mappings, address space, locks
    SchemaMismatch,   ///< the region carries messages of another type, or of another version of it
};

/// What the user can do about an error: a clause without capital and full stop.
struct Remedy {
    std::string text; ///< without the parentheses that it gets
};

/// Returns: the remedy of an error of this `code` that names none of its own.
inline char const* usual_remedy(ErrorCode code) noexcept
{
    switch (code) {
    case ErrorCode::InvalidName:
        return "choose another name";
    case ErrorCode::InvalidConfig:
        return "choose such a value";
    case ErrorCode::NotFound:
        return "create the region first, or use create_or_open";
    case ErrorCode::InUse:
        return "end its users first, or join it by create_or_open with the same Config";
    case ErrorCode::Mismatch:
        return "use the same Config as its users, or end them first";
    case ErrorCode::NameCollision:
        return "rename one of the two";
    case ErrorCode::WrongVersion:
        return "run the version of this library that made it, or remove it with SharedMemory::unlink when its users "
               "have "
               "ended";
    case ErrorCode::Corrupt:
    case ErrorCode::NotReady:
        return "remove it with SharedMemory::unlink if nobody uses it";
    case ErrorCode::NoSpace:
        return "free some, enlarge the limit, or choose a smaller Config";
    case ErrorCode::NoFreeRing:
        return "end a subscriber, or raise Config::max_subscribers when the region is made anew";
    case ErrorCode::NoFreeRecord:
        return "end a participant, or raise Config::max_publishers when the region is made anew";
    case ErrorCode::PermissionDenied:
        return "run as the user that created the region, or set Config::mode where it is created";
    case ErrorCode::InvalidHandle:
        return "open the region anew";
    case ErrorCode::LimitReached:
        return "raise the limit, or close what is not needed";
    case ErrorCode::SchemaMismatch:
        return "use the same type in the same version at both ends, or unlink the region when its users have ended";
    case ErrorCode::System:
        break;
    }
    return "see os_error() for what the system says";
}

/// A set-up error. Its text is "kickmsg: object: what was expected and what was found (what to do)".
class KICKMSG_API_TYPE Error : public std::runtime_error {
public:
    /// An error of the kind `code` about `object`, which `explanation` explains; `os_error` as os_error(). The usual remedy.
    Error(ErrorCode code, std::string object, std::string const& explanation, int os_error = 0)
        : Error(code, std::move(object), explanation, Remedy{usual_remedy(code)}, os_error)
    {
    }
    /// The same for `code`, `object`, `explanation` and `os_error`, with a `remedy` of its own.
    Error(ErrorCode code, std::string object, std::string const& explanation, Remedy const& remedy, int os_error = 0)
        : std::runtime_error("kickmsg: " + object + ": " + explanation + " (" + remedy.text + ")"), code_(code),
          os_error_(os_error), object_(std::move(object))
    {
    }

    /// Returns: what kind of error it is.
    ErrorCode code() const noexcept
    {
        return code_;
    }
    /// Returns: errno (GetLastError on Windows) of the refused call; 0 when no call was refused.
    int os_error() const noexcept
    {
        return os_error_;
    }
    /// Returns: the region, topic or field that the error is about.
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
