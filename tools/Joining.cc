#include "Joining.h"

#include "Regions.h"
#include "Stop.h"
#include "kickmsg/Node.h"
#include "kickmsg/os/Time.h"

#include <unistd.h>

namespace kickmsg_tools {

using namespace std::chrono_literals;

namespace {

constexpr char const* self = "kickmsg-tool";

std::string wait_for_region(Context const& context, std::string const& topic, bool wait)
{
    for (;;) {
        try {
            return find_region(context, topic);
        } catch (Failure const& failure) {
            if (!wait || failure.code() != CouldNot || is_stopped()) {
                throw;
            }
        }
        pause_for(50ms);
    }
}

void say(char const* as, kickmsg::ListedRegion const& region)
{
    remark("joined " + printable(region.name) + " as a " + as + ", pid " + std::to_string(getpid()));
}

/// A topic's handle follows its name to the region that takes its place.
kickmsg::Subscriber subscriber_of(kickmsg::ListedRegion const& region)
{
    if (region.kind == "topic") {
        return kickmsg::Node(self, region.prefix).subscribe(region.user_name);
    }
    return kickmsg::Subscriber(kickmsg::SharedRegion::open(region.name));
}

} // namespace

Listening listen(Context const& context, std::string const& topic, bool wait)
{
    catch_signals();
    auto report = kickmsg::inspect(wait_for_region(context, topic, wait), kickmsg::InspectDepth::Rings);
    if (report.region.error) {
        throw *report.region.error;
    }
    kickmsg::Subscriber subscriber = subscriber_of(report.region);
    Listening           joined{std::move(report), std::move(subscriber)};
    joined.subscriber.return_on_signals(true);
    say("subscriber", joined.region.region);
    return joined;
}

kickmsg::Publisher speak(kickmsg::ListedRegion const& region)
{
    catch_signals();
    kickmsg::Publisher publisher =
        region.kind == "topic" ? kickmsg::Node(self, region.prefix).advertise_or_join(region.user_name, region.config)
                               : kickmsg::Publisher(kickmsg::SharedRegion::open(region.name));
    say("publisher", region);
    return publisher;
}

uint64_t take_all(kickmsg::Subscriber& subscriber, double seconds, Take const& take, std::function<void()> const& idle)
{
    constexpr auto longest = 100ms;
    uint64_t const begin   = kickmsg::monotonic_ns();
    uint64_t       looked  = begin;
    for (bool more = true; more && !is_stopped();) {
        kickmsg::SampleInfo info;
        auto const          message = subscriber.receive(longest, info);
        uint64_t const      now     = kickmsg::monotonic_ns();
        more                        = !message || take(*message, info);
        if (!message || now - looked >= static_cast<uint64_t>(std::chrono::nanoseconds(longest).count())) {
            idle();
            looked = now;
        }
        more = more && (seconds <= 0 || static_cast<double>(now - begin) * 1e-9 < seconds);
    }
    return subscriber.lost();
}

} // namespace kickmsg_tools
