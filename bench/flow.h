/// A reliable flow: one process publishes at full speed and waits for room, the others read everything, in order.
///
/// A peer's link to it has `bool send(uint64_t sequence)`, which returns when every subscriber has the message or will find it, and
/// `std::optional<Got> take(uint64_t sequence)`, empty when nothing is there. Sequences count from 0.
#pragma once

#include "payload.h"
#include "process.h"
#include "round.h"

#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace kickmsg {
namespace bench {

constexpr uint32_t flow_queue            = 64; ///< messages that a subscriber may be behind
constexpr uint32_t flow_most_subscribers = 8;

struct FlowCase {
    uint32_t    subscribers    = 1;
    std::size_t size           = 64;
    bool        oversubscribed = false;
    std::string suffix, tag; ///< as of a PeerCase
    int         memory = -1; ///< the descriptor of the FlowShared
};

/// What one process has done.
struct alignas(128) FlowAccount {
    std::atomic<uint64_t> sent;
    std::atomic<uint64_t> received;
    std::atomic<uint64_t> in_time; ///< of the received, those before the stop
    std::atomic<uint64_t> wrong;   ///< damaged, out of order, not for everybody
};

/// In memory of all; peers/iceoryx2/src/flow.rs knows it, too.
struct FlowShared {
    alignas(128) std::atomic<uint32_t> phase; ///< 0 = not yet, 1 = go, 2 = stop
    alignas(128) std::atomic<uint32_t> ended; ///< 1 = the publisher has sent its last
    FlowAccount publisher;
    FlowAccount subscribers[flow_most_subscribers];
};
static_assert(offsetof(FlowShared, ended) == 128 && offsetof(FlowShared, publisher) == 256 &&
              sizeof(FlowAccount) == 128);

/// The bodies of the processes; both return an exit code. A publisher hears 'c', makes what is in common, and says 'o'; then the
/// subscribers hear and say the same. When all others have ended, a publisher hears 'q'.
struct FlowEnds {
    std::function<int(FlowCase const&, FlowShared&, Line const&)>                 publish;
    std::function<int(FlowCase const&, uint32_t index, FlowShared&, Line const&)> subscribe;
    uint32_t                                                                      most_subscribers = 0;
    std::string                                                                   settings;

    explicit operator bool() const
    {
        return most_subscribers != 0;
    }
};

inline void wait_for_start(FlowShared const& shared, bool oversubscribed)
{
    while (shared.phase.load(std::memory_order_acquire) == 0) {
        if (oversubscribed) {
            usleep(100);
        }
    }
}

template <class Link>
int run_flow_publisher(Link& link, FlowCase const& what, FlowShared& shared, Line const& line)
{
    line.tell('o');
    wait_for_start(shared, what.oversubscribed);
    uint64_t sent = 0;
    bool     good = true;
    while (shared.phase.load(std::memory_order_acquire) == 1 && good) {
        good = link.send(sent);
        ++sent;
    }
    shared.publisher.sent.store(sent, std::memory_order_relaxed);
    shared.publisher.wrong.store(good ? 0 : 1, std::memory_order_relaxed);
    shared.ended.store(1, std::memory_order_release);
    line.hear('q');
    return 0;
}

template <class Link>
int run_flow_subscriber(Link& link, FlowCase const& what, FlowShared& shared, FlowAccount& account, Line const& line)
{
    line.tell('o');
    wait_for_start(shared, what.oversubscribed);
    uint64_t received = 0;
    uint64_t in_time  = 0;
    uint64_t wrong    = 0; // and reads on: the publisher waits for it
    for (bool last = false;;) {
        if (auto const got = link.take(received)) {
            wrong += *got == Got::Message ? 0 : 1;
            ++received;
            in_time += shared.phase.load(std::memory_order_relaxed) == 1 ? 1 : 0;
        } else if (last) {
            break;
        } else {
            // all that was sent can be found once the publisher has said so: one more look suffices
            last = shared.ended.load(std::memory_order_acquire) == 1;
            if (what.oversubscribed && !last) {
                sched_yield();
            }
        }
    }
    account.received.store(received, std::memory_order_relaxed);
    account.in_time.store(in_time, std::memory_order_relaxed);
    account.wrong.store(wrong, std::memory_order_relaxed);
    return 0;
}

/// The ends of two kinds of links, each made of the FlowCase: the publisher's makes what is in common, the subscribers' find it there.
template <class Publisher, class Subscriber>
FlowEnds flow_of(uint32_t most_subscribers, std::string settings)
{
    FlowEnds ends;
    ends.publish = [](FlowCase const& what, FlowShared& shared, Line const& line) {
        line.hear('c');
        Publisher link(what);
        return run_flow_publisher(link, what, shared, line);
    };
    ends.subscribe = [](FlowCase const& what, uint32_t index, FlowShared& shared, Line const& line) {
        line.hear('c');
        Subscriber link(what);
        return run_flow_subscriber(link, what, shared, shared.subscribers[index], line);
    };
    ends.most_subscribers = most_subscribers;
    ends.settings         = std::move(settings);
    return ends;
}

} // namespace bench
} // namespace kickmsg
