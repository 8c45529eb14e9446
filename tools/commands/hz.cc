/// kickmsg hz TOPIC, kickmsg bw TOPIC: how often, how much.
#include "Joining.h"
#include "kickmsg/os/Time.h"

#include <algorithm>
#include <cmath>

namespace kickmsg_tools {

namespace {

/// How often messages came, from gap to gap.
class Gaps : public Measured {
public:
    void add(std::size_t /*length*/, kickmsg::SampleInfo const& /*info*/) override
    {
        uint64_t const now = kickmsg::monotonic_ns();
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
    }
    Json numbers(double seconds) override
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
    std::string text(Json const& numbers) const override
    {
        auto const time = [&](char const* name) { return time_text(numbers[name].get<double>()); };
        return rate_text(numbers["rate"].get<double>()) + " Hz, gaps " + time("least_gap_s") + " to " +
               time("most_gap_s") + ", mean " + time("mean_gap_s") + ", deviation " + time("deviation_s");
    }
    /// Keeps only the time of the last message.
    void begin_anew() override
    {
        messages_ = gaps_ = 0;
        sum_ = squares_ = least_ = most_ = 0;
    }

private:
    uint64_t last_ = 0, messages_ = 0, gaps_ = 0;
    double   sum_ = 0, squares_ = 0, least_ = 0, most_ = 0;
};

/// How many bytes came.
class Sizes : public Measured {
public:
    void add(std::size_t length, kickmsg::SampleInfo const& /*info*/) override
    {
        ++messages_;
        bytes_ += length;
        least_ = messages_ == 1 ? length : std::min(least_, length);
        most_  = std::max(most_, length);
    }
    Json numbers(double seconds) override
    {
        return Json{{"bytes_per_second", static_cast<double>(bytes_) / seconds},
                    {"rate", static_cast<double>(messages_) / seconds},
                    {"least_bytes", least_},
                    {"most_bytes", most_}};
    }
    std::string text(Json const& numbers) const override
    {
        return bytes_text(numbers["bytes_per_second"].get<double>()) + "/s, " +
               rate_text(numbers["rate"].get<double>()) + " Hz, " +
               std::to_string(numbers["least_bytes"].get<uint64_t>()) + " to " +
               std::to_string(numbers["most_bytes"].get<uint64_t>()) + " bytes each";
    }
    void begin_anew() override
    {
        messages_ = bytes_ = 0;
        least_ = most_ = 0;
    }

private:
    uint64_t    messages_ = 0, bytes_ = 0;
    std::size_t least_ = 0, most_ = 0;
};

template <class What>
void listen_and_measure(Context& context, WantedWindows const& wanted, std::string const& name)
{
    auto joined = listen(context, wanted.topic, wanted.wait);
    What what;
    measure(context, joined, wanted, name, what);
}

constexpr char const* footer = "Joins as an ordinary subscriber. Exit code 1 when nothing came.";

} // namespace

void declare_hz(CLI::App& app, Context& context)
{
    static WantedWindows wanted;
    add_options(declare(app, context, "hz", "Measures how often messages of a topic come",
                        [&context] { listen_and_measure<Gaps>(context, wanted, "hz"); }),
                wanted, footer);
}

void declare_bw(CLI::App& app, Context& context)
{
    static WantedWindows wanted;
    add_options(declare(app, context, "bw", "Measures the bytes a second of a topic",
                        [&context] { listen_and_measure<Sizes>(context, wanted, "bw"); }),
                wanted, footer);
}

} // namespace kickmsg_tools
