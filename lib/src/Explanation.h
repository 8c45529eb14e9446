/// What KICKMSG_DEBUG_MEMORY says of an address.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kickmsg {
namespace detail {

/// Words put together in room that is there: a handler of a signal takes no memory. What does not fit is left out.
class Explanation {
public:
    Explanation(char* room, std::size_t size) noexcept : room_(room), size_(size)
    {
        end();
    }

    Explanation& operator<<(char const* text) noexcept;
    Explanation& operator<<(char letter) noexcept;
    Explanation& operator<<(uint64_t number) noexcept;
    Explanation& operator<<(void const* address) noexcept;

    /// Says which byte of which message lies or lay at `address`, and whether it may be used. Returns: whether there is something to say.
    bool say(void const* address) noexcept;

    std::size_t length() const noexcept
    {
        return length_;
    }

private:
    Explanation& in_digits(uint64_t number, uint64_t base) noexcept;
    Explanation& end() noexcept;

    char*       room_;
    std::size_t size_;
    std::size_t length_ = 0;
};

/// On the standard error: "kickmsg: `what` `address`: ..."; nothing where there is nothing to say.
void report(void const* address, char const* what) noexcept;

} // namespace detail
} // namespace kickmsg
