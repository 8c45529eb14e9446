/// The receiving end of the open loop, and what both ends share.
#pragma once

#include "open_bench.h"
#include "payload.h"
#include "round.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string>

#include <sched.h>

namespace kickmsg {
namespace bench {

constexpr std::size_t stamp_size = sizeof(uint64_t); ///< when it was sent; the payload of the floor follows

/// In memory of both. The sender writes the schedule before its first message, its account before `done`.
struct OpenShared {
    Schedule schedule;
    uint64_t sent    = 0;
    uint64_t refused = 0;
    uint64_t late    = 0; ///< sent more than a period after they were due
    uint64_t missed  = 0; ///< not sent before the end
    alignas(128) std::atomic<uint32_t> done{0};
};

/// The receiving end: takes everything, in order and whole, until the sender is done and nothing is left.
class OpenSink {
public:
    OpenSink(OpenCase const& what, OpenShared const& shared, bool oversubscribed)
        : what_(what), shared_(shared), oversubscribed_(oversubscribed)
    {
    }

    /// `take` answers a sample or nothing. Returns: what went wrong, empty when nothing did.
    template <class Take>
    std::string run(Take take)
    {
        uint64_t empty = 0;
        for (bool last = false;;) {
            auto const sample = take();
            if (sample) {
                if (!keep(static_cast<unsigned char const*>(sample->data()), sample->len())) {
                    return "a message was damaged or out of order after " + std::to_string(received) + " received";
                }
                empty = 0;
            } else if (last) {
                return "";
            } else if (++empty % 65536 == 0 && is_too_late()) {
                return "no message and no end of the schedule from the other process";
            } else {
                last = shared_.done.load(std::memory_order_acquire) != 0;
                if (oversubscribed_) {
                    sched_yield();
                }
            }
        }
    }

    uint64_t  received = 0;
    Corrector latency{Schedule{}};

private:
    bool keep(unsigned char const* data, std::size_t length)
    {
        uint64_t sent     = 0;
        uint64_t sequence = 0;
        std::memcpy(&sent, data, stamp_size);
        std::memcpy(&sequence, data + stamp_size, sizeof(sequence));
        if (length != what_.size || sequence < next_ ||
            !check_payload(data + stamp_size, length - stamp_size, sequence)) {
            return false;
        }
        uint64_t const now = ticks();
        if (received++ == 0) { // the schedule was written before the first message
            latency = Corrector(shared_.schedule);
            warm_   = std::min<uint64_t>(1000, shared_.schedule.count / 20);
        }
        if (sequence >= warm_) {
            latency.record(sequence, sent, now);
        }
        next_ = sequence + 1;
        return true;
    }

    bool is_too_late()
    {
        uint64_t const now = steady_ns();
        limit_             = limit_ == 0 ? now + static_cast<uint64_t>(answer_limit * 1e9) : limit_;
        return now > limit_;
    }

    OpenCase const&   what_;
    OpenShared const& shared_;
    bool              oversubscribed_;
    uint64_t          next_  = 0;
    uint64_t          warm_  = 0;
    uint64_t          limit_ = 0;
};

} // namespace bench
} // namespace kickmsg
