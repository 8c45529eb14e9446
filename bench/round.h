/// One measured round of a closed loop between two processes: the same loop for the floor and for every subject.
///
/// One time stamp a round trip: a sample is the time from one completed round trip to the next, so every nanosecond of
/// the measurement is in some sample, the clock reading and the recording of the sample included (floor/clock tells
/// the former). One way is half of it.
#pragma once

#include "Histogram.h"
#include "clock.h"
#include "payload.h"

#include <sched.h>

#include <map>
#include <stdexcept>
#include <string>

namespace kickmsg {
namespace bench {

using namespace kickmsg_testkit; // what measurements share

/// What one round of one cell gave.
struct Round {
    Histogram   ticks; ///< of one round trip
    double      seconds = 0;
    std::string error; ///< empty when every message arrived whole and in order

    uint64_t    sent      = 0; ///< by both ends, the warm-up included, the stop not
    uint64_t    delivered = 0;
    std::string transport;         ///< of a peer: the way that its payload took
    std::string transport_checked; ///< and what shows it

    std::string                      unavailable;    ///< why this cannot be measured here; no error
    uint64_t                         operations = 0; ///< what `seconds` was spent on; 0 = on the samples
    std::map<std::string, Histogram> beside;         ///< further distributions, by their names
    std::map<std::string, uint64_t>  counts;         ///< summed over the rounds
    std::map<std::string, double>    rates;          ///< of which the median over the rounds is reported
};

/// How long, and until when at the latest.
struct Budget {
    double   seconds        = 0.1;
    uint64_t warm_up        = 1000; ///< round trips that are not recorded, at most
    bool     oversubscribed = false;
    uint64_t round_trips    = 0; ///< when not 0, this many after the warm-up instead of `seconds`
};

/// Seconds within which the peer must answer; beyond that the cell has failed.
constexpr double answer_limit = 5.0;

/// Polls until `poll()` answers something: true, or an optional with a value. Returns: that; or false, or an empty one,
/// when answer_limit has passed. Gives way on an oversubscribed machine only.
template <class Poll>
auto spin_until(bool oversubscribed, Poll poll) -> decltype(poll())
{
    for (uint64_t limit = 0;;) {
        for (int i = 0; i < 20'000; ++i) {
            if (auto got = poll()) {
                return got;
            }
            if (oversubscribed) {
                sched_yield();
            }
        }
        uint64_t const now = steady_ns();
        limit              = limit == 0 ? now + static_cast<uint64_t>(answer_limit * 1e9) : limit;
        if (now > limit) {
            return decltype(poll()){};
        }
    }
}

inline char const* describe(Got got)
{
    switch (got) {
    case Got::Message:
        return "message";
    case Got::Stop:
        return "end of measurement";
    case Got::Wrong:
        return "wrong sequence or checksum";
    case Got::Timeout:
        return "no answer from the other process";
    }
    return "?";
}

/// The measuring end. A Link has `bool send(sequence)` and `Got receive(sequence)`.
template <class Link>
Round run_ping(Link& link, Budget const& budget)
{
    Round          round;
    uint64_t       sequence = 1;
    Got            got      = Got::Message;
    uint64_t const enough   = ticks() + to_ticks(0.03); // large payloads: fewer, but a lap at least
    for (; sequence <= budget.warm_up && got == Got::Message && (sequence <= 32 || ticks() < enough); ++sequence) {
        got = link.send(sequence) ? link.receive(sequence) : Got::Timeout;
    }
    uint64_t const start = ticks();
    uint64_t const end   = start + to_ticks(budget.seconds);
    uint64_t       last  = start;
    uint64_t const until = budget.round_trips == 0 ? UINT64_MAX : sequence + budget.round_trips;
    bool const     timed = budget.round_trips == 0;
    for (; (!timed || last < end) && sequence < until && got == Got::Message; ++sequence) {
        got                = link.send(sequence) ? link.receive(sequence) : Got::Timeout;
        uint64_t const now = ticks();
        round.ticks.record(now - last);
        last = now;
    }
    link.send(stop_sequence);
    round.seconds   = to_ns(static_cast<double>(last - start)) / 1e9;
    round.sent      = sequence - 1;
    round.delivered = got == Got::Message ? round.sent : round.sent - 1;
    if (got != Got::Message) {
        round.error = std::string("ping: ") + describe(got) + " at sequence " + std::to_string(sequence - 1);
    }
    return round;
}

/// The answering end. Returns: 0 when every message up to the stop was right, else the Got that ended it, plus one.
/// `delivered`, where there is one, tells how many were right.
template <class Link>
int run_pong(Link& link, uint64_t* delivered = nullptr)
{
    for (uint64_t sequence = 1;; ++sequence) {
        Got const got = link.receive(sequence);
        if (delivered != nullptr) {
            *delivered = sequence - 1;
        }
        if (got == Got::Stop) {
            return 0;
        }
        if (got != Got::Message || !link.send(sequence)) {
            return static_cast<int>(got) + 1;
        }
    }
}

} // namespace bench
} // namespace kickmsg
