/// kickmsg delay TOPIC: how long messages are on their way.
#include "Joining.h"
#include "kickmsg/os/Time.h"

#include <algorithm>
#include <vector>

namespace kickmsg_tools {

namespace {

struct Wanted {
    std::string topic;
    double      seconds = 0;
    double      window  = 1;
    bool        wait    = false;
};

/// The delays of one window, in seconds.
class Delays {
public:
    void add(double seconds)
    {
        all_.push_back(seconds);
    }
    std::size_t count() const noexcept
    {
        return all_.size();
    }
    /// By the nearest rank.
    Json numbers()
    {
        std::sort(all_.begin(), all_.end());
        auto const at = [this](double share) {
            auto const rank = static_cast<std::size_t>(share * static_cast<double>(all_.size()));
            return all_.empty() ? 0.0 : all_[std::min(rank, all_.size() - 1)];
        };
        return Json{{"least_s", at(0)}, {"p50_s", at(0.5)}, {"p90_s", at(0.9)}, {"p99_s", at(0.99)}, {"most_s", at(1)}};
    }
    void clear() noexcept
    {
        all_.clear();
    }

private:
    std::vector<double> all_;
};

std::string text_of(Json const& json)
{
    auto const time = [&](char const* name) { return time_text(json[name].get<double>()); };
    return json["messages"].dump() + " messages, 50% " + time("p50_s") + ", 90% " + time("p90_s") + ", 99% " +
           time("p99_s") + ", " + time("least_s") + " to " + time("most_s");
}

void delay(Context& context, Wanted const& wanted)
{
    auto joined = listen(context, wanted.topic, wanted.wait);
    if (!joined.region.region.config.send_time) {
        throw Failure(CouldNot, joined.region.region.name + ": its messages do not say when they were sent",
                      "set Config::send_time where the topic is made");
    }
    Delays   delays;
    uint64_t begun = kickmsg::monotonic_ns(), all = 0, lost = 0;
    auto     report = [&] {
        Json json        = document("delay");
        json["messages"] = delays.count();
        json["lost"]     = joined.subscriber.lost() - lost;
        json.update(delays.numbers());
        std::string const losses = json["lost"] == 0 ? "" : ", " + json["lost"].dump() + " lost";
        context.json ? write_json(json) : write((delays.count() == 0 ? "no message" : text_of(json)) + losses + "\n");
        flush();
        lost = joined.subscriber.lost();
        delays.clear();
    };
    auto look = [&] {
        uint64_t const now = kickmsg::monotonic_ns();
        if (static_cast<double>(now - begun) * 1e-9 >= wanted.window) {
            report();
            begun = now;
        }
    };
    take_all(
        joined.subscriber, wanted.seconds,
        [&](auto const& /*message*/, kickmsg::SampleInfo const& info) {
            uint64_t const now = kickmsg::monotonic_ns();
            delays.add(static_cast<double>(now - std::min(now, info.sent_ns.value_or(now))) * 1e-9);
            ++all;
            return true;
        },
        look);
    if (delays.count() != 0) {
        report();
    }
    context.exit = all == 0 ? Findings : Done;
}

} // namespace

void declare_delay(CLI::App& app, Context& context)
{
    static Wanted wanted;
    Command       command =
        declare(app, context, "delay", "Measures how long messages of a topic are on their way, with percentiles",
                [&context] { delay(context, wanted); });
    command.group(listening);
    command.add_option("TOPIC", wanted.topic, "The topic")->required();
    command.add_option("--seconds", wanted.seconds, "Ends after SECONDS")->type_name("SECONDS");
    command.add_option("--window", wanted.window, "Seconds that a line is about")->type_name("SECONDS")->positive();
    command.add_flag("--wait", wanted.wait, "Waits for the topic where there is none");
    command.footer("From just before the first delivery until this process has the message, its own waking up "
                   "included. It needs a topic whose messages say when "
                   "they were sent (Config::send_time). Exit code 1 when nothing came.");
}

} // namespace kickmsg_tools
