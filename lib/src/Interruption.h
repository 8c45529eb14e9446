/// The request that a sleep of a subscriber should end, over the system; and what is kept for interrupters.
#pragma once

#include "InterruptionProtocol.h"
#include "Policy.h"
#include "kickmsg/os/Liveness.h"

#include <atomic>
#include <cstdint>
#include <vector>

namespace kickmsg {
namespace detail {

class SubscriberState;

/// Threads: request() by any, and by handlers of signals; all else by that of the subscriber.
class Interruption {
public:
    using Steps = InterruptionProtocol<Policy, std::atomic<uint32_t>>;
    using Views = Steps::Views;

    Interruption() : birth_(os::Birth::now()) {}
    Interruption(Interruption const&)            = delete;
    Interruption& operator=(Interruption const&) = delete;
    ~Interruption()
    {
        give_back();
    }

    void request() noexcept
    {
        if (birth_.is_own()) {
            steps_.request();
        }
    }

    /// Returns: whether there was a request, which is answered by that.
    bool take() noexcept
    {
        return steps_.take();
    }

    /// About to sleep on `word`, or on that of `views`. Returns: false when it was requested not to.
    bool begin_sleep(os::Awaited const& word) noexcept
    {
        return steps_.begin_sleep(*word.word, word.sleeper);
    }
    bool begin_sleep(Views& views) noexcept
    {
        return steps_.begin_sleep(views);
    }
    void end_sleep() noexcept
    {
        steps_.end_sleep();
    }

    /// A handler of a signal has ended a sleep: a request, where that is wished.
    void note_signal() noexcept
    {
        if (by_signals_) {
            steps_.note();
        }
    }
    void let_signals(bool interrupt) noexcept
    {
        by_signals_ = interrupt;
    }

    /// It sleeps nowhere, and is about to leave `state`. An interrupter that begins later finds no way to it.
    void keep_while_in_use(SubscriberState& state);

private:
    void give_back() noexcept;

    os::Birth                     birth_;
    Steps                         steps_;
    bool                          by_signals_ = false;
    std::vector<SubscriberState*> kept_; ///< left, and used by an interrupter then
};

} // namespace detail
} // namespace kickmsg
