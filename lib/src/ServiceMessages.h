/// What stands behind the payload of a request, and behind that of a response.
#pragma once

#include "kickmsg/Subscriber.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace kickmsg {
namespace detail {

/// Behind the payload, so that this keeps its alignment; at a multiple of 8.
struct RequestNote {
    static constexpr uint16_t its_mark = 0x6b51;

    uint64_t asker; ///< the owner word of the ring that the answer goes to
    uint64_t number;
    uint32_t length; ///< of the payload
    uint16_t ring;
    uint16_t mark;
};

struct ResponseNote {
    static constexpr uint16_t its_mark = 0x6b52;
    enum Kind : uint16_t { Answer = 0, Refusal = 1, NotServed = 2 };

    uint64_t number;
    uint32_t length;
    uint16_t kind;
    uint16_t mark;
};

constexpr std::size_t padded(std::size_t length) noexcept
{
    return (length + 7) / 8 * 8;
}

/// Of a message with so many bytes of payload.
template <class Note>
constexpr std::size_t length_with(std::size_t length) noexcept
{
    return padded(length) + sizeof(Note);
}

/// Of a payload, where a message may have so many bytes.
template <class Note>
constexpr std::size_t room_within(std::size_t message) noexcept
{
    return message < sizeof(Note) ? 0 : (message - sizeof(Note)) / 8 * 8;
}

/// Behind the note.length bytes of payload at `room`.
template <class Note>
void write_note(void* room, Note const& note) noexcept
{
    unsigned char* const end = static_cast<unsigned char*>(room) + note.length;
    std::size_t const    gap = padded(note.length) - note.length;
    std::memset(end, 0, gap); // no bytes of an older message
    std::memcpy(end + gap, &note, sizeof(Note));
}

/// Returns: false when the message has none, or one that contradicts its length.
template <class Note>
bool read_note(Subscriber::SampleView const& message, Note& note) noexcept
{
    std::size_t const length = message.len();
    if (length < sizeof(Note)) {
        return false;
    }
    std::memcpy(&note, static_cast<unsigned char const*>(message.data()) + (length - sizeof(Note)), sizeof(Note));
    return note.mark == Note::its_mark && length_with<Note>(note.length) == length;
}

} // namespace detail
} // namespace kickmsg
