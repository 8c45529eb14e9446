/// Losses by publisher.
#pragma once

#include "kickmsg/Subscriber.h"

#include <cstdint>
#include <vector>

namespace kickmsg {

/// Counts what a subscriber has lost of each publisher, by the numbers of the messages that it gets (SampleInfo::sequence).
///
/// Threads:  as a container. Cost: a look at each publisher that it knows.
/// Errors:   memory that cannot be had throws, as from std::vector: with the first message of a publisher only.
class SequenceTracker {
public:
    /// Notes a message that was received, in the order of receiving, by its `info`.
    /// Returns: how many of its publisher were lost since the one noted before; 0 for the first one of a publisher.
    uint64_t note(SampleInfo const& info)
    {
        for (Known& known : known_) {
            if (known.publisher == info.publisher) {
                uint64_t const gap = info.sequence > known.last ? info.sequence - known.last - 1 : 0;
                known.last         = info.sequence;
                known.lost += gap;
                return gap;
            }
        }
        known_.push_back({info.publisher, info.sequence, 0});
        return 0;
    }
    /// Returns: how many messages of `publisher` were lost between those noted.
    uint64_t lost(uint64_t publisher) const noexcept
    {
        uint64_t found = 0;
        for (Known const& known : known_) {
            found += known.publisher == publisher ? known.lost : 0;
        }
        return found;
    }
    /// Forgets all: for a subscriber that has moved to another region (Subscriber::moves()), where other publishers have such numbers.
    void clear() noexcept
    {
        known_.clear();
    }

private:
    struct Known {
        uint64_t publisher, last, lost;
    };
    std::vector<Known> known_;
};

} // namespace kickmsg
