/// What rapidcheck generates: who takes part in a trial, how, on which region, and for how long.
#pragma once

#include "kickmsg/Config.h"

#include <rapidcheck.h>

#include <ostream>

namespace kickmsg_stress {
namespace generated {

constexpr uint32_t most_publishers = 8, most_subscribers = 8;

enum class Sending : uint32_t { Copied, Lent, Shortened, Mixed };
enum class Taking : uint32_t { Copied, Viewed, Blocking, BlockingView, Mixed };
enum class Manner : uint32_t { Steady, Slow, Stopped, Churning };
/// `Ample` never runs dry (the rule of channel::Config). Below its capacity a ring cannot be overrun: what is lost there
/// was evicted.
enum class Pool : uint32_t { Ample, Half, BelowCapacity, Three, One };

struct PublisherPlan {
    Sending  sending = Sending::Copied;
    uint32_t burst   = 1; ///< messages between two pauses
};

struct SubscriberPlan {
    Taking   taking     = Taking::Copied;
    Manner   manner     = Manner::Steady;
    uint32_t held       = 0;     ///< views that it holds at a time
    bool     to_the_end = false; ///< stopped until all is sent, or for half the time
};

struct TrialPlan {
    bool           processes    = false; ///< or threads of this one
    uint32_t       publishers   = 1;
    uint32_t       subscribers  = 0;
    uint32_t       milliseconds = 1;
    uint32_t       capacity     = 2;
    Pool           pool         = Pool::Ample;
    uint32_t       payload      = 8; ///< bytes of the longest message
    uint32_t       seed         = 0; ///< of what each does in detail
    PublisherPlan  publisher[most_publishers];
    SubscriberPlan subscriber[most_subscribers];

    uint32_t pool_size() const;
    /// Subscribers that are there from before the first message until after the last.
    uint32_t steady() const;
    bool     churns(uint32_t subscriber) const;

    kickmsg::channel::Config config() const;
};
std::ostream& operator<<(std::ostream& out, TrialPlan const& plan);

/// Shrinks towards fewer participants, threads, and the plainest manner of each.
rc::Gen<TrialPlan> any_plan();

} // namespace generated
} // namespace kickmsg_stress
