#include "NoMemory.h"

#include "kickmsg/Error.h"

#include <cerrno>

namespace kickmsg {
namespace detail {

namespace {

constexpr char const* explanation =
    "no memory is left on this process's heap (see ulimit -v, and the memory limit of its group)";

/// Made while there is memory, and never destroyed: static objects of the program may outlive this file's. A copy takes no memory:
/// its object's name is short, its words are shared.
Error const& last_resort()
{
    static Error const* const made = new Error(ErrorCode::System, "memory", explanation, ENOMEM);
    return *made;
}
[[maybe_unused]] Error const& made_early = last_resort();

} // namespace

void refuse_memory(char const* object)
{
    try {
        throw Error(ErrorCode::System, object, explanation, ENOMEM);
    } catch (std::bad_alloc const&) {
        throw Error(last_resort());
    }
}

} // namespace detail
} // namespace kickmsg
