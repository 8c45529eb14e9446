/// A process that no other one of any time since boot is: numbers are used again, a number with its start is not.
#pragma once

#include <cstdint>
#include <string>

namespace kickmsg {
namespace os {

struct Process {
    uint64_t pid   = 0;
    uint64_t start = 0; ///< microseconds of the clock of the day

    static Process current() noexcept;

    /// "<pid>.<start>", both hexadecimal; and back: false when the text does not begin so.
    std::string text() const;
    bool        parse(char const* text) noexcept;

    /// False only when this process has ended: no thread of it can run any more, reaped or not. Doubt answers true.
    bool is_running() const noexcept;
};

} // namespace os
} // namespace kickmsg
