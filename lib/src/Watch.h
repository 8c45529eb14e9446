/// What is slept on for one source of a wait set, or for some that share a word.
#pragma once

#include "Mapping.h"
#include "NextPlace.h"
#include "kickmsg/os/Wait.h"

#include <memory>
#include <vector>

namespace kickmsg {
namespace detail {

/// A word of a region to sleep on, which keeps the region mapped: its source may end meanwhile.
struct Watch {
    os::Awaited              word;
    NextPlace<Policy>        next;            ///< of a subscriber
    bool                     follows = false; ///< its name
    std::shared_ptr<Mapping> mapping;         ///< null: the word is the set's own

    Watch() noexcept = default;
    Watch(os::Awaited own) noexcept : word(own) {} // NOLINT(google-explicit-constructor)
    Watch(Watch const&) = default;
    /// Counts a user of the mapping only where it is another one.
    Watch& operator=(Watch const& other) noexcept
    {
        if (this == &other) {
            return *this;
        }
        word    = other.word;
        next    = other.next;
        follows = other.follows;
        if (mapping != other.mapping) {
            mapping = other.mapping;
        }
        return *this;
    }

    /// Whether its subscriber has something to do though nobody rang: its publisher was killed before it could, or its name leads elsewhere.
    bool is_due() const noexcept
    {
        return mapping && (next.is_filled() || (follows && !mapping->memory().is_linked()));
    }
};

using Watches = std::vector<Watch>;

} // namespace detail
} // namespace kickmsg
