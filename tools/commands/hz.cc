/// kickmsg hz TOPIC, kickmsg bw TOPIC: how often, how much.
#include "Joining.h"
#include "kickmsg/os/Time.h"

#include <algorithm>
#include <cmath>

namespace kickmsg_tools {

namespace {

struct Wanted {
    std::string topic;
    double      seconds = 0;
    double      window  = 1;
    bool        wait    = false;
};

/// What came within one window.
class Window {
public:
    void add(uint64_t now, std::size_t length)
    {
        if (last_ != 0) {
            double const gap = static_cast<double>(now - last_) * 1e-9;
            sum_ += gap;
            squares_ += gap * gap;
            least_ = gaps_ == 0 ? gap : std::min(least_, gap);
            most_  = std::max(most_, gap);
            ++gaps_;
        }
        last_ = now;
        ++messages_;
        bytes_ += length;
        smallest_ = messages_ == 1 ? length : std::min(smallest_, length);
        largest_  = std::max(largest_, length);
    }
    /// Keeps only the time of the last message.
    void begin_anew()
    {
        uint64_t const last = last_;
        *this               = Window();
        last_               = last;
    }

    uint64_t messages() const noexcept
    {
        return messages_;
    }
    Json rates(double seconds) const
    {
        double const mean = gaps_ == 0 ? 0 : sum_ / static_cast<double>(gaps_);
        double const deviation =
            gaps_ == 0 ? 0 : std::sqrt(std::max(0.0, squares_ / static_cast<double>(gaps_) - mean * mean));
        return Json{{"rate", static_cast<double>(messages_) / seconds},
                    {"least_gap_s", least_},
                    {"most_gap_s", most_},
                    {"mean_gap_s", mean},
                    {"deviation_s", deviation}};
    }
    Json sizes(double seconds) const
    {
        return Json{{"bytes_per_second", static_cast<double>(bytes_) / seconds},
                    {"rate", static_cast<double>(messages_) / seconds},
                    {"least_bytes", smallest_},
                    {"most_bytes", largest_}};
    }

private:
    uint64_t    last_ = 0, messages_ = 0, gaps_ = 0, bytes_ = 0;
    double      sum_ = 0, squares_ = 0, least_ = 0, most_ = 0;
    std::size_t smallest_ = 0, largest_ = 0;
};

std::string hz_text(Json const& numbers)
{
    return rate_text(numbers["rate"].get<double>()) + " Hz, gaps " + time_text(numbers["least_gap_s"].get<double>()) +
           " to " + time_text(numbers["most_gap_s"].get<double>()) + ", mean " +
           time_text(numbers["mean_gap_s"].get<double>()) + ", deviation " +
           time_text(numbers["deviation_s"].get<double>());
}

std::string bw_text(Json const& numbers)
{
    return bytes_text(numbers["bytes_per_second"].get<double>()) + "/s, " + rate_text(numbers["rate"].get<double>()) +
           " Hz, " + std::to_string(numbers["least_bytes"].get<uint64_t>()) + " to " +
           std::to_string(numbers["most_bytes"].get<uint64_t>()) + " bytes each";
}

/// A line for each window, and exit code 1 when nothing came in any.
void measure(Context& context, Wanted const& wanted, std::string const& name, Json (Window::*numbers)(double) const,
             std::string (*text)(Json const&))
{
    auto     joined = listen(context, wanted.topic, wanted.wait);
    Window   window;
    uint64_t begun = kickmsg::monotonic_ns(), all = 0, lost = 0;
    auto     report = [&](double seconds) {
        Json json        = document(name);
        json["messages"] = window.messages();
        json["lost"]     = joined.subscriber.lost() - lost;
        json.update((window.*numbers)(seconds));
        std::string const losses = json["lost"] == 0 ? "" : ", " + json["lost"].dump() + " lost";
        context.json ? write_json(json) : write((window.messages() == 0 ? "no message" : text(json)) + losses + "\n");
        flush();
        lost = joined.subscriber.lost();
        window.begin_anew();
    };
    auto look = [&] {
        uint64_t const now     = kickmsg::monotonic_ns();
        double const   seconds = static_cast<double>(now - begun) * 1e-9;
        if (seconds >= wanted.window) {
            report(seconds);
            begun = now;
        }
    };
    take_all(
        joined.subscriber, wanted.seconds,
        [&](auto const& message, kickmsg::SampleInfo const& /*info*/) {
            window.add(kickmsg::monotonic_ns(), message.len());
            ++all;
            return true;
        },
        look);
    if (window.messages() != 0) {
        report(static_cast<double>(kickmsg::monotonic_ns() - begun) * 1e-9);
    }
    context.exit = all == 0 ? Findings : Done;
}

void add_options(Command command, Wanted& wanted)
{
    command.group(listening);
    command.add_option("TOPIC", wanted.topic, "The topic")->required();
    command.add_option("--seconds", wanted.seconds, "Ends after SECONDS")->type_name("SECONDS");
    command.add_option("--window", wanted.window, "Seconds that a line is about")->type_name("SECONDS")->positive();
    command.add_flag("--wait", wanted.wait, "Waits for the topic where there is none");
    command.footer("Joins as an ordinary subscriber. Exit code 1 when nothing came.");
}

} // namespace

void declare_hz(CLI::App& app, Context& context)
{
    static Wanted wanted;
    add_options(declare(app, context, "hz", "Measures how often messages of a topic come",
                        [&context] { measure(context, wanted, "hz", &Window::rates, hz_text); }),
                wanted);
}

void declare_bw(CLI::App& app, Context& context)
{
    static Wanted wanted;
    add_options(declare(app, context, "bw", "Measures the bytes a second of a topic",
                        [&context] { measure(context, wanted, "bw", &Window::sizes, bw_text); }),
                wanted);
}

} // namespace kickmsg_tools
