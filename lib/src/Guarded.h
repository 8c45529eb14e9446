/// What a call that runs out of memory throws: an Error, as for every other refusal.
#pragma once

#include "kickmsg/Error.h"

#include <new>
#include <utility>

namespace kickmsg {
namespace detail {

/// Throws the Error that says so, with os_error() == ENOMEM. Where there is no memory for its text either, one that was
/// made when the library was loaded.
[[noreturn]] void refuse_memory(char const* object);

/// Runs `call()`; where an allocation fails in it, that is an Error about `object`. Its own destructors leave nothing behind.
template <class Call>
decltype(auto) guarded(char const* object, Call&& call)
{
    try {
        return std::forward<Call>(call)();
    } catch (std::bad_alloc const&) {
        refuse_memory(object);
    }
}

} // namespace detail
} // namespace kickmsg
