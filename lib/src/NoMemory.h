/// What the heap refuses to a set-up call is a kickmsg::Error, like what the system refuses.
#pragma once

#include <new>
#include <string>
#include <utility>

namespace kickmsg {
namespace detail {

/// Errors: Error System with os_error() == ENOMEM. Even where there is no memory for its words.
[[noreturn]] void refuse_memory(char const* object);

/// Runs `call`, whose own destructors leave nothing behind. `object`: what the error is about.
template <class Call>
decltype(auto) with_memory(char const* object, Call&& call)
{
    try {
        return std::forward<Call>(call)();
    } catch (std::bad_alloc const&) {
        refuse_memory(object);
    }
}

} // namespace detail
} // namespace kickmsg
