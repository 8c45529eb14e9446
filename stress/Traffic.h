/// Publishers and subscribers on threads of this process, each message proving itself, counted to the message.
#pragma once

#include "Message.h"
#include "Random.h"
#include "Settings.h"
#include "support.h"

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace kickmsg_stress {

using kickmsg_testkit::below;
using kickmsg_testkit::Message;
using kickmsg_testkit::Random;

/// Starts all of them at one moment, and waits for all.
void run_together(std::vector<std::function<void()>> const& bodies);

/// A subscriber, and what has come to it: whole, and of each publisher in order.
class Listener {
public:
    explicit Listener(kickmsg::SharedRegion const& region) : subscriber(region) {}

    /// Takes one message, copied or viewed. Returns: false when there was none.
    bool take(bool viewed);
    /// Takes all there is.
    void drain(bool viewed);
    void note(void const* data, std::size_t length, uint64_t position);

    kickmsg::Subscriber          subscriber;
    uint64_t                     received = 0;
    uint64_t                     views    = 0;
    std::map<uint32_t, uint32_t> last;  ///< number last received, by publisher
    std::string                  wrong; ///< the first thing that must not be
    uint64_t                     position = 0;
};

struct TrafficPlan {
    kickmsg::channel::Config config;
    uint32_t                 publishers  = 2;
    uint32_t                 subscribers = 2;
    uint32_t                 messages    = 1000; ///< of each publisher
    uint32_t                 burst       = 4;    ///< messages at a time
    bool                     viewed      = false;
    /// One more thread each, run again and again until the last message has been sent.
    std::vector<std::function<void(kickmsg::SharedRegion&)>> meanwhile = {};
    /// Before anybody joins, and after all have been counted: by the region's name.
    std::function<void(std::string const&)> before = {};
    std::function<void(std::string const&)> after  = {};
};

struct Outcome {
    uint64_t sent = 0, refused = 0, received = 0, lost = 0, turns = 0; ///< `turns`: of what was done meanwhile
    uint64_t least_received = 0;                                       ///< by a subscriber
};

/// Runs a plan. Afterwards each subscriber has received or lost each message, once, and every slot is back.
Outcome run(TrafficPlan const& plan, std::string const& name);

} // namespace kickmsg_stress
