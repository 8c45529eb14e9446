/// The loops of wake/: a sender that idles, sends and polls for an answer, and a sleeper that answers.
#pragma once

#include "plan.h"
#include "process.h"
#include "round.h"

#include <sched.h>

#include <atomic>
#include <cstddef>
#include <string>

namespace kickmsg {
namespace bench {

constexpr uint64_t least_samples = 8; ///< of a round of wakes, however long the idling is

struct alignas(128) Word {
    std::atomic<uint32_t> value;
};

/// In memory of both processes; the program of iceoryx2 (peers/iceoryx2/src/wake.rs) knows where the answer is.
struct WakeShared {
    Word          bell;   ///< the bare futex sleeps on it
    Word          answer; ///< the sequence that the sleeper has received
    unsigned char payload[headline_size];
};
static_assert(offsetof(WakeShared, answer) == 128);

/// The sender's loop: idles, sends, waits for the answer. `send(sequence)` tells whether it could. The first `unmeasured` find everything cold:
/// code, pages, the sleeper still at its set-up.
template <class Send>
Round run_wakes(Plan const& plan, uint32_t idle_us, WakeShared& shared, Send send, uint64_t unmeasured = 2)
{
    bool const     spare = plan.placement.oversubscribed;
    Round          round;
    uint64_t       total = 0;
    uint64_t const end   = ticks() + to_ticks(plan.latency_seconds);
    for (uint64_t sequence = 1; ticks() < end || round.ticks.count() < least_samples; ++sequence) {
        uint64_t const until = ticks() + to_ticks(idle_us / 1e6);
        while (ticks() < until) {
            if (spare) {
                sched_yield();
            }
        }
        uint64_t const start = ticks();
        bool const     sent  = send(sequence);
        bool const     answered =
            sent && spin_until(spare, [&] {
                return shared.answer.value.load(std::memory_order_acquire) == static_cast<uint32_t>(sequence);
            });
        if (!answered) {
            round.error = "no answer to message " + std::to_string(sequence);
            break;
        }
        uint64_t const taken = ticks() - start;
        if (sequence > unmeasured) {
            round.ticks.record(taken);
            total += taken;
        }
    }
    send(stop_sequence);
    round.seconds = to_ns(static_cast<double>(total)) / 1e9;
    return round;
}

/// The sleeper's loop: `take(sequence)` sleeps until there is a message. Returns: the exit code, 0 = all right.
template <class Take>
int run_sleeper(WakeShared& shared, Take take)
{
    for (uint64_t sequence = 1;; ++sequence) {
        Got const got = take(sequence);
        if (got != Got::Message) {
            return got == Got::Stop ? 0 : static_cast<int>(got) + 1;
        }
        shared.answer.value.store(static_cast<uint32_t>(sequence), std::memory_order_release);
    }
}

inline Round judged(Round round, Child& child)
{
    int const code = child.join();
    if (round.error.empty() && code != 0) {
        round.error = "the sleeping process ended with " + std::to_string(code);
    }
    return round;
}

} // namespace bench
} // namespace kickmsg
