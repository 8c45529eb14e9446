/// Joining a region as an ordinary participant, and saying so.
#pragma once

#include "Context.h"
#include "kickmsg/Inspect.h"
#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"

#include <chrono>
#include <functional>
#include <string>

namespace kickmsg_tools {

/// What a listener joined.
struct Listening {
    kickmsg::RegionReport region; ///< as it was before
    kickmsg::Subscriber   subscriber;
};

/// Joins `topic` as a subscriber, and says so on stderr. With `wait`, waits for the topic where there is none. From then on signals end the
/// command as it ends by itself. Errors: Failure, Error.
Listening listen(Context const& context, std::string const& topic, bool wait);
/// Likewise as a publisher of a region that exists.
kickmsg::Publisher speak(kickmsg::ListedRegion const& region);

using Take = std::function<bool(kickmsg::Subscriber::SampleRef const&, kickmsg::SampleInfo const&)>;

/// Calls take(sample, where it comes from) for each message until it returns false, `seconds` are over (0: never), or a signal comes; idle() several times a
/// second. Returns: messages lost meanwhile.
uint64_t take_all(kickmsg::Subscriber& subscriber, double seconds, Take const& take, std::function<void()> const& idle);

} // namespace kickmsg_tools
