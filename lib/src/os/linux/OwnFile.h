/// Ways from an object's descriptor back to its own file, by a path. None of them holds in every process: /proc/self leads
/// nowhere when the main thread has ended or where no /proc is mounted, and a name may be gone or another file's. So
/// each is tried in turn, and each is checked to lead to this very inode before it is used.
#pragma once

#include "../posix/Descriptor.h"
#include "Native.h"
#include "Refusal.h"

#include <cstddef>
#include <string>

namespace kickmsg {
namespace os {

/// The ways that were tried, each with the error that it ended with.
class Ways {
public:
    enum Way { ThreadSelf, Self, OwnName, Empty };

    /// `error`: -1 when the way leads to another file. `found`: it leads to the object's file, and was refused.
    void failed(Way way, int error, bool found = false) noexcept;
    bool found_none() const noexcept
    {
        return !found_;
    }
    bool empty() const noexcept
    {
        return count_ == 0;
    }
    /// The error that says most: a limit that is reached, else what is forbidden, else any other; ENOENT when no way led there.
    int error() const noexcept;
    /// "/proc/self/fd/5: No such file or directory, ...".
    std::string text(SharedMemory::Native const& native) const;

private:
    struct Trial {
        Way way;
        int error;
    };
    Trial       trials_[4]{};
    std::size_t count_ = 0;
    bool        found_ = false;
};

/// An open description of its own, of the object's file; closed at the end of the scope, whatever happens. fd() is negative
/// when no way led there.
class Description {
public:
    /// By each way. When the descriptor is no longer the object's, by its name alone. `flags`: of open().
    explicit Description(SharedMemory::Native const& native, int flags) noexcept;

    int fd() const noexcept
    {
        return file_.get();
    }
    int release() noexcept
    {
        return file_.release();
    }
    Ways const& ways() const noexcept
    {
        return ways_;
    }

private:
    bool open(SharedMemory::Native const& native, Ways::Way way, int flags) noexcept;

    Descriptor file_;
    Ways       ways_;
};

/// Throws the Error about a call for which no way was left.
[[noreturn]] void refuse(Call call, SharedMemory::Native const& native, Ways const& ways);

/// Gives the object's file, which may have no name yet, the name `path`. Returns: false with ways.error() saying why, EEXIST
/// when the name is taken.
bool link_own_file(SharedMemory::Native const& native, std::string const& path, Ways& ways) noexcept;

} // namespace os
} // namespace kickmsg
