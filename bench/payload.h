/// The payload code of every subject and of the floor: compiled once, never inlined, so all pay the same for it.
/// With C names, because a peer of another language links it, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace kickmsg {
namespace bench {

/// Ends the reader's loop. No measured message has this sequence.
constexpr uint64_t stop_sequence = UINT64_MAX / 2;

/// Writes every byte: the 64-bit words sequence, sequence + 1, … `size` is a multiple of 8, at least 8.
extern "C" void write_payload(void* to, std::size_t size, uint64_t sequence);

/// Reads every byte. Returns: whether the first word is `sequence` and the sum of all words is the one that belongs to it.
extern "C" bool check_payload(void const* from, std::size_t size, uint64_t sequence);

/// Plants a slow-down of `row` in every check_payload() from here on, for the acceptance of scripts/compare.py: so many turns of
/// an empty loop as KICKMSG_BENCH_BURN="row=turns;row=turns" says, none when it does not name the row.
void plant_burn(std::string const& row);

enum class Got {
    Message, ///< the expected one, whole
    Stop,    ///< the end of the measurement
    Wrong,   ///< another sequence or another checksum
    Timeout, ///< nothing within the cell's deadline
};

/// What lies in a received payload, when `sequence` is due.
inline Got judge_payload(void const* from, std::size_t size, uint64_t sequence)
{
    if (check_payload(from, size, sequence)) {
        return Got::Message;
    }
    return check_payload(from, size, stop_sequence) ? Got::Stop : Got::Wrong;
}

} // namespace bench
} // namespace kickmsg
