/// What a region is called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace kickmsg {
namespace detail {

/// What a region is called, as its user wrote it.
struct Identity {
    enum Kind : uint32_t { Region = 0, Topic = 1, Broadcast = 2, Mailbox = 3, Service = 4, Blackboard = 5 };
    static constexpr std::size_t text_size = 256;

    Kind        kind = Region;
    std::string prefix;
    std::string owner; ///< of a mailbox; of a service "requests" or "responses"
    std::string text;  ///< topic, channel, tag, service or blackboard
    std::string creator;

    bool        same_name(Identity const& other) const;
    std::string readable() const;
    char const* kind_name() const noexcept;
};

} // namespace detail
} // namespace kickmsg
