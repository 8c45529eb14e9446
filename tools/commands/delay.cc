/// kickmsg delay TOPIC: how long messages are on their way.
#include "Joining.h"
#include "kickmsg/os/Time.h"

#include <algorithm>
#include <vector>

namespace kickmsg_tools {

namespace {

/// The delays of one window, in seconds.
class Delays : public Measured {
public:
    void add(std::size_t /*length*/, kickmsg::SampleInfo const& info) override
    {
        uint64_t const now = kickmsg::monotonic_ns();
        all_.push_back(static_cast<double>(now - std::min(now, info.sent_ns.value_or(now))) * 1e-9);
    }
    /// By the nearest rank.
    Json numbers(double /*seconds*/) override
    {
        std::sort(all_.begin(), all_.end());
        auto const at = [this](double share) {
            auto const rank = static_cast<std::size_t>(share * static_cast<double>(all_.size()));
            return all_.empty() ? 0.0 : all_[std::min(rank, all_.size() - 1)];
        };
        return Json{{"least_s", at(0)}, {"p50_s", at(0.5)}, {"p90_s", at(0.9)}, {"p99_s", at(0.99)}, {"most_s", at(1)}};
    }
    std::string text(Json const& json) const override
    {
        auto const time = [&](char const* name) { return time_text(json[name].get<double>()); };
        return json["messages"].dump() + " messages, 50% " + time("p50_s") + ", 90% " + time("p90_s") + ", 99% " +
               time("p99_s") + ", " + time("least_s") + " to " + time("most_s");
    }
    void begin_anew() override
    {
        all_.clear();
    }

private:
    std::vector<double> all_;
};

void delay(Context& context, WantedWindows const& wanted)
{
    auto joined = listen(context, wanted.topic, wanted.wait);
    if (!joined.region.region.config.send_time) {
        throw Failure(CouldNot, joined.region.region.name + ": its messages do not say when they were sent",
                      "set Config::send_time where the topic is made");
    }
    Delays delays;
    measure(context, joined, wanted, "delay", delays);
}

} // namespace

void declare_delay(CLI::App& app, Context& context)
{
    static WantedWindows wanted;
    add_options(declare(app, context, "delay",
                        "Measures how long messages of a topic are on their way, with percentiles",
                        [&context] { delay(context, wanted); }),
                wanted,
                "From just before the first delivery until this process has the message, its own waking up "
                "included. It needs a topic whose messages say when "
                "they were sent (Config::send_time). Exit code 1 when nothing came.");
}

} // namespace kickmsg_tools
