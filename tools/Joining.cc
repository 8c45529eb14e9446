#include "Joining.h"

#include "Regions.h"
#include "Services.h"
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
            if (!wait || failure.code() != CouldNot || is_stopped() || is_reader_gone()) {
                throw;
            }
        }
        pause_for(50ms);
    }
}

void say(char const* as, std::string const& region)
{
    remark("joined " + printable(region) + " as a " + as + ", pid " + std::to_string(getpid()));
}

/// A topic's handle follows its name to the region that takes its place.
kickmsg::Subscriber subscriber_of(kickmsg::ListedRegion const& region)
{
    if (region.kind == "topic") {
        return kickmsg::Node(self, region.prefix).subscribe(region.user_name);
    }
    return kickmsg::Subscriber(kickmsg::SharedRegion::open(region.name));
}

/// One window after the other.
class Windows {
public:
    Windows(Context const& context, Listening& joined, std::string const& name, Measured& measured)
        : context_(context), joined_(joined), name_(name), measured_(measured), begun_(kickmsg::monotonic_ns())
    {
    }

    void add(std::size_t length, kickmsg::SampleInfo const& info)
    {
        measured_.add(length, info);
        ++messages_;
        ++all_;
    }
    /// Ends the window if it has lasted so long.
    void look(double seconds)
    {
        uint64_t const now   = kickmsg::monotonic_ns();
        double const   since = static_cast<double>(now - begun_) * 1e-9;
        if (since >= seconds) {
            report(since);
            begun_ = now;
        }
    }
    /// The rest, if there is one. Returns: all messages of all windows.
    uint64_t end()
    {
        if (messages_ != 0) {
            report(static_cast<double>(kickmsg::monotonic_ns() - begun_) * 1e-9);
        }
        return all_;
    }

private:
    void report(double seconds)
    {
        Json json        = document(name_);
        json["messages"] = messages_;
        json["lost"]     = joined_.subscriber.lost() - lost_;
        json.update(measured_.numbers(seconds));
        std::string const losses = json["lost"] == 0 ? "" : ", " + json["lost"].dump() + " lost";
        context_.json ? write_json(json)
                      : write((messages_ == 0 ? "no message" : measured_.text(json)) + losses + "\n");
        flush();
        lost_     = joined_.subscriber.lost();
        messages_ = 0;
        measured_.begin_anew();
    }

    Context const&     context_;
    Listening&         joined_;
    std::string const& name_;
    Measured&          measured_;
    uint64_t           begun_, messages_ = 0, all_ = 0, lost_ = 0;
};

} // namespace

Listening listen(Context const& context, std::string const& topic, bool wait)
{
    catch_signals();
    auto report = kickmsg::inspect(wait_for_region(context, topic, wait), kickmsg::InspectDepth::Rings);
    if (report.region.error) {
        throw *report.region.error;
    }
    refuse_other_kinds(report.region);
    kickmsg::Subscriber subscriber = subscriber_of(report.region);
    Listening           joined{std::move(report), std::move(subscriber)};
    joined.subscriber.return_on_signals(true);
    say("subscriber", joined.region.region.name);
    return joined;
}

kickmsg::Publisher speak(kickmsg::ListedRegion const& region)
{
    refuse_other_kinds(region);
    catch_signals();
    kickmsg::Publisher publisher =
        region.kind == "topic" ? kickmsg::Node(self, region.prefix).advertise_or_join(region.user_name, region.config)
                               : kickmsg::Publisher(kickmsg::SharedRegion::open(region.name));
    say("publisher", region.name);
    return publisher;
}

kickmsg::Client ask(FoundService const& service)
{
    catch_signals();
    kickmsg::Client client =
        kickmsg::Node(self, service.requests.region.prefix).client(service.requests.region.user_name, service.config);
    say("client", service.requests.region.name);
    return client;
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
            more   = more && !is_reader_gone();
        }
        more = more && (seconds <= 0 || static_cast<double>(now - begin) * 1e-9 < seconds);
    }
    return subscriber.lost();
}

void add_options(Command command, WantedWindows& wanted, char const* footer)
{
    command.group(listening);
    command.add_option("TOPIC", wanted.topic, "The topic")->required();
    command.add_option("--seconds", wanted.seconds, "Ends after SECONDS")->type_name("SECONDS");
    command.add_option("--window", wanted.window, "Seconds that a line is about")->type_name("SECONDS")->positive();
    command.add_flag("--wait", wanted.wait, "Waits for the topic where there is none");
    command.footer(footer);
}

void measure(Context& context, Listening& joined, WantedWindows const& wanted, std::string const& name,
             Measured& measured)
{
    Windows windows(context, joined, name, measured);
    take_all(
        joined.subscriber, wanted.seconds,
        [&](auto const& message, kickmsg::SampleInfo const& info) {
            windows.add(message.len(), info);
            return true;
        },
        [&] { windows.look(wanted.window); });
    context.exit = windows.end() == 0 ? Findings : Done;
}

} // namespace kickmsg_tools
