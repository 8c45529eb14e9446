#include "Guarded.h"

#include <cerrno>

namespace kickmsg {
namespace detail {

namespace {

char const* const explanation = "no memory is left for what this call needs";

Error made_of(char const* object)
{
    return {ErrorCode::LimitReached, object, explanation,
            Remedy{"free memory, or raise the limit of this process: RLIMIT_AS, RLIMIT_DATA or its container's"},
            ENOMEM};
}

/// Copied without an allocation: its object's name is short enough to lie in the string itself.
Error const& ready_made()
{
    static Error const* const error =
        new Error(made_of("memory")); // kept: static objects of the program may outlive this file's
    return *error;
}

/// Makes it when the library is loaded, before memory can be short.
[[maybe_unused]] bool const loaded = ready_made().os_error() != 0;

} // namespace

void refuse_memory(char const* object)
{
    try {
        throw made_of(object);
    } catch (std::bad_alloc const&) {
        throw Error(ready_made());
    }
}

} // namespace detail
} // namespace kickmsg
