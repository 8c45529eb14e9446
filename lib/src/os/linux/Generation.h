/// Forks, kept out of the moments in which a copy would inherit what it must not.
#pragma once

namespace kickmsg {
namespace os {

/// No fork() of this process in this scope, by no thread and by no signal handler of this one. _Fork() and clone() do not ask.
class NoForks {
public:
    NoForks() noexcept;
    NoForks(NoForks const&)            = delete;
    NoForks& operator=(NoForks const&) = delete;
    ~NoForks();
};

} // namespace os
} // namespace kickmsg
